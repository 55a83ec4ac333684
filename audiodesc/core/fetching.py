"""A file on the network that is fetched once, resumed, and checked by its SHA-256."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from audiodesc.core.downloads import shown_size
from audiodesc.core.files import DISK_FULL, at_home
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import MissingToolError, OutputError, UsageError

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 30.0
"""Without a byte for so long, a host counts as gone."""

_TRIES = 3
_MEGABYTE = 1_000_000
_AGAIN = "check the network, then run the same command again"


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file on the network that can be no other: its address, its length and the SHA-256 of its content."""

    url: str
    size_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.url.rpartition("/")[2]


def cache_folder(name: str) -> Path:
    """The folder of that name in the user's cache, which all projects share: `$XDG_CACHE_HOME/audiodesc/NAME`.

    Raises InputError for a user without a folder of their own.
    """
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return at_home(os.environ.get("XDG_CACHE_HOME") or usual) / "audiodesc" / name


def is_whole(folder: Path, file: PinnedFile) -> bool:
    """Whether the file is there with its length; what `fetch_file` puts there was checked by its sum."""
    try:
        return (folder / file.name).stat().st_size == file.size_bytes
    except OSError:
        return False


def fetch_files(folder: Path, files: tuple[PinnedFile, ...], progress: Progress = silent) -> None:
    """Get those of the files that are not in the folder; each appears whole or not at all.

    What an interrupted download left is resumed. `progress` is given the stage "fetch" in megabytes of all files. One
    process fetches, others wait for it. Raises MissingToolError for a host that does not answer or gives another file,
    UsageError for a proxy or certificates of the environment that cannot be used, OutputError for a folder that cannot
    be written to.
    """
    from filelock import FileLock

    total = sum(file.size_bytes for file in files)
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            done = 0
            for file in files:
                if not is_whole(folder, file):
                    _fetch(folder, file, lambda now, before=done: _show(progress, before + now, total))  # type: ignore[misc]
                done += file.size_bytes


def remove_damaged(folder: Path, file: PinnedFile) -> bool:
    """Delete a fetched file that a disk fault spoiled, so that it is fetched anew; False where its sum is right, or it
    cannot be deleted."""
    place = folder / file.name
    try:
        with place.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256:
                return False
        place.unlink()
    except OSError:
        return False
    return True


def _show(progress: Progress, done: int, total: int) -> None:
    progress("fetch", done // _MEGABYTE, total // _MEGABYTE)


def _fetch(folder: Path, file: PinnedFile, show: Callable[[int], None]) -> None:
    partial = folder / f".{file.name}.partial"
    for left in reversed(range(_TRIES)):
        try:
            _receive(file, partial, show)
            break
        except _CutError as error:
            if not left:
                raise _unreachable(file, str(error)) from error
    with partial.open("rb+") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
        os.fsync(written.fileno())
    if digest != file.sha256:
        partial.unlink()
        raise MissingToolError(
            f"what comes from {file.url} is not the file that is wanted "
            f"(its SHA-256 begins with {digest[:8]}, not with {file.sha256[:8]})",
            "try again later, from another network: something between changes it",
        )
    partial.replace(folder / file.name)


class _CutError(Exception):
    """The connection ended too early."""


def _receive(file: PinnedFile, partial: Path, show: Callable[[int], None]) -> None:
    """All that is missing of the file. Raises _CutError where not all of it came; what came is kept."""
    import httpx2

    start = partial.stat().st_size if partial.exists() else 0
    if start > file.size_bytes:
        partial.unlink()
        start = 0
    if start == file.size_bytes:
        return
    headers = {"Range": f"bytes={start}-"} if start else {}
    headers["Accept-Encoding"] = "identity"
    try:
        with _client() as client, client.stream("GET", file.url, headers=headers) as response:
            _check_answer(file, response, partial)
            is_rest = response.status_code == 206
            start = start if is_rest else 0
            with partial.open("ab" if is_rest else "wb") as out:
                for block in response.iter_raw():
                    out.write(block)
                    start += len(block)
                    show(min(start, file.size_bytes))
                    if start > file.size_bytes:
                        break
    except httpx2.HTTPError as error:
        raise _CutError(f"{type(error).__name__}: {error}"[:200]) from error
    if start < file.size_bytes:
        raise _CutError(f"it sent {shown_size(start)} of {shown_size(file.size_bytes)}")


def remote_size(url: str) -> int:
    """How many bytes a file on the network has, as its host says.

    Raises MissingToolError for a host that does not say or does not answer, UsageError as `fetch_files` does.
    """
    import httpx2

    host, name = urlsplit(url).netloc, url.rpartition("/")[2]
    try:
        with _client() as client:
            response = client.head(url, headers={"Accept-Encoding": "identity"})
    except httpx2.HTTPError as error:
        said = f"{type(error).__name__}: {error}"[:200]
        raise MissingToolError(f"{name} cannot be fetched from {host} ({said})", _AGAIN) from error
    if response.status_code != 200:
        raise MissingToolError(f"{name} cannot be fetched from {host} (it answers {response.status_code})", _AGAIN)
    size = response.headers.get("content-length", "")
    if not (size.isdecimal() and int(size)):
        raise MissingToolError(f"{host} does not say how large {name} is", "give --yes to fetch it all the same")
    return int(size)


def _client() -> httpx2.Client:
    """Raises UsageError for a proxy or certificates of the environment that cannot be used."""
    import httpx2

    try:
        return httpx2.Client(follow_redirects=True, timeout=TIMEOUT_S)
    except OSError as error:  # ssl.SSLError too
        fault = f"the certificates that the environment names cannot be read ({error.strerror or type(error).__name__})"
        raise UsageError(fault, "mend or unset SSL_CERT_FILE and SSL_CERT_DIR") from error
    except (ValueError, ImportError) as error:
        raise unusable_proxy() from error


def unusable_proxy() -> UsageError:
    """What to say where a client cannot be made for the proxy of the environment."""
    return UsageError(
        "the proxy that the environment names cannot be used", "mend or unset HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
    )


def _check_answer(file: PinnedFile, response: httpx2.Response, partial: Path) -> None:
    """Raises _CutError for an answer after which another try may help, MissingToolError for one that stays."""
    begins = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
    have = partial.stat().st_size if partial.exists() else 0
    if response.status_code == 200 or (response.status_code == 206 and begins == str(have)):
        return
    if response.status_code in (206, 416):  # another part than was asked for: from the beginning, then
        partial.unlink(missing_ok=True)
        raise _CutError("it sent another part of the file than was asked for")
    if response.status_code in (429, 500, 502, 503, 504):
        raise _CutError(f"it answers {response.status_code}")
    raise _unreachable(file, f"it answers {response.status_code}")


def _unreachable(file: PinnedFile, said: str) -> MissingToolError:
    host = urlsplit(file.url).netloc
    return MissingToolError(f"{file.name} cannot be fetched from {host} ({said})", _AGAIN)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            fault = f"no room left in {folder} ({os.strerror(error.errno or 0)})"
            raise OutputError(fault, "make room, and run the same command again: it goes on from there") from error
        said = error.strerror or type(error).__name__
        raise OutputError(f"{folder} cannot be written to ({said})", "set XDG_CACHE_HOME to another folder") from error
