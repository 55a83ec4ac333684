"""What can stand in a folder where a file is expected."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

Trick = Callable[[Path], object]


def bound(path: Path) -> None:
    where = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(where)


def zeros(path: Path) -> None:
    """A tebibyte that takes no room."""
    path.touch()
    os.truncate(path, 1 << 40)


def full_folder(path: Path) -> None:
    path.mkdir()
    (path / "mine").write_text("mine", "utf-8")


def linked(path: Path) -> None:
    """A link to a file of the user's outside."""
    outside = path.parent.parent / "outside"
    outside.write_text("mine", "utf-8")
    path.symlink_to(outside)


def looped(path: Path) -> None:
    """Two links to each other."""
    path.symlink_to(f"{path.name}.2")
    path.with_name(f"{path.name}.2").symlink_to(path.name)


def closed(path: Path) -> None:
    path.write_text("mine", "utf-8")
    path.chmod(0o400)


NO_FILE: dict[str, Trick] = {
    "a folder": Path.mkdir,
    "a full folder": full_folder,
    "a pipe": os.mkfifo,
    "a socket": bound,
    "a link to a folder": lambda path: path.symlink_to(path.parent),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to another that leads back": looped,
    "a link to nothing": lambda path: path.symlink_to("nothing at all"),
    "a link to zeros without end": lambda path: path.symlink_to("/dev/zero"),
    "a link to what takes nothing": lambda path: path.symlink_to("/dev/full"),
    "a link into the process": lambda path: path.symlink_to("/proc/self/mem"),
}
FILES: dict[str, Trick] = {
    "an empty file": Path.touch,
    "a file of the user's": lambda path: path.write_text("mine", "utf-8"),
    "a link to a file of the user's": linked,
    "bytes that are no text": lambda path: path.write_bytes(b"\xff\xfe\xfa\0"),
    "a file that nobody may write": closed,
}
TRICKS = NO_FILE | FILES
