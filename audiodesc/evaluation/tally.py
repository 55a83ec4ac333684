"""How often one of two was preferred, and how sure its share is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final, Literal

from audiodesc.evaluation.bootstrap import LEVEL
from audiodesc.evaluation.model import Value

Verdict = Literal["first", "second", "equal", "order", "failed"]
"""Which of two texts is preferred; "equal": neither; "order": each time the one in the same place, so neither counts;
"failed": there was no verdict that can be read."""

VERDICTS: Final[tuple[Verdict, ...]] = ("first", "second", "equal", "order", "failed")


@dataclass(frozen=True, slots=True)
class Tally:
    """Verdicts, counted. `share` is the first's of those that prefer one, in percent; None where none does."""

    first: int
    second: int
    equal: int = 0
    order: int = 0
    failed: int = 0
    share: Value | None = None


def tally(verdicts: Iterable[Verdict]) -> Tally:
    """The verdicts, counted, with the first's share and its interval."""
    given = list(verdicts)
    counts = {one: given.count(one) for one in VERDICTS}
    return Tally(**counts, share=share_of(counts["first"], counts["first"] + counts["second"]))


def share_of(count: int, of: int) -> Value | None:
    """A share in percent with its binomial interval (Wilson, 1927); None of nothing."""
    if not of:
        return None
    z = NormalDist().inv_cdf(0.5 + LEVEL / 200)
    middle = (count + z * z / 2) / (of + z * z)
    reach = z / (of + z * z) * sqrt(count * (of - count) / of + z * z / 4)
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Value(100 * count / of, 0.0 if not count else 100 * low, 100.0 if count == of else 100 * high)
