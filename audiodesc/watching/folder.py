"""What is in a watched folder now, and what kind of disk it lies on."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from audiodesc.batch.listing.names import is_entered
from audiodesc.watching.arrivals import Seen
from audiodesc.watching.names import is_passing

DEEPEST: Final = 40
"""Folders in each other."""

NETWORK: Final = {
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
}  # fmt: skip
"""File systems of which other computers change files without an event here."""


def scan(folder: Path, skipped: Collection[Path] = ()) -> dict[str, Seen]:
    """The regular files in a folder and its folders, by their paths in it with "/".

    Left out are hidden and temporary ones, folders of results, those that are `skipped`, and all symbolic links. Raises
    OSError where the folder itself cannot be read; one within it that cannot be is left out.
    """
    apart = {str(one.resolve()) for one in skipped}
    found: dict[str, Seen] = {}
    waiting: list[tuple[str, str, int]] = [(str(folder.resolve()), "", 0)]
    while waiting:
        place, above, depth = waiting.pop()
        for entry in _entries(place, is_needed=not above):
            name = f"{above}{entry.name}"
            if is_passing(entry.name) or entry.path in apart:
                continue
            with suppress(OSError):  # gone meanwhile
                now = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(now.st_mode):
                    if depth < DEEPEST and is_entered(entry.name):
                        waiting.append((entry.path, f"{name}/", depth + 1))
                elif stat.S_ISREG(now.st_mode):
                    found[name] = Seen(now.st_size, now.st_mtime_ns, now.st_dev, now.st_ino)
    return found


def _entries(place: str, *, is_needed: bool) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(place) as listed:
            yield from listed
    except OSError:
        if is_needed:
            raise


def is_watched(folder: Path, skipped: Collection[Path] = ()) -> Callable[[object, str], bool]:
    """A filter of events: whether a path is one that a scan would look at."""
    root, apart = folder.resolve(), [str(one.resolve()) for one in skipped]

    def wanted(change: object, path: str) -> bool:
        if any(path == one or path.startswith(one + os.sep) for one in apart):
            return False
        parts = Path(os.path.relpath(path, root)).parts
        return not any(is_passing(one) or not is_entered(one) for one in parts)

    return wanted


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that a path lies on, by the text of /proc/mounts; "" where it does not tell."""
    whole, best, kind = str(path.resolve()), -1, ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        place = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), parts[1])
        is_under = whole == place or whole.startswith(place.rstrip("/") + "/")
        if is_under and len(place) >= best:  # of two at one place, the later covers the earlier
            best, kind = len(place), parts[2]
    return kind


def is_network(kind: str) -> bool:
    """Whether a file system gives no events of what other computers do."""
    return kind in NETWORK or kind.startswith("fuse.")


def needs_polling(folder: Path) -> bool:
    """Whether the folder lies on such a disk, as far as this system tells."""
    try:
        return is_network(file_system(folder, Path("/proc/mounts").read_text("utf-8", "surrogateescape")))
    except OSError:
        return False
