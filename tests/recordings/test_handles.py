"""What a take holds before and after its words: kept for editors, at the clip's level, and nothing that is no sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings.speech import RATE, TEXTS, in_room, noise, spoken, write

from audiodesc.core.cache import Store
from audiodesc.media.clips import read_wav
from audiodesc.recordings.kept import keep_all, recording_handles
from audiodesc.recordings.matching import Take
from audiodesc.recordings.takes import HANDLE, finished, handles
from audiodesc.recordings.wanted import WantedLine

LINE = WantedLine("000002000", 1, 2_000, TEXTS[0])


def rms_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64))))


def two_words(noise_db: float = -60.0) -> tuple[np.ndarray, int]:
    """A second of room tone, words, room tone of 0.4 s, the same words, a second; and where the pause begins."""
    words, quiet, pause = spoken(TEXTS[2]), np.zeros(RATE, np.float32), np.zeros(RATE * 4 // 10, np.float32)
    sound = np.concatenate([quiet, words, pause, words, quiet])
    return sound + noise(len(sound), noise_db), RATE + len(words)


@pytest.mark.parametrize("gain_db", [-20, -6, 0])
def test_the_room_is_as_loud_before_and_after_the_words_as_between_them(gain_db: float) -> None:
    sound, _ = two_words()
    sound = sound * np.float32(10 ** (gain_db / 20))
    clip, (before, after) = finished(sound, cut=False), handles(sound)
    assert len(before) == len(after) == HANDLE
    middle = len(clip) // 2
    between = rms_db(clip[middle - RATE // 10 : middle + RATE // 10])
    assert rms_db(before[: -RATE // 100]) == pytest.approx(between, abs=1.0)
    assert rms_db(after[RATE // 100 :]) == pytest.approx(between, abs=1.0)


def test_they_meet_the_clip_in_silence() -> None:
    sound = in_room(noise_db=-50, seconds=1.0)
    clip, (before, after) = finished(sound, cut=False), handles(sound)
    assert max(abs(before[-1]), abs(clip[0]), abs(clip[-1]), abs(after[0])) < 1e-4
    assert np.abs(before[:-300]).max() > 1e-3


def test_as_much_as_there_is_and_no_silence() -> None:
    short, none = round(0.2 * RATE), np.zeros(RATE, np.float32)
    room = in_room(noise_db=-60, seconds=0.2)
    before, after = handles(np.concatenate([none, room, none]))
    for found in (before, after):
        assert abs(len(found) - short) < RATE // 20  # breathing room of the words themselves is in the clip
    before, after = handles(np.concatenate([none, spoken(), none]))
    assert len(before) + len(after) < RATE // 100


def test_what_came_cut_has_what_is_around_the_cut() -> None:
    tone = noise(RATE, -60)
    sound = np.concatenate([tone, spoken(), tone])
    before, after = handles(sound, (RATE, RATE + len(spoken())))
    assert np.allclose(before[: HANDLE - 300], tone[-HANDLE:][: HANDLE - 300])  # its words are at the clips' level
    assert np.allclose(after[300:], tone[300:HANDLE])


def test_those_of_a_kept_recording_are_made_once(tmp_path: Path) -> None:
    path = write(tmp_path / "take.wav", in_room(noise_db=-60, seconds=1.0))
    ((_, found, _),) = keep_all({LINE.id: Take(LINE.id, path, 1, path.name)}, {LINE.id: LINE}, tmp_path)
    assert found
    store = Store(tmp_path / "cache")
    made = recording_handles(tmp_path, store, found.name)
    assert made
    assert [len(read_wav(one)) for one in made] == [HANDLE, HANDLE]
    times = [one.stat().st_mtime_ns for one in made]
    assert recording_handles(tmp_path, store, found.name) == made
    assert [one.stat().st_mtime_ns for one in made] == times
    assert recording_handles(tmp_path, store, "0" * 32 + ".wav") is None
