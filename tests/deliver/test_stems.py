"""The stems: as long as each other, and together the mix before its limiter."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from clicking import ClickingVoice, heard_in_file
from films import RATE, Sound, make_film
from numpy.typing import NDArray
from stories import write_script
from wavinfo import WavInfoReader

from audiodesc import pipeline
from audiodesc.mix import mixer
from audiodesc.mix.mixer import Limiter
from audiodesc.model import Samples
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, Settings, SoundSettings

Made = tuple[str, Result, NDArray[np.float32], NDArray[np.float32]]
LENGTH = 5
SAMPLES = LENGTH * RATE
CENTRE = {"mono": {0: 1.0}, "stereo": {0: 0.5**0.5, 1: 0.5**0.5}, "5.1(side)": {2: 1.0}}
"""Channels of the narrator, and at what gain."""


class Recorder(Limiter):
    """Keeps what goes into the limiter of the mix."""

    heard: list[Samples]

    def push(self, block: Samples) -> Samples:
        if block.shape[1] >= RATE // 2:  # not a narrator's clip
            self.heard.append(block.copy())
        return super().push(block)


@pytest.fixture(scope="module", params=CENTRE)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A layout, what was made of noise in it, the noise, and what went into the limiter."""
    layout, folder, Recorder.heard = request.param, tmp_path_factory.mktemp("stems"), []
    channels = av.AudioLayout(layout).nb_channels
    noise = (0.2 * np.random.default_rng(1).standard_normal((channels, SAMPLES))).astype(np.float32).clip(-0.9, 0.9)
    noise = np.rint(noise * 2**15).astype(np.float32) / 2**15
    film = make_film(folder / "film.mkv", LENGTH, sounds=[Sound(noise, layout)], fps=25)
    script = write_script(folder / "mine.vtt", [("00:01.100", "00:01.500", "One."), ("00:03.100", "00:03.500", "Two.")])
    chosen = Settings(deliver=DeliverSettings(also=("stems",), track="wav"), sound=SoundSettings())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
        patch.setattr(mixer, "Limiter", Recorder)
        result = pipeline.render(film, script, settings=chosen)
    mixed = np.concatenate(Recorder.heard[::2], axis=1)  # that of the lossy copy takes the same
    return layout, result, noise, mixed


def stems(result: Result) -> dict[str, NDArray[np.float32]]:
    folder = result.files["stems"]
    assert folder.name == "film.stems"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["film.ducked.wav", "film.film.wav", "film.narration.wav"]
    return {name.split(".")[1]: heard_in_file(folder / name) for name in names}


def test_the_stems_are_the_mix_before_its_limiter(
    made: Made,
) -> None:
    layout, result, noise, mixed = made
    found = stems(result)
    assert {one.shape for one in found.values()} == {noise.shape}
    assert np.abs(found["film"] - noise).max() <= 2**-24
    assert np.abs(found["ducked"] + found["narration"] - mixed).max() <= 2**-24
    loud = np.abs(found["narration"]).max(axis=1)
    voice = loud.max() / max(CENTRE[layout].values())
    assert voice > 0.1
    assert loud == pytest.approx([voice * CENTRE[layout].get(number, 0.0) for number in range(len(loud))], abs=1e-4)
    under = slice(round(1.15 * RATE), round(1.2 * RATE))
    lower = np.abs(found["ducked"][0, under]).max() / np.abs(noise[0, under]).max()
    assert lower < 10 ** (-8 / 20)


def test_each_stem_says_what_it_is(made: Made) -> None:
    result = made[1]
    for name, text in (("narration", "the narrator"), ("ducked", "under the narrator"), ("film", "without audio desc")):
        info = WavInfoReader(str(Path(result.files["stems"], f"film.{name}.wav")))
        assert text in info.bext.description
        assert info.fmt.bits_per_sample == 32
        assert len(list(info.ixml.track_list)) == info.fmt.channel_count
