"""The proof that nobody speaks over dialogue: counted where the answer is known. Levels around the lines: as a meter
reads them that hears all of the sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.media.loudness import BLOCK, Meter
from audiodesc.mix.measure import Series, series
from audiodesc.mix.streaming import Excerpts, Overlap
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


RATE_HZ = 48_000
STEP = RATE_HZ // 10
SECONDS = 6
LAYOUT = "stereo"


def film(seed: int = 1) -> np.ndarray:
    """Noise that swells, with a bass under it: what a filter remembers longest."""
    at = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    noise = np.random.default_rng(seed).normal(0, 0.05, (2, len(at))) * (1.2 + np.sin(at))
    return (noise + 0.3 * np.sin(2 * np.pi * 30 * at)).astype(np.float32)


def whole(sound: np.ndarray, rate_hz: int = RATE_HZ) -> Series:
    meter = Meter(LAYOUT, rate_hz, peaks=False)
    meter.push(sound)
    meter.result()
    return series(meter.momentary_lufs)


def around(
    sound: np.ndarray, known: Series, changed: list[tuple[int, int]], cuts: list[int], rate_hz: int = RATE_HZ
) -> Series:
    excerpts = Excerpts(known, changed, LAYOUT, rate_hz)
    for start, end in pairwise([0, *sorted(cuts), sound.shape[1]]):
        excerpts.push(sound[:, start:end])
    return excerpts.result()


places = st.integers(0, SECONDS * RATE_HZ - 1)
stretches = st.lists(st.tuples(places, st.integers(1, RATE_HZ)).map(lambda pair: (pair[0], sum(pair))), max_size=4)


@settings(max_examples=30)
@given(stretches, st.lists(places, max_size=6))
def test_with_what_is_known_it_is_as_if_all_had_been_measured(changed: list[tuple[int, int]], cuts: list[int]) -> None:
    before = film()
    after = before.copy()
    for first, end in changed:
        after[:, first:end] *= 0.2
    found = around(after, whole(before), changed, cuts)
    assert found == pytest.approx(whole(after), rel=0.002, abs=1e-9)  # 0.01 LU


def test_only_what_was_changed_is_measured() -> None:
    """What is known stays, right or not, of the blocks that hold nothing of the stretch, nor of what rings after it."""
    known = np.full(SECONDS * 10, 7.0)
    found = around(film(), known, [(2 * RATE_HZ, 3 * RATE_HZ)], [])
    assert np.flatnonzero(found != 7).tolist() == list(range(20, 30 + BLOCK))


def test_without_a_stretch_nothing_is_measured() -> None:
    known = np.arange(SECONDS * 10.0)
    assert np.array_equal(around(film(), known, [], [12_345]), known)


@pytest.mark.parametrize("rate_hz", [32_000, 44_100, 96_000])
def test_the_sound_may_end_within_a_step_and_a_stretch_beyond_it(rate_hz: int) -> None:
    sound = film()[:, : 2 * rate_hz + rate_hz // 30]
    known = np.zeros(21)
    found = around(sound, known, [(rate_hz, 4 * rate_hz)], [], rate_hz)
    assert found[10:] == pytest.approx(whole(sound, rate_hz)[10:], rel=0.002)
    assert not found[:10].any()
