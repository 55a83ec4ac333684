"""Opening a film: a file on this disk, of a known format, not encrypted, unchanged since it was probed; its packets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.core import cache
from audiodesc.core.cache import remembered_hash
from audiodesc.core.files import UNREAD, same_file
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import FilmError
from audiodesc.media.mp4 import HEADER, boxes, inside, whole
from audiodesc.model import Film

T = TypeVar("T")

MEGABYTE = 1_000_000


def with_content(film: Film, store: cache.Store, progress: Progress = silent) -> Film:
    """The film with a fingerprint of its whole content, which is read once and remembered in the store.

    Raises FilmError where it cannot be read, or is not the film that was probed.
    """
    if film.identity is None:
        return film
    check_unchanged(film)
    try:
        found, read = remembered_hash(
            film.path, store, lambda done, total: progress("hash", done // MEGABYTE, -(-total // MEGABYTE))
        )
    except OSError as error:
        raise FilmError(f"{film.path} cannot be read to its end ({error.strerror})", "copy it again") from error
    if read[2:4] != film.identity[2:4]:
        raise _changed(film)
    return replace(film, fingerprint=found, identity=read)


def check_unchanged(film: Film) -> None:
    """Raise FilmError where the file is another one than was probed, or was written to since (see `same_file`).

    Cheap: to be asked before anything that was made of the film is kept or published.
    """
    if film.identity is None:
        return
    known = "" if film.fingerprint.startswith(UNREAD) else film.fingerprint
    try:
        is_same = same_file(film.path, film.identity, known)
    except OSError as error:
        raise FilmError(
            f"{film.path} cannot be read any more ({error.strerror})", "put it back, and run the same command again"
        ) from error
    if not is_same:
        raise _changed(film)


def of_unchanged(film: Film, made: T) -> T:
    """What was made of a film, for the cache. Raises FilmError where the film is not what it was, so that nothing of
    another one is kept."""
    check_unchanged(film)
    return made


def _changed(film: Film) -> FilmError:
    return FilmError(f"{film.path} changed while it was being described", "run the same command again")


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


ENCRYPTED = {b"encv", b"enca", b"drmi", b"drms"}
"""Sample entries of ISO/IEC 23001-7 (Common Encryption), and of older films of one shop."""

PACKET, PACKETS, SYNC = 188, 2_000, 0x47
SCRAMBLED = 0xC0
"""The bits of a transport packet's fourth byte that say so (ISO/IEC 13818-1)."""


def check_not_encrypted(path: Path, container: InputContainer) -> None:
    """Raises FilmError for a film of which the picture or a sound is encrypted."""
    names = set(container.format.name.split(","))
    is_encrypted = (
        ("mov" in names and _has_encrypted_entry(path))
        or ("mpegts" in names and _is_scrambled(path))
        or ("matroska" in names and any("enc_key_id" in stream.metadata for stream in container.streams))
    )
    if is_encrypted:
        raise FilmError(
            f"{path} is encrypted (copy protection, DRM): its picture or sound cannot be read",
            "give a copy that plays without a key",
        )


def _has_encrypted_entry(path: Path) -> bool:
    with path.open("rb") as file:
        described = inside(file, whole(path), b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
        return any(kind in ENCRYPTED for _, start, end in described for kind, _, _ in boxes(file, start + HEADER, end))


def _is_scrambled(path: Path) -> bool:
    """Whether most of the packets with content at the beginning of a transport stream are."""
    with path.open("rb") as file:
        start = file.read(PACKETS * PACKET)
    first = next((at for at in range(PACKET) if _in_step(start, at)), None)
    if first is None:
        return False
    flags = [start[at + 3] for at in range(first, len(start) - PACKET, PACKET) if start[at] == SYNC]
    filled = [flag for flag in flags if flag & 0x10]
    return sum(bool(flag & SCRAMBLED) for flag in filled) > len(filled) / 2


def _in_step(start: bytes, at: int) -> bool:
    places = range(at, min(len(start), at + 5 * PACKET), PACKET)
    return len(places) == 5 and all(start[place] == SYNC for place in places)


WRAP = 1 << 33
MOST_VAIN = 1_000
"""So often in a row reading is tried again."""

TICKS_HZ = 90_000
"""Of a transport stream, whose timestamps wrap after 26.5 hours: one before 0 is stamped so much late."""


def demuxed(container: InputContainer, streams: Sequence[Stream] | None = None) -> Iterator[av.Packet[Any]]:
    """The packets of these streams, or of all, from where the file stands.

    Transport streams may grow a stream on the way, when a programme changes or data is damaged. PyAV leaves it out,
    and at the end, when nothing else is to come, fails over it.
    """
    if streams is not None and not streams:
        return  # PyAV would give all

    def demuxer() -> Iterator[av.Packet[Any]]:
        return container.demux(list(streams)) if streams is not None else container.demux()

    packets, vain = demuxer(), 0
    first = (container.start_time or 0) * TICKS_HZ // av.time_base if container.format.name == "mpegts" else None
    while True:
        try:
            packet = next(packets)
        except (StopIteration, IndexError):
            return
        except av.error.BlockingIOError:  # "try again", which FFmpeg says of some damaged packets
            vain += 1
            if vain > MOST_VAIN:
                raise
            packets = demuxer()
            continue
        vain = 0
        if first is not None:
            _unwrap(packet, first)
        yield packet


def _unwrap(packet: av.Packet[Any], first: int) -> None:
    """Put a timestamp that is half a wrap behind the film's first one before it."""
    if packet.pts is not None and packet.pts - first > WRAP // 2:
        packet.pts -= WRAP
    if packet.dts is not None and packet.dts - first > WRAP // 2:
        packet.dts -= WRAP


def go_to(container: InputContainer, place: int, stream: Stream | None = None) -> None:
    """Let the next packets be those from a key frame at or before a place, in microseconds or in the stream's ticks, or
    where there is none, from the beginning. After a seek in vain FFmpeg gives nothing but the end."""
    try:
        container.seek(place, stream=stream)
    except av.error.FFmpegError:
        try:
            container.seek(0)
        except av.error.FFmpegError:  # no key frame at 0
            with suppress(av.error.FFmpegError):
                container.seek(0, unsupported_byte_offset=True)
