"""Rows of spans, and runs of truths."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from audiodesc.model import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def joined(spans: Iterable[Span], apart_ms: int = 0) -> list[Span]:
    """The spans in order, those that meet or are no more than so far apart as one."""
    whole: list[Span] = []
    for span in sorted(spans):
        if whole and span.start_ms - whole[-1].end_ms <= apart_ms:
            whole[-1] = Span(whole[-1].start_ms, max(whole[-1].end_ms, span.end_ms))
        else:
            whole.append(span)
    return whole


def among(spans: Sequence[Span], place: Span) -> Sequence[Span]:
    """Those of the spans, which are in order and apart, that reach into a place."""
    first = bisect_right(spans, place.start_ms, key=lambda span: span.end_ms)
    return spans[first : bisect_left(spans, place.end_ms, key=lambda span: span.start_ms)]


def without(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """What is left of the spans; both are in order and apart."""
    for span in spans:
        start = span.start_ms
        for one in among(taken, span):
            if one.start_ms > start:
                yield Span(start, one.start_ms)
            start = one.end_ms
        if start < span.end_ms:
            yield Span(start, span.end_ms)


def runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a row of truths, shape (n,), is true: (first, after the last) of each run."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.asarray(on, bool), prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
