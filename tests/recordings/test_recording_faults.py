"""What is wrong with a recording is found where it was put in, and nothing is found in clean ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings.speech import RATE, TEXTS, in_room, noise, spoken, tone

from audiodesc.model import Samples
from audiodesc.recordings.clipping import clipped_places
from audiodesc.recordings.faults import is_silent, recording_faults
from audiodesc.recordings.sound import Recording


def kinds(samples: Samples, text: str = TEXTS[0], spoken_s: float | None = None, rate: int = RATE) -> list[str]:
    lasts = len(spoken(text)) / RATE if spoken_s is None else spoken_s
    known = Recording(samples, rate, 1, clipped_places(samples, RATE))
    return [fault.kind for fault in recording_faults(known, text, lasts)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("gain_db", [0, -12, 6])
def test_clean_speech_has_no_fault(text: str, gain_db: float) -> None:
    assert kinds(in_room(text) * np.float32(10 ** (gain_db / 20)), text) == []
    assert kinds(spoken(text), text) == []  # without any pause nothing is said of noise


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("db", [-58, -50, -42])
def test_noise_is_found(text: str, db: float) -> None:
    assert kinds(in_room(text, db), text) == ["noise"]


@pytest.mark.parametrize("hz", [50, 49.7, 60, 60.3])
@pytest.mark.parametrize("db", [-58, -48, -40])
def test_hum_is_found_whatever_the_mains_do(hz: float, db: float) -> None:
    sound = in_room(TEXTS[1])
    assert kinds(sound + tone(len(sound), hz, db), TEXTS[1]) == ["hum"]


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_says_at_which_frequency(mains: int) -> None:
    sound = in_room()
    hum = sum(tone(len(sound), mains * n, -50 - 3 * n) for n in (1, 2, 3))
    faults = recording_faults(Recording(sound + hum, RATE, 1), TEXTS[0], len(spoken()) / RATE)
    assert [f"hums at {mains} Hz" in fault.message for fault in faults] == [True]


def test_another_tone_is_no_hum() -> None:
    sound = in_room()
    assert kinds(sound + tone(len(sound), 415, -50)) == ["noise"]


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("later_db", [0, -10])
def test_clipping_is_found_also_where_it_was_made_softer(share: float, later_db: float) -> None:
    sound = in_room()
    top = share * float(np.abs(sound).max())
    assert kinds(np.clip(sound, -top, top) * np.float32(10 ** (later_db / 20))) == ["clipped"]


@settings(max_examples=30, deadline=None)
@given(st.floats(40, 4000), st.floats(-29, 0), st.sampled_from([16, 24]))
def test_a_pure_tone_is_never_clipped(hz: float, peak_db: float, bits: int) -> None:
    full = 2 ** (bits - 1) - 1
    wave = 10 ** (peak_db / 20) * np.sin(2 * np.pi * hz * np.arange(RATE) / RATE)
    assert clipped_places((np.round(wave * full) / full).astype(np.float32), RATE) == 0


def test_silence_is_silent() -> None:
    assert is_silent(Recording(noise(RATE, -80), RATE, 1))
    assert not is_silent(Recording(in_room(), RATE, 1))


def test_very_soft_words_are_quiet() -> None:
    assert "quiet" in kinds(in_room() * np.float32(10 ** (-40 / 20)))


@pytest.mark.parametrize(("seconds", "found"), [(0.5, ["pace"]), (2.4, []), (4.0, []), (15.0, ["pace"])])
def test_words_need_their_time(seconds: float, found: list[str]) -> None:
    assert kinds(in_room(), TEXTS[0], seconds) == found  # ten words


def test_a_telephone_is_heard() -> None:
    assert kinds(in_room(), rate=8_000) == ["narrow"]
