from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.media.gap_fill import gap_filled

RATE, SIZE = 48_000, 1024
COUNT = 40


def frame(samples: NDArray[np.float32], stamp: int | None, ticks: int = RATE) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
    made.sample_rate, made.pts, made.time_base = RATE, stamp, Fraction(1, ticks)
    return made


def ramp(count: int = COUNT) -> NDArray[np.float32]:
    """No two samples are equal, and none is silence."""
    return np.arange(1, count * SIZE + 1, dtype=np.float32)


def frames(stamps: Sequence[int | None], ticks: int = RATE) -> list[av.AudioFrame]:
    whole = ramp(len(stamps))
    return [frame(whole[i * SIZE : (i + 1) * SIZE], stamp, ticks) for i, stamp in enumerate(stamps)]


def joined(made: Iterable[av.AudioFrame], zero_s: Fraction = Fraction(0)) -> NDArray[np.float32]:
    return np.concatenate([one.to_ndarray()[0] for one in gap_filled(made, zero_s, 60_000)])


EVEN = [i * SIZE for i in range(COUNT)]


def test_what_is_whole_stays_as_it_is() -> None:
    assert np.array_equal(joined(frames(EVEN)), ramp())
    assert np.array_equal(joined(frames([None] * COUNT)), ramp())


@settings(max_examples=25)
@given(st.integers(1, 100_000), st.integers(1, COUNT - 1))
def test_a_hole_is_silence_as_long_as_the_stamps_say(samples: int, place: int) -> None:
    heard = joined(frames([stamp + (samples if i >= place else 0) for i, stamp in enumerate(EVEN)]))
    if samples > 1:  # one sample is rounding
        assert not heard[place * SIZE : place * SIZE + samples].any()
        assert np.array_equal(heard[heard != 0], ramp())
        assert len(heard) == COUNT * SIZE + samples


@settings(max_examples=25)
@given(st.integers(2, 5 * SIZE), st.integers(6, COUNT - 8))
@example(SIZE + 1, 10)
def test_of_an_overlap_the_first_is_heard(samples: int, place: int) -> None:
    heard = joined(frames([stamp - (samples if i >= place else 0) for i, stamp in enumerate(EVEN)]))
    whole = ramp()
    assert np.array_equal(heard, np.delete(whole, slice(place * SIZE, place * SIZE + samples)))


@pytest.mark.parametrize("off", [480, -480, 5_000])
def test_a_single_stamp_that_is_wrong_is_not_believed(off: int) -> None:
    stamps = [stamp + (off if i in (9, 30) else 0) for i, stamp in enumerate(EVEN)]
    assert np.array_equal(joined(frames(stamps)), ramp())


@settings(max_examples=25)
@given(st.lists(st.integers(0, 1), min_size=COUNT, max_size=COUNT))
def test_stamps_that_are_rounded_to_milliseconds_change_nothing(up: list[int]) -> None:
    stamps = [stamp * 1000 // RATE + one for stamp, one in zip(EVEN, up, strict=True)]
    stamps[0] = 0
    assert np.array_equal(joined(frames(stamps, 1000)), ramp())


def test_lost_packets_leave_a_hole_of_their_own_length_though_stamps_are_rounded() -> None:
    stamps = [round((stamp + (3 * SIZE if i >= 10 else 0)) * 1000 / RATE) for i, stamp in enumerate(EVEN)]
    assert len(joined(frames(stamps, 1000))) == (COUNT + 3) * SIZE


def test_stamps_that_creep_away_are_followed_in_steps_and_not_at_each_frame() -> None:
    """By 1 sample a frame: 1000 frames later they are 21 ms ahead, which is two steps of 10 ms."""
    heard = joined(frames([i * (SIZE + 1) for i in range(1000)]))
    silent = np.flatnonzero(heard == 0)
    assert 1 + np.count_nonzero(np.diff(silent) > 1) == 2
    assert abs(len(heard) - 1000 * (SIZE + 1)) <= RATE // 100 + 8


def test_what_is_before_zero_is_left_out_and_a_late_start_is_silence() -> None:
    early, late = joined(frames(EVEN), Fraction(1500, RATE)), joined(frames(EVEN), Fraction(-1500, RATE))
    assert np.array_equal(early, ramp()[1500:])
    assert not late[:1500].any()
    assert np.array_equal(late[1500:], ramp())


def test_silence_of_unsigned_samples_is_their_middle() -> None:
    made = av.AudioFrame.from_ndarray(np.full((1, SIZE), 200, np.uint8), format="u8", layout="mono")
    made.sample_rate, made.pts, made.time_base = RATE, 3 * SIZE, Fraction(1, RATE)
    heard = np.concatenate([one.to_ndarray()[0] for one in gap_filled([made], Fraction(0), 60_000)])
    assert heard[: 3 * SIZE].tolist() == [128] * 3 * SIZE


def test_a_hole_goes_no_further_than_the_films_end() -> None:
    stamps = [*EVEN[:20], *(stamp + 3600 * RATE for stamp in EVEN[20:])]
    given = sum(one.samples for one in gap_filled(frames(stamps), Fraction(0), 2_000))
    assert given == 2 * RATE + 20 * SIZE


STAMPS = st.one_of(
    st.none(),
    st.integers(-(2**62), 2**62),
    st.integers(-10 * RATE, 10 * RATE),
    st.sampled_from([0, -(2**63) + 1, 2**63 - 1, 3600 * RATE, 26 * 3600 * RATE, -3600 * RATE]),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(STAMPS, st.integers(1, 3000), st.sampled_from([8_000, 44_100, RATE, 192_000])),
        min_size=1,
        max_size=40,
    ),
    st.fractions(-100, 100_000),
    st.integers(1, 20_000),
)
def test_stamps_of_an_attacker_make_no_more_sound_than_the_film_is_long(
    made: list[tuple[int | None, int, int]], zero_s: Fraction, duration_ms: int
) -> None:
    """Hours ahead or back, negative, repeated, at another rate each time: never more than a second at once, never more
    silence than the film lasts, and what is heard is in order."""
    given, heard, silent_s = [], [], Fraction(0)
    for number, (stamp, samples, rate) in enumerate(made, 1):
        one = frame(np.full(samples, number, np.float32), stamp)
        one.sample_rate = rate
        given.append(one)
    for one in gap_filled(given, zero_s, duration_ms):
        assert 0 < one.samples <= max(3000, one.sample_rate)
        samples = one.to_ndarray()[0]
        heard += [int(samples[0])] if samples.any() else []
        silent_s += Fraction(0 if samples.any() else one.samples, one.sample_rate)
    assert heard == sorted(heard)
    assert silent_s <= Fraction(duration_ms, 1000) + Fraction(len(made), 8_000)  # a sample for each change of rate
