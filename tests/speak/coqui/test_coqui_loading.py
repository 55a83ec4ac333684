"""What is wrong with a voice is found when it is made."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("TTS")

from speak.tiny_vits import Harm, copied, mine, recording

from audiodesc.errors import InputError, MissingToolError
from audiodesc.speak.coqui import Coqui, loading
from audiodesc.speak.profiles import Setting

pytestmark = pytest.mark.usefixtures("no_network", "one_thread")


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, r"whose voice to take on: give speaker_wav.* or speaker \(Ann\)"),
        ({"speaker": "Bob"}, r"there is no speaker 'Bob': choose one of: Ann"),
        ({"speaker_wav": "none.wav"}, r"none\.wav is not a recording that can be read, or it is missing"),
        ({"speaker_wav": "text.wav"}, r"text\.wav is not a recording that can be read"),
        ({"speaker_wav": "short.wav"}, r"short\.wav lasts 0\.5 s: too short"),
        ({"speaker_wav": "short.wav", "speaker": "Ann"}, r"two voices: leave one out"),
    ],
)
def test_a_voice_that_cannot_be_taken_on(xtts: Path, tmp_path: Path, settings: dict[str, str], fault: str) -> None:
    recording(tmp_path / "short.wav", 0.5)
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(InputError, match=fault):
        Coqui(dataclasses.replace(mine(xtts, **settings), folder=str(tmp_path)))


def test_a_language_that_espeak_has_not(models: Path, tmp_path: Path) -> None:
    folder = copied(models / "phonemes", tmp_path / "x", phoneme_language="xx-yy")
    with pytest.raises(InputError, match=r"eSpeak NG has no language 'xx-yy'"):
        Coqui(mine(folder))


def test_a_config_that_does_not_say_how_phonemes_are_made(models: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say how its phonemes are made"):
        Coqui(mine(copied(models / "phonemes", tmp_path / "x", phonemizer=None)))


def test_other_ways_to_phonemes_need_their_packages(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    with pytest.raises(MissingToolError, match=r"gruut is not installed: .*pip install 'coqui-tts\[languages\]'"):
        Coqui(mine(copied(models / "phonemes", tmp_path / "x", phonemizer="gruut")))


@pytest.mark.parametrize(
    ("name", "settings", "fault"),
    [
        ("several", {"speaker": "p300"}, r"there is no speaker 'p300': choose one of: p225, p226, p227"),
        ("several", {}, r"does not say which speaker: give speaker, one of: p225, p226, p227"),
        ("letters", {"speaker": "p225"}, "this model has one speaker"),
        ("letters", {"speaker_wav": "a.wav"}, "cannot take on the voice of a recording"),
        ("letters", {"language": "en"}, "this model has one language"),
        ("letters", {"speker": "p225"}, r"unknown setting 'speker': choose from: speaker, "),
        ("letters", {"seed": True}, "setting seed is True: give a whole number"),
        ("letters", {"gpu": "no"}, "setting gpu is 'no': give true or false"),
        ("letters", {"speaker": ""}, "setting speaker is '': give text"),
        ("letters", {"checkpoint": "none.pth"}, r"holds no checkpoint 'none\.pth'"),
        ("letters", {"vocoder": "none"}, "there is no model folder none"),
        ("none", {}, "there is no model folder"),
    ],
)
def test_a_wrong_profile(models: Path, name: str, settings: dict[str, Setting], fault: str) -> None:
    with pytest.raises(InputError, match=rf"voice mine: .*{fault}"):
        Coqui(mine(models / name, **settings))


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"model": "bark"}, "is of a bark model, whose checkpoint can run code"),
        ({"model": "nonsense"}, "is of no model that is known here"),
        ({"characters": {"characters_class": "os.path"}}, "asks for the code 'os.path'"),
        ({"audio": {"stats_path": "stats.npy"}}, "names stats.npy, which is not beside it"),
    ],
)
def test_a_config_that_is_refused(models: Path, tmp_path: Path, config: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError, match=rf"voice mine: .*config\.json {fault}"):
        Coqui(mine(copied(models / "letters", tmp_path / "x", **config)))


def test_a_speakers_file_that_runs_code_is_refused(models: Path, tmp_path: Path) -> None:
    import torch

    folder = copied(models / "several", tmp_path / "x", speakers=[])
    config = json.loads((folder / "config.json").read_text())
    config["model_args"]["speakers_file"] = "/home/trainer/speakers.pth"
    (folder / "config.json").write_text(json.dumps(config))
    torch.save({"p225": Harm(tmp_path / "harm")}, folder / "speakers.pth")
    with pytest.raises(InputError, match=r"speakers\.pth that holds more than numbers"):
        Coqui(mine(folder, speaker="p225"))
    assert not (tmp_path / "harm").exists()
