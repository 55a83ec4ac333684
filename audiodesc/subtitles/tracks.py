"""Text tracks inside a film: which one holds the dialogue, and its cues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.core.languages import is_same
from audiodesc.errors import SubtitleError, UsageError
from audiodesc.media.discontinuities import on_clock
from audiodesc.media.opening import demuxed, open_film
from audiodesc.model import Cue, Film, Note, SubtitleTrack
from audiodesc.subtitles.captions import first_shown, in_samples
from audiodesc.subtitles.channels import by_channel
from audiodesc.subtitles.ending import lasting
from audiodesc.subtitles.kinds import Raw, Read, cues_of, unless_all
from audiodesc.subtitles.packets import form_of, joined, packet_cues
from audiodesc.subtitles.signs import unless_alike
from audiodesc.subtitles.source import Source, bounded

ASIDE = re.compile(
    r"\b(?:(?:signs?|songs?|s&s|forced|forc[eé]s?|forzad[oa]s?|forzati|erzwungen|schilder|lyrics|karaoke|trivia)\b"
    r"|[ck]omm?ent)",
    re.IGNORECASE,
)
WHOLE = re.compile(
    r"\b(?:full|dialog|complete?\b|vollständig|completos?\b|(?:not?|non|without|w/o|ohne|sans)[\s-](?:forced|comm?ent))",
    re.IGNORECASE,
)
"""Words in the titles of tracks: not all dialogue, and all of it whatever else."""

PEEKED = 2000
"""How many packets of a film are looked at for a track that nobody names."""


def text_track(film: Film, wanted: int | str | None = None, languages: Sequence[str] = ()) -> SubtitleTrack | None:
    """The text track that holds the dialogue: the one `wanted` (a number, 1 is the first of all subtitle tracks, or a
    language); else of those that are whole, also by their titles, the one in the first of the `languages` that any is
    in, of several the default one, else the first. None where there is none.

    Raises UsageError where there is none as wanted, SubtitleError where it is no text. FFmpeg names neither TTML nor
    WebVTT in MP4: tracks without a name are known by what is in them.
    """
    if wanted is not None:
        return _asked_for(film, str(wanted))
    whole = [track for track in film.subtitle_tracks if track.is_text and track.is_whole]
    if whole:
        asides = aside(film)
        rest = [track for track in whole if track.index not in asides] or whole
        found = ([track for track in rest if is_same(track.language, language)] for language in languages)
        rest = next(filter(None, found), rest)
        return next((track for track in rest if track.default), rest[0])
    known = {track.index for track in film.subtitle_tracks if track.codec or not track.is_whole}
    if not {"mov", "mpegts"} & set(film.container.split(",")):
        return None
    with open_film(film) as container:
        unnamed = [s for s in container.streams if s.type in ("subtitle", "data") and s.index not in known]
        return next((_named(stream, form) for stream in unnamed if (form := _peeked(container, stream))), None)


def _asked_for(film: Film, wanted: str) -> SubtitleTrack:
    tracks = film.subtitle_tracks
    if wanted.isdecimal() and len(wanted) < 10:
        number = int(wanted)
        found = tracks[number - 1 : number] if number else ()
    else:
        alike = [track for track in tracks if is_same(track.language, wanted)]
        found = tuple(sorted(alike, key=lambda track: (not track.is_text, not track.is_whole, not track.default)))
    if not found:
        known = ", ".join(name(film, track) for track in tracks)
        raise UsageError(
            f"{film.path} has no subtitle track {wanted!r}",
            f"give --subs-track a number or a language of: {known}" if tracks else "leave --subs-track out",
        )
    if not found[0].is_text:
        kind = found[0].codec or "a form that cannot be read"
        raise SubtitleError(
            f"{film.path}: its subtitle track {name(film, found[0])} is no text ({kind})",
            "choose another with --subs-track, give text with --subs FILE, or leave subtitles aside with --no-subs",
        )
    return found[0]


def name(film: Film, track: SubtitleTrack) -> str:
    """A subtitle track for a person: its number, 1 for the first, and its language."""
    number = next((n for n, one in enumerate(film.subtitle_tracks, 1) if one.index == track.index), 0)
    return f"{number or track.index} ({track.language})" if track.language else f"{number or track.index}"


def aside(film: Film) -> dict[int, str]:
    """The titles, by their tracks' numbers, of text tracks that are called "Signs & Songs" or the like: many carry no
    flag that says so. A lone track's title is not asked."""
    several = [track.index for track in film.subtitle_tracks if track.is_text and track.is_whole]
    if len(several) < 2:
        return {}
    with open_film(film) as container:
        titles = {index: _title(container.streams[index]) for index in several}
    return {index: title for index, title in titles.items() if ASIDE.search(title) and not WHOLE.search(title)}


def _title(stream: Stream) -> str:
    return " ".join(filter(None, (stream.metadata.get(name) for name in ("title", "handler_name"))))


def _peeked(container: InputContainer, stream: Stream) -> str:
    container.seek(0)
    packets = islice(demuxed(container), PEEKED)
    return next((form for one in packets if one.stream == stream and (form := form_of(bytes(one)))), "")


def _named(stream: Stream, form: str) -> SubtitleTrack:
    language = stream.metadata.get("language", "")
    return SubtitleTrack(stream.index, form, "" if language == "und" else language, is_text=True)


def read_track(film: Film, track: SubtitleTrack) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The track's cues in order of time, and notes.

    Raises SubtitleError where there are none, FilmError where the film is damaged.
    """
    if track.codec == "eia_608":
        _, cues, notes = first_shown(film, by_channel(in_samples(_samples(film, track))))
    else:
        cues, notes = _read(film, track)
    if not cues:
        raise SubtitleError(
            f"{film.path}: its subtitle track {name(film, track)} holds no subtitle",
            "give the subtitles with --subs FILE",
        )
    return cues, notes


def _read(film: Film, track: SubtitleTrack) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    raw, notes = _cues(Source(film.path, b""), film, track)
    ended, untold = lasting(raw)
    told = ended if track.codec in ("ass", "ssa") else unless_alike(ended)
    cues, faults = cues_of(unless_all(told))
    return cues, tuple(bounded([*notes, *untold, *faults]))


def _cues(source: Source, film: Film, track: SubtitleTrack) -> Read:
    raw: list[Raw] = []
    notes: list[Note] = []
    for start, end, packet in _packets(film, track):
        found, faults = packet_cues(source, track.codec, packet, start, end)
        raw += found
        notes += faults
    return (joined(raw) if track.codec in ("ttml", "wvtt") else raw), notes


def _samples(film: Film, track: SubtitleTrack) -> Iterator[tuple[int, bytes]]:
    return ((start, bytes(packet)) for start, _, packet in _packets(film, track))


def _packets(film: Film, track: SubtitleTrack) -> Iterator[tuple[int, int, av.Packet[Any]]]:
    """Each packet with its start and end on the film's clock, in ms; the end is the start where it does not say."""
    with open_film(film) as container:
        for packet in on_clock(demuxed(container, [container.streams[track.index]]), film.discontinuities):
            if packet.pts is None or packet.time_base is None or not packet.size:
                continue
            start = round((packet.pts * packet.time_base - film.zero_s) * 1000)
            yield start, start + round((packet.duration or 0) * packet.time_base * 1000), packet
