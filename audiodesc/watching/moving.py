"""Files and folders are moved, never over others, and are seen at their new place whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

MOST_NAMES: Final = 10_000


def written_whole(path: Path, text: str) -> None:
    """Write a file by a temporary name beside it. Raises OSError, and leaves nothing behind then."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def move_file(source: Path, target: Path) -> None:
    """Move a file to a name that is free. Raises FileExistsError where it is not, and OSError; then it stays."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the name is ours from here on
    try:
        try:
            source.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_over(source, target)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


def _copy_over(source: Path, target: Path) -> None:
    """To another disk: the copy takes the name when it is whole, and then the source goes."""
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copy2(source, part, follow_symlinks=False)
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    with suppress(OSError):  # it cannot be deleted: there are two, and none is lost
        source.unlink()


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


def move_together(files: Collection[Path], into: Path, stem: str, texts: Mapping[str, str] | None = None) -> list[Path]:
    """Move files whose names begin with `stem` into a folder, and write `texts` there, by what follows the stem.

    All get a number after the stem (film-2.mp4, film-2.srt) where a file's name is taken; texts take the place of older
    ones, unless no file comes with them. Where they lie then, in their order. Raises OSError; what was moved before is
    moved back.
    """
    into.mkdir(parents=True, exist_ok=True)
    for number in range(1, MOST_NAMES):
        new = stem if number == 1 else f"{stem}-{number}"
        targets = {one: into / f"{new}{one.name.removeprefix(stem)}" for one in files}
        written = {into / f"{new}{end}": text for end, text in (texts or {}).items()}
        if any(os.path.lexists(one) for one in targets.values() or written):
            continue
        done: list[tuple[Path, Path]] = []
        try:
            for source, target in targets.items():
                move_file(source, target)
                done.append((source, target))
            for path, text in written.items():
                written_whole(path, text)
        except OSError as error:
            for source, target in reversed(done):
                with suppress(OSError):
                    move_file(target, source)
            if isinstance(error, FileExistsError):
                continue
            raise
        return [*targets.values(), *written]
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(into / stem))
