"""What looks at films and does not come back: functions that a process of its own finds by their names."""

from __future__ import annotations

import ctypes
from pathlib import Path
from time import sleep

from audiodesc.batch.listing.lengths import FilmLength, film_length
from audiodesc.settings import Settings


def hanging(path: Path, settings: Settings) -> FilmLength:
    """Hangs on all films but b.mp4."""
    if path.name != "b.mp4":
        sleep(3600)
    return film_length(path, settings)


class LostError(OSError):
    """An error that cannot be made of its arguments again, as libraries have them."""

    def __init__(self, path: Path, code: int) -> None:
        super().__init__(code, f"{path.name} is strange")


def failing(path: Path, settings: Settings) -> FilmLength:
    """Raises an error that does not survive the way, on all films but b.mp4."""
    if path.name != "b.mp4":
        raise LostError(path, 7)
    return film_length(path, settings)


def crashing(path: Path, settings: Settings) -> FilmLength:
    """Reads where it may not, as a library does on a damaged film, on all but b.mp4."""
    if path.name != "b.mp4":
        ctypes.string_at(0)
    return film_length(path, settings)
