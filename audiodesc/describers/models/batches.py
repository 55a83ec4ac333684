"""Work for a GPU: like sizes together, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any, TypeVar

T = TypeVar("T")


def batches(
    items: Iterable[T],
    weight: Callable[[T], int],
    heaviest: int,
    most: int,
    window: int,
    kind: Callable[[T], Any] = lambda item: 0,
) -> Iterator[Sequence[tuple[int, T]]]:
    """Numbered items in batches: of each `window` of them the lightest first.

    Only items of one `kind` share a batch. It holds at most `most` of them, and as many as weigh at most
    `heaviest` together when each is padded to the heaviest; one that is heavier than that goes alone. The first
    window is one batch long, so that the first answers come soon.
    """
    left = enumerate(items)
    size = most
    while some := list(islice(left, size)):
        some.sort(key=lambda entry: (kind(entry[1]), weight(entry[1])))
        for _, alike in groupby(some, key=lambda entry: kind(entry[1])):
            yield from _cut(alike, weight, heaviest, most)
        size = max(most, window)


def _cut(
    entries: Iterable[tuple[int, T]], weight: Callable[[T], int], heaviest: int, most: int
) -> Iterator[Sequence[tuple[int, T]]]:
    batch: list[tuple[int, T]] = []
    for entry in entries:
        if batch and (len(batch) == most or weight(entry[1]) * (len(batch) + 1) > heaviest):
            yield batch
            batch = []
        batch.append(entry)
    yield batch
