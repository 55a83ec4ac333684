"""Mono tracks that are channels of one programme: masters for broadcast hold left and right as tracks of their own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import av

from audiodesc.model import AudioTrack, Film

LAYOUTS = {2: "stereo", 6: "5.1"}
"""Of so many tracks without labels; six are in the order of SMPTE ST 2067-8 and ITU-R BS.1738: L R C LFE Ls Rs."""

LABELLED = {
    frozenset(channel.name for channel in av.AudioLayout(name).channels): name
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
    together as one (see `together`). Of such tracks, labels say which are channels of what; else six are 5.1, and of
    any other number each two are left and right."""
    groups: defaultdict[tuple[str, int, str], list[AudioTrack]] = defaultdict(list)
    for track in film.audio_tracks:
        if is_channel(track):
            groups[form(track)].append(track)
    found = [together(parts) for group in groups.values() for parts in _programmes(film, group) if len(parts) > 1]
    taken = {index for one in found for index in one.parts}
    return tuple(sorted((*found, *(t for t in film.audio_tracks if t.index not in taken)), key=lambda t: t.index))


def form(track: AudioTrack) -> tuple[str, int, str]:
    """What is alike in the channels of one programme."""
    return track.codec, track.rate_hz, track.language


def is_channel(track: AudioTrack) -> bool:
    """Whether a track may be a channel of a programme: mono, without a title that says more than that it is one, and
    nothing but the film's own sound."""
    return bool(track.layout == "mono" and track.codec and not track.role and NO_TITLE.fullmatch(track.title))


def together(tracks: Sequence[AudioTrack]) -> AudioTrack:
    """Mono tracks as one: in the layout that their labels name, else two as left and right and six as 5.1 in this
    order, and any other number mixed to mono, each as loud as the others. Its `index` is that of the first."""
    labels = [track.channel for track in tracks]
    layout, parts = LABELLED.get(frozenset(labels), ""), list(tracks)
    if layout and len(set(labels)) == len(labels):
        order = [channel.name for channel in av.AudioLayout(layout).channels]
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
