"""What the report tells of the sound, against the sound itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyloudnorm
import pytest
from films import RATE, Sound, clicks, make_film, write_srt
from numpy.typing import NDArray
from stories import CUES, SCRIPT, SECONDS, sound, write_script

from audiodesc.media.probe import probe
from audiodesc.media.sound import channel_names
from audiodesc.pipeline import render
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings, SoundSettings

OPTIONS = "--loudness a85 --track wav --bits 16 --duck auto --duck-hold 0 --pan 0.25 --downmix stereo --stems"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in 5.1 at 44.1 kHz, rendered with all the options."""
    folder = tmp_path_factory.mktemp("story")
    loud = np.tile(np.random.default_rng(1).normal(0, 0.05, round(SECONDS * 44_100)).astype(np.float32), (6, 1))
    loud[:, : round(SECONDS * 44_100)] += sound(1)[0, : round(SECONDS * 44_100)]
    make_film(folder / "story.mkv", SECONDS, sounds=[Sound(loud, "5.1", 44_100)], fps=5)
    write_srt(folder / "story.srt", CUES)
    write_script(folder / "mine.vtt", SCRIPT)
    command = [sys.executable, "-m", "audiodesc", "render", "story.mkv", "--script", "mine.vtt", "--subs", "story.srt"]
    subprocess.run([*command, *OPTIONS.split(), "-q"], check=True, cwd=folder)
    return folder / "story.ad"


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "story.ad.json").read_text("utf-8"))
    return content


def read(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as file:
        channels, resampler = file.streams.audio[0].codec_context.layout.nb_channels, av.AudioResampler("flt")
        frames = [out.to_ndarray() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        return np.asarray(np.concatenate(frames, axis=1).reshape(-1, channels).T, np.float32)


def loudness(samples: NDArray[np.float32]) -> float:
    return float(pyloudnorm.Meter(RATE).integrated_loudness(samples.T.astype(float)))


def ungated(samples: NDArray[np.float32]) -> float:
    """In one block, all of it counts alike; of many that overlap, the ends would hardly count."""
    meter = pyloudnorm.Meter(RATE, block_size=samples.shape[1] / RATE)
    return float(meter.integrated_loudness(samples.T.astype(float)))


def place(line: dict[str, Any]) -> slice:
    return slice(round(line["start_ms"] * 48), round(line["end_ms"] * 48))


def test_the_loudness_is_that_of_the_files(folder: Path, told: dict[str, Any]) -> None:
    found = told["loudness"]
    assert (found["profile"], found["gate"], found["target_lufs"], found["reached"]) == ("a85", "programme", -24, True)
    mix = read(folder / "story.ad.wav")
    assert loudness(mix) == pytest.approx(found["after"]["integrated_lufs"], abs=0.1)
    assert found["after"]["integrated_lufs"] == pytest.approx(-24, abs=0.3)
    assert found["after"]["true_peak_db"] <= found["ceiling_db"] == -2
    assert found["decoded_true_peak_db"] <= -2
    assert set(found["before"]) == set(found["after"])
    assert found["dialogue_share"] == pytest.approx(3.5 / 16, abs=0.001)


def test_each_lines_level_and_ratio_are_those_of_the_stems(folder: Path, told: dict[str, Any]) -> None:
    narration, low = read(folder / "story.narration.flac"), read(folder / "story.ducked.wav")
    lines = [segment["sound"] for segment in told["segments"] if segment["placed"]]
    assert len(lines) == 3
    for line in lines:
        spoken, under = loudness(narration[:, place(line)]), ungated(low[:, place(line)])
        assert line["level_lufs"] == pytest.approx(spoken, abs=0.3)
        assert line["film_lufs"] + line["depth_db"] == pytest.approx(under, abs=0.3)
        assert line["ratio_lu"] == pytest.approx(spoken - under, abs=0.5)
        assert line["ratio_lu"] == pytest.approx(7, abs=0.1) or line["depth_db"] == 0


def test_the_curve_is_the_one_that_is_heard(folder: Path, told: dict[str, Any]) -> None:
    lines = [segment["sound"] for segment in told["segments"] if segment["placed"]]
    at, db = zip(*told["gain_curve"], strict=True)
    for line in lines:
        duck = line["duck"]
        assert duck["down_from_ms"] < duck["down_ms"] <= line["start_ms"] < line["end_ms"] <= duck["up_from_ms"]
        assert np.interp(line["start_ms"] + 100, at, db) == pytest.approx(line["depth_db"], abs=0.1)
    assert min(db) == pytest.approx(min(line["depth_db"] for line in lines), abs=0.01)


def test_the_stems_are_the_mix(folder: Path, told: dict[str, Any]) -> None:
    assert told["sound"]["layout"] == "stereo"
    assert told["sound"]["rate_hz"] == RATE
    assert told["sound"]["bits"] == 16
    shares = [[told["sound"]["narrator"][name]] for name in ("FL", "FR")]
    assert shares[1] > shares[0]
    mix, narration, low = (read(folder / f"story.{name}") for name in ("ad.wav", "narration.flac", "ducked.wav"))
    assert mix.shape == low.shape == (2, narration.shape[1])
    assert np.abs(low + narration * np.array(shares) - mix).max() < 1.6 * 2**-15  # of 16 bits, with dither


@pytest.mark.parametrize("layout", ["stereo", "5.1"])
def test_stems_and_report_alone_give_the_mix(tmp_path: Path, layout: str) -> None:
    film = make_film(tmp_path / "story.mkv", SECONDS, sounds=[Sound(sound({"stereo": 2, "5.1": 6}[layout]), layout)])
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    made = render(
        film,
        script,
        settings=Settings(
            dialogue=DialogueSettings(hear=False),
            sound=SoundSettings(pan=-0.3),
            deliver=DeliverSettings(track="wav", stems=True),
        ),
    )
    mix, narration, low = (read(made.files[name]) for name in ("track", "narration", "ducked"))
    assert made.report.sound
    for name, share in made.report.sound.narrator.items():
        low[channel_names(layout).index(name)] += narration[0] * np.float32(share)
    assert len(made.report.sound.narrator) == 2
    assert np.abs(narration).max() > 0.1
    assert np.abs(low - mix).max() < 10 ** (-120 / 20)


def test_the_films_copy_has_the_track_at_its_side(folder: Path) -> None:
    original, added = probe(folder / "story.ad.mkv").audio_tracks
    assert (original.layout, original.rate_hz) == ("5.1", 44_100)
    assert (added.layout, added.rate_hz) == ("stereo", RATE)


def test_a_missed_target_is_among_the_notes(tmp_path: Path) -> None:
    film = make_film(tmp_path / "clicks.mkv", SECONDS, sounds=[Sound(clicks(SECONDS), "mono")], fps=5)
    script = write_script(tmp_path / "one.vtt", [("00:01.600", "00:02.400", "Stop.")])
    chosen = Settings(
        dialogue=DialogueSettings(hear=False),
        sound=SoundSettings(loudness="r128"),
        deliver=DeliverSettings(track="wav"),
    )
    made = render(film, script, settings=chosen)
    assert made.report.loudness
    assert not made.report.loudness.reached
    assert [note.stage for note in made.report.notes if "not −23.0" in note.message] == ["mix"]
