"""A checked folder of weights -> a model that is ready to answer."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from audiodesc.describers.models.machine import this_machine
from audiodesc.describers.models.profiles import INSTALL
from audiodesc.describers.models.weights import Weights, check
from audiodesc.errors import AudiodescError, InputError, MissingToolError


@dataclass(frozen=True, slots=True)
class Loaded:
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


def load(weights: Weights, *, sees: bool = True) -> Loaded:
    """The model in that folder: on the GPU in bfloat16 where there is one, else on the CPU in float32.

    Only safetensors are read and no code of the folder is run. `sees` is false for a model of text alone.
    Raises InputError for a folder that holds no such model, MissingToolError without transformers and
    AudiodescError where the GPU's memory is too small.
    """
    check(weights, chat=False, sees=sees)
    torch, auto, prepares = _classes(sees)
    device = this_machine().device
    cuda = device != "cpu"
    _hush()
    try:
        processor = prepares.from_pretrained(weights.folder, local_files_only=True, trust_remote_code=False)
        model, report = auto.from_pretrained(
            weights.folder,
            dtype=torch.bfloat16 if cuda else torch.float32,
            attn_implementation="flash_attention_2" if cuda and find_spec("flash_attn") else "sdpa",
            device_map={"": device} if cuda else None,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except torch.OutOfMemoryError as error:
        raise AudiodescError(
            f"{weights.repository}: the GPU's memory does not hold it", "choose a smaller model: `audiodesc describers`"
        ) from error
    except Exception as error:  # transformers raises whatever its configuration code met
        raise InputError(
            f"{weights.folder}: the model cannot be loaded: {_first_line(error)}", "fetch its files again, whole"
        ) from error
    if lacking := sorted({*report["missing_keys"], *(str(key) for key in report["mismatched_keys"])}):
        raise InputError(
            f"{weights.folder}: {len(lacking)} of the model's weights are missing or of another size ({lacking[0]})",
            "fetch its files again, whole",
        )
    _greedy(model.eval())
    loaded = Loaded(model, processor, sees, device)
    loaded.tokenizer.padding_side = "left"  # answers are appended on the right
    if loaded.tokenizer.pad_token is None:
        loaded.tokenizer.pad_token = loaded.tokenizer.eos_token
    return loaded


def _hush() -> None:
    """The libraries' own progress bars and remarks: only the command line prints."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _classes(sees: bool) -> tuple[Any, Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingToolError(
            "a model runs through torch and transformers, which are not installed", INSTALL
        ) from error
    if sees:
        return torch, transformers.AutoModelForImageTextToText, transformers.AutoProcessor
    return torch, transformers.AutoModelForCausalLM, transformers.AutoTokenizer


def _greedy(model: Any) -> None:
    """The likeliest words, always the same; of the model's own settings only what ends and what repeats."""
    from transformers import GenerationConfig

    own = model.generation_config
    model.generation_config = GenerationConfig(
        do_sample=False,
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id,
        pad_token_id=own.pad_token_id,
        repetition_penalty=own.repetition_penalty,
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
