"""Which container a described film is written in, and which of the film's tracks that holds."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.stream import Stream

from audiodesc.media.covers import is_cover
from audiodesc.media.opening import open_film
from audiodesc.media.remux import COPIED, codec_of, refused_tracks, tried
from audiodesc.model import Film

MP4: Final = {"mov", "mp4"}
NAMES: Final = {"mp4": "MP4", "matroska": "Matroska"}
"""FFmpeg's names of the containers, and what people call them."""

PCM: Final = {"ipcm", "fpcm"}
"""How MP4 names PCM. QuickTime does not play what FFmpeg makes so of a MOV: what had other names becomes MKV."""


def film_suffix(film: Film) -> str:
    """ ".mp4" for an MP4 whose tracks all go into MP4 again, ".mkv" for everything else."""
    return ".mp4" if _is_mp4(film) else ".mkv"


def container_of(path: Path) -> str:
    """FFmpeg's name of the container that a file is written in."""
    return "mp4" if path.name.endswith(".mp4") else "matroska"


def film_container(film: Film) -> str:
    """FFmpeg's name of the container that the described film is written in, where none is asked for."""
    return container_of(Path(film_suffix(film)))


def check_copy(film: Film, anew: Collection[int] = (), container: str = "") -> tuple[str, ...]:
    """A line for each track that cannot go along into the described film, of which the beginning is written on trial;
    not for those that will be written `anew`. The container is the film's own where none is named.

    Raises FilmError where that is the picture: then no described film can be written.
    """
    left_out = tried(film, container or film_container(film)).left_out
    return tuple(line for index, line in left_out.items() if index not in anew)


def not_held(film: Film, container: str) -> dict[int, tuple[str, str]]:
    """The kind and the codec of each track of picture, sound or subtitles that a container does not hold, by index."""
    refused = refused_tracks(film, container)
    with open_film(film) as source:
        media = [s for s in source.streams if s.index in refused and s.type in COPIED and not is_cover(s)]
        return {stream.index: (stream.type, codec_of(stream) or "unknown") for stream in media}


def _is_mp4(film: Film) -> bool:
    if not MP4 & set(film.container.split(",")):
        return False
    with open_film(film) as source, av.open(BytesIO(), "w", format="mp4") as out:
        copied = [stream for stream in source.streams if stream.type in COPIED and not _is_rewritten(stream)]
        return all(_in_mp4(out, stream) for stream in copied)


def _is_rewritten(stream: Stream) -> bool:
    """Whether these are subtitles that go into no container as they are: TTML, which has no name, and CEA-608."""
    return stream.type == "subtitle" and codec_of(stream) in ("", "eia_608", "cc_dec")


def _in_mp4(out: OutputContainer, stream: Stream) -> bool:
    codec = codec_of(stream)
    if codec.startswith("pcm_") and stream.codec_context and stream.codec_context.codec_tag not in PCM:
        return False
    return codec in out.supported_codecs
