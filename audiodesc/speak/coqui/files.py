"""Where the files of a Coqui model are. Nothing here imports Coqui or uses the network."""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audiodesc.core.files import at_home
from audiodesc.core.installation import models_command
from audiodesc.errors import AudiodescError, InputError, MissingToolError
from audiodesc.speak.profiles import Profile

_NAME = re.compile(r"(tts|vocoder)_models(/(?!\.)[\w.-]+){3}")
# What Coqui's downloads and its trainer call a checkpoint, best first; and other files that end like one
_CHECKPOINTS = ("model_file.pth", "model_file.pth.tar", "model.pth", "checkpoint.pth", "best_model.pth")
_SUFFIXES = (".pth", ".pth.tar", ".pt", ".safetensors")
_OTHERS = re.compile(r"(speakers?|speaker_ids|language_ids|speakers_xtts|mel_stats|dvae|.*_se)\.pth.*")


@dataclass(frozen=True, slots=True)
class Files:
    """A model on this disk: a folder, and its two main files inside."""

    folder: Path
    checkpoint: Path
    config: Path


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


def model_files(profile: Profile) -> Files:
    """The model that a profile's `voice` names. Raises InputError, and MissingToolError for a download not made."""
    return _files(profile, profile.voice, str(dict(profile.settings).get("checkpoint", "")))


def vocoder_files(profile: Profile) -> Files | None:
    """The profile's vocoder, or the one that Coqui's list gives to its model; None where the model needs none."""
    chosen = dict(profile.settings).get("vocoder") or catalogue().get(profile.voice, {}).get("default_vocoder")
    return _files(profile, str(chosen), "") if chosen else None


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


def _files(profile: Profile, model: str, checkpoint: str) -> Files:
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


def _downloaded(profile: Profile, name: str, checkpoint: str) -> Files:
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


def _in_folder(folder: Path, checkpoint: str) -> Files:
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
    return Files(folder, folder / chosen, folder / "config.json")
