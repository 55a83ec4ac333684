"""The project's own copies: whole, tied to line and text, never made twice; and the clips that are made of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from recordings.speech import RATE, TEXTS, in_room, spoken, tone, write

from audiodesc.core.cache import Store
from audiodesc.media.clips import read_wav
from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.recordings.kept import Kept, keep_all, kept
from audiodesc.recordings.matching import Take
from audiodesc.recordings.sound import Cut, read_recording
from audiodesc.recordings.takes import FASTEST, is_levelled
from audiodesc.recordings.wanted import WantedLine

LINE = WantedLine("000002000", 1, 2_000, TEXTS[0])


def keep(folder: Path, path: Path, **more: object) -> tuple[Kept | None, str]:
    take = Take(LINE.id, path, 1, path.name, **more)  # type: ignore[arg-type]
    ((line, found, why),) = keep_all({LINE.id: take}, {LINE.id: LINE}, folder)
    assert line == LINE.id
    return found, why


def test_a_copy_says_what_it_is_and_holds_every_sample(tmp_path: Path) -> None:
    sound = in_room()
    found, why = keep(tmp_path, write(tmp_path / "take.wav", sound))
    assert found
    assert not why
    assert found.path.parent == tmp_path / "recordings"
    assert (found.text, found.file, found.take, found.faults) == (TEXTS[0], "take.wav", 1, ())
    assert kept(tmp_path, found.name) == found
    assert np.abs(read_recording(found.path).samples - sound).max() < 3e-7  # 24 bits, with dither


def test_the_same_recording_is_the_same_file_and_another_text_is_another(tmp_path: Path) -> None:
    path = write(tmp_path / "take.wav", in_room())
    first, again, other = keep(tmp_path, path)[0], keep(tmp_path, path)[0], keep(tmp_path, path, text="Else.")[0]
    assert first
    assert again
    assert other
    assert first.name == again.name != other.name
    assert other.text == "Else."
    assert len(list((tmp_path / "recordings").iterdir())) == 2


@pytest.mark.parametrize("gain_db", [-20, 0, 12])
def test_a_clip_is_trimmed_and_at_the_narrators_level(tmp_path: Path, gain_db: float) -> None:
    sound = in_room(TEXTS[1], -75, 1.0) * np.float32(10 ** (gain_db / 20))
    found, _ = keep(tmp_path, write(tmp_path / "take.wav", sound, codec="pcm_f32le"))
    assert found
    clip = read_wav(found.clip(1.0, Store(tmp_path / "cache")))
    assert abs(clip_loudness_lufs(clip, RATE) + 23) < 0.1
    assert np.abs(clip).max() <= 10 ** (-1 / 20) + 1e-4
    assert abs(len(clip) - len(spoken(TEXTS[1]))) < 0.05 * RATE


def test_a_faster_clip_keeps_its_pitch_and_is_no_faster_than_it_may_be(tmp_path: Path) -> None:
    sound = tone(2 * RATE, 440, -20)
    found, _ = keep(tmp_path, write(tmp_path / "take.wav", sound))
    assert found
    store = Store(tmp_path / "cache")
    plain, quick, most = (read_wav(found.clip(rate, store)) for rate in (1.0, 1.05, 2.0))
    assert abs(len(plain) / len(quick) - 1.05) < 0.01
    assert abs(len(plain) / len(most) - FASTEST) < 0.01
    peak = np.abs(np.fft.rfft(quick[: len(quick) // RATE * RATE])).argmax() * RATE / (len(quick) // RATE * RATE)
    assert abs(peak - 440) < 2
    assert found.clip(1.0, store) == found.clip(1.0, store)


def test_what_is_at_the_level_already_is_left_alone() -> None:
    assert is_levelled(spoken())
    assert not is_levelled(spoken() * np.float32(1.2))
    assert not is_levelled(spoken() * np.float32(0.8))


def test_faults_are_kept_with_it(tmp_path: Path) -> None:
    sound = in_room() + tone(len(in_room()), 50, -45)
    found, _ = keep(tmp_path, write(tmp_path / "take.wav", sound))
    assert found
    assert len(found.faults) == 1
    assert found.faults[0].startswith("hums at 50 Hz")


@pytest.mark.parametrize("sound", [np.zeros(RATE, np.float32), tone(RATE, 440, -80)])
def test_silence_costs_one_line(tmp_path: Path, sound: np.ndarray) -> None:
    found, why = keep(tmp_path, write(tmp_path / "silent.wav", sound))
    assert found is None
    assert why == "silent.wav: nothing can be heard of it: it is not used"
    assert not (tmp_path / "recordings").exists()


def test_a_cut_past_the_end_costs_one_line(tmp_path: Path) -> None:
    found, why = keep(tmp_path, write(tmp_path / "long.wav", in_room()), cut=Cut(10_000_000, 48_000))
    assert found is None
    assert "begins after the end of its file" in why


def test_a_cut_is_the_stretch_and_no_more(tmp_path: Path) -> None:
    one, other = in_room(TEXTS[0]), in_room(TEXTS[2])
    path = write(tmp_path / "long.wav", np.concatenate([one, other]))
    found, _ = keep(tmp_path, path, cut=Cut(len(one), len(other)))
    assert found
    clip = read_wav(found.clip(1.0, Store(tmp_path / "cache")))
    assert abs(len(clip) - len(spoken(TEXTS[2]))) < 0.05 * RATE


def test_damaged_copies_are_none(tmp_path: Path) -> None:
    found, _ = keep(tmp_path, write(tmp_path / "take.wav", in_room()))
    assert found
    assert kept(tmp_path, "../take.wav") is None
    assert kept(tmp_path, f"{hashlib.sha256(b'').hexdigest()[:32]}.wav") is None
    found.path.write_bytes(b"RIFF")
    assert kept(tmp_path, found.name) is None


def test_loud_floats_are_kept_whole(tmp_path: Path) -> None:
    sound = in_room() * 20
    found, _ = keep(tmp_path, write(tmp_path / "loud.wav", sound, codec="pcm_f32le"))
    assert found
    assert found.faults == ()  # nothing is cut off: floats hold more than full scale
