"""What a model's config.json may ask for: files beside it, Coqui's own code, and numbers."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from speak.tiny_vits import Harm

from audiodesc.speak.coqui.config import (
    architecture,
    check_statistics,
    companion_files,
    get,
    languages,
    read_config,
    safe_config,
    speakers,
)


def write(folder: Path, config: dict[str, Any]) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(config), "utf-8")
    return path


@pytest.mark.parametrize(
    "config",
    [
        {"model": "vits", "characters": {"characters_class": "antigravity.Geohash"}},
        {"model": "vits", "characters": {"characters_class": "TTSevil.x"}},
        {"model": "vits", "deep": {"deeper": {"characters_class": "os.path"}}},
        {"model": "vits.evil"},
        {"model": "vits", "base_model": "..evil"},
        {"model": "hifigan", "generator_model": "os.path"},
    ],
)
def test_no_code_but_coquis_own(tmp_path: Path, config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="which is not Coqui's"):
        read_config(write(tmp_path, config))


@pytest.mark.parametrize(
    ("model", "fault"),
    [("bark", "can run code"), ("tortoise", "can run code"), ("freevc", "no model"), ("", "no model"), (7, "no model")],
)
def test_kinds_that_are_not_spoken(model: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        architecture({"model": model})


def test_the_base_model_is_the_kind() -> None:
    assert architecture({"model": "fast_pitch", "base_model": "forward_tts"}) == "forward_tts"
    assert architecture({"model": "VITS", "base_model": None}) == "vits"


@pytest.mark.parametrize("content", ["", "[]", "7", "{", '{"model": '])
def test_what_is_no_config(tmp_path: Path, content: str) -> None:
    pytest.importorskip("TTS")
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"."):
        read_config(tmp_path / "config.json")


def test_an_old_config_has_comments(tmp_path: Path) -> None:
    pytest.importorskip("TTS")
    (tmp_path / "config.json").write_text('{\n  "model": "glow_tts",  // a comment\n  "x": "http://a"\n}')
    assert read_config(tmp_path / "config.json") == {"model": "glow_tts", "x": "http://a"}


@pytest.mark.parametrize(
    "named",
    ["speakers.json", "/home/trainer/speakers.json", "../../speakers.json", "https://example.org/speakers.json"],
)
def test_a_file_is_only_looked_for_beside_the_config(tmp_path: Path, named: str) -> None:
    config = {"model": "vits", "d_vector_file": [named], "model_args": {"d_vector_file": named}}
    gone = safe_config(config, tmp_path)
    assert (gone["d_vector_file"], gone["model_args"]["d_vector_file"]) == ([""], "")
    (tmp_path / "speakers.json").write_text("{}")
    found = str(tmp_path / "speakers.json")
    safe = safe_config(config, tmp_path)
    assert (safe["d_vector_file"], safe["model_args"]["d_vector_file"]) == ([found], found)


def test_a_safe_config_keeps_all_else(tmp_path: Path) -> None:
    config = {
        "model": "vits",
        "audio": {"sample_rate": 22050, "do_trim_silence": True},
        "model_args": None,
        "list": [1],
    }
    assert safe_config(config, tmp_path) == {**config, "audio": {"sample_rate": 22050, "do_trim_silence": False}}


def test_an_encoder_is_not_loaded(tmp_path: Path) -> None:
    config = {
        "model_args": {"speaker_encoder_model_path": "x.pth", "speaker_encoder_config_path": "s3://x/config.json"}
    }
    assert set(safe_config(config, tmp_path)["model_args"].values()) == {""}


def statistics() -> dict[str, Any]:
    arrays = {name: np.arange(3, dtype=np.float32) for name in ("mel_mean", "mel_std", "linear_mean", "linear_std")}
    return {
        **arrays,
        "audio_config": {"sample_rate": 22050, "power": 1.5, "log": np.float32(2), "x": None, "y": [True]},
    }


def test_statistics_of_numbers_are_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "scale_stats.npy", statistics(), allow_pickle=True)  # type: ignore[arg-type]
    check_statistics(tmp_path / "scale_stats.npy")
    safe = safe_config({"audio": {"stats_path": "/home/trainer/scale_stats.npy"}}, tmp_path)
    assert safe["audio"]["stats_path"] == str(tmp_path / "scale_stats.npy")


def test_statistics_of_an_old_numpy_are_opened(tmp_path: Path) -> None:
    path = tmp_path / "scale_stats.npy"
    whole = np.array(statistics(), dtype=object)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
        file.write(pickle.dumps(whole, protocol=3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    check_statistics(path)
    assert list(np.load(path, allow_pickle=True).item()) == list(statistics())  # as Coqui does


def test_statistics_that_run_code_are_refused_and_run_nothing(tmp_path: Path) -> None:
    path = tmp_path / "scale_stats.npy"
    np.save(path, {**statistics(), "audio_config": Harm(tmp_path / "harm")}, allow_pickle=True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="holds more than numbers"):
        safe_config({"audio": {"stats_path": "scale_stats.npy"}}, tmp_path)
    assert not (tmp_path / "harm").exists()
    np.load(path, allow_pickle=True)  # as Coqui does
    assert (tmp_path / "harm").exists()


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"not numpy", pickle.dumps({"a": 1})])
def test_statistics_that_are_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "scale_stats.npy").write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        check_statistics(tmp_path / "scale_stats.npy")


def test_statistics_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"scale_stats\.npy, which is not beside it"):
        safe_config({"audio": {"stats_path": "/x/scale_stats.npy"}}, tmp_path)


def test_speakers_are_found_without_the_model(tmp_path: Path) -> None:
    arguments = {"use_speaker_embedding": True, "speakers_file": "/x/speaker_ids.json"}
    (tmp_path / "speaker_ids.json").write_text('{"p225": 0, "p226": 1}')
    (tmp_path / "clips.json").write_text('{"a": {"name": "Bo"}, "b": {"name": "Al"}, "c": {"name": "Bo"}}')
    assert speakers({"model": "vits"}, tmp_path) == []
    assert speakers({"model": "vits", "model_args": arguments}, tmp_path) == ["p225", "p226"]
    assert speakers({"model": "vits", "use_speaker_embedding": True, "speakers": ["Ann"]}, tmp_path) == ["Ann"]
    vectors = {"use_d_vector_file": True, "d_vector_file": ["clips.json"]}
    assert speakers({"model": "vits", "model_args": vectors}, tmp_path) == ["Al", "Bo"]
    with pytest.raises(ValueError, match="not beside it"):
        speakers({"model": "vits", "use_speaker_embedding": True, "speakers_file": "x"}, tmp_path / "none")


def test_speakers_in_a_file_of_pytorch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"Ann": 0, "Bo": 1}, tmp_path / "speakers.pth")
    config = {"model": "vits", "use_speaker_embedding": True, "speakers_file": "speakers.pth"}
    assert speakers(config, tmp_path) == ["Ann", "Bo"]
    torch.save({"Ann": torch.zeros(1)}, tmp_path / "speakers_xtts.pth")
    assert speakers({"model": "xtts"}, tmp_path) == ["Ann"]
    torch.save({"Ann": Harm(tmp_path / "harm")}, tmp_path / "speakers_xtts.pth")
    with pytest.raises(ValueError, match=r"speakers_xtts\.pth that holds more"):
        speakers({"model": "xtts"}, tmp_path)
    assert not (tmp_path / "harm").exists()


def test_languages_are_found_without_the_model(tmp_path: Path) -> None:
    (tmp_path / "language_ids.json").write_text('{"en": 0, "pt-br": 1}')
    assert languages({"model": "xtts", "languages": ["en", "de"]}, tmp_path) == ["en", "de"]
    several = {"use_language_embedding": True, "language_ids_file": "x/language_ids.json"}
    assert languages({"model": "vits", "model_args": several}, tmp_path) == ["en", "pt-br"]
    assert languages({"model": "vits", "languages": ["en"]}, tmp_path) == []


def test_the_models_arguments_come_first() -> None:
    assert get({"a": 1, "model_args": {"a": 2}}, "a") == 2
    assert get({"a": 1, "model_args": {"a": None}}, "a") == 1
    assert get({"a": 1, "model_args": None}, "a") == 1


def test_what_the_sound_depends_on(tmp_path: Path) -> None:
    for name in ("config.json", "speakers_xtts.pth", "vocab.json", "other.json"):
        (tmp_path / name).write_text("{}")
    found = companion_files({"model_args": {"tokenizer_file": "/x/vocab.json"}}, tmp_path)
    assert [path.name for path in found] == ["config.json", "speakers_xtts.pth", "vocab.json"]
