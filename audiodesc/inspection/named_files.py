"""The files that a playlist or manifest names: only those inside its own folder, on this disk. Nothing is fetched."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote, urlsplit

from audiodesc.core.files import opened
from audiodesc.core.progress import Progress
from audiodesc.errors import FilmError
from audiodesc.inspection.levels import levels_of
from audiodesc.inspection.media_file import tracks_of
from audiodesc.inspection.model import Level, Track

MOST_NAMED: Final = 1_000
"""Once so many are missing or not followed, none is looked for any more."""

LONGEST_SHOWN: Final = 200


@dataclass(slots=True)
class NamedFiles:
    """Finds the files that a playlist in `folder` names, and notes what is not followed and what is missing."""

    folder: Path
    not_followed: dict[str, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    _inside: dict[Path, bool] = field(default_factory=dict)

    def find(self, base: Path, uri: str) -> Path | None:
        """The file that `uri` in the file `base` names. None for an address, for what lies outside of the folder, and
        for what is not there."""
        if len(self.missing) + len(self.not_followed) > MOST_NAMED:
            return None
        try:
            parts = urlsplit(uri)
        except ValueError:
            parts = None
        if parts is None or parts.scheme or parts.netloc:
            self.not_followed.setdefault(uri[:LONGEST_SHOWN])
            return None
        name = unquote(parts.path)
        path = Path(os.path.normpath(base.parent / name)) if name and "\0" not in name else None
        if path is None or name.startswith("/") or "\\" in name or not self._is_inside(path.parent):
            self.not_followed.setdefault(uri[:LONGEST_SHOWN])
            return None
        try:
            kind = os.lstat(path).st_mode
        except OSError:
            kind = 0
        if stat.S_ISLNK(kind) and not self._is_inside(path):
            self.not_followed.setdefault(uri[:LONGEST_SHOWN])
            return None
        if not stat.S_ISREG(kind) and not path.is_file():
            self.missing.setdefault(uri[:LONGEST_SHOWN])
            return None
        return path

    def _is_inside(self, path: Path) -> bool:
        """By its true place, whatever links lead there."""
        if path not in self._inside:
            with suppress(OSError, RuntimeError):  # a circle of links
                self._inside[path] = path.resolve().is_relative_to(self.folder.resolve())
        return self._inside.get(path, False)


@contextmanager
def joined(files: Sequence[Path]) -> Iterator[Path]:
    """The files one after the other as one, for as long as it is needed. Raises FilmError for what cannot be read."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / f"joined{files[-1].suffix.lower()}"
        try:
            with place.open("wb") as out:
                for path in files:
                    with os.fdopen(opened(path), "rb") as part:
                        shutil.copyfileobj(part, out, 1 << 20)
        except OSError as error:
            raise FilmError(
                f"{error.filename or files[0]} cannot be read ({error.strerror})", "copy it again"
            ) from error
        yield place


def looked_into(files: Iterable[Path]) -> tuple[Track, ...]:
    """The tracks of the first segment, behind its header where there is one; none where they cannot be read."""
    head = list(files)[:2]
    if not head:
        return ()
    try:
        with joined(head) as place:
            return tracks_of(place)
    except FilmError:
        return ()


def level_of(files: Sequence[Path], progress: Progress) -> Level | None:
    """The level of the only sound in these segments; None where there is none, or it cannot be read."""
    try:
        with joined(files) as place:
            found = levels_of(place, progress)
    except FilmError:
        return None
    return next(iter(found.values())) if len(found) == 1 else None
