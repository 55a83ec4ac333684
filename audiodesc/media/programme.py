"""Which sound track is the film's programme: the one that is described, and that the narrator is mixed with.

Mono tracks may be channels of one programme: `candidates` gives what there is to choose from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import av

from audiodesc.core.languages import is_same
from audiodesc.errors import FilmError, UsageError
from audiodesc.media.sound import channel_names
from audiodesc.model import AudioTrack, Film, TrackRole

SUM = re.compile(r"\s*\d{1,9}\s*(?:\+\s*\d{1,9}\s*)+")
"""Several tracks as one: "1+2"."""

MOST_CHANNELS = 8
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
MONO = "they are mono tracks of one form"


@dataclass(frozen=True, slots=True)
class Programme:
    """The track, None for a film without sound; why it is this one; and what else is to be said of the tracks."""

    track: AudioTrack | None
    why: str
    notes: tuple[str, ...] = ()


def programme(film: Film, wanted: int | str | None = None, *, language: str = "", subtitles: str = "") -> Programme:
    """The track to describe: the `wanted`-th (1 is the first), several mono ones as one ("1+2": left and right), or the
    one in the `wanted` language; else the likeliest.

    `language` is what the description shall be in, `subtitles` the language of the subtitles, "" where not known.
    Raises UsageError where there is no such track, FilmError where it cannot be mixed.
    """
    among = candidates(film) if wanted is None else _asked_for(film, str(wanted))
    if not among:
        return Programme(None, "the film has no sound")
    ranks = sorted((_rank(track, language, subtitles), track) for track in among)
    track = ranks[0][1]
    if why := _unusable(track):
        raise FilmError(
            f"{film.path}: its sound track {track_number(film, track)} cannot be mixed ({why})",
            "choose another with --audio-track, or convert it",
        )
    return Programme(track, _why(ranks, wanted is not None), tuple(_notes(film, track, wanted is not None)))


def peers(film: Film, track: AudioTrack) -> tuple[AudioTrack, ...]:
    """The other programmes of equal standing: the film's own sound in the same language, without a title of their own.
    A listener may hear them with it, as the tracks of a master are."""
    others = (one for one in candidates(film) if one.index not in (track.parts or (track.index,)))
    return tuple(
        one
        for one in others
        if not (one.role or one.title or one.empty or track.role or _unusable(one))
        and (one.language == track.language or is_same(one.language, track.language))
    )


def name(film: Film, track: AudioTrack) -> str:
    """A track for a person: its number, its language, and what is known besides."""
    kind = {"": "", "hearing": "for the hard of hearing"}.get(track.role, track.role)
    title = f"“{track.title}”" if track.title else ""
    known = (track.language or "language not known", track.layout, title, kind, "default" if track.default else "")
    return f"{track_number(film, track)} ({', '.join(part for part in known if part)})"


def track_number(film: Film, track: AudioTrack) -> str:
    """A track's number for a person, 1 for the first; "1+2" where several are one."""
    numbers = {one.index: str(number) for number, one in enumerate(film.audio_tracks, 1)}
    return "+".join(numbers[index] for index in track.parts or (track.index,))


def _asked_for(film: Film, wanted: str) -> tuple[AudioTrack, ...]:
    if SUM.fullmatch(wanted):
        return (_sum(film, [int(number) for number in wanted.split("+")]),)
    tracks = film.audio_tracks
    number = int(wanted) if wanted.removeprefix("-").isdecimal() and len(wanted) < 10 else None
    if number is not None:
        found = tracks[number - 1 : number] if number > 0 else ()
    else:
        found = tuple(track for track in candidates(film) if is_same(track.language, wanted))
    if not found:
        known = ", ".join(name(film, track) for track in tracks)
        count = f"{len(tracks)} sound track{'' if len(tracks) == 1 else 's'}"
        fault = f"has {count}, not {number}" if number is not None else f"has {count}, none of them in {wanted!r}"
        raise UsageError(
            f"{film.path} {fault}",
            f"give --audio-track a number or a language of: {known}" if tracks else "leave --audio-track out",
        )
    return found


def _sum(film: Film, numbers: Sequence[int]) -> AudioTrack:
    """Raises UsageError where that cannot be."""
    tracks = [track for number in numbers for track in _asked_for(film, str(number))]
    if len(set(numbers)) < len(numbers):
        raise UsageError(f"--audio-track {'+'.join(map(str, numbers))} has a track twice", "give each once, as in 1+2")
    for track in tracks:
        if not track.codec or track.layout != "mono":
            fault = _unusable(track) or f"it is {track.layout}"
            raise UsageError(
                f"{film.path}: sound track {name(film, track)} is no channel of another ({fault})",
                "only mono tracks can be put together: give one number, or those of mono tracks",
            )
    return combined_track(tracks)


def _rank(track: AudioTrack, language: str, subtitles: str) -> tuple[int, ...]:
    """The lower, the likelier; in the order of `REASONS`."""
    return (
        ASIDE[track.role],
        bool(_unusable(track)),
        not is_same(track.language, language),
        not track.default,
        not track.original,
        not is_same(track.language, subtitles),
        track.index,
    )


def _why(ranks: list[tuple[tuple[int, ...], AudioTrack]], asked: bool) -> str:
    if asked:
        return "it was asked for"
    if ranks[0][1].parts and {track.parts != () for _, track in ranks} == {True}:
        return MONO
    if len(ranks) == 1:
        return "it is the only one"
    first, second = ranks[0][0], ranks[1][0]
    return next(reason for reason, a, b in zip(REASONS, first, second, strict=True) if a != b)


def _notes(film: Film, chosen: AudioTrack, asked: bool) -> list[str]:
    described = [name(film, track) for track in film.audio_tracks if track.role == "description"]
    notes = [f"this film already carries a description: sound track {', '.join(described)}"] if described else []
    if chosen.role:
        notes.append(f"sound track {name(film, chosen)} is mixed, though it is not the film's own sound alone")
    if chosen.empty:
        notes.append(f"sound track {name(film, chosen)} holds no sound: the narrator is heard alone")
    unheard = [name(film, track) for track in film.audio_tracks if not track.codec]
    return (
        notes
        + ([f"sound that cannot be decoded: track {', '.join(unheard)}"] if unheard else [])
        + ([] if asked else _channels(film, chosen))
    )


def _channels(film: Film, chosen: AudioTrack) -> list[str]:
    """What is said of mono tracks that were put together, or might be."""
    taken = track_number(film, chosen)
    if chosen.parts:
        return [
            f"sound tracks {taken} are mono and are mixed as one ({chosen.layout}): --audio-track takes one alone, or "
            "others, as in 1+2"
        ]
    alike = [track for track in film.audio_tracks if is_channel(track) and form(track) == form(chosen)]
    mono = [track_number(film, track) for track in alike] if is_channel(chosen) else []
    if len(mono) > 1:
        return [
            f"of the mono tracks {', '.join(mono)} only {taken} is heard, measured and mixed: where they are channels "
            f"of one sound give --audio-track {mono[0]}+{mono[1]}"
        ]
    return []


def _unusable(track: AudioTrack) -> str:
    """Why a track cannot be mixed, "" where it can."""
    if not track.codec:
        return "nothing here can decode it"
    if " channels" in track.layout or track.layout.startswith("ambisonic"):
        return f"its layout has no name: {track.layout}"
    if av.AudioLayout(track.layout).nb_channels > MOST_CHANNELS:
        return f"it has more channels than {MOST_CHANNELS}: {track.layout}"
    return ""


LAYOUTS = {2: "stereo", 6: "5.1"}
"""Of so many tracks without labels; six are in the order of SMPTE ST 2067-8 and ITU-R BS.1738: L R C LFE Ls Rs."""

LABELLED = {
    frozenset(channel_names(name)): name
    for name in ("stereo", "downmix", "3.0", "2.1", "4.0", "quad", "5.0", "5.0(side)", "5.1", "5.1(side)", "7.1")
}
"""The layouts that labels of single channels make together."""

NO_TITLE = re.compile(
    r"\s*(?:(?:a|audio|ch|channel|track|sound|mono|left|right|l|r)[\s_.#-]*\d*[\s_.-]*(?:left|right|mono|l|r)?)?\s*",
    re.IGNORECASE,
)
"""Titles that programs write for channels: "A1", "Audio 2", "Left"."""

UNLABELLED = {"", "NONE", "FC"}
"""What FFmpeg calls the channel of any mono track."""


def candidates(film: Film) -> tuple[AudioTrack, ...]:
    """The film's programmes to choose from: its sound tracks, where mono ones of one form and without a title count
    together as one (see `combined_track`). Of such tracks, labels say which are channels of what; else six are 5.1, and
    of any other number each two are left and right."""
    groups: defaultdict[tuple[str, int, str], list[AudioTrack]] = defaultdict(list)
    for track in film.audio_tracks:
        if is_channel(track):
            groups[form(track)].append(track)
    found = [combined_track(parts) for group in groups.values() for parts in _programmes(film, group) if len(parts) > 1]
    taken = {index for one in found for index in one.parts}
    return tuple(sorted((*found, *(t for t in film.audio_tracks if t.index not in taken)), key=lambda t: t.index))


def form(track: AudioTrack) -> tuple[str, int, str]:
    """What is alike in the channels of one programme."""
    return track.codec, track.rate_hz, track.language


def is_channel(track: AudioTrack) -> bool:
    """Whether a track may be a channel of a programme: mono, without a title that says more than that it is one, and
    nothing but the film's own sound."""
    return bool(track.layout == "mono" and track.codec and not track.role and NO_TITLE.fullmatch(track.title))


def combined_track(tracks: Sequence[AudioTrack]) -> AudioTrack:
    """Mono tracks as one: in the layout that their labels name, else two as left and right and six as 5.1 in this
    order, and any other number mixed to mono, each as loud as the others. Its `index` is that of the first."""
    labels = [track.channel for track in tracks]
    layout, parts = LABELLED.get(frozenset(labels), ""), list(tracks)
    if layout and len(set(labels)) == len(labels):
        order = channel_names(layout)
        parts.sort(key=lambda track: order.index(track.channel))
    else:
        layout = LAYOUTS.get(len(parts), "mono")
    return replace(
        min(tracks, key=lambda track: track.index),
        layout="stereo" if layout == "downmix" else layout,
        default=any(track.default for track in tracks),
        empty=all(track.empty for track in tracks),
        channel="",
        parts=tuple(track.index for track in parts),
    )


def _programmes(film: Film, group: Sequence[AudioTrack]) -> Iterator[Sequence[AudioTrack]]:
    if any(track.channel not in UNLABELLED for track in group):
        yield from _by_label(group)
        return
    for tracks in [group] if _is_master(film, group[0]) else _by_default(group):
        yield from [tracks] if len(tracks) == 6 else (tracks[i : i + 2] for i in range(0, len(tracks), 2))


def _is_master(film: Film, track: AudioTrack) -> bool:
    """Whether flags say nothing: in MOV, PCM that is not default may be no more than not switched on."""
    return track.codec.startswith("pcm_") and "matroska" not in film.container


def _by_default(group: Sequence[AudioTrack]) -> Iterator[Sequence[AudioTrack]]:
    """A default track among others is a programme of its own."""
    return ([track for track in group if track.default is default] for default in (True, False))


def _by_label(group: Sequence[AudioTrack]) -> Iterator[Sequence[AudioTrack]]:
    """The most tracks in a row whose labels make a layout, then what follows."""
    rest = list(group)
    while rest:
        sets = [frozenset(track.channel for track in rest[:size]) for size in range(1, len(rest) + 1)]
        most = max(
            (size for size, labels in enumerate(sets, 1) if labels in LABELLED and len(labels) == size), default=1
        )
        yield rest[:most]
        rest = rest[most:]
