"""Opening a film as what it is: a file on this disk, of a known container format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from audiodesc.errors import FilmError
from audiodesc.media.unchanged import check_unchanged
from audiodesc.model import Film

# Containers only. Playlists and lists (hls, dash, concat, imf …) name other files or addresses and are not films.
FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,ogg,flv,asf,mxf,gxf,nut,wtv,dv,rm,ivf,h264,hevc,obu,"
    "wav,w64,flac,mp3,aac,ac3,eac3,aiff"
)
UNREADABLE = (
    av.error.InvalidDataError,
    av.error.EOFError,
    av.error.ArgumentError,
    av.error.DemuxerNotFoundError,
    av.error.MemoryError,  # a damaged index asks for any amount
    av.error.PatchWelcomeError,
    av.error.UndefinedError,
)
OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}


@contextmanager
def open_film(film: Film | Path) -> Iterator[InputContainer]:
    """The opened film: one that was probed, or one that is about to be, by its path.

    FFmpeg's errors, here and while it is read, become FilmError. So does another file in the place of the one that was
    probed, here and when all is read. Of titles in another coding than UTF-8, what cannot be read is replaced.
    """
    path = film if isinstance(film, Path) else film.path
    check_file(path)
    try:
        with film_errors(path), av.open(f"file:{path}", options=dict(OPTIONS), metadata_errors="replace") as container:
            _check_unchanged(film)
            yield container
    except FilmError as error:
        _check_unchanged(film, error)  # a film that is written to while it is read looks damaged
        raise
    _check_unchanged(film)


def _check_unchanged(film: Film | Path, cause: FilmError | None = None) -> None:
    if not isinstance(film, Path):
        try:
            check_unchanged(film)
        except FilmError as error:
            raise error from cause


def check_file(path: Path) -> os.stat_result:
    """What the system says of a file that can be opened; raises FilmError for what is none."""
    try:
        if not path.is_file():
            kind = "is a folder" if path.is_dir() else "is not a file" if path.exists() else "does not exist"
            raise FilmError(f"{path} {kind}", "give the path of a film")
        seen = path.stat()
        if seen.st_size == 0:
            raise FilmError(f"{path} is empty (0 bytes)", "copy the film again")
    except OSError as error:
        raise FilmError(f"{path} cannot be opened ({error.strerror})", "give the path of a film that can") from error
    return seen


@contextmanager
def film_errors(path: Path) -> Iterator[None]:
    """Turn what FFmpeg says about a damaged or foreign file into one line."""
    try:
        yield
    except UNREADABLE as error:
        raise FilmError(
            f"{path} is not a film that can be read, or it is damaged ({error.strerror})",
            "check that it plays, or copy it again",
        ) from error
    except av.error.PermissionError as error:
        raise FilmError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error
