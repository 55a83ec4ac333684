"""A checked folder of weights -> a model in memory with its processor, and what a load error is about."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiodesc.core.environment import models_command
from audiodesc.describers.models.attention import kinds_for, use_windows_at_once
from audiodesc.describers.models.chat_template import check_templates
from audiodesc.describers.models.checking import OMNI, read_json
from audiodesc.describers.models.cpu_time import precision_here, quantised
from audiodesc.describers.models.hardware import Machine, this_machine
from audiodesc.describers.models.weights import Weights, check_weights
from audiodesc.errors import AudiodescError, InputError, MissingToolError

OLD_LLAVA = "llava_next_video"
"""In its older folders one file describes pictures and video, and transformers' own search for it has no end."""

LARGE_BYTES = 1_000_000_000
"""Weights that are smaller run in 32 bits on a processor."""

_HERE = {"local_files_only": True, "trust_remote_code": False}

_MEMORY = re.compile(r"out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED", re.IGNORECASE)
_GPU = re.compile(r"\b(?:CUDA|cuBLAS|cuDNN|NVIDIA|HIP|ROCm)\b|\bCU(?:BLAS|DNN)_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in evaluation mode with what prepares its input, on one device.

    `processor` is a transformers processor or, for a model that only reads text, its tokenizer; `sees` says
    which. `device` is torch's name for it: "cpu", "cuda:0".
    """

    model: Any
    processor: Any
    sees: bool
    device: str

    @property
    def tokenizer(self) -> Any:
        return self.processor.tokenizer if self.sees else self.processor

    @property
    def kind(self) -> str:
        """The architecture, as its config names it: "qwen2_5_vl"."""
        return str(self.model.config.model_type)


def load_model(weights: Weights, *, sees: bool = True) -> LoadedModel:
    """The model in that folder, on the GPU where there is one, in the precision that `precision_for` names.

    Only safetensors are read and no code of the folder is run. `sees` is false for a model of text alone.
    Raises InputError for a folder that holds no such model, MissingToolError without transformers or what a model
    needs besides, and AudiodescError where the GPU fails or its memory is too small.
    """
    check_weights(weights, chat=False, sees=sees)
    auto, prepares = _classes(sees)
    _hush()
    try:
        processor = processor_of(weights.folder, prepares)
        check_templates(weights.folder, processor, getattr(processor, "tokenizer", None))
        model, report = _model(weights, auto)
    except AudiodescError:
        raise
    except Exception as error:  # transformers raises whatever its configuration code met
        raise _fault(weights, error) from error
    if lacking := sorted({*report["missing_keys"], *(str(key) for key in report["mismatched_keys"])}):
        raise InputError(
            f"{weights.folder}: {len(lacking)} of the model's weights are missing or of another size ({lacking[0]})",
            "fetch its files again, whole",
        )
    use_windows_at_once(model)
    loaded = LoadedModel(model.eval(), processor, sees, str(model.device))
    _greedy(loaded)
    loaded.tokenizer.padding_side = "left"  # answers are appended on the right
    if loaded.tokenizer.pad_token is None:
        loaded.tokenizer.pad_token = loaded.tokenizer.eos_token
    return loaded


def _model(weights: Weights, auto: Any) -> tuple[Any, Any]:
    """With flash-attention where it is installed and the model has it, else with torch's own, else the plain one.

    The kind of attention is named in the config, and so in all of its parts: one that a folder's config.json names
    can be a program that transformers would fetch from the hub.
    """
    import torch
    from transformers import AutoConfig

    machine = this_machine()
    cuda = machine.device != "cpu"
    precision = precision_for(weights.folder, machine)
    settings = {
        "dtype": getattr(torch, precision if precision != "int8" else "float32"),
        "device_map": {"": machine.device} if cuda else None,
        "use_safetensors": True,
        "local_files_only": True,
        "trust_remote_code": False,
        "output_loading_info": True,
    }
    kinds = kinds_for(machine)
    for kind in kinds:
        config = AutoConfig.from_pretrained(weights.folder, local_files_only=True, trust_remote_code=False)
        if config.model_type in OMNI:  # what sees and answers in text; the voice is left on the disk
            config, settings["key_mapping"] = getattr(config, OMNI[config.model_type]), {r"^thinker\.": ""}
        config._attn_implementation = kind
        with suppress(*((ImportError, ValueError) if kind != kinds[-1] else ())):
            model, report = auto.from_pretrained(weights.folder, config=config, attn_implementation=kind, **settings)
            return quantised(model.eval()) if precision == "int8" else model, report
    raise AssertionError("the last kind is not suppressed")


def precision_for(folder: Path, machine: Machine) -> str:
    """That in which the weights of a folder run: on a processor the quickest, where there are many."""
    many = sum(path.stat().st_size for path in folder.glob("*.safetensors")) > LARGE_BYTES
    return precision_here(machine) if many and machine.device == "cpu" else machine.dtype


def _fault(weights: Weights, error: Exception) -> AudiodescError:
    """What is wrong, by the error: the memory, the GPU, what is installed, or the files."""
    why = first_line(error)
    if is_out_of_memory(error):
        return AudiodescError(
            f"{weights.repository}: the GPU's memory does not hold it", "choose a smaller model: `audiodesc describers`"
        )
    if is_of_the_gpu(error):
        return AudiodescError(
            f"{weights.repository}: the GPU fails ({why})",
            "look at `audiodesc doctor`, or hide it: CUDA_VISIBLE_DEVICES=",
        )
    if isinstance(error, ImportError):
        return MissingToolError(f"{weights.repository} needs what is not installed ({why})", models_command())
    return InputError(f"{weights.folder}: the model cannot be loaded: {why}", "fetch its files again, whole")


def _hush() -> None:
    """The libraries' own progress bars and remarks: only the command line prints."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _classes(sees: bool) -> tuple[Any, Any]:
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise MissingToolError(
            "a model runs through torch and transformers, which are not installed", models_command()
        ) from error
    if sees:
        return transformers.AutoModelForImageTextToText, transformers.AutoProcessor
    return transformers.AutoModelForCausalLM, transformers.AutoTokenizer


def _greedy(loaded: LoadedModel) -> None:
    """The likeliest words, always the same; of the model's own settings only what ends and what repeats."""
    from transformers import GenerationConfig

    own = loaded.model.generation_config
    loaded.model.generation_config = GenerationConfig(
        do_sample=False,
        bos_token_id=own.bos_token_id,
        eos_token_id=_ends(own.eos_token_id, loaded.tokenizer.eos_token_id),
        pad_token_id=own.pad_token_id,
        repetition_penalty=own.repetition_penalty,
        exponential_decay_length_penalty=own.exponential_decay_length_penalty,
    )


def _ends(own: int | list[int] | None, said: int | None) -> list[int] | None:
    """What ends an answer: the model's tokens, and its tokenizer's, which ends a turn where the config forgot it."""
    ends = {*(own if isinstance(own, list) else [own]), said} - {None}
    return sorted(end for end in ends if end is not None) or None


def processor_of(folder: Path, auto: Any) -> Any:
    """The processor in a folder; `auto` is the class that finds out which it is. Raises whatever transformers does."""
    config = read_json(folder / "config.json")
    if config.get("model_type") == OLD_LLAVA and not _describes_video(folder):
        return _old_llava(folder, config)
    return auto.from_pretrained(folder, **_HERE)


def _describes_video(folder: Path) -> bool:
    own = folder / "processor_config.json"
    return (folder / "video_preprocessor_config.json").is_file() or (
        own.is_file() and "video_processor" in read_json(own)
    )


def _old_llava(folder: Path, config: Any) -> Any:
    import transformers as t

    video = t.LlavaNextVideoVideoProcessor.from_pretrained(folder, **_HERE)
    image = t.LlavaNextImageProcessor.from_pretrained(folder, **_HERE)
    tokenizer = t.AutoTokenizer.from_pretrained(folder, **_HERE)
    settings, _ = t.LlavaNextVideoProcessor.get_processor_dict(folder, **_HERE)
    unsaid = {
        "patch_size": config.get("vision_config", {}).get("patch_size"),
        "vision_feature_select_strategy": config.get("vision_feature_select_strategy", "default"),
    }
    return t.LlavaNextVideoProcessor.from_args_and_dict([video, image, tokenizer], unsaid | settings)


def is_out_of_memory(error: Exception) -> bool:
    """Whether the GPU's memory was too small; torch's libraries say so in words alone."""
    if type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and bool(_MEMORY.search(str(error)))


def is_of_the_gpu(error: Exception) -> bool:
    """Whether the GPU or its driver failed."""
    return isinstance(error, RuntimeError) and bool(_GPU.search(first_line(error)))


def first_line(error: Exception) -> str:
    """What an error says, short enough for a message of one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
