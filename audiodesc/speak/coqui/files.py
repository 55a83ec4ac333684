"""The files of Coqui voices: what a profile may set, and where models are.

Only `fetching` uses the network.
"""

from __future__ import annotations

import difflib
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen

from audiodesc.core.environment import models_command, use_temporary_caches
from audiodesc.core.files import at_home
from audiodesc.errors import AudiodescError, InputError, MissingToolError
from audiodesc.speak.profiles import Profile, checked_settings

AGREED = "COQUI_TOS_AGREED"
"""The environment variable, Coqui's own, that says that a model's licence is agreed to."""

MORE_LANGUAGES = "coqui-tts[languages]"
"""The package, for `install_command`, with what Japanese, Chinese and Korean need."""

_TERMS = "https://tts-hub.github.io/cpml"
_NAME = re.compile(r"(tts|vocoder)_models(/(?!\.)[\w.-]+){3}")
# What Coqui's downloads and its trainer call a checkpoint, best first; and other files that end like one
_CHECKPOINTS = ("model_file.pth", "model_file.pth.tar", "model.pth", "checkpoint.pth", "best_model.pth")
_SUFFIXES = (".pth", ".pth.tar", ".pt", ".safetensors")
_OTHERS = re.compile(r"(speakers?|speaker_ids|language_ids|speakers_xtts|mel_stats|dvae|.*_se)\.pth.*")


_SILENT = logging.CRITICAL + 1
_DEPRECATING = r"(TTS|torch|torchaudio|trainer|transformers)\."
"""Modules that Coqui brings: what they say of each other's deprecated calls is nothing that a user can mend."""

Text = Annotated[str, MinLen(1)]


@dataclass(frozen=True, slots=True)
class CoquiOptions:
    """What a profile, or the user, may set; `voices/README.md` explains each."""

    speaker: Text | None = None
    speaker_wav: Path | None = None
    language: Text | None = None
    gpu: bool = True
    seed: int = 1
    checkpoint: Text | None = None
    vocoder: Text | None = None


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this disk: a folder, and its two main files inside."""

    folder: Path
    checkpoint: Path
    config: Path


def coqui_options(profile: Profile) -> CoquiOptions:
    """The profile's settings, checked. Raises InputError."""
    options = checked_settings(profile, CoquiOptions)
    if options.speaker and options.speaker_wav:
        raise InputError(f"voice {profile.name}: speaker and speaker_wav are two voices", "leave one out")
    if is_name(profile.voice) and "xtts" in profile.voice and not (options.speaker or options.speaker_wav):
        raise no_speaker(profile, "see voices/README.md")
    return options


def no_speaker(profile: Profile, speakers: str) -> InputError:
    """For a cloning model with nobody to clone; `speakers` are those that it has."""
    return InputError(
        f"voice {profile.name}: it does not say whose voice to take on",
        f"give speaker_wav, a recording of someone who agrees to it, or speaker ({speakers})",
    )


def installed_version() -> str:
    """Of coqui-tts. Raises MissingToolError where it is not installed (the old package `TTS` is another one)."""
    try:
        found = version("coqui-tts")
    except PackageNotFoundError as error:
        raise MissingToolError("Coqui TTS, which speaks this voice, is not installed", models_command()) from error
    if any(find_spec(package) is None for package in ("TTS", "torch")):
        raise MissingToolError("Coqui TTS, which speaks this voice, is not installed", models_command())
    return found


def on_disk(profile: Profile) -> bool:
    """Whether a Coqui voice can speak at once: Coqui is installed, its model and its vocoder are on this disk."""
    try:
        installed_version()
        model_files(profile)
        vocoder_files(profile)
    except AudiodescError:
        return False
    return True


def model_files(profile: Profile) -> ModelFiles:
    """The model that a profile's `voice` names. Raises InputError, and MissingToolError for a download not made."""
    return _files(profile, profile.voice, checked_settings(profile, CoquiOptions).checkpoint or "")


def vocoder_files(profile: Profile) -> ModelFiles | None:
    """The profile's vocoder, or the one that Coqui's list gives to its model; None where the model needs none."""
    chosen = vocoder_name(profile)
    return _files(profile, chosen, "") if chosen else None


def is_name(model: str) -> bool:
    """Whether this is the name of a download, and not the path of a folder."""
    return _NAME.fullmatch(model) is not None


def home() -> Path:
    """Where Coqui keeps its downloads."""
    chosen = os.environ.get("TTS_HOME") or os.environ.get("XDG_DATA_HOME")
    usual = "~/Library/Application Support" if sys.platform == "darwin" else "~/.local/share"
    return at_home(chosen or usual) / "tts"


def download_folder(name: str) -> Path:
    """Where a download of that name goes, in Coqui's own folder."""
    return home() / name.replace("/", "--")


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Coqui's list of models: name -> what is known of it. Empty where Coqui is not installed."""
    spec = find_spec("TTS")
    if spec is None or spec.origin is None:
        return {}
    listed = json.loads(Path(spec.origin).with_name(".models.json").read_text("utf-8"))
    return {
        f"{kind}/{language}/{data}/{model}": about
        for kind, languages in listed.items()
        for language, datasets in languages.items()
        for data, models in datasets.items()
        for model, about in models.items()
    }


@contextmanager
def quiet_import() -> Iterator[None]:
    """Coqui and its trainer log to the screen; and Python warns of deprecated syntax in what they import."""
    use_temporary_caches()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
    warnings.filterwarnings("ignore", category=FutureWarning, module=_DEPRECATING)
    for name in ("TTS", "trainer", "transformers"):
        logging.getLogger(name).setLevel(_SILENT)


def vocoder_name(profile: Profile) -> str:
    """The vocoder's name or folder; "" where the model needs none."""
    chosen = checked_settings(profile, CoquiOptions).vocoder
    return chosen or catalogue().get(profile.voice, {}).get("default_vocoder") or ""


def _files(profile: Profile, model: str, checkpoint: str) -> ModelFiles:
    if is_name(model):
        return _downloaded(profile, model, checkpoint)
    folder = profile.path(model)
    if not folder.is_dir():
        raise InputError(
            f"voice {profile.name}: there is no model folder {folder}",
            "give a folder with a config.json and a checkpoint, or a name such as 'tts_models/en/vctk/vits'",
        )
    try:
        return _in_folder(folder, checkpoint)
    except ValueError as error:
        raise InputError(f"voice {profile.name}: {folder} {error}", "give the folder of a Coqui model") from error


def _downloaded(profile: Profile, name: str, checkpoint: str) -> ModelFiles:
    known = catalogue()
    for folder in (download_folder(name), _hub_folder(known.get(name, {}).get("repo_id"))):
        try:
            if folder:
                return _in_folder(folder, checkpoint)
        except ValueError:
            continue
    if known and name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, n=3)) or "tts_models/en/vctk/vits"
        raise InputError(f"voice {profile.name}: Coqui has no model {name!r}", f"choose another, such as {near}")
    raise MissingToolError(
        f"voice {profile.name}: its model {name} is not on this disk", "allow it to be downloaded: --yes"
    )


def _hub_folder(repository: str | None) -> Path | None:
    """The folder of the newest download from the Hugging Face Hub."""
    if not repository:
        return None
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    config = try_to_load_from_cache(repository, "config.json")
    return Path(config).parent if isinstance(config, str) else None


def _in_folder(folder: Path, checkpoint: str) -> ModelFiles:
    """Raises ValueError, which goes on after the folder's name."""
    if not (folder / "config.json").is_file():
        raise ValueError("holds no config.json")
    found = sorted(
        path.name for path in folder.iterdir() if path.name.endswith(_SUFFIXES) and not _OTHERS.fullmatch(path.name)
    )
    if checkpoint and checkpoint not in found:
        raise ValueError(f"holds no checkpoint {checkpoint!r}")
    usual = [name for name in _CHECKPOINTS if name in found]
    chosen = checkpoint or (usual or found or [""])[0]
    if not chosen:
        raise ValueError("holds no checkpoint")
    if not checkpoint and not usual and len(found) > 1:
        raise ValueError(f"holds {len(found)} checkpoints, and settings.checkpoint names none")
    return ModelFiles(folder, folder / chosen, folder / "config.json")
