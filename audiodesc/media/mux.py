"""A copy of the film that carries the mixed track as a tagged track of its own."""

from __future__ import annotations

import heapq
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from audiodesc.errors import FilmError
from audiodesc.media.encode import EXACT
from audiodesc.media.opening import open_film
from audiodesc.media.packets import from_zero, in_order, packets
from audiodesc.model import AudioTrack, Film

TITLE = "Audio description"
COPIED = ("video", "audio", "subtitle")
MP4 = {"mov", "mp4"}
FINE = {"movie_timescale": "48000"}
"""MP4 writes a late start in ticks of the whole film: FFmpeg's own would round it to 1 ms."""


def film_suffix(film: Film) -> str:
    """ ".mp4" for an MP4 whose tracks all go into MP4 again, ".mkv" for everything else."""
    return ".mp4" if _is_mp4(film) else ".mkv"


def check_copy(film: Film) -> tuple[str, ...]:
    """A line for each track that cannot go along into the described film.

    Raises FilmError where that is the picture or a sound track: then no described film can be written.
    """
    with open_film(film) as source, av.open(BytesIO(), "w", format=_container(film)) as out:
        return tuple(why for s in source.streams if (why := _obstacle(out, s)))


def _obstacle(out: OutputContainer, stream: Stream) -> str:
    """Why a track cannot be copied, "" where it can."""
    name = f"track {stream.index} ({_codec(stream) or stream.type or 'unknown'})"
    if stream.type not in COPIED or (out.format.name == "matroska" and _is_cover(stream)):
        return f"{name} is not picture, sound or subtitles and was not copied"
    try:
        out.add_stream_from_template(stream, opaque=True)
    except (ValueError, av.error.FFmpegError) as error:
        if stream.type != "subtitle":
            raise FilmError(
                f"{name} of the film cannot be copied ({error})", "convert the film to MP4 or MKV"
            ) from error
        return f"{name} does not go into {out.format.name} and was not copied"
    return ""


def add_track(film: Film, track: Path, original: AudioTrack | None, place: Path) -> None:
    """Write the film to `place` with the sound of `track` added, tagged as description and not default.

    Picture, sound and subtitle tracks are copied packet by packet, with their time stamps on the film's clock; what
    `check_copy` names is left out, and of sound what overlaps or, in Matroska, lies before the film's zero.
    """
    container = _container(film)
    with (
        open_film(film) as source,
        av.open(f"file:{track}", options={"protocol_whitelist": "file"}) as mixed,
        av.open(f"file:{place}", "w", format=container, container_options=_options(container)) as out,
        av.open(BytesIO(), "w", format=container) as trial,
    ):
        copies = {s.index: _copy(out, s, original) for s in source.streams if not _obstacle(trial, s)}
        described = _describe(out, mixed.streams.audio[0], original, container)
        out.metadata.update(_movie_tags(source))
        out.set_chapters(source.chapters())
        shifted = packets(source, copies, film.zero_s, film.restarts)
        if container == "matroska" and "matroska" not in film.container:
            shifted = from_zero(shifted)
        added = packets(mixed, {0: described}, Fraction(0))
        for packet in in_order(heapq.merge(shifted, added, key=lambda pair: pair[0]), container):
            out.mux_one(packet)


def _container(film: Film) -> str:
    return "mp4" if film_suffix(film) == ".mp4" else "matroska"


def _options(container: str) -> dict[str, str]:
    return EXACT | (FINE if container == "mp4" else {})


def _is_cover(stream: Stream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _is_mp4(film: Film) -> bool:
    if not MP4 & set(film.container.split(",")):
        return False
    with open_film(film) as source, av.open(BytesIO(), "w", format="mp4") as out:
        return {_codec(s) for s in source.streams if s.type in COPIED} <= out.supported_codecs


def _codec(stream: Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else ""


def _copy(out: OutputContainer, source: Stream, original: AudioTrack | None) -> Stream:
    stream = out.add_stream_from_template(source, opaque=True)
    stream.metadata.update(source.metadata)
    stream.disposition = source.disposition
    if source.type == "audio" and original and source.index != original.index and out.format.name == "matroska":
        stream.disposition = source.disposition & ~Disposition.default  # two default tracks made players play both
    return stream


def _describe(out: OutputContainer, mixed: Stream, original: AudioTrack | None, container: str) -> Stream:
    stream = out.add_stream_from_template(mixed, opaque=True)
    language = {"language": original.language} if original and original.language else {}
    stream.metadata.clear()
    stream.metadata.update({"handler_name" if container == "mp4" else "title": TITLE} | language)
    stream.disposition = Disposition.visual_impaired
    return stream


def _movie_tags(source: InputContainer) -> dict[str, str]:
    brands = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
    return {name: value for name, value in source.metadata.items() if name.lower() not in brands}
