"""Subtitles on the clock of a programme's time code -> on the film's own, which starts at 0."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from audiodesc.model import Cue, Note, Span

FAR_MS = 30_000
HOUR_MS = 3_600_000
ZERO_MS, AFTER_ZERO_MS, MOST_ZEROS = 10_000, HOUR_MS // 2, 3
"""A subtitle zero, which names the programme, begins within so much of 0:00, and the next cue so much later; there are
no more of them."""

MOST_IN_FILM = 0.8
"""Of the cues, where the film's own time code is right; all of them where only whole hours are tried."""


def programme_cues(cues: Sequence[Cue]) -> list[Cue]:
    """The cues without subtitle zero: titles at 0:00 before a programme whose time code starts hours later."""
    ordered = sorted(cues, key=lambda cue: cue.span)
    for n in range(min(MOST_ZEROS, len(ordered) - 1), 0, -1):
        if ordered[n - 1].span.start_ms < ZERO_MS and ordered[n].span.start_ms >= ordered[n - 1].span.end_ms + (
            AFTER_ZERO_MS
        ):
            return ordered[n:]
    return ordered


def on_the_clock(
    cues: Sequence[Cue], duration_ms: int | None, start_ms: Callable[[], int | None] = lambda: None
) -> tuple[tuple[Cue, ...], list[Note]]:
    """The cues moved to the film's start, with a note, where they lie behind its end and an offset explains that.

    `start_ms` gives the time code of the film's first picture, where it says so; it is only asked where that matters.
    Else whole hours are tried that most cues share. Without a film (`duration_ms` None) those count that begin in the
    first hour or later.
    """
    told = programme_cues(cues)
    last_ms = max(cue.span.end_ms for cue in told)
    is_late = last_ms > duration_ms + FAR_MS if duration_ms is not None else told[0].span.start_ms >= HOUR_MS
    if not is_late:
        return tuple(cues), []
    hours = Counter(cue.span.start_ms // HOUR_MS for cue in told)
    offsets = {start_ms() or 0: MOST_IN_FILM, hours.most_common(1)[0][0] * HOUR_MS: 1, min(hours) * HOUR_MS: 1}
    for early_ms, least in offsets.items():
        if early_ms and _fits(told, early_ms, duration_ms, least):
            moved = moved_early(told, early_ms)
            left = len(cues) - len(moved)
            zero = f"; {left} before it {'is' if left == 1 else 'are'} left out" if left else ""
            note = f"the subtitles' time code starts at {_clock(early_ms)}: they are moved to the film's start{zero}"
            return moved, [Note("dialogue", note)]
    return tuple(cues), []


def moved_early(cues: Sequence[Cue], early_ms: int) -> tuple[Cue, ...]:
    """The cues by so much earlier, without those that are then over before the film begins."""
    return tuple(
        replace(cue, span=Span(max(0, cue.span.start_ms - early_ms), cue.span.end_ms - early_ms))
        for cue in cues
        if cue.span.end_ms > early_ms
    )


def reaches(cues: Sequence[Cue], duration_ms: float) -> bool:
    """Whether any cue of the programme lies in the film."""
    return any(cue.span.start_ms < duration_ms for cue in programme_cues(cues))


def _fits(cues: Sequence[Cue], early_ms: int, duration_ms: int | None, least: float) -> bool:
    """Whether that share of the cues lies in the film so much earlier, and none far behind its end."""
    end_ms = early_ms + (24 * HOUR_MS if duration_ms is None else duration_ms + FAR_MS)
    inside = sum(early_ms <= cue.span.start_ms for cue in cues)
    return inside >= least * len(cues) and all(cue.span.end_ms <= end_ms for cue in cues)


def _clock(ms: int) -> str:
    whole = f"{ms // HOUR_MS:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}"
    return f"{whole}.{ms % 1000:03}" if ms % 1000 else f"{whole}:00"
