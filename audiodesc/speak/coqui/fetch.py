"""Downloading the models of Coqui voices, when the user asks for it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from audiodesc.errors import InputError, MissingToolError, UsageError
from audiodesc.speak.coqui.files import (
    catalogue,
    download_folder,
    installed_version,
    model_files,
    vocoder_files,
)
from audiodesc.speak.coqui.loading import quiet_import
from audiodesc.speak.coqui.wanted import checked_settings
from audiodesc.speak.profiles import Profile

AGREED = "COQUI_TOS_AGREED"
"""The environment variable, Coqui's own, that says that a model's licence is agreed to."""

_TERMS = "https://tts-hub.github.io/cpml"


def fetch(profile: Profile) -> None:
    """Get a voice's model and its vocoder where they are not on this disk.

    Raises InputError for a model that does not exist or does not come, MissingToolError where Coqui is not
    installed, and UsageError for a licence that is not agreed to.
    """
    installed_version()
    checked_settings(profile)  # before a download of hours
    for find in (model_files, vocoder_files):
        try:
            find(profile)
        except MissingToolError:
            vocoder = catalogue().get(profile.voice, {}).get("default_vocoder")
            chosen = dict(profile.settings).get("vocoder", vocoder) if find is vocoder_files else profile.voice
            _download(profile, str(chosen))


def _download(profile: Profile, name: str) -> None:
    """Whole or not at all: Coqui would take a folder that a broken download left for the model."""
    about = catalogue()[name]
    _check_terms(profile, name, about)
    place = download_folder(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".partial-") as partial:
        _coqui_download(profile, name, partial)
        if "repo_id" not in about:  # else it is in the cache of the Hugging Face Hub
            shutil.rmtree(place, ignore_errors=True)
            (Path(partial) / "tts" / place.name).rename(place)


def _coqui_download(profile: Profile, name: str, folder: str) -> None:
    with quiet_import():  # it logs each failure of the network with all that led to it
        from TTS.utils.manage import ModelManager
    if catalogue()[name].get("tos_required"):  # else it would ask, and wait
        agreed = Path(folder) / "tts" / download_folder(name).name / "tos_agreed.txt"
        agreed.parent.mkdir(parents=True)
        agreed.touch()
    try:
        ModelManager(output_prefix=folder, progress_bar=False).download_model(name)
    except Exception as error:  # of the network, of an archive: Coqui lets all kinds through
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise InputError(
            f"voice {profile.name}: its model {name} cannot be downloaded ({reason})",
            "check the connection and try again, or choose another voice",
        ) from error


def _check_terms(profile: Profile, name: str, about: dict[str, Any]) -> None:
    """That a licence is agreed to is for the user to say, and not for a program."""
    agreed = os.environ.get(AGREED) == "1" or (download_folder(name) / "tos_agreed.txt").is_file()
    if about.get("tos_required") and not agreed:
        raise UsageError(
            f"voice {profile.name}: the licence of {name} must be agreed to (it forbids commercial use)",
            f"read {_TERMS} and, if you agree, set {AGREED}=1",
        )
