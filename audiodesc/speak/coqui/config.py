"""What a Coqui model's config.json says, and a copy of it that can do no harm.

A config names classes to import and files to open, some of them as pickles, and any of them may be an address:
Coqui follows whatever is written there. Here only what lies beside the config is followed.
"""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Config = dict[str, Any]

ARCHITECTURES = (
    "vits", "glow_tts", "xtts", "fast_pitch", "fast_speech", "fastspeech2", "speedy_speech", "forward_tts",
    "delightful_tts", "align_tts", "overflow", "neuralhmm_tts", "tacotron", "tacotron2",
)  # fmt: skip
"""Kinds of models whose checkpoints are opened as numbers only."""

# The files that are read when a model speaks, and their usual names
_FILES = {
    "speakers_file": ("speaker_ids.json", "speaker_ids.pth", "speakers.pth"),
    "speaker_file": (),
    "d_vector_file": ("speakers.json", "speakers.pth"),
    "language_ids_file": ("language_ids.json",),
    "stats_path": ("scale_stats.npy",),
    "tokenizer_file": ("vocab.json",),
    "mel_statistics_parameter_path": (),
}
# What is imported by name, and which names are Coqui's own
_CODE = {
    "characters_class": r"TTS\.tts\.[\w.]+",
    "model": r"\w+",
    "base_model": r"\w+",
    "generator_model": r"\w+",
    "discriminator_model": r"\w+",
    "text_cleaner": r"\w+",
}
_UNUSED = ("speaker_encoder_model_path", "speaker_encoder_config_path")
_XTTS_SPEAKERS = "speakers_xtts.pth"
_ARRAYS = {
    (module, name)
    for module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray")
    for name in ("dtype", "ndarray", "_reconstruct", "scalar")
}


def read_config(path: Path) -> Config:
    """Raises ValueError for what is no config of a model that is known to be safe."""
    text = path.read_text("utf-8")
    try:
        config = json.loads(text)
    except ValueError:
        config = _with_comments(path)
    if not isinstance(config, dict):
        raise ValueError("is no table of settings")
    _check_classes(config)
    return config


def architecture(config: Config) -> str:
    """What the model is, one of `ARCHITECTURES`. Raises ValueError."""
    name = str(config.get("base_model") or config.get("model") or "").lower()
    if name in ("bark", "tortoise"):
        raise ValueError(f"is of a {name} model, whose checkpoint can run code when it is opened")
    if name not in ARCHITECTURES:
        raise ValueError(f"is of no model that is known here (model = {name!r})")
    return name


def safe_config(config: Config, folder: Path) -> Config:
    """The config with every file that it names in `folder`. Raises ValueError."""
    safe: Config = {}
    for key, value in config.items():
        if key in _FILES:
            safe[key] = _beside(key, value, folder)
        elif key in _UNUSED:
            safe[key] = ""
        elif key == "do_trim_silence":  # it takes a pause inside a sentence for its end
            safe[key] = False
        elif key not in ("audio", "model_args"):
            safe[key] = value
        else:
            safe[key] = safe_config(value, folder) if isinstance(value, dict) else value
    return safe


def companion_files(config: Config, folder: Path) -> list[Path]:
    """The files besides the checkpoint that the sound depends on."""
    named = [_beside(key, get(config, key), folder) for key in _FILES]
    paths = [folder / "config.json", folder / _XTTS_SPEAKERS, *(Path(name) for name in _flat(named) if name)]
    return [path for path in dict.fromkeys(paths) if path.is_file()]


def speakers(config: Config, folder: Path) -> list[str]:
    """The names of the model's speakers; none where it has one voice. Raises ValueError."""
    if architecture(config) == "xtts":
        return list(_table(folder / _XTTS_SPEAKERS)) if (folder / _XTTS_SPEAKERS).is_file() else []
    if get(config, "use_speaker_embedding"):
        listed = get(config, "speakers")
        file = _beside("speakers_file", get(config, "speakers_file") or get(config, "speaker_file"), folder)
        names = list(listed) if listed else list(_table(Path(file))) if file else []
    elif get(config, "use_d_vector_file"):
        files = _flat([_beside("d_vector_file", get(config, "d_vector_file"), folder)])
        names = sorted({str(clip["name"]) for file in files if file for clip in _table(Path(file)).values()})
    else:
        return []
    if not names:
        raise ValueError("names a file of speakers that is not beside it")
    return names


def languages(config: Config, folder: Path) -> list[str]:
    """The languages that have to be chosen from; none where the model has one."""
    if architecture(config) == "xtts":
        return [str(name) for name in config.get("languages") or ()]
    file = _beside("language_ids_file", get(config, "language_ids_file"), folder)
    return list(_table(Path(file))) if file and get(config, "use_language_embedding") else []


def get(config: Config, key: str) -> Any:
    """As Coqui looks it up: in the model's arguments, then in the config."""
    arguments = config.get("model_args")
    if isinstance(arguments, dict) and arguments.get(key) is not None:
        return arguments[key]
    return config.get(key)


def _with_comments(path: Path) -> Any:
    """Old configs hold comments; they are rare enough to wait for the import."""
    from TTS.config import read_json_with_comments

    return read_json_with_comments(str(path))


def _check_classes(config: Mapping[str, Any]) -> None:
    """Coqui imports what these name."""
    for key, value in config.items():
        if isinstance(value, dict):
            _check_classes(value)
        elif isinstance(value, str) and value and key in _CODE and not re.fullmatch(_CODE[key], value):
            raise ValueError(f"asks for the code {value!r}, which is not Coqui's")


def _beside(key: str, value: Any, folder: Path) -> Any:
    """The path, or list of paths, of the file of that name, or of a usual one, in the folder; "" if there is none."""
    if isinstance(value, list):
        return [_beside(key, one, folder) for one in value]
    if not isinstance(value, str) or not value:
        return value
    named = (folder / name for name in (Path(value).name, *_FILES[key]))
    found = next((path for path in named if path.is_file()), None)
    if key == "stats_path":
        if not found:
            raise ValueError(f"names {Path(value).name}, which is not beside it")
        check_statistics(found)
    return str(found or "")


def _flat(values: list[Any]) -> Iterator[str]:
    for value in values:
        yield from _flat(value) if isinstance(value, list) else [value or ""]


def _table(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8")) if path.suffix == ".json" else _numbers(path)
    except (ValueError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise ValueError(f"comes with a {path.name} that holds more than numbers, or is damaged") from error
    if not isinstance(content, dict):
        raise ValueError(f"comes with a {path.name} that holds no table")
    return content


def _numbers(path: Path) -> Any:
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def check_statistics(path: Path) -> None:
    """Raises ValueError for a file of Coqui's statistics that holds more than numbers: NumPy opens it as a pickle."""
    with path.open("rb") as file:
        try:
            np.lib.format.read_magic(file)
            np.lib.format.read_array_header_1_0(file)
            _NumbersOnly(file).load()
        except Exception as error:
            raise ValueError(f"comes with a {path.name} that holds more than numbers, or is damaged") from error


class _NumbersOnly(pickle.Unpickler):
    """Reads arrays and plain values. It is the parser that NumPy uses, so what it reads whole is safe for NumPy."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="ASCII")

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name} is not a number")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)
