"""A neural voice through the whole of `render`: what it says is in the mixed track."""

from __future__ import annotations

import socket
from pathlib import Path

import av
import numpy as np
import pytest
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.media.clips import read_wav
from audiodesc.mix.sound_settings import SoundSettings
from audiodesc.settings import Settings

pytest.importorskip("TTS")


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film with a script and the profile of a tiny VITS; there is no network."""
    from speak.tiny_vits import make_vits

    def refuse(*_: object) -> None:
        pytest.fail("it used the network")

    make_story(tmp_path)
    make_vits(tmp_path / "vits")
    write_script(tmp_path / "mine.vtt", SCRIPT)
    profile = 'engine = "coqui"\nvoice = "./vits"\nlanguage = "en"\nlicence = "CC0-1.0"\n'
    (tmp_path / "tiny.toml").write_text(profile, "utf-8")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tmp_path


def test_a_tiny_vits_is_heard_where_its_lines_stand(story: Path) -> None:
    (story / "names.toml").write_text('"ferry" = "fair ee"\n', "utf-8")
    settings = Settings(
        voice=str(story / "tiny.toml"), lexicon=str(story / "names.toml"), sound=SoundSettings(track="wav")
    )
    made = render(story / "story.mp4", story / "mine.vtt", story / "story.srt", settings=settings)
    assert made.report["overlap_ms"] == 0
    assert made.report["settings"]["voice_fingerprint"].startswith("coqui ")
    assert len(made.spoken) >= 1
    narration = _sound(made.files["narration"])
    for speech in made.spoken:
        clip, first = read_wav(speech.clip), speech.span.start_ms * 48
        like = [np.corrcoef(narration[first + lag : first + lag + len(clip)], clip)[0, 1] for lag in range(-3, 4)]
        assert like[3] == max(like) > 0.8  # to the sample; noise at full scale meets the limiter
    assert np.abs(_sound(made.files["track"])).max() > 0.01


def _sound(path: Path) -> np.ndarray:
    """The first channel."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].channels
    whole = np.concatenate(frames, axis=1).astype(np.float64)
    return whole[0, ::channels] if len(whole) == 1 else whole[0]
