"""The laws of sorting work into batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.models.batches import batches

WEIGHTS = st.lists(st.integers(0, 50), max_size=60)
LIMITS = {"items": WEIGHTS, "heaviest": st.integers(1, 200), "most": st.integers(1, 9), "window": st.integers(1, 5)}


def same(weight: int) -> int:
    return weight


@given(**LIMITS)
def test_every_item_is_in_one_batch_under_its_number(items: list[int], heaviest: int, most: int, window: int) -> None:
    made = [entry for batch in batches(items, same, lambda: (most, heaviest), window) for entry in batch]
    assert sorted(made) == list(enumerate(items))


@given(**LIMITS)
def test_no_batch_is_too_heavy_unless_it_is_one_item(items: list[int], heaviest: int, most: int, window: int) -> None:
    for batch in batches(items, same, lambda: (most, heaviest), window):
        assert 0 < len(batch) <= most
        assert len(batch) == 1 or max(weight for _, weight in batch) * len(batch) <= heaviest


@given(**LIMITS)
def test_nothing_waits_for_more_than_a_window(items: list[int], heaviest: int, most: int, window: int) -> None:
    seen = 0
    for batch in batches(items, same, lambda: (most, heaviest), window):
        assert max(number for number, _ in batch) < seen + most * window
        seen += len(batch)


def test_items_are_taken_only_as_they_are_needed() -> None:
    taken = []
    made = batches((taken.append(n) or n for n in range(100)), same, lambda: (2, 1000), 2)
    next(made)
    assert taken == [0, 1]


def test_like_weights_go_together() -> None:
    made = [[w for _, w in batch] for batch in batches([9, 1, 9, 1, 9, 1, 9, 1], same, lambda: (4, 1000), 2)]
    assert made[0] == [1, 1, 9, 9]  # the first window is short, so that the first answers come soon
    assert [[w for _, w in batch] for batch in batches([5] * 4 + [9, 1, 9, 1, 9, 1, 9, 1], same, lambda: (4, 1000), 2)][
        1:
    ] == [
        [1, 1, 1, 1],
        [9, 9, 9, 9],
    ]


def test_limits_that_shrink_hold_at_once() -> None:
    limits = [(4, 1000)]
    made = []
    for batch in batches([1] * 14, same, lambda: limits[-1], 2):
        made.append(len(batch))
        if len(made) == 2:
            limits.append((2, 1000))
    assert made == [4, 4, 2, 2, 2]
