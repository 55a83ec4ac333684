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
DECODING = ("avcodec_send_packet()", "avcodec_receive_frame()")
"""What PyAV's errors name where a decoder fails."""

MOST_PIXELS = 8192 * 4320
"""Of a picture: 8K of cinemas. A decoder keeps several; of more it takes gigabytes."""

DECODER = {"max_pixels": str(MOST_PIXELS)}
"""For decoders: a picture may be larger than its file's header says."""

OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS, **DECODER}


@contextmanager
def open_film(film: Film | Path) -> Iterator[InputContainer]:
    """The opened film: one that was probed, or one that is about to be, by its path.

    FFmpeg's errors, here and while it is read, become FilmError; those of a file that is written meanwhile stay what
    they are. Another film in the place of the one that was probed is a FilmError too, here and when all is read. Of
    titles in another coding than UTF-8, what cannot be read is replaced.
    """
    path = film if isinstance(film, Path) else film.path
    check_file(path)
    try:
        with film_errors(path), av.open(_name(path), options=dict(OPTIONS), metadata_errors="replace") as container:
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
    """Turn what FFmpeg says about a damaged or foreign file into one line: errors that name this file, or a decoder."""
    try:
        yield
    except av.error.FFmpegError as error:
        if error.filename not in (_name(path), *DECODING):
            raise
        raise _film_error(path, error) from error


def _film_error(path: Path, error: av.error.FFmpegError) -> FilmError:
    if isinstance(error, av.error.PermissionError):
        return FilmError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it")
    return FilmError(
        f"{path} is not a film that can be read, or it is damaged ({error.strerror})",
        "check that it plays, or copy it again",
    )


def _name(path: Path) -> str:
    """The film as FFmpeg is given it, so that no name is taken for an address; its errors name it so too."""
    return f"file:{path}"
