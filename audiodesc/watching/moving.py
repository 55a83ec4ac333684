"""Files and folders are moved, never over others, and are seen at their new place whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

MOST_NAMES: Final = 10_000
BLOCK: Final = 1 << 22
READ_ALONE: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
"""To read a file itself, not one that a link leads to."""

Check = Callable[[], None]
"""Called before each block of a long copy; what it raises ends the copy."""


def written_whole(path: Path, text: str) -> None:
    """Write a file by a temporary name beside it; a name in the text that is no UTF-8 is written as its bytes. Raises
    OSError, and ValueError for text that cannot be written, and leaves nothing behind then."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, ValueError):
        with suppress(OSError):
            part.unlink()
        raise


def move_file(source: Path, target: Path, check: Check | None = None) -> None:
    """Move a file to a name that is free. Raises FileExistsError where it is not, OSError, and what `check` raises: the
    file stays then."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the name is ours from here on
    try:
        try:
            source.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_over(source, target, check)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


def _copy_over(source: Path, target: Path, check: Check | None) -> None:
    """To another disk: the copy takes the name when it is whole on the disk, and then the source goes."""
    part = target.with_name(f".{target.name}.part")
    try:
        with os.fdopen(os.open(source, READ_ALONE), "rb") as read, part.open("wb") as written:
            while block := read.read(BLOCK):
                if check:
                    check()
                written.write(block)
            written.flush()
            shutil.copystat(source, part, follow_symlinks=False)
            os.fsync(written.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    with suppress(OSError):  # it cannot be deleted: there are two, and none is lost
        source.unlink()


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def move_folder(source: Path, target: Path) -> Path:
    """Move a folder on its disk to `target`, or to a name with a number where that is taken; where it lies then."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, MOST_NAMES):
        place = target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")
        try:
            place.mkdir()
        except FileExistsError:
            continue
        try:
            return source.rename(place)  # over the empty folder, which nobody else takes now
        except BaseException:
            with suppress(OSError):
                place.rmdir()
            raise
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def move_together(
    files: Collection[Path],
    into: Path,
    stem: str,
    texts: Mapping[str, str] | None = None,
    check: Check | None = None,
) -> list[Path]:
    """Move files whose names begin with `stem` into a folder, and write `texts` there, by what follows the stem.

    All get a number after the stem (film-2.mp4, film-2.srt) where a file's name is taken, and of two with one name the
    second has its folder's name in its own; texts take the place of older ones, unless no file comes with them. Where
    they lie then, in their order. Raises OSError and ValueError; what was moved before is moved back. `check` is called
    while the first file is copied to another disk, and what it raises is raised: then nothing is moved.
    """
    into.mkdir(parents=True, exist_ok=True)
    ends = _ends(files, stem, texts or {})
    for number in range(1, MOST_NAMES):
        new = stem if number == 1 else f"{stem}-{number}"
        targets = {one: into / f"{new}{end}" for one, end in ends.items()}
        written = {into / f"{new}{end}": text for end, text in (texts or {}).items()}
        if any(os.path.lexists(one) for one in targets.values() or written):
            continue
        done: list[tuple[Path, Path]] = []
        try:
            for source, target in targets.items():
                move_file(source, target, None if done else check)
                done.append((source, target))
            for path, text in written.items():
                written_whole(path, text)
        except (OSError, ValueError) as error:
            for source, target in reversed(done):
                with suppress(OSError):
                    move_file(target, source)
            if isinstance(error, FileExistsError):
                continue
            raise
        return [*targets.values(), *written]
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(into / stem))


def _ends(files: Collection[Path], stem: str, texts: Collection[str]) -> dict[Path, str]:
    """What follows the stem in the new name of each file: no two are the same, also where case does not count."""
    ends: dict[Path, str] = {}
    taken = {one.casefold() for one in texts}
    for one in files:
        end = one.name.removeprefix(stem)
        while end.casefold() in taken:
            end = f".{one.parent.name}{end}"
        ends[one] = end
        taken.add(end.casefold())
    return ends
