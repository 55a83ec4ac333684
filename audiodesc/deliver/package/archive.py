"""A ZIP file that grows file by file, in constant memory; the same files give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

BLOCK: Final = 1 << 22
DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Of every file: the earliest that a ZIP knows."""

TEXTS: Final = {
    ".css", ".csv", ".edl", ".html", ".js", ".json", ".m3u8", ".md", ".mpd", ".otio", ".rpp", ".rtf", ".srt",
    ".tsv", ".ttml", ".txt", ".vtt", ".xml",
}  # fmt: skip
"""What becomes smaller; all else is stored as it is, for sound and pictures would not."""

UNIX: Final = 3
READABLE: Final = 0o100644 << 16


class Archive:
    """Use as a context manager: leaving it finishes the file."""

    def __init__(self, place: Path, folder: str) -> None:
        self._zip, self._folder = ZipFile(place, "w"), folder
        self.sums: dict[str, str] = {}
        """The SHA-256 of each file, in hexadecimal, by its name in the folder."""

    def add(self, name: str, source: Path | bytes) -> int:
        """Add a file under that name in the folder; its size in bytes. Raises OSError where it cannot be read."""
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        about = ZipInfo(f"{self._folder}/{name}", DATE)
        about.create_system, about.external_attr, about.file_size = UNIX, READABLE, size
        about.compress_type = ZIP_DEFLATED if PurePosixPath(name).suffix.lower() in TEXTS else ZIP_STORED
        digest = hashlib.sha256()
        with self._zip.open(about, "w", force_zip64=size > 1 << 31) as out:
            if isinstance(source, bytes):
                digest.update(source)
                out.write(source)
            else:
                with source.open("rb") as file:
                    while block := file.read(BLOCK):
                        digest.update(block)
                        out.write(block)
        self.sums[name] = digest.hexdigest()
        return size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()


def sums_file(sums: Mapping[str, str]) -> str:
    """As `sha256sum --check` reads it, in the folder."""
    return "".join(f"{_sum(name, digest)}\n" for name, digest in sums.items())


def _sum(name: str, digest: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{digest}  {name}" if escaped == name else f"\\{digest}  {escaped}"
