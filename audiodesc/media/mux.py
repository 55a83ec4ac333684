"""A copy of the film that carries the mixed track as a tagged track of its own."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from audiodesc.media.encode import EXACT
from audiodesc.media.opening import open_film
from audiodesc.model import AudioTrack, Film

TITLE = "Audio description"
COPIED = ("video", "audio", "subtitle")
MP4 = {"mov", "mp4"}


def film_suffix(film: Film) -> str:
    """ ".mp4" for an MP4 whose tracks all go into MP4 again, ".mkv" for everything else."""
    return ".mp4" if _is_mp4(film) else ".mkv"


def add_track(film: Film, track: Path, original: AudioTrack | None, place: Path) -> tuple[str, ...]:
    """Write the film to `place` with the sound of `track` added, tagged as description and not default.

    Picture, sound and subtitle tracks are copied packet by packet, with their time stamps on the film's clock.
    Gives a line for each other track that could not go along (data, attachments).
    """
    container = "mp4" if film_suffix(film) == ".mp4" else "matroska"
    with (
        open_film(film.path) as source,
        av.open(f"file:{track}", options={"protocol_whitelist": "file"}) as mixed,
        av.open(f"file:{place}", "w", format=container, container_options=EXACT) as out,
    ):
        assert isinstance(source, InputContainer)  # noqa: S101 — for the type checker
        copies = {s.index: _copy(out, s) for s in source.streams if s.type in COPIED}
        described = _describe(out, mixed.streams.audio[0], original, container)
        out.metadata.update(_movie_tags(source))
        out.set_chapters(source.chapters())
        shifted = _packets(source, copies, film.zero_s)
        added = _packets(mixed, {0: described}, Fraction(0))
        for _, packet in heapq.merge(shifted, added, key=lambda pair: pair[0]):
            out.mux_one(packet)
        return tuple(
            f"track {s.index} ({s.type or 'unknown'}) is not picture, sound or subtitles and was not copied"
            for s in source.streams
            if s.index not in copies
        )


def _is_mp4(film: Film) -> bool:
    if not MP4 & set(film.container.split(",")):
        return False
    with open_film(film.path) as source, av.open(BytesIO(), "w", format="mp4") as out:
        return {_codec(s) for s in source.streams if s.type in COPIED} <= out.supported_codecs


def _codec(stream: Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else ""


def _copy(out: OutputContainer, source: Stream) -> Stream:
    stream = out.add_stream_from_template(source, opaque=True)
    stream.metadata.update(source.metadata)
    stream.disposition = source.disposition
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


def _packets(
    source: InputContainer, streams: dict[int, Stream], zero_s: Fraction
) -> Iterator[tuple[float, av.Packet[Stream]]]:
    """Packets on the film's clock, each with its time in seconds, ready to be written."""
    bases = {index: source.streams[index].time_base or Fraction(1, av.time_base) for index in streams}
    shifts = {index: round(zero_s / base) for index, base in bases.items()}
    ticks = {index: float(base) for index, base in bases.items()}
    for packet in source.demux([source.streams[index] for index in streams]):
        if packet.dts is None:
            continue
        index = packet.stream_index
        if shift := shifts[index]:
            packet.dts -= shift
            packet.pts = packet.pts - shift if packet.pts is not None else None
        packet.stream = streams[index]
        yield packet.dts * ticks[index], packet
