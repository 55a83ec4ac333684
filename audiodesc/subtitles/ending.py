"""Cues that do not say when they end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from audiodesc.model import Note
from audiodesc.subtitles.kinds import Raw
from audiodesc.subtitles.pace import said_ms

UNTOLD = Note(
    "dialogue", "some subtitles do not say how long they last: up to 5 s is taken, more for those that take long to say"
)


def lasting(raw: Sequence[Raw]) -> tuple[list[Raw], list[Note]]:
    """The cues in order of time; those of no length last until the next, or as long as their text takes to say,
    with a note.

    A cue without text ends the one before it, however far away it is. One that ends before it begins is left as it is.
    """
    ordered = sorted(raw, key=lambda one: one.start_ms)
    starts = [one.start_ms for one in ordered]
    ended: list[Raw] = []
    notes: list[Note] = []
    for one in ordered:
        if one.end_ms != one.start_ms or not one.text.strip():
            ended.append(one)
            continue
        said = one.start_ms + said_ms(one.text)
        at = bisect_right(starts, one.start_ms)
        end_ms = next((later.start_ms for later in ordered[at : at + 1] if _ends(later, said)), None)
        notes = [UNTOLD] if end_ms is None else notes
        ended.append(replace(one, end_ms=max(one.start_ms + 1000, said if end_ms is None else end_ms)))
    return ended, notes


def _ends(later: Raw, said: int) -> bool:
    """Whether the next cue ends the one before: it begins before that is said, or is there for nothing else."""
    return later.start_ms <= said or not later.text.strip()
