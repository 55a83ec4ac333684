"""Work for a GPU: like sizes together, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any, TypeVar

T = TypeVar("T")


def batches(
    items: Iterable[T],
    weight: Callable[[T], int],
    limits: Callable[[], tuple[int, int]],
    window: int,
    kind: Callable[[T], Any] = lambda item: 0,
) -> Iterator[Sequence[tuple[int, T]]]:
    """Numbered items in batches: of each `window` batches' worth the lightest first.

    Only items of one `kind` share a batch. `limits` is asked for each batch, for it may shrink: how many items it
    holds at most, and how much they may weigh together when each is padded to the heaviest; one that is heavier than
    that goes alone. The first window is one batch long, so that the first answers come soon.
    """
    left = enumerate(items)
    size = limits()[0]
    while some := list(islice(left, size)):
        some.sort(key=lambda entry: (kind(entry[1]), weight(entry[1])))
        for _, alike in groupby(some, key=lambda entry: kind(entry[1])):
            yield from _cut(list(alike), weight, limits)
        size = limits()[0] * window


def _cut(
    entries: Sequence[tuple[int, T]], weight: Callable[[T], int], limits: Callable[[], tuple[int, int]]
) -> Iterator[Sequence[tuple[int, T]]]:
    first = 0
    while first < len(entries):
        most, heaviest = limits()
        end = first + 1
        while end < min(len(entries), first + most) and weight(entries[end][1]) * (end + 1 - first) <= heaviest:
            end += 1
        yield entries[first:end]
        first = end
