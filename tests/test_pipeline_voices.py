"""A neural voice through the whole of `render` and `make`: what it says is in the mixed track."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import av
import numpy as np
import pytest
from stories import SCRIPT, make_story, write_script

from audiodesc import make, render
from audiodesc.media.clips import read_wav
from audiodesc.narration.voice import choose_voice
from audiodesc.settings import DeliverSettings, DescriberSettings, PlanSettings, Settings, VoiceSettings

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
        voice=VoiceSettings(name=str(story / "tiny.toml"), lexicon=str(story / "names.toml")),
        deliver=DeliverSettings(track="wav"),
    )
    made = render(story / "story.mp4", story / "mine.vtt", story / "story.srt", settings=settings)
    assert made.report.overlap_ms == 0
    assert made.report.settings["voice_fingerprint"].startswith("coqui ")
    assert len(made.spoken) >= 1
    narration = _sound(made.files["narration"])
    for speech in made.spoken:
        clip, first = read_wav(speech.clip), speech.span.start_ms * 48
        like = [np.corrcoef(narration[first + lag : first + lag + len(clip)], clip)[0, 1] for lag in range(-3, 4)]
        assert like[3] == max(like) > 0.8  # to the sample; noise at full scale meets the limiter
    assert np.abs(_sound(made.files["track"])).max() > 0.01


def test_a_tiny_vits_speaks_through_the_whole_of_make(story: Path) -> None:
    settings = Settings(
        plan=PlanSettings(shortest_ms=500),
        describer=DescriberSettings(name="basic"),
        voice=VoiceSettings(name=str(story / "tiny.toml")),
        deliver=DeliverSettings(track="wav"),
    )
    made = make(story / "story.mp4", story / "story.srt", settings=settings)
    assert made.report.overlap_ms == 0
    assert made.report.settings["voice_fingerprint"].startswith("coqui ")
    assert made.spoken
    narration = _sound(made.files["narration"])
    for speech in made.spoken:
        clip, first = read_wav(speech.clip), speech.span.start_ms * 48
        assert np.corrcoef(narration[first : first + len(clip)], clip)[0, 1] > 0.8


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model where Coqui keeps the one of `coqui-ljspeech`."""
    from speak.tiny_vits import make_vits

    from audiodesc.speak.coqui.files import download_folder

    monkeypatch.setenv("TTS_HOME", str(tmp_path / "home"))
    return make_vits(download_folder("tts_models/en/ljspeech/vits"))


@pytest.mark.parametrize("voice", [None, "auto"])
def test_a_neural_voice_on_this_disk_is_taken_and_that_is_said(on_disk: Path, voice: str | None) -> None:
    profile, language, notes = choose_voice(VoiceSettings(name=voice), None)
    assert (profile.name, language) == ("coqui-ljspeech", "en")
    assert [note.message for note in notes] == ["the voice coqui-ljspeech speaks: its model is on this disk"]


def test_a_neural_voice_that_cannot_speak_leaves_it_to_espeak(on_disk: Path) -> None:
    config = json.loads((on_disk / "config.json").read_text("utf-8"))
    (on_disk / "config.json").write_text(json.dumps(config | {"use_phonemes": True, "phonemizer": ""}), "utf-8")
    profile, _, notes = choose_voice(VoiceSettings(), None)
    assert profile.engine == "espeak"
    assert f"the voice {profile.name} speaks: voice coqui-ljspeech: its config.json does not say" in notes[0].message


def test_without_a_neural_voice_that_is_said_too() -> None:
    profile, _, notes = choose_voice(VoiceSettings(name="auto", language="de"), None)
    assert (profile.engine, profile.language) == ("espeak", "de-DE")
    (note,) = notes
    why, _, remedy = note.message.partition("; ")
    assert why == f"the voice {profile.name} speaks: no neural voice's model for its language is on this disk"
    assert remedy.startswith("`audiodesc voices --get coqui-de` gets one")


def _sound(path: Path) -> np.ndarray:
    """The first channel."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].channels
    whole = np.concatenate(frames, axis=1).astype(np.float64)
    return whole[0, ::channels] if len(whole) == 1 else whole[0]
