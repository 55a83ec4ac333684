"""What is on this disk is said to be, and nothing else; the network is not asked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from audiodesc.cli import stock
from audiodesc.describers import DESCRIBERS, models
from audiodesc.errors import MissingToolError
from audiodesc.speak import profile
from audiodesc.speak.coqui.files import download_folder


@pytest.fixture(autouse=True)
def _nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model on this disk, and no network."""

    def refuse(*_: object) -> None:
        pytest.fail("it used the network")

    monkeypatch.setenv("TTS_HOME", str(tmp_path / "coqui"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_what_comes_with_the_program_is_told() -> None:
    assert stock.of_voice(profile("espeak-en-gb")) == stock.WITH_IT
    assert stock.of_describer(DESCRIBERS["basic"]) == stock.WITH_IT


def test_a_voices_model_is_on_this_disk_or_not() -> None:
    pytest.importorskip("TTS")
    voice = profile("coqui-ljspeech")
    assert stock.of_voice(voice) == stock.ELSEWHERE
    folder = download_folder(voice.voice)
    folder.mkdir(parents=True)
    for name in ("config.json", "model_file.pth"):
        (folder / name).write_text("{}", "utf-8")
    assert stock.of_voice(voice) == stock.HERE
    assert stock.of_voice(profile("coqui-de")) == stock.ELSEWHERE


def test_without_coqui_its_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise MissingToolError("Coqui TTS is not installed", "pip")

    monkeypatch.setattr("audiodesc.speak.coqui.installed_version", missing)
    assert stock.of_voice(profile("coqui-ljspeech")) == stock.MISSING
    assert stock.of_voice(profile("espeak-de")) == stock.WITH_IT


def test_a_models_weights_are_on_this_disk_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    here = {"smolvlm2"}
    monkeypatch.setattr(models, "found", lambda one: object() if one.name in here else None)
    told = {name: stock.of_describer(entry) for name, entry in DESCRIBERS.items()}
    assert {name for name, text in told.items() if text == stock.HERE} == here
    assert told["server"] == told["model"] == ""
    assert told["qwen3-vl-8b"] == stock.ELSEWHERE


def test_with_an_empty_cache_no_weights_are_here() -> None:
    pytest.importorskip("huggingface_hub")
    told = {stock.of_describer(entry) for entry in DESCRIBERS.values()}
    assert told == {stock.WITH_IT, stock.ELSEWHERE, ""}


def test_without_the_hubs_package_the_models_install_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise MissingToolError("models are fetched by the package huggingface_hub", "pip")

    monkeypatch.setattr(models, "found", missing)
    assert stock.of_describer(DESCRIBERS["smolvlm2"]) == stock.MISSING
