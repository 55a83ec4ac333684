"""The proof that nobody speaks over dialogue: counted where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.mix.streaming import Overlap
from audiodesc.model import Span

MS = 48
LOUD = 0.1
FILM_MS = 400


def narration(*spoken: tuple[int, int], amplitude: float = LOUD, length_ms: int = FILM_MS) -> np.ndarray:
    sound = np.zeros((1, length_ms * MS), np.float32)
    for start_ms, end_ms in spoken:
        sound[0, start_ms * MS : end_ms * MS] = amplitude
    return sound


def counted(sound: np.ndarray, dialogue: list[Span], *blocks: int) -> tuple[int, int]:
    """(heard, of that over dialogue) in ms, of sound that is pushed in blocks of so many samples."""
    proof = Overlap(dialogue)
    for part in np.split(sound, np.cumsum(blocks), axis=1):
        proof.push(part)
    proof.finish()
    return proof.heard_ms, proof.overlap_ms


SPANS = st.lists(st.tuples(st.integers(0, FILM_MS), st.integers(0, 120)), max_size=5).map(
    lambda pairs: [(start, min(FILM_MS, start + length)) for start, length in pairs]
)


@given(SPANS, SPANS, st.lists(st.integers(0, 90), max_size=8))
def test_every_millisecond_is_counted_once(
    spoken: list[tuple[int, int]], said: list[tuple[int, int]], blocks_ms: list[int]
) -> None:
    heard = {ms for start, end in spoken for ms in range(start, end)}
    inside = {ms for start, end in said for ms in range(start, end)}
    answer = counted(narration(*spoken), [Span(*one) for one in said], *(ms * MS for ms in blocks_ms))
    assert answer == (len(heard), len(heard & inside))


def test_speech_that_only_touches_dialogue_is_not_over_it() -> None:
    assert counted(narration((100, 200)), [Span(0, 100), Span(200, 300)]) == (100, 0)


def test_one_millisecond_over_dialogue_is_seen() -> None:
    assert counted(narration((100, 200)), [Span(199, 300)]) == (100, 1)
    assert counted(narration((100, 200)), [Span(0, 101)]) == (100, 1)


def test_one_sample_over_dialogue_is_seen() -> None:
    sound = narration()
    sound[0, 150 * MS] = LOUD
    assert counted(sound, [Span(150, 151)]) == (1, 1)


def test_what_nobody_hears_does_not_count() -> None:
    whisper, hiss = 10 ** (-79 / 20), 10 ** (-81 / 20)
    assert counted(narration((100, 200), amplitude=whisper), [Span(100, 150)]) == (100, 50)
    assert counted(narration((100, 200), amplitude=-whisper), [Span(100, 150)]) == (100, 50)
    assert counted(narration((100, 200), amplitude=hiss), [Span(100, 150)]) == (0, 0)


def test_overlapping_dialogue_counts_once() -> None:
    assert counted(narration((0, 100)), [Span(10, 50), Span(20, 60), Span(10, 50)]) == (100, 50)


def test_the_last_block_may_end_inside_a_millisecond() -> None:
    sound = np.full((1, 10 * MS + 1), LOUD, np.float32)
    assert counted(sound, [Span(10, 11)]) == (11, 1)


def test_empty_blocks_change_nothing() -> None:
    assert counted(narration((100, 200)), [Span(150, 300)], 0, 4_800, 0, 0) == (100, 50)


@pytest.mark.parametrize("block", [1, 640, 1_000, 4_801])
def test_a_block_that_ends_inside_a_millisecond_does_not_shift_the_rest(block: int) -> None:
    # The sound of a film that is shorter than its picture ends in such a block, with silence after it.
    assert counted(narration((100, 200)), [Span(0, 100), Span(200, 300)], block) == (100, 0)
    assert counted(narration((200, 300)), [Span(0, 100), Span(299, 300)], block) == (100, 1)


def test_no_dialogue_and_no_narration() -> None:
    assert counted(narration((100, 200)), []) == (100, 0)
    assert counted(narration(), [Span(0, 300)]) == (0, 0)
    assert counted(np.zeros((1, 0), np.float32), [Span(0, 300)]) == (0, 0)
