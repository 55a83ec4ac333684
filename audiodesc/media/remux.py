"""Tracks that are copied into another container: tried before the work by writing their beginning to nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import RawIOBase
from itertools import islice
from typing import Any

import av
from av.container import Container, InputContainer, OutputContainer
from av.stream import Stream

from audiodesc.errors import FilmError
from audiodesc.media.covers import is_attachable, is_cover
from audiodesc.media.discontinuities import in_order, ready
from audiodesc.media.mp4 import chapter_tracks
from audiodesc.media.opening import open_film
from audiodesc.model import AudioTrack, Film

COPIED = ("video", "audio", "subtitle")
UNOFFICIAL = {"strict": "unofficial"}
"""Without it FFmpeg leaves the configuration of Dolby Vision out of an MP4."""

TRIED_PACKETS, TRIED_BYTES = 1_000, 64 << 20
"""So much of the film's beginning is written on trial."""


class NullFile(RawIOBase):
    """A file of which only the length is kept."""

    at = end = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.at += len(content)
        self.end = max(self.end, self.at)
        return len(content)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.end)[whence]
        return self.at


@dataclass(frozen=True, slots=True)
class Copies:
    """The tracks that are copied, each with whether the name of its sample entry is kept; and a line for each that
    cannot be."""

    tagged: Mapping[int, bool]
    left_out: Mapping[int, str]


def tried(film: Film, container: str) -> Copies:
    """What a container of FFmpeg's name `container` takes of a film. Raises FilmError where it does not take the
    picture, or not all the tracks together."""
    tagged: dict[int, bool] = {}
    left_out: dict[int, str] = {}
    for index, fault in _alone(film, container, tagged).items():
        if index == film.video.index:
            raise FilmError(
                f"{film.path}: {fault}; no described film can be made of it", "convert the film to MP4 or MKV"
            )
        left_out[index] = fault
    with open_film(film) as source:
        try:
            with av.open(NullFile(), "w", format=container, container_options=dict(UNOFFICIAL)) as out:
                for index, is_tagged in tagged.items():
                    add_copy(out, source.streams[index], film, tagged=is_tagged)
                out.start_encoding()
        except (ValueError, av.error.FFmpegError) as error:
            raise FilmError(
                f"{film.path}: its tracks cannot be copied together ({error})", "convert the film to MP4 or MKV"
            ) from error
    return Copies(tagged, left_out)


def refused_tracks(film: Film, container: str) -> Mapping[int, str]:
    """Why each of the tracks that a container of FFmpeg's name `container` does not take cannot be copied, the picture
    among them."""
    return _alone(film, container, {})


def add_copy(out: OutputContainer, source: Stream, film: Film, *, tagged: bool) -> Stream:
    """A track for the packets of another. `tagged` keeps the name of its sample entry, where FFmpeg would take its own:
    hvc1, dvh1, avc3; HEVC that had none becomes hvc1, for Apple's players know no hev1. Raises ValueError or
    FFmpegError where the container knows no such thing."""
    copy = out.add_stream_from_template(source, opaque=True)
    context, known = copy.codec_context, _form(film, source)
    if tagged and context and source.codec_context:
        context.codec_tag = source.codec_context.codec_tag
    elif context and out.format.name == "mp4" and codec_of(source) == "hevc" and "mov" not in film.container:
        context.codec_tag = "hvc1"
    if isinstance(context, av.AudioCodecContext) and known and not context.sample_rate:
        context.sample_rate, context.layout = known.rate_hz, known.layout  # it begins later than FFmpeg looks
    rate = source.average_rate if isinstance(source, av.VideoStream) else None
    if isinstance(context, av.VideoCodecContext) and rate and (_code(source) or _code(source.container)):
        context.framerate = rate  # FFmpeg makes a track of the timecode in MP4, and counts by it
    copy.metadata.update(named(source))
    copy.disposition = source.disposition
    return copy


GENERIC = re.compile(r"handler|core media|iso media|mainconcept|^[\W\d]*$", re.IGNORECASE)
"""In what programs write where a track of an MP4 has no name."""


def named(source: Stream) -> dict[str, str]:
    """What a track says of itself; its name as its title and, as players of MP4 look for it there, as that of its
    handler: MP4 and MOV are read with the one and written from the others."""
    own = {name.lower(): value for name, value in source.metadata.items()}
    handler = own.get("handler_name", "")
    handler = "" if GENERIC.search(handler) else handler
    title = own.get("title") or own.get("name") or handler
    return {**source.metadata, **({"title": title, "handler_name": handler or title} if title else {})}


def _form(film: Film, source: Stream) -> AudioTrack | None:
    return next((t for t in film.audio_tracks if t.index == source.index and t.codec and t.rate_hz), None)


def codec_of(stream: Stream) -> str:
    """FFmpeg's name of a track's codec, "" where it knows none."""
    return stream.codec_context.codec.canonical_name if stream.codec_context else ""


def _alone(film: Film, container: str, tagged: dict[int, bool]) -> dict[int, str]:
    """Why each of the tracks that cannot be copied cannot; the others are added to `tagged`."""
    faults: dict[int, str] = {}
    writers: dict[int, tuple[OutputContainer, Stream]] = {}
    keeps_tags = container == "mp4" and "mov" in film.container.split(",")
    with open_film(film) as source:
        otherwise = _kept_otherwise(film, source)
        for stream in source.streams:
            if container == "matroska" and (stream.type == "attachment" or is_attachable(stream)):
                continue  # a font, or a cover: no track
            if stream.index in otherwise:
                continue
            name = f"track {stream.index} ({codec_of(stream) or stream.type or 'unknown'})"
            if stream.type not in COPIED or (container == "matroska" and is_cover(stream)):
                faults[stream.index] = f"{name} is not picture, sound or subtitles and was not copied"
                continue
            for is_tagged in (True, False) if keeps_tags else (False,):
                out = av.open(NullFile(), "w", format=container, container_options=dict(UNOFFICIAL))
                try:
                    copy = add_copy(out, stream, film, tagged=is_tagged)
                    out.start_encoding()
                    writers[stream.index], tagged[stream.index] = (out, copy), is_tagged
                    break
                except (ValueError, av.error.FFmpegError) as error:
                    faults[stream.index] = f"{name} does not go into {container} and was not copied ({_reason(error)})"
        faults = {index: fault for index, fault in faults.items() if index not in tagged}
        for index, why in _refused(film, source, writers, container).items():
            del tagged[index]
            faults[index] = f"track {index} does not go into {container} and was not copied ({why})"
    return faults


def _kept_otherwise(film: Film, source: InputContainer) -> set[int]:
    """The tracks of data that the copy has as something else: titles as its chapters, and timecode as that of the
    picture."""
    titles = chapter_tracks(film.path) if "mov" in film.container.split(",") and source.chapters() else set()
    code = _code(source.streams[film.video.index])
    data = (stream for stream in source.streams if stream.type == "data")
    return {stream.index for stream in data if stream.id in titles or (code and _code(stream) == code)}


def _code(of: Stream | Container) -> str:
    """The timecode of the beginning of a track or a film; "" where it has none."""
    return next((value for name, value in of.metadata.items() if name.lower() == "timecode"), "")


def _refused(
    film: Film, source: InputContainer, writers: Mapping[int, tuple[OutputContainer, Stream]], container: str
) -> dict[int, str]:
    """Why the container does not take the first packets of some tracks."""
    refused: dict[int, str] = {}
    copies = {index: copy for index, (_, copy) in writers.items()}
    for index, packet in _first(film, source, copies, container):
        if index not in refused:
            try:
                writers[index][0].mux_one(packet)
            except (ValueError, av.error.FFmpegError) as error:
                refused[index] = _reason(error)
    for out, _ in writers.values():
        with suppress(ValueError, av.error.FFmpegError):
            out.close()
    return refused


def _first(
    film: Film, source: InputContainer, copies: Mapping[int, Stream], container: str
) -> Iterator[tuple[int, av.Packet[Stream]]]:
    """The film's first packets, with the track's index. Damage in them is passed over here."""
    size, indices = 0, {copy: index for index, copy in copies.items()}
    with suppress(av.error.FFmpegError):
        for packet in islice(in_order(ready(source, copies, film, container), container), TRIED_PACKETS):
            size += packet.size
            if size > TRIED_BYTES:
                return
            yield indices[packet.stream], packet


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", "") or str(error)
