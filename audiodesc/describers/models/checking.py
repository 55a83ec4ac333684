"""Whether a model's folder is complete, safe to load, and of a type that reads video (or text, where that is wanted).

Nothing here loads a model or runs code that came with it. A folder is untrusted input.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from audiodesc.core.environment import install_command, models_command
from audiodesc.errors import InputError, MissingToolError

LARGEST_JSON = 16_000_000
"""Bytes: an index takes some hundred for each tensor, and no model has as many tensors as that allows."""

ONE, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
_SECOND = "audio_tokenizer_config.json"  # transformers loads the model that it names, from wherever that is
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_PROCESSORS = ("processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json")
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
_TEMPLATES = ("chat_template.jinja", "chat_template.json")
_AGAIN = "fetch or copy the model again"

QUANTIZERS: Final[Mapping[str, tuple[str, ...]]] = {
    "awq": ("gptqmodel",),
    "gptq": ("optimum", "gptqmodel"),
    "bitsandbytes": ("bitsandbytes",),
    "compressed-tensors": ("compressed-tensors",),
    "torchao": ("torchao",),
    "hqq": ("hqq",),
    "quanto": ("optimum-quanto",),
    "auto-round": ("auto-round",),
    "mxfp4": ("kernels",),
}
"""The packages that transformers needs for quantized weights, by `quant_method`: its `quantizers` ask for these."""

_NO_VIDEO_CLASS: Final = frozenset({"glm4v_moe"})
"""Kinds that answer about video, but transformers' table of video processors lacks them: the folder names theirs."""

_IMPORTED: Final = {"compressed-tensors": "compressed_tensors", "optimum-quanto": "optimum", "auto-round": "auto_round"}

OMNI: Final[Mapping[str, str]] = {"qwen2_5_omni": "thinker_config", "qwen3_omni_moe": "thinker_config"}
"""Kinds with speech besides, and the part of their config that describes what sees and answers in text."""


def check_folder(folder: Path, *, chat: bool, sees: bool | None) -> None:
    """Raise InputError, one line with folder, fault and remedy, for what cannot or must not be loaded.

    `chat`: the model is asked through its chat template, so it must have one. `sees`: it is given video; else it
    is one of text alone; None: either will do. Raises MissingToolError without transformers, and without what
    quantized weights need.
    """
    check_names(folder, _names(folder))
    config = read_json(folder / "config.json")
    check_config(folder, config, sees=sees)  # before all that such a model need not have
    sees = answers_about_video(config) if sees is None else sees
    check_whole(folder, sees=sees)
    if "transformers_weights" in config:  # a pickle would do
        _refuse(folder, "its config.json names other weights to load", "choose another model")
    for name, tensors in _shards(folder).items():
        _check_tensors(folder, name, tensors)
    if "audio_tokenizer" in _optional(folder / "processor_config.json") or (folder / _SECOND).is_file():
        _refuse(folder, "it names a second model to load (an audio tokenizer)", "choose another model")
    if chat and not has_template(folder):
        _refuse(folder, "there is no chat template", "give it a profile with chat = false if it is a base model")


def check_config(where: Path | str, config: Mapping[str, Any], *, sees: bool | None) -> None:
    """Raise for a model of another kind than is wanted, and for quantized weights whose package is missing."""
    if fault := kind_fault(config, sees=sees):
        _refuse(where, *fault)
    method = quantization(config)
    if missing := [name for name in QUANTIZERS.get(method, ()) if find_spec(_IMPORTED.get(name, name)) is None]:
        raise MissingToolError(
            f"{where}: its weights are quantized ({method}), and {' and '.join(missing)} not installed",
            f"{install_command(*missing)}; or choose the model that is not quantized, or give --server URL",
        )


def quantization(config: Mapping[str, Any]) -> str:
    """By which method a model's weights are quantized, as its config names it; "" where they are not."""
    inner = config.get("text_config")
    for part in (config, inner if isinstance(inner, dict) else {}):
        for key in ("quantization_config", "compression_config"):
            if isinstance(how := part.get(key), dict):
                four_bits = how.get("load_in_4bit") or how.get("load_in_8bit")
                return str(how.get("quant_method") or ("bitsandbytes" if four_bits else ""))[:60]
    return ""


def answers_about_video(config: Mapping[str, Any]) -> bool:
    """Whether a model of this config reads video. Raises MissingToolError without transformers."""
    return config.get("model_type") in model_types().watching


def check_whole(folder: Path, *, sees: bool) -> None:
    """Raise InputError where a file is missing; of the files, only the index of the weights is read."""
    names = _names(folder)
    check_names(folder, names)
    if ADAPTER in names:
        _refuse(folder, f"an adapter (LoRA) lies beside the model ({ADAPTER})", "move the adapter elsewhere")
    shards = _shards(folder)
    if missing := sorted(shards.keys() - names):
        _refuse(
            folder, f"{len(missing)} of {len(shards)} files of weights are missing, {_short(missing[0])} first", _AGAIN
        )
    if sees and names.isdisjoint(_PROCESSORS):
        _refuse(folder, f"its processor is missing ({_PROCESSORS[0]})", _AGAIN)
    if names.isdisjoint(_TOKENIZERS):
        _refuse(folder, f"its tokenizer is missing ({_TOKENIZERS[0]})", _AGAIN)


def check_names(where: Path | str, names: Collection[str]) -> None:
    """Raise InputError where files of these names, in a folder or on the hub, cannot be a model to load."""
    weights = ONE in names or INDEX in names
    if ADAPTER in names and not (weights and "config.json" in names):
        _refuse(where, "an adapter (LoRA), not a whole model", "merge it into its base model, and give the merged one")
    if not weights:
        _refuse_weights(where, names)
    if "config.json" not in names:
        _refuse(where, "there is no config.json", "give a model in the form that transformers saves")


def read_json(path: Path) -> Mapping[str, Any]:
    """The object in a JSON file. Raises InputError for all else, and for more than `LARGEST_JSON`."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", _AGAIN) from error
    if len(content) > LARGEST_JSON:
        raise InputError(f"{path}: larger than {LARGEST_JSON // 1_000_000} MB", _AGAIN)
    try:
        value = json.loads(content.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested without end
        raise InputError(f"{path}: not JSON: {error}", _AGAIN) from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: not a JSON object", _AGAIN)
    return value


def has_template(folder: Path) -> bool:
    """Whether a model can be asked in conversation, with a chat template. Raises InputError for broken JSON."""
    if any((folder / name).is_file() for name in _TEMPLATES):
        return True
    return any("chat_template" in _optional(folder / f"{part}_config.json") for part in ("processor", "tokenizer"))


def _refuse(where: Path | str, fault: str, remedy: str) -> NoReturn:
    raise InputError(f"{where}: {fault}", remedy)


def _refuse_weights(where: Path | str, names: Collection[str]) -> NoReturn:
    if pickles := sorted(name for name in names if name.endswith(_PICKLES)):
        fault = f"its weights are pickled ({_short(pickles[0])}), and a pickle can run any program"
        _refuse(where, fault, "choose a model whose weights are safetensors")
    if any(name.endswith(".gguf") for name in names):
        _refuse(where, "its weights are GGUF, which other programs run", "start Ollama or llama.cpp; give --server URL")
    _refuse(where, f"there are no weights ({ONE} or {INDEX})", "give a model in the form that transformers saves")


def _names(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir() if path.is_file()}
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}", "give a model's folder") from error


def _shards(folder: Path) -> dict[str, set[str]]:
    """The files of weights, each with the tensors that the index promises in it (none where there is no index)."""
    if (folder / ONE).is_file():
        return {ONE: set()}
    table = read_json(folder / INDEX).get("weight_map")
    if not isinstance(table, dict) or not table:
        _refuse(folder / INDEX, "no weight_map", _AGAIN)
    shards: dict[str, set[str]] = {}
    for tensor, name in table.items():
        if not isinstance(name, str) or not name.endswith(".safetensors") or "/" in name or "\\" in name:
            _refuse(folder / INDEX, f"{_short(name)} is no file of weights in this folder", "choose another model")
        shards.setdefault(name, set()).add(tensor)
    return shards


def _check_tensors(folder: Path, name: str, promised: set[str]) -> None:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise MissingToolError("weights are read by the package safetensors", models_command()) from error
    try:
        with safe_open(folder / name, framework="np") as file:  # reads the header, and holds it against the size
            lacking = sorted(promised - set(file.keys()))
    except (SafetensorError, OSError) as error:
        raise InputError(f"{folder / name}: damaged or cut short ({str(error)[:200]})", _AGAIN) from error
    if lacking:
        _refuse(folder / name, f"{len(lacking)} tensors are missing, {_short(lacking[0])} first", _AGAIN)


def _optional(path: Path) -> Mapping[str, Any]:
    return read_json(path) if path.is_file() else {}


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _short(value: object) -> str:
    """A value out of a hostile file, for a message."""
    return repr(value)[:80]


class ModelTypes(NamedTuple):
    """Model types that transformers knows; of them those that answer about video, and those that go on with text."""

    known: frozenset[str]
    watching: frozenset[str]
    writing: frozenset[str]


def kind_fault(config: Mapping[str, Any], *, sees: bool | None) -> tuple[str, str] | None:
    """Why this is no model of the kind that is wanted, and what to do; None where it is one.

    `sees`: one that answers in text about video; else one that goes on with text; None: either. Raises
    MissingToolError without transformers.
    """
    kind = config.get("model_type")
    if not isinstance(kind, str):
        return "its config.json names no model_type", "give a model in the form that transformers saves"
    known = model_types()
    if (sees is not False and kind in known.watching) or (not sees and kind in known.writing):
        return None
    what = f"a {kind!r:.60} model"
    if kind in known.known:
        wanted = "video-text-to-text" if sees else "text-generation"
        return f"{what} ({_architecture(config)}), no {wanted} model", f"choose a {wanted} model"
    if "auto_map" in config:
        fault = f"{what}, which needs program code of its own (auto_map), and such code is never run"
        newer = f"if a newer transformers knows it: {install_command('-U', 'transformers')}"
        return fault, f"{newer}; else let a server run it that has its own (vLLM, Ollama …): --server URL"
    return f"{what}, which this transformers does not know", install_command("-U", "transformers")


@functools.cache
def model_types() -> ModelTypes:
    """As the installed transformers has them. Raises MissingToolError without it."""
    try:
        from transformers.models.auto import configuration_auto, modeling_auto, video_processing_auto
    except ImportError as error:
        raise MissingToolError("models are run by the package transformers", models_command()) from error
    answering = frozenset(modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)
    return ModelTypes(
        known=frozenset(configuration_auto.CONFIG_MAPPING_NAMES),
        watching=(answering & (frozenset(video_processing_auto.VIDEO_PROCESSOR_MAPPING_NAMES) | _NO_VIDEO_CLASS))
        | (OMNI.keys() & configuration_auto.CONFIG_MAPPING_NAMES.keys()),
        writing=frozenset(modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
    )


def _architecture(config: Mapping[str, Any]) -> str:
    names = config.get("architectures")
    return f"{names[0]!r:.60}" if isinstance(names, list) and names else "of no named architecture"
