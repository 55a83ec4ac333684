"""Text tracks inside a film: which one holds the dialogue, and its cues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import islice
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream
from av.subtitles.subtitle import AssSubtitle
from pysubs2 import SSAEvent

from audiodesc.core.languages import is_same
from audiodesc.errors import InputError, SubtitleError, UsageError
from audiodesc.media.discontinuities import on_clock
from audiodesc.media.mp4 import content, inside
from audiodesc.media.opening import demuxed, open_film
from audiodesc.model import Cue, Film, Note, Span, SubtitleTrack
from audiodesc.subtitles.captions import by_channel, first_channel, timed_triplets
from audiodesc.subtitles.cues import cues_of, with_ends, without_uniform_kinds
from audiodesc.subtitles.encodings import decoded
from audiodesc.subtitles.kinds import top_kind, without_doubtful_signs
from audiodesc.subtitles.pysubs2_formats import event_raw, shown
from audiodesc.subtitles.source import RawCue, ReadResult, Source, limited_notes
from audiodesc.subtitles.srt_webvtt import webvtt_cue
from audiodesc.subtitles.ttml import read_ttml

PARTIAL = re.compile(
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
"""How many packets of a film are looked at for a track that has no codec name."""


def text_track(film: Film, wanted: int | str | None = None, languages: Sequence[str] = ()) -> SubtitleTrack | None:
    """The text track that holds the dialogue: the one `wanted` (a number, 1 is the first of all subtitle tracks, or a
    language); else of those that are whole, also by their titles, the one in the first of the `languages` that any is
    in, of several the default one, else the first. None where there is none.

    Raises UsageError where there is none as wanted, SubtitleError where it is no text. FFmpeg names neither TTML nor
    WebVTT in MP4: tracks without a name are known by what is in them.
    """
    if wanted is not None:
        return _requested(film, str(wanted))
    whole = [track for track in film.subtitle_tracks if track.is_text and track.is_whole]
    if whole:
        asides = partial_tracks(film)
        rest = [track for track in whole if track.index not in asides] or whole
        found = ([track for track in rest if is_same(track.language, language)] for language in languages)
        rest = next(filter(None, found), rest)
        return next((track for track in rest if track.default), rest[0])
    unnamed, partial = unnamed_tracks(film), {track.index for track in film.subtitle_tracks if not track.is_whole}
    return next((track for track in unnamed if track.index not in partial), None)


def unnamed_tracks(film: Film) -> tuple[SubtitleTrack, ...]:
    """The tracks that FFmpeg has no name for, and that hold TTML or WebVTT."""
    known = {track.index for track in film.subtitle_tracks if track.codec}
    if not {"mov", "mpegts"} & set(film.container.split(",")):
        return ()
    with open_film(film) as container:
        unnamed = [s for s in container.streams if s.type in ("subtitle", "data") and s.index not in known]
        return tuple(_unnamed_track(stream, form) for stream in unnamed if (form := _peeked(container, stream)))


def uncopied_tracks(film: Film) -> tuple[SubtitleTrack, ...]:
    """The tracks of text that FFmpeg puts into no container as they are: those, and captions of CEA-608 in a track of
    their own."""
    captions = (track for track in film.subtitle_tracks if track.codec == "eia_608")
    return tuple(sorted((*unnamed_tracks(film), *captions), key=lambda track: track.index))


def texts_of(film: Film, track: SubtitleTrack) -> list[tuple[Span, str]]:
    """What a track of text shows and when, on the film's clock. Raises SubtitleError where it shows nothing."""
    if track.codec == "eia_608":
        return [(cue.span, cue.text) for cue in read_track(film, track)[0]]
    raw, _ = with_ends(_cues(Source(film.path, b""), film, track)[0])
    found = [(Span(max(0, one.start_ms), one.end_ms), one.text) for one in raw if one.end_ms > max(0, one.start_ms)]
    if not found:
        raise SubtitleError(f"{film.path}: its subtitle track {track_name(film, track)} holds no subtitle", "leave it")
    return [(span, text) for span, text in found if text.strip()]


def _requested(film: Film, wanted: str) -> SubtitleTrack:
    tracks = film.subtitle_tracks
    if wanted.isdecimal() and len(wanted) < 10:
        number = int(wanted)
        found = tracks[number - 1 : number] if number else ()
    else:
        alike = [track for track in tracks if is_same(track.language, wanted)]
        found = tuple(sorted(alike, key=lambda track: (not track.is_text, not track.is_whole, not track.default)))
    if not found:
        known = ", ".join(track_name(film, track) for track in tracks)
        raise UsageError(
            f"{film.path} has no subtitle track {wanted!r}",
            f"give --subs-track a number or a language of: {known}" if tracks else "leave --subs-track out",
        )
    if not found[0].is_text:
        kind = found[0].codec or "a form that cannot be read"
        raise SubtitleError(
            f"{film.path}: its subtitle track {track_name(film, found[0])} is no text ({kind})",
            "choose another with --subs-track, give text with --subs FILE, or leave subtitles aside with --no-subs",
        )
    return found[0]


def track_name(film: Film, track: SubtitleTrack) -> str:
    """A subtitle track for a person: its number, 1 for the first, and its language."""
    number = next((n for n, one in enumerate(film.subtitle_tracks, 1) if one.index == track.index), 0)
    return f"{number or track.index} ({track.language})" if track.language else f"{number or track.index}"


def partial_tracks(film: Film) -> dict[int, str]:
    """The titles, by their tracks' numbers, of text tracks that are called "Signs & Songs" or the like: many carry no
    flag that says so. A lone track's title is not asked."""
    several = [track.index for track in film.subtitle_tracks if track.is_text and track.is_whole]
    if len(several) < 2:
        return {}
    with open_film(film) as container:
        titles = {index: _title(container.streams[index]) for index in several}
    return {index: title for index, title in titles.items() if PARTIAL.search(title) and not WHOLE.search(title)}


def _title(stream: Stream) -> str:
    return " ".join(filter(None, (stream.metadata.get(track_name) for track_name in ("title", "handler_name"))))


def _peeked(container: InputContainer, stream: Stream) -> str:
    container.seek(0)
    packets = islice(demuxed(container), PEEKED)
    return next((form for one in packets if one.stream == stream and (form := codec_of(bytes(one)))), "")


def _unnamed_track(stream: Stream, form: str) -> SubtitleTrack:
    language = stream.metadata.get("language", "")
    return SubtitleTrack(stream.index, form, "" if language == "und" else language, is_text=True)


def read_track(film: Film, track: SubtitleTrack) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The track's cues in order of time, and notes.

    Raises SubtitleError where there are none, FilmError where the film is damaged.
    """
    if track.codec == "eia_608":
        _, cues, notes = first_channel(film, by_channel(timed_triplets(_samples(film, track))))
    else:
        cues, notes = _read(film, track)
    if not cues:
        raise SubtitleError(
            f"{film.path}: its subtitle track {track_name(film, track)} holds no subtitle",
            "give the subtitles with --subs FILE",
        )
    return cues, notes


def _read(film: Film, track: SubtitleTrack) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    raw, notes = _cues(Source(film.path, b""), film, track)
    ended, untold = with_ends(raw)
    signs = ended if track.codec in ("ass", "ssa") else without_doubtful_signs(ended)
    cues, faults = cues_of(without_uniform_kinds(signs))
    return cues, tuple(limited_notes([*notes, *untold, *faults]))


def _cues(source: Source, film: Film, track: SubtitleTrack) -> ReadResult:
    raw: list[RawCue] = []
    notes: list[Note] = []
    for start, end, packet in _packets(film, track):
        found, faults = packet_cues(source, track.codec, packet, start, end)
        raw += found
        notes += faults
    return (merged(raw) if track.codec in ("ttml", "wvtt") else raw), notes


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


def codec_of(data: bytes) -> str:
    """What a packet of a track without a name holds: "ttml", "wvtt" or ""."""
    if data[:3] == b"\xef\xbb\xbf" or data.lstrip()[:1] == b"<":
        return "ttml" if b"tt" in data[:400] else ""
    return "wvtt" if data[4:8] in (b"vttc", b"vtte") else ""


def packet_cues(source: Source, codec: str, packet: av.Packet[Any], start_ms: int, end_ms: int) -> ReadResult:
    """The cues of a packet that is shown in that time. A damaged packet is not worth the film: it is a note."""
    data = bytes(packet)
    try:
        if codec == "ttml":
            return _ttml_cues(source, data, start_ms)
        if codec == "wvtt":
            return [webvtt_cue(start_ms, end_ms, text.split("\n")) for text in _wvtt_texts(data)], []
        if codec == "webvtt":
            return [webvtt_cue(start_ms, end_ms, data.decode("utf-8", "replace").split("\n"))], []
        return [_ass_cue(codec, line, start_ms, end_ms) for line in _ass_lines(packet)], []
    except (av.error.FFmpegError, InputError) as fault:
        message = f"a damaged subtitle at {start_ms} ms ({fault}): what is said is not protected"
        return [], [source.note(message)]


def _ass_lines(packet: av.Packet[Any]) -> list[str]:
    return [rect.ass.decode("utf-8", "replace") for rect in packet.decode() if isinstance(rect, AssSubtitle)]


def _ass_cue(codec: str, line: str, start_ms: int, end_ms: int) -> RawCue:
    """ASS as FFmpeg hands it on: ReadOrder, Layer, Style, Name, three margins, Effect, Text."""
    parts = line.split(",", 8)
    style, name, effect, text = (parts[i] if len(parts) == 9 else "" for i in (2, 3, 7, 8))
    raw = event_raw(SSAEvent(start=start_ms, end=end_ms, style=style, name=name, effect=effect, text=text))
    return raw if codec in ("ass", "ssa") else replace(raw, kind=top_kind(text, shown(text)))


def _wvtt_texts(data: bytes) -> Iterator[str]:
    """The texts of the cue boxes of a sample (ISO/IEC 14496-30)."""
    sample = BytesIO(data)
    for box in inside(sample, [(b"", 0, len(data))], b"vttc", b"payl"):
        yield content(sample, box).decode("utf-8", "replace")


def _ttml_cues(source: Source, data: bytes, start_ms: int) -> ReadResult:
    """The cues of a whole document; some packagers count its times from the sample's start."""
    text, _ = decoded(data, source.path, source.error)
    raw, notes = read_ttml(replace(source, text=text))
    if raw and start_ms >= max(one.end_ms for one in raw):
        raw = [replace(one, start_ms=one.start_ms + start_ms, end_ms=one.end_ms + start_ms) for one in raw]
    return raw, notes


def merged(raw: Sequence[RawCue]) -> list[RawCue]:
    """The cues in order of time, where one that goes on, or is repeated, in the next packet is one."""
    kept: list[RawCue] = []
    places: dict[tuple[str, str], int] = {}
    for one in sorted(raw, key=lambda one: one.start_ms):
        place = places.get((one.text, one.speaker))
        if place is not None and one.start_ms <= kept[place].end_ms:
            kept[place] = replace(kept[place], end_ms=max(one.end_ms, kept[place].end_ms))
        else:
            places[one.text, one.speaker] = len(kept)
            kept.append(one)
    return kept
