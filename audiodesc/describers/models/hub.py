"""The model hub's client: silent, and with failures of one line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from audiodesc.core.installation import models_command
from audiodesc.core.progress import Progress
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.errors import AudiodescError, MissingToolError, OutputError, UsageError

MEGABYTE = 1_000_000
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
        case OSError(errno=code) if code in _FULL:
            return OutputError(f"no room left in {constants.HF_HUB_CACHE} ({os.strerror(code)})", "make room")
        case errors.HfHubHTTPError(response=response):
            said = f"it answers {response.status_code}"
        case _:
            said = f"{type(error).__name__}: {error}"[:200]
    fault = f"{name} cannot be fetched from {constants.ENDPOINT} ({said})"
    return MissingToolError(fault, "check the network, then run the same command again")


def bar(progress: Progress, total: int) -> Any:
    """A class of progress bars, as the client wants one, that shows nothing and tells `progress` megabytes."""
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
