"""Where a model's weights are: in a folder, in the model hub's local cache, or on the hub, which gives them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from audiodesc.core.downloads import Downloads
from audiodesc.core.environment import models_command
from audiodesc.core.files import DISK_FULL, at_home, sampled_hash
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.models.checking import check_config, check_folder, check_names, check_whole, read_json
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.errors import AudiodescError, InputError, MissingToolError, OutputError, UsageError

FETCHED = ("*.json", "*.safetensors", "*.jinja", "*.model", "merges.txt", "vocab.txt")
"""Data only: no pickle and no program code ever comes to this disk."""
SKIPPED = ("*/*", "consolidated*", "adapter_*")
"""Other forms of the same weights, and adapters, which nothing here loads."""

TIMEOUT_S = 15.0

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Weights:
    """A model on this disk. `revision`: the hub's commit, or "sha256:…" of what a folder of one's own holds."""

    folder: Path
    repository: str
    revision: str

    @property
    def name(self) -> str:
        """Both, for fingerprints."""
        return f"{self.repository}@{self.revision}"


def found(profile: ModelProfile, *, sees: bool = True) -> Weights | None:
    """The weights on this disk, if they are whole; the network is never asked.

    A folder of the user's own is taken as it is: `check` says what it lacks. Raises InputError where there is no
    such folder, UsageError for what is neither a path nor a name, MissingToolError without the models extra.
    """
    if folder := _own_folder(profile.repository):
        return Weights(folder, profile.repository, _content(folder))
    with client(profile) as hub:
        config = hub.try_to_load_from_cache(profile.repository, "config.json", revision=profile.revision)
    if not isinstance(config, str):  # None, or a mark for "the hub has none"
        return None
    folder = Path(config).parent
    whole = _is_whole(folder, sees=sees and profile.sees)
    return Weights(folder, profile.repository, folder.name) if whole else None


def size_to_fetch(profile: ModelProfile) -> int:
    """How many bytes `fetch` would bring from the hub, which is asked; what is on this disk is not counted.

    Raises UsageError where the hub has no such model or does not give it to this user, InputError where what it
    has cannot be loaded (pickles, an adapter), MissingToolError where it cannot be reached.
    """
    with client(profile) as hub:
        info = hub.HfApi().model_info(
            profile.repository, revision=profile.revision, files_metadata=True, timeout=TIMEOUT_S
        )
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
        check_names(profile.repository, sizes)
        return sum(
            size
            for name, size in sizes.items()
            if _is_fetched(name)
            and not isinstance(hub.try_to_load_from_cache(profile.repository, name, revision=info.sha), str)
        )


def fetch_weights(profile: ModelProfile, progress: Progress = silent, *, sees: bool | None = True) -> Weights:
    """Bring the weights from the hub into its local cache; what an earlier try has brought is kept.

    Its config is read first: a model that cannot be loaded here is not fetched.

    `progress` gets megabytes, from several threads, one at a time. Raises what `size_to_fetch` raises, and
    OutputError where the disk is full.
    """
    total = size_to_fetch(profile)
    with client(profile) as hub:
        from huggingface_hub.constants import HF_HUB_CACHE

        _check_free_space(Path(HF_HUB_CACHE), total)
        commit = hub.HfApi().model_info(profile.repository, revision=profile.revision, timeout=TIMEOUT_S).sha
        config = hub.hf_hub_download(profile.repository, "config.json", revision=commit)
        check_config(profile.repository, read_json(Path(config)), sees=sees)
        folder = hub.snapshot_download(
            profile.repository,
            revision=profile.revision,
            allow_patterns=list(FETCHED),
            ignore_patterns=list(SKIPPED),
            tqdm_class=bar(progress, total),
        )
    progress("fetch", total // MEGABYTE, total // MEGABYTE)  # like files are counted once for all
    return Weights(Path(folder), profile.repository, Path(folder).name)


def check_weights(weights: Weights, *, chat: bool = True, sees: bool | None = True) -> None:
    """Raise InputError for weights that cannot or must not be loaded; see `check_folder`."""
    check_folder(weights.folder, chat=chat, sees=sees)


def download_refusal(profile: ModelProfile, downloads: Downloads, remark: str = "") -> str:
    """Why a model's weights may not be fetched; "" where they may be. A question begins with the `remark`.

    Raises what `size_to_fetch` raises.
    """
    size = partial(size_to_fetch, profile)
    return downloads.refusal(profile.repository, profile.licence, size, profile.download_gb * 1e9, remark=remark)


def obtain(
    profile: ModelProfile, downloads: Downloads, progress: Progress = silent, *, sees: bool | None = True
) -> Weights:
    """The weights of a model, from this disk or, where that is not refused, from the hub; checked.

    `sees` is as for `check_folder`. Raises UsageError where it is refused, and what `found`, `fetch` and `check` raise.
    """
    weights = found(profile, sees=sees is True)
    if weights is None:
        if against := download_refusal(profile, downloads):
            raise UsageError(f"the weights of {profile.repository} are not on this disk", against)
        weights = fetch_weights(profile, progress, sees=sees)
    check_weights(weights, chat=profile.chat, sees=sees)
    return weights


def _own_folder(repository: str) -> Path | None:
    path = at_home(repository) if repository.startswith("~/") else Path(repository)
    with suppress(OSError):  # a name too long for this disk
        if repository and path.is_dir():
            return path
    if repository.startswith((".", "/", "~")):
        raise InputError(f"{path}: there is no such folder", "give a model's folder, or its name on the hub")
    return None


def _is_fetched(name: str) -> bool:
    return any(fnmatch(name, form) for form in FETCHED) and not any(fnmatch(name, form) for form in SKIPPED)


def _is_whole(folder: Path, *, sees: bool) -> bool:
    try:
        check_whole(folder, sees=sees)
    except InputError:
        return False
    return True


def _content(folder: Path) -> str:
    """Stands for all that is loaded from a folder; large files are sampled, not read whole."""
    digest = hashlib.sha256()
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file() and _is_fetched(path.name):
                digest.update(f"{path.name}\0{sampled_hash(path)}\0".encode(errors="surrogateescape"))
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}", "allow yourself to read it") from error
    return f"sha256:{digest.hexdigest()}"


def _check_free_space(cache: Path, size: int) -> None:
    there = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        fault = f"{cache}: {size / 1e9:.1f} GB are to be fetched and {free / 1e9:.1f} GB are free"
        raise OutputError(fault, "make room, or set HF_HOME to a folder on a larger disk")


@contextmanager
def client(profile: ModelProfile) -> Iterator[Any]:
    """The package huggingface_hub, held silent; each failure of what is done with it becomes one line.

    UsageError for a model that the hub does not have or does not give to this user, OutputError for a full disk,
    MissingToolError for all else: mostly there is no network. Raises MissingToolError without the package.
    """
    try:
        import huggingface_hub as hub
        from huggingface_hub.utils import logging
    except ImportError as error:
        raise MissingToolError("models are fetched by the package huggingface_hub", models_command()) from error
    loud = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield hub
    except AudiodescError:
        raise
    except Exception as error:  # of the client's own and of the HTTP library's, which changes with its versions
        raise _fault(profile, error) from error
    finally:
        logging.set_verbosity(loud)


def _fault(profile: ModelProfile, error: Exception) -> AudiodescError:
    from huggingface_hub import constants, errors

    name = f"the model {profile.repository}"
    login = "log in with: hf auth login"
    match error:
        case errors.HFValidationError():
            return UsageError(
                f"{profile.repository!r} is neither a folder nor a model's name", "give a folder or OWNER/NAME"
            )
        case errors.GatedRepoError():
            page = f"{constants.ENDPOINT}/{profile.repository}"
            return UsageError(f"{name} is for those who accepted its terms", f"accept them on {page}, then {login}")
        case errors.RevisionNotFoundError():
            return UsageError(
                f"{name} has no revision {profile.revision!r}", "give a branch, tag or commit that it has"
            )
        case errors.RepositoryNotFoundError():
            return UsageError(f"{name} is not on the hub, or not for everyone", f"check its name, or {login}")
        case errors.HfHubHTTPError(response=response) if response.status_code in (401, 403):
            return UsageError(f"the hub refuses {name} to you ({response.status_code})", login)
        case errors.OfflineModeIsEnabled():
            return MissingToolError(f"{name} is not on this disk, and HF_HUB_OFFLINE is set", "unset HF_HUB_OFFLINE")
        case OSError(errno=code) if code in DISK_FULL:
            return OutputError(f"no room left in {constants.HF_HUB_CACHE} ({os.strerror(code)})", "make room")
        case errors.HfHubHTTPError(response=response):
            said = f"it answers {response.status_code}"
        case _:
            said = f"{type(error).__name__}: {error}"[:200]
    fault = f"{name} cannot be fetched from {constants.ENDPOINT} ({said})"
    return MissingToolError(fault, "check the network, then run the same command again")


def bar(progress: Progress, total: int) -> Any:
    """A class of progress bars, as the client wants one, that shows nothing and passes megabytes to `progress`."""
    from huggingface_hub.utils import tqdm

    lock, reached = Lock(), 0.0

    def begin(bar: Any, *args: Any, **named: Any) -> None:
        bar.counts_bytes = named.get("unit") == "B"  # others count files
        tqdm.__init__(bar, *args, **{**named, "disable": True})

    def update(bar: Any, n: float | None = 1) -> None:
        nonlocal reached
        with lock:
            bar.n += n or 0
            if bar.counts_bytes and bar.n > reached:  # of bytes there are two, received and written
                reached = bar.n
                progress("fetch", min(round(reached), total) // MEGABYTE, total // MEGABYTE)

    return type("Bar", (tqdm,), {"__init__": begin, "update": update})
