"""What is wrong with subtitles, in words for the user."""

from __future__ import annotations

from itertools import product

from audiodesc.core.formatting import clock, seconds
from audiodesc.dialogue.sync.align import PICTURES, TOLERANCE_MS, Alignment, Piece
from audiodesc.errors import SubtitleError

LEAST_SHIFT_S = 0.05
"""A shift is told in tenths of a second."""


def refusal(name: str, alignment: Alignment, shifted_s: float = 0.0) -> SubtitleError | None:
    """Why subtitles called `name`, which a user has shifted so far, cannot be used as they are, with the remedy; None
    where they can."""
    if alignment.verdict == "foreign":
        return SubtitleError(
            f"{name}: these subtitles are not of this film, or of quite another cut, or hold only part of its dialogue "
            "(they match its speech by chance)",
            "give the right ones with --subs, or use these with --trust-subs",
        )
    if alignment.verdict != "off":
        return None
    first = alignment.pieces[0]
    simple = len(alignment.pieces) == 1 and first.rate == 1
    total_s = shifted_s + first.shift_ms / 1000
    shift = f"use --shift {total_s:+.1f} or" if abs(total_s) >= LEAST_SHIFT_S else "leave out --shift, or use"
    remedy = f"{shift} --sync" if simple else "use --sync"
    return SubtitleError(f"{name}: these subtitles are {told(alignment)}", remedy)


def told(alignment: Alignment) -> str:
    """How far subtitles that are off are off: "2.4 s late", "right at first, 5.0 s early from 31:05 on"."""
    first, *later = alignment.pieces
    parts = [_speed(first.rate)] if first.rate != 1 else []
    if later:
        parts += [f"{_late(first)} at first", *(f"{_late(piece)} from {clock(piece.start_ms)} on" for piece in later)]
    elif first.rate == 1 or abs(first.shift_ms) > TOLERANCE_MS:
        parts.append(_late(first))
    return ", ".join(parts)


def _late(piece: Piece) -> str:
    if abs(piece.shift_ms) <= TOLERANCE_MS:
        return "right"
    return f"{seconds(abs(piece.shift_ms))} s {'late' if piece.shift_ms < 0 else 'early'}"


def _speed(rate: float) -> str:
    timed, shown = next((a, b) for a, b in product(PICTURES, PICTURES) if a / b == rate)
    return f"timed for {timed:.5g} pictures a second instead of {shown:.5g}"
