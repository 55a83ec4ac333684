"""Dialogue -> the spans where a narrator may speak."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audiodesc.model import Cue, Gap, Span

MARGIN_MS = 150
"""Silence kept before and after dialogue (in use at Microsoft)."""

SHORTEST_MS = 1200
"""The shortest pause worth using (in use at Microsoft)."""


def protected(cues: Iterable[Cue], duration_ms: int, margin_ms: int = MARGIN_MS) -> list[Span]:
    """Where nobody may speak but the film: speech and lyrics with the margin, merged, within the film."""
    spans = sorted(
        Span(max(0, cue.span.start_ms - margin_ms), min(duration_ms, cue.span.end_ms + margin_ms))
        for cue in cues
        if cue.kind != "sound" and cue.span.start_ms - margin_ms < duration_ms
    )
    merged: list[Span] = []
    for span in spans:
        if merged and span.start_ms <= merged[-1].end_ms:
            merged[-1] = Span(merged[-1].start_ms, max(merged[-1].end_ms, span.end_ms))
        else:
            merged.append(span)
    return merged


def gaps(
    cues: Sequence[Cue], duration_ms: int, margin_ms: int = MARGIN_MS, shortest_ms: int = SHORTEST_MS
) -> tuple[Gap, ...]:
    """The pauses of at least `shortest_ms`, in order.

    With `shortest_ms=1`, gaps and protected spans tile the film: no moment is in both, or in neither.
    """
    sounds = [cue.span for cue in cues if cue.kind == "sound"]
    edges = [0]
    for span in protected(cues, duration_ms, margin_ms):
        edges += (span.start_ms, span.end_ms)
    edges.append(duration_ms)
    spans = (Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True))
    return tuple(
        Gap(span, "sound" if any(span.overlap_ms(sound) for sound in sounds) else "silence")
        for span in spans
        if span.duration_ms >= max(1, shortest_ms)
    )
