"""Cues moved to where they belong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from audiodesc.dialogue.sync.align import Piece
from audiodesc.model import Cue, Span


def shifted(cues: Iterable[Cue], pieces: Sequence[Piece]) -> tuple[Cue, ...]:
    """The cues at their new times, in order; what then ends before the film begins is left out."""
    return tuple(sorted((moved for cue in cues if (moved := _moved(cue, pieces))), key=lambda cue: cue.span))


def moved_by(cues: tuple[Cue, ...], seconds: float) -> tuple[Cue, ...]:
    """All cues later, or, for fewer than 0 seconds, earlier."""
    return shifted(cues, [Piece(0, 1.0, round(seconds * 1000))]) if seconds else cues


def _moved(cue: Cue, pieces: Sequence[Piece]) -> Cue | None:
    piece = pieces[max(0, bisect_right(pieces, cue.span.start_ms, key=lambda piece: piece.start_ms) - 1)]
    start, end = (round(time * piece.rate) + piece.shift_ms for time in (cue.span.start_ms, cue.span.end_ms))
    return replace(cue, span=Span(max(0, start), end)) if end > 0 else None
