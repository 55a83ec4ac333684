"""Dialogue -> the spans where a narrator may speak."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from audiodesc.core.intervals import joined
from audiodesc.model import Cue, CueKind, Gap, Span
from audiodesc.settings import PlanSettings

MARGIN_MS, SHORTEST_MS = PlanSettings().margin_ms, PlanSettings().shortest_ms
"""The defaults of the silence kept around dialogue, and of the shortest pause that is used."""

PROTECTED: Collection[CueKind] = ("speech", "lyrics", "on_screen")
"""What nobody speaks over, unless another choice is made."""


def protected(
    cues: Iterable[Cue], duration_ms: int, margin_ms: int = MARGIN_MS, kinds: Collection[CueKind] = PROTECTED
) -> list[Span]:
    """Where nobody may speak but the film: cues of these kinds with the margin, merged, within the film."""
    spans = (
        Span(max(0, cue.span.start_ms - margin_ms), min(duration_ms, cue.span.end_ms + margin_ms))
        for cue in cues
        if cue.kind in kinds and cue.span.start_ms - margin_ms < duration_ms
    )
    return joined(spans)


def gaps(
    cues: Sequence[Cue],
    duration_ms: int,
    margin_ms: int = MARGIN_MS,
    shortest_ms: int = SHORTEST_MS,
    kinds: Collection[CueKind] = PROTECTED,
) -> tuple[Gap, ...]:
    """The pauses of at least `shortest_ms` between cues of the protected `kinds`, in order.

    A pause is of "sound" where a sound is heard somewhere in it. Where lyrics are not protected, a song is a pause
    of its own, of "music", so that the rest can be used first; rests too short to be used belong to the song.
    With `shortest_ms=1`, gaps and protected spans tile the film: no moment is in both, or in neither.
    """
    sounds = [cue.span for cue in cues if cue.kind == "sound"]
    songs = joined((cue.span for cue in cues if cue.kind == "lyrics" and "lyrics" not in kinds), shortest_ms - 1)
    edges = [0]
    for span in protected(cues, duration_ms, margin_ms, kinds):
        edges += (span.start_ms, span.end_ms)
    edges.append(duration_ms)
    pauses = (Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    found = (gap for pause in pauses for gap in _parted(pause, songs, sounds, shortest_ms))
    return tuple(gap for gap in found if gap.span.duration_ms >= max(1, shortest_ms))


def whole(parts: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps, in order, those that meet as one: for lines that a person placed. It is of the kind of the first in
    which anything is heard."""
    made: list[Gap] = []
    for gap in parts:
        if made and made[-1].span.end_ms == gap.span.start_ms:
            last = made.pop()
            gap = Gap(Span(last.span.start_ms, gap.span.end_ms), gap.kind if last.kind == "silence" else last.kind)
        made.append(gap)
    return tuple(made)


def _parted(pause: Span, songs: Sequence[Span], sounds: Sequence[Span], shortest_ms: int) -> Iterator[Gap]:
    """A pause as songs and what lies between them."""
    inside = [song for song in (_within(song, pause, shortest_ms) for song in songs) if song]
    edges = [pause.start_ms, *(edge for song in inside for edge in (song.start_ms, song.end_ms)), pause.end_ms]
    for number, (start, end) in enumerate(pairwise(edges)):
        if number % 2:
            yield Gap(Span(start, end), "music")
        elif start < end:
            span = Span(start, end)
            yield Gap(span, "sound" if any(span.overlap_ms(sound) for sound in sounds) else "silence")


def _within(song: Span, pause: Span, shortest_ms: int) -> Span | None:
    """The part of a song that lies in a pause, up to the pause's edge where too little would be left."""
    if not song.overlap_ms(pause):
        return None
    start, end = max(song.start_ms, pause.start_ms), min(song.end_ms, pause.end_ms)
    return Span(
        start if start - pause.start_ms >= shortest_ms else pause.start_ms,
        end if pause.end_ms - end >= shortest_ms else pause.end_ms,
    )
