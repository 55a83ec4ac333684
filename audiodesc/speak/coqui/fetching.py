"""Missing Coqui models are downloaded, by Coqui itself: asked for before with their size and licence, whole or not at
all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from audiodesc.core.downloads import Downloads
from audiodesc.core.fetching import remote_size
from audiodesc.errors import InputError, MissingToolError, UsageError
from audiodesc.speak.coqui import files
from audiodesc.speak.profiles import Profile

_TERMS = "https://tts-hub.github.io/cpml"


def fetch_voice(profile: Profile, downloads: Downloads) -> None:
    """Get what a voice needs and what is not on this disk, if that is allowed; with nobody to ask, nothing.

    Raises MissingToolError where it is refused or the host cannot be reached, and what `fetch_model` raises.
    """
    if not downloads.all_allowed:
        if not (downloads.can_ask or downloads.offline):
            return
        missing = _missing(profile)
        licences = dict.fromkeys(_about(name).get("license") or "see its card" for name in missing)
        source, size = ", ".join(f"{name} ({_host(name)})" for name in missing), partial(_size_bytes, missing)
        if missing and (refusal := downloads.refusal(source, "; ".join(licences), size, ask_above=0)):
            raise MissingToolError(f"voice {profile.name}: its model {missing[0]} is not on this disk", refusal)
    fetch_model(profile)


def fetch_model(profile: Profile) -> None:
    """Get a voice's model and its vocoder where they are not on this disk.

    Raises InputError for a model that does not exist or does not come, MissingToolError where Coqui is not
    installed, and UsageError for a licence that is not agreed to.
    """
    for name in _missing(profile):
        _download(profile, name)


def _missing(profile: Profile) -> list[str]:
    """The names of what would be downloaded, all that can be known to be wrong with it found before."""
    files.installed_version()
    files.coqui_options(profile)
    missing = []
    for find, name in ((files.model_files, profile.voice), (files.vocoder_files, files.vocoder_name(profile))):
        try:
            find(profile)
        except MissingToolError:
            _check_terms(profile, name, _about(name))
            missing.append(name)
    return missing


def _about(name: str) -> dict[str, Any]:
    return files.catalogue()[name]


def _host(name: str) -> str:
    return urlsplit(_about(name).get("github_rls_url", "")).netloc or "huggingface.co"


def _size_bytes(names: Sequence[str]) -> int:
    """Of these downloads, whose hosts are asked. Raises MissingToolError where one does not say."""
    return sum(map(_size_of, names))


def _size_of(name: str) -> int:
    about = _about(name)
    if "repo_id" not in about:
        return remote_size(about["github_rls_url"])
    from huggingface_hub import HfApi
    from huggingface_hub.utils import filter_repo_objects

    try:
        held = HfApi().model_info(about["repo_id"], files_metadata=True, timeout=15.0).siblings or ()
    except Exception as error:  # of the client's own and of the HTTP library's
        fault = f"the model {about['repo_id']} cannot be reached ({type(error).__name__}: {error})"[:300]
        raise MissingToolError(" ".join(fault.split()), "check the network, then run the same command again") from error
    chosen = {"allow_patterns": about.get("allow"), "ignore_patterns": about.get("ignore")}
    return sum(one.size or 0 for one in filter_repo_objects(held, **chosen, key=lambda one: one.rfilename))


def _download(profile: Profile, name: str) -> None:
    """Whole or not at all: Coqui would take a folder that a broken download left for the model."""
    about = _about(name)
    place = files.download_folder(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".partial-") as partial:
        _coqui_download(profile, name, partial)
        if "repo_id" not in about:  # else it is in the cache of the Hugging Face Hub
            shutil.rmtree(place, ignore_errors=True)
            (Path(partial) / "tts" / place.name).rename(place)


def _coqui_download(profile: Profile, name: str, folder: str) -> None:
    with files.quiet_import():  # it logs each failure of the network with all that led to it
        from TTS.utils.manage import ModelManager
    if files.catalogue()[name].get("tos_required"):  # else it would ask, and wait
        agreed = Path(folder) / "tts" / files.download_folder(name).name / "tos_agreed.txt"
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
    agreed = os.environ.get(files.AGREED) == "1" or (files.download_folder(name) / "tos_agreed.txt").is_file()
    if about.get("tos_required") and not agreed:
        raise UsageError(
            f"voice {profile.name}: the licence of {name} must be agreed to (it forbids commercial use)",
            f"read {_TERMS} and, if you agree, set {files.AGREED}=1",
        )
