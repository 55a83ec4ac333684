"""A script that is given to be merged, and seems to be another film's: its lines would become edits by their times."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from audiodesc.errors import ScriptError
from audiodesc.project.changes import Change, is_alike
from audiodesc.project.lines import ProjectLine
from audiodesc.project.script_reading import Reading

ID: Final = re.compile(r"\d{9}[a-z]*")
"""What ids of lines look like in scripts that a project wrote."""

FEWEST: Final = 4
"""Of so few lines nothing can be said by their times."""

HARDLY_ANY: Final = 0.1
"""Of two films this share of the lines may say nearly the same at nearly the same time: "He sits down.\""""

NEAR_MS: Final = 2_000
"""Where a line is written anew it begins so near to the other. Of two films with a line each 15 s, a quarter does."""


def check_same_film(path: Path, reading: Reading, standing: Sequence[ProjectLine], known: AbstractSet[str]) -> None:
    """Raise ScriptError where hardly a line of a file is one of the `standing` lines by its id or its words, and either
    it was written by another project, as none of its ids is `known`, or some of its lines would take the place of
    others though most begin elsewhere."""
    if not standing or not reading.lines or _is_known(reading):
        return
    ids = [line.id for line in reading.lines if ID.fullmatch(line.id)]
    is_others = len(ids) > 1 and known.isdisjoint(ids)
    if is_others or _is_elsewhere(reading, standing):
        why = "it is another project's" if is_others else "most begin where no line is"
        raise ScriptError(
            f"{path}: hardly any of its {len(reading.lines)} lines is known here, and {why}: is it another film's?",
            "if it is this film's, give --force too; or --replace, to take it in place of all lines",
        )


def _is_known(reading: Reading) -> bool:
    """Whether more than hardly any line of a file is one that was there, by its id or its words."""
    changed = {id(one.after): one for one in reading.changed}
    found = [
        line
        for line, known in zip(reading.lines, reading.script.ids, strict=True)
        if known and _is_meant(changed.get(id(line)))
    ]
    return len(found) > HARDLY_ANY * len(reading.lines)


def _is_meant(change: Change | None) -> bool:
    """Whether a line was found again by more than its time; None: nothing in it was changed."""
    if change is None or not (change.before and change.after):
        return change is None
    return change.after.id == change.id or is_alike(change.before.text, change.after.text)


def _is_elsewhere(reading: Reading, standing: Sequence[ProjectLine]) -> bool:
    """Whether a file has lines in the place of others, though by far not all of either begin near one of the others."""
    if len(reading.lines) < FEWEST or not any(one.before and one.after for one in reading.changed):
        return False
    theirs, ours = sorted(one.span.start_ms for one in reading.lines), sorted(one.start_ms for one in standing)
    return max(_near(theirs, ours), _near(ours, theirs)) < 0.5


def _near(starts: Sequence[int], others: Sequence[int]) -> float:
    """The share of these starts that are near one of the others, all in order."""
    return sum(_distance_ms(one, others) <= NEAR_MS for one in starts) / len(starts)


def _distance_ms(start_ms: int, others: Sequence[int]) -> int:
    at = bisect_left(others, start_ms)
    return min(abs(one - start_ms) for one in others[max(0, at - 1) : at + 1])
