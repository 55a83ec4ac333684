"""Captions that show again what was said before: each line once, where it is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from audiodesc.subtitles.pace import SIGN

if TYPE_CHECKING:
    from audiodesc.subtitles.kinds import Raw

NEAR_MS = 250
"""Cues that are this near are shown without a break."""

FEWEST, LEAST = 3, 1 / 4
"""How many cues begin with lines of the one before, and what share of all, where captions roll."""

MOST_SIGNS = 4
"""Of Chinese, Japanese or Korean that may well be said twice."""

MOST_STAGGERED = 1 / 2
"""Of cues that begin before the one before ends: more are captions of which each line stands until it is pushed out."""


def unrolled(raw: Sequence[Raw]) -> list[Raw]:
    """The cues in order of time, each line once; as they are where lines are not shown again.

    Cues with one text that follow each other are one (of players that mark the word that is said). Where lines roll or
    grow, each is kept where it is new. Where each cue stands until the next but one begins, it ends where the next one
    begins. So no time is lost in which a cue is shown. Cues that end before they begin are left as they are.
    """
    odd = [one for one in raw if one.end_ms <= one.start_ms or one.start_ms < 0]
    if odd:
        return [*unrolled([one for one in raw if 0 <= one.start_ms < one.end_ms]), *odd]
    ordered = _joined(sorted(raw, key=lambda one: one.start_ms))
    again = sum(_rolls(before, one) or _grows(before, one) for before, one in pairwise(ordered))
    if again >= max(FEWEST, LEAST * len(ordered)):
        ordered = _joined(_rolled(ordered))
    return _in_turn(ordered)


def _joined(ordered: Sequence[Raw]) -> list[Raw]:
    """Where a cue is shown again without a break, one."""
    kept: list[Raw] = []
    for one in ordered:
        last = kept[-1] if kept else None
        if last and _is_sentence(one.text) and _same(last, one) and -NEAR_MS <= one.start_ms - last.end_ms <= NEAR_MS:
            kept[-1] = replace(last, end_ms=max(last.end_ms, one.end_ms))
        else:
            kept.append(one)
    return kept


def _is_sentence(text: str) -> bool:
    """Whether it has several words: one may well be said twice."""
    return len(text.split()) > 2 or len(SIGN.findall(text)) > MOST_SIGNS


def _same(last: Raw, one: Raw) -> bool:
    return _lines(last) == _lines(one) and (last.speaker, last.kind) == (one.speaker, one.kind)


def _lines(one: Raw) -> list[str]:
    return [" ".join(line.split()) for line in one.text.split("\n") if line.strip()]


def _again(before: Raw, one: Raw) -> int:
    """How many lines the cue begins with that the one before ends with."""
    old, new = _lines(before), _lines(one)
    return next((n for n in range(min(len(old), len(new)), 0, -1) if old[-n:] == new[:n]), 0)


def _rolls(before: Raw, one: Raw) -> bool:
    """Whether the cue shows a line of the one before again, and is not the same."""
    return bool(_again(before, one)) and _lines(before) != _lines(one)


def _grows(before: Raw, one: Raw) -> bool:
    """Whether the cue is the one before with more words."""
    old, new = " ".join(_lines(before)), " ".join(_lines(one))
    return bool(old) and new.startswith(f"{old} ") and one.start_ms - before.end_ms <= NEAR_MS


def _rolled(ordered: Sequence[Raw]) -> list[Raw]:
    kept: list[Raw] = []
    for before, one in zip([None, *ordered], ordered, strict=False):
        lines = _lines(one)
        if before and kept and _grows(before, one) and not _again(before, one):
            kept[-1] = _grown(kept[-1], before, one)
            continue
        fresh = "\n".join(lines[_again(before, one) if before else 0 :])
        if not fresh and kept and lines and one.start_ms - kept[-1].end_ms <= NEAR_MS:
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms, one.end_ms))
        else:
            kept.append(replace(one, text=fresh or one.text))
    return kept


def _grown(last: Raw, before: Raw, one: Raw) -> Raw:
    """The last cue that was kept, with the words that the cue has more than the one before."""
    more = " ".join(_lines(one))[len(" ".join(_lines(before))) :]
    return replace(last, text=last.text + more, end_ms=max(last.end_ms, one.end_ms))


def _in_turn(ordered: Sequence[Raw]) -> list[Raw]:
    """The cues, none longer than until the next begins, where most overlap the next."""
    worded = [one for one in ordered if one.text.strip()]
    pairs = list(pairwise(worded))
    near = [(one, later) for one, later in pairs if later.start_ms - one.end_ms <= NEAR_MS]
    staggered = {
        id(one): later.start_ms
        for one, later in near
        if one.start_ms + NEAR_MS < later.start_ms < one.end_ms - NEAR_MS and one.end_ms <= later.end_ms
    }
    if len(staggered) < FEWEST or len(staggered) <= MOST_STAGGERED * len(near):
        return list(ordered)
    return [replace(one, end_ms=staggered.get(id(one), one.end_ms)) for one in ordered]
