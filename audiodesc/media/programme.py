"""Which sound track is the film's programme: the one that is described, and that the narrator is mixed with."""

from __future__ import annotations

from dataclasses import dataclass

import av
from langcodes import tag_distance
from langcodes.tag_parser import LanguageTagError

from audiodesc.errors import FilmError, UsageError
from audiodesc.model import AudioTrack, Film, TrackRole

MOST_CHANNELS = 8
SAME_LANGUAGE = 10
"""Languages nearer than this, on the scale of Unicode's CLDR, are one: "ger" and "de-AT", "nb" and "no"."""

ASIDE: dict[TrackRole, int] = {"": 0, "hearing": 1, "description": 2, "commentary": 3, "effects": 4}
"""How far a track is from being the programme. One with a description still holds the film's whole sound."""

REASONS = (
    "the others are none of the film's own sound",
    "the others cannot be decoded",
    "its language is the description's",
    "it is the default one",
    "it is the original",
    "its language is the subtitles'",
    "it comes first",
)


@dataclass(frozen=True, slots=True)
class Programme:
    """The track, None for a film without sound; why it is this one; and what else is to be said of the tracks."""

    track: AudioTrack | None
    why: str
    notes: tuple[str, ...] = ()


def programme(film: Film, wanted: int | str | None = None, *, language: str = "", subtitles: str = "") -> Programme:
    """The track to describe: the `wanted`-th (1 is the first) or the one in the `wanted` language, else the likeliest.

    `language` is what the description shall be in, `subtitles` the language of the subtitles, "" where not known.
    Raises UsageError where there is no such track, FilmError where it cannot be mixed.
    """
    tracks = film.audio_tracks
    among = tracks if wanted is None else _asked_for(film, str(wanted))
    if not among:
        return Programme(None, "the film has no sound")
    ranks = sorted((_rank(track, language, subtitles), track) for track in among)
    track = ranks[0][1]
    if why := _unusable(track):
        raise FilmError(
            f"{film.path}: its sound track {_number(film, track)} cannot be mixed ({why})",
            "choose another with --audio-track, or convert it",
        )
    return Programme(track, _why(ranks, wanted is not None), tuple(_notes(film, track)))


def name(film: Film, track: AudioTrack) -> str:
    """A track for a person: its number, its language, and what is known besides."""
    kind = {"": "", "hearing": "for the hard of hearing"}.get(track.role, track.role)
    title = f"“{track.title}”" if track.title else ""
    known = (track.language or "language not known", track.layout, title, kind, "default" if track.default else "")
    return f"{_number(film, track)} ({', '.join(part for part in known if part)})"


def _asked_for(film: Film, wanted: str) -> tuple[AudioTrack, ...]:
    tracks = film.audio_tracks
    number = int(wanted) if wanted.removeprefix("-").isdecimal() else None
    found = tuple(
        t for i, t in enumerate(tracks, 1) if (i == number if number is not None else _same(t.language, wanted))
    )
    if not found:
        known = ", ".join(name(film, track) for track in tracks)
        count = f"{len(tracks)} sound track{'' if len(tracks) == 1 else 's'}"
        fault = f"has {count}, not {number}" if number is not None else f"has {count}, none of them in {wanted!r}"
        raise UsageError(
            f"{film.path} {fault}",
            f"give --audio-track a number or a language of: {known}" if tracks else "leave --audio-track out",
        )
    return found


def _rank(track: AudioTrack, language: str, subtitles: str) -> tuple[int, ...]:
    """The lower, the likelier; in the order of `REASONS`."""
    return (
        ASIDE[track.role],
        bool(_unusable(track)),
        not _same(track.language, language),
        not track.default,
        not track.original,
        not _same(track.language, subtitles),
        track.index,
    )


def _why(ranks: list[tuple[tuple[int, ...], AudioTrack]], asked: bool) -> str:
    if asked:
        return "it was asked for"
    if len(ranks) == 1:
        return "it is the only one"
    first, second = ranks[0][0], ranks[1][0]
    return next(reason for reason, a, b in zip(REASONS, first, second, strict=True) if a != b)


def _notes(film: Film, chosen: AudioTrack) -> list[str]:
    described = [name(film, track) for track in film.audio_tracks if track.role == "description"]
    notes = [f"this film already carries a description: sound track {', '.join(described)}"] if described else []
    if chosen.role:
        notes.append(f"sound track {name(film, chosen)} is mixed, though it is not the film's own sound alone")
    if chosen.empty:
        notes.append(f"sound track {name(film, chosen)} holds no sound: the narrator is heard alone")
    unheard = [name(film, track) for track in film.audio_tracks if not track.codec]
    return notes + ([f"sound that cannot be decoded: track {', '.join(unheard)}"] if unheard else [])


def _unusable(track: AudioTrack) -> str:
    """Why a track cannot be mixed, "" where it can."""
    if not track.codec:
        return "nothing here can decode it"
    if " channels" in track.layout or track.layout.startswith("ambisonic"):
        return f"its layout has no name: {track.layout}"
    if av.AudioLayout(track.layout).nb_channels > MOST_CHANNELS:
        return f"it has more channels than {MOST_CHANNELS}: {track.layout}"
    return ""


def _same(one: str, other: str) -> bool:
    try:
        return bool(one and other) and tag_distance(one, other) < SAME_LANGUAGE
    except LanguageTagError:
        return one.casefold() == other.casefold()


def _number(film: Film, track: AudioTrack) -> int:
    return film.audio_tracks.index(track) + 1
