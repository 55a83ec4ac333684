"""How loud the narrator and the programme are made."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import UsageError
from audiodesc.mix.levels import Target, gain_to_target_db, loudness_profile, narrator_db, share, target
from audiodesc.model import Span

SILENT = -math.inf
CLIPS_LUFS = -23.0


class Mix:
    """A mix whose loudness is known for each gain; counts how often it is measured."""

    def __init__(self, base_lufs: float, slope: float = 1.0, most_lufs: float = math.inf) -> None:
        self.base_lufs, self.slope, self.most_lufs = base_lufs, slope, most_lufs
        self.measured: list[float] = []

    def __call__(self, gain_db: float) -> float:
        self.measured.append(gain_db)
        return self.at(gain_db)

    def at(self, gain_db: float) -> float:
        return min(self.most_lufs, self.base_lufs + self.slope * gain_db)


@pytest.mark.parametrize("lufs", [-35.0, -27.0, -23.0, -18.5, -16.0])
def test_the_narrator_stands_at_the_level_of_the_dialogue(lufs: float) -> None:
    for programme in (SILENT, -40.0, -10.0):
        assert CLIPS_LUFS + narrator_db(lufs, programme) == pytest.approx(lufs)


def test_without_dialogue_the_narrator_stands_at_the_level_of_the_film() -> None:
    assert CLIPS_LUFS + narrator_db(SILENT, -20.0) == pytest.approx(-20)


def test_in_a_silent_film_clips_stay_as_they_are() -> None:
    assert narrator_db(SILENT, SILENT) == 0


@given(st.floats(-70, 10) | st.just(SILENT), st.floats(-70, 10) | st.just(SILENT))
def test_the_narrator_is_never_inaudible_nor_squeezed(dialogue: float, programme: float) -> None:
    assert -36 <= CLIPS_LUFS + narrator_db(dialogue, programme) <= -16


@given(st.floats(-60, 0), st.floats(-6, 6), st.sampled_from([-23.0, -24.0, -16.0]))
def test_the_target_is_met_to_a_tenth(film_lufs: float, off_lu: float, target_lufs: float) -> None:
    mix = Mix(film_lufs + off_lu)
    gain = gain_to_target_db(target_lufs, target_lufs - film_lufs, mix)
    assert mix.at(gain) == pytest.approx(target_lufs, abs=0.1)
    assert len(mix.measured) <= 3


@given(st.floats(-40, -10), st.floats(0.3, 1.3))
def test_the_target_is_met_though_the_limiter_takes_back_a_part(film_lufs: float, slope: float) -> None:
    mix = Mix(film_lufs, slope)
    assert mix.at(gain_to_target_db(-23.0, -23.0 - film_lufs, mix)) == pytest.approx(-23, abs=0.11)
    assert len(mix.measured) <= 4


def test_what_meets_the_target_at_once_is_measured_once() -> None:
    mix = Mix(-30)
    assert gain_to_target_db(-23.0, 7.0, mix) == pytest.approx(7)
    assert mix.measured == pytest.approx([7])


def test_a_mix_that_cannot_get_louder_is_given_up_soon() -> None:
    mix = Mix(-40, most_lufs=-25)
    gain = gain_to_target_db(-23.0, 17.0, mix)
    assert len(mix.measured) <= 6
    assert math.isfinite(gain)


@pytest.mark.parametrize("mixed", [SILENT, math.nan])
def test_silence_gets_a_gain_that_is_a_number(mixed: float) -> None:
    assert gain_to_target_db(-23.0, 0.0, lambda _: mixed) == 0


def test_a_profile_for_dialogue_measures_the_programme_where_there_is_little_of_it() -> None:
    streaming = loudness_profile("streaming")
    assert target(streaming, 0.15) == Target(-27.0, "dialogue")
    assert target(streaming, 0.149) == Target(-24.0, "programme")
    assert target(loudness_profile("r128"), 0.9) == Target(-23.0, "programme")
    assert target(loudness_profile("source"), 0.9).lufs is None


def test_the_share_of_dialogue() -> None:
    assert share([Span(0, 1_000), Span(5_000, 5_500)], 10_000) == pytest.approx(0.15)
    assert share([], 10_000) == share([], 0) == 0


def test_the_known_profiles() -> None:
    assert loudness_profile("source").target_lufs is None
    assert loudness_profile("r128").target_lufs == -23
    assert loudness_profile("source").ceiling_db == loudness_profile("r128").ceiling_db == -1
    assert loudness_profile("a85").target_lufs == -24
    assert loudness_profile("a85").ceiling_db == loudness_profile("streaming").ceiling_db == -2
    assert loudness_profile("source").rate_hz is None
    assert {loudness_profile(name).rate_hz for name in ("r128", "a85", "streaming")} == {48_000}


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        loudness_profile("loud")
    assert "'loud'" in caught.value.fault
    assert "source" in caught.value.remedy
    assert "r128" in caught.value.remedy
