"""Speech recognition of clips by a model that is on this disk: Whisper, or another that transformers runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audiodesc.core.environment import models_command
from audiodesc.core.languages import primary
from audiodesc.errors import InputError, MissingToolError
from audiodesc.media.clips import read_wav

Transcribe = Callable[[Path], str]
"""A clip (WAV, 48 kHz, mono) -> the words that are heard in it."""

KNOWN = tuple(f"openai/whisper-{size}" for size in ("large-v3-turbo", "large-v3", "medium", "small", "base", "tiny"))
"""Models that are taken, the first that is here, where none is named."""

RATE_HZ = 16_000


def transcriber(place: str | None, language: str) -> Transcribe | None:
    """What transcribes speech of a language (BCP 47, "" where it is not known): the model in the folder `place`, or the
    one of that name in the user's cache; None where none is named and none is there. Nothing is fetched.

    Raises InputError for a folder or name without such a model, MissingToolError without transformers.
    """
    from importlib.util import find_spec

    folder = _folder(place)
    if folder is None:
        return None
    if find_spec("transformers") is None or find_spec("torch") is None:
        raise MissingToolError("speech recognition needs transformers and torch", models_command())
    recogniser, is_many = _loaded(folder)
    chosen: dict[str, Any] = {"task": "transcribe"} if is_many else {}
    if is_many and language:
        chosen["language"] = primary(language)

    def transcribe(clip: Path) -> str:
        import soxr

        sound = soxr.resample(read_wav(clip), 48_000, RATE_HZ, quality="HQ")
        given = {"raw": sound, "sampling_rate": RATE_HZ}
        return str(recogniser(given, **({"generate_kwargs": chosen} if chosen else {}))["text"]).strip()

    return transcribe


def _folder(place: str | None) -> Path | None:
    if place and Path(place).is_dir():
        return Path(place)
    for name in (place,) if place else KNOWN:
        if found := _cached(name):
            return found
    if place:
        raise InputError(f"{place} is no folder, nor a model in the cache", "give the folder of a Whisper model")
    return None


def _cached(name: str) -> Path | None:
    """The folder of a model in the user's cache; None where it is not there, or not whole."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = [try_to_load_from_cache(name, file) for file in ("config.json", "model.safetensors")]
    except HFValidationError:
        return None
    return Path(str(found[0])).parent if all(isinstance(one, str) for one in found) else None


def _loaded(folder: Path) -> tuple[Any, bool]:
    """The pipeline, and whether it is a Whisper of many languages. Only safetensors are read, no code is run."""
    from transformers import pipeline
    from transformers.utils import logging

    logging.set_verbosity_error()
    try:
        made = pipeline(
            "automatic-speech-recognition",
            model=str(folder),
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # transformers raises whatever its configuration code met
        said = " ".join(str(error).split())
        raise InputError(
            f"{folder} holds no model of speech recognition that can be loaded ({said:.120})",
            "give the folder of a Whisper model, as transformers saves it",
        ) from error
    chosen = getattr(made.model, "generation_config", None)  # models that generate nothing have none
    return made, bool(getattr(chosen, "is_multilingual", False))
