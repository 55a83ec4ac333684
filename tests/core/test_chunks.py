"""A film cut into chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.concurrency import FEWEST, chunks
from audiodesc.model import Gap, Segment, Span


def in_gap(start_ms: int, end_ms: int) -> Segment:
    gap = Gap(Span(start_ms, end_ms))
    return Segment(gap, gap.span, start_ms, 9)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60_000)), max_size=150),
    st.integers(1, 12),
)
def test_every_segment_is_in_one_chunk_in_order(pauses: list[tuple[int, int]], most: int) -> None:
    segments: list[Segment] = []
    at = 0
    for lines, dialogue_ms in pauses:
        segments += [in_gap(at, at + 5_000)] * lines
        at += 5_000 + dialogue_ms
    parts = chunks(segments, most)
    assert [i for part in parts for i in part] == list(range(len(segments)))
    assert 1 <= len(parts) <= max(1, min(most, len(segments) // FEWEST))
    assert all(part or not segments for part in parts)
    assert all(segments[part.start].gap != segments[part.start - 1].gap for part in parts[1:])
    even = len(segments) / len(parts)
    if len(parts) == most:
        assert all(even / 2 - 1 <= len(part) <= even * 3 / 2 + 1 for part in parts)


def test_a_chunk_ends_where_the_longest_dialogue_is() -> None:
    starts = [10_000 * i for i in range(24)]
    starts = [start + (60_000 if i >= 10 else 0) for i, start in enumerate(starts)]
    segments = [in_gap(start, start + 5_000) for start in starts]
    assert chunks(segments, 2) == (range(10), range(10, 24))


def test_a_long_pause_is_never_cut() -> None:
    assert chunks([in_gap(0, 600_000)] * 60, 4) == (range(60),)
