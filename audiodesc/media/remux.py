"""Tracks that are copied into another container: tried before the work by writing their beginning to nowhere, and
compared afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import RawIOBase
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.sidedata.sidedata import Type as SideData
from av.stream import Disposition, Stream

from audiodesc.errors import FilmError
from audiodesc.media.discontinuities import in_order, ready
from audiodesc.media.mp4 import lost_configurations
from audiodesc.media.opening import demuxed, open_film
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
    left_out: tuple[str, ...]


def tried(film: Film, container: str) -> Copies:
    """What a container of FFmpeg's name `container` takes of a film. Raises FilmError where it does not take the
    picture, or not all the tracks together."""
    tagged: dict[int, bool] = {}
    left_out: list[str] = []
    for index, fault in _alone(film, container, tagged).items():
        if index == film.video.index:
            raise FilmError(
                f"{film.path}: {fault}; no described film can be made of it", "convert the film to MP4 or MKV"
            )
        left_out.append(fault)
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
    return Copies(tagged, tuple(left_out))


def add_copy(out: OutputContainer, source: Stream, film: Film, *, tagged: bool) -> Stream:
    """A track for the packets of another. `tagged` keeps the name of its sample entry, where FFmpeg would take its own:
    hvc1, dvh1, avc3. Raises ValueError or FFmpegError where the container knows no such thing."""
    copy = out.add_stream_from_template(source, opaque=True)
    context, known = copy.codec_context, _form(film, source)
    if tagged and context and source.codec_context:
        context.codec_tag = source.codec_context.codec_tag
    if isinstance(context, av.AudioCodecContext) and known and not context.sample_rate:
        context.sample_rate, context.layout = known.rate_hz, known.layout  # it begins later than FFmpeg looks
    copy.metadata.update(source.metadata)
    if name := source.metadata.get("name"):  # as MP4 and MOV are read; they are written from a title
        copy.metadata.setdefault("title", name)
    copy.disposition = source.disposition
    return copy


def _form(film: Film, source: Stream) -> AudioTrack | None:
    return next((t for t in film.audio_tracks if t.index == source.index and t.codec and t.rate_hz), None)


def is_cover(stream: Stream) -> bool:
    """Whether a track is one picture that stands for the film."""
    return bool(stream.disposition & Disposition.attached_pic)


def codec_of(stream: Stream) -> str:
    """FFmpeg's name of a track's codec, "" where it knows none."""
    return stream.codec_context.codec.canonical_name if stream.codec_context else ""


def _alone(film: Film, container: str, tagged: dict[int, bool]) -> dict[int, str]:
    """Why each of the tracks that cannot be copied cannot; the others are added to `tagged`."""
    faults: dict[int, str] = {}
    writers: dict[int, tuple[OutputContainer, Stream]] = {}
    keeps_tags = container == "mp4" and "mov" in film.container.split(",")
    with open_film(film) as source:
        for stream in source.streams:
            if container == "matroska" and stream.type == "attachment":
                continue  # a font: no track
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


MOST_LOSSES = 10
LOOKED_AT = 200
"""Packets of a file in which the first picture is looked for."""

UNWRITTEN = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "file_package_umid"}
"""Of a file's notes on itself, what is about the file and not about the film."""

NO_NAMES = {"videohandler", "soundhandler", "subtitlehandler", "core media video", "core media audio"}
"""What programs write where a track has no name."""


def losses(film: Film, copy: Path, copied: Sequence[int]) -> tuple[str, ...]:
    """A line for each thing that the film has and its `copy` has not; `copied` are the indices of the film's tracks
    that went into it, in the order of its own."""
    with open_film(film) as before, open_film(copy) as after:
        tracks = [before.streams[index] for index in copied]
        pairs = list(zip(_shown(tracks), _shown(after.streams), strict=False))
        found = [
            *_fewer(tracks, after),
            *(f"track {a.index} ({a.type}): {loss}" for a, b in pairs for loss in _of(a, b)),
        ]
        found += [f"its picture: {loss}" for loss in _pictures(film, before, after, copied)]
        found += _of_file(before, after)
    is_mp4 = "mov" in film.container and copy.suffix == ".mp4"
    found += [f"its configuration {name}" for name in lost_configurations(film.path, copy, mp4=is_mp4)]
    lines = [f"the described film lost something of its source: {loss}" for loss in found[:MOST_LOSSES]]
    more = len(found) - MOST_LOSSES
    return (*lines, f"and {more} more such losses") if more > 0 else tuple(lines)


def _shown(tracks: Iterable[Stream]) -> list[Stream]:
    """Without covers, which MP4 lists after all tracks."""
    return [track for track in tracks if not is_cover(track)]


def _fewer(tracks: Sequence[Stream], after: InputContainer) -> Iterator[str]:
    wanted, shown = len(_shown(tracks)) + 1, len(_shown(after.streams))
    if shown < wanted:
        yield f"it has {shown} tracks, not {wanted}"
    if len(tracks) - wanted + 1 > len(after.streams) - shown:
        yield "its cover"


def _of(before: Stream, after: Stream) -> Iterator[str]:
    """What one track has lost."""
    if codec_of(before) != codec_of(after):
        yield f"{codec_of(before)} is read as {codec_of(after) or 'nothing'}"
    if (tag := _tag(before)) and (now := _tag(after)) and tag != now:
        yield f"its sample entry {tag} became {now}"
    language = before.metadata.get("language", "und")
    if language != "und" and after.metadata.get("language", "und") == "und":
        yield f"its language {language}"
    kept = {value.strip() for value in after.metadata.values()}
    for name in ("title", "handler_name", "name"):
        value = _metadata(before).get(name, "").strip()
        if value and value not in kept and value.casefold() not in NO_NAMES:
            yield f"its name “{value[:60]}”"
            break
    flags = before.disposition & ~after.disposition
    if before.type == "audio":
        flags &= ~Disposition.default  # which one that is, is decided when the copy is made
    if flags:
        yield f"its marks {', '.join(str(flag.name) for flag in Disposition if flags & flag)}"
    if isinstance(before, av.AudioStream) and isinstance(after, av.AudioStream):
        yield from _channels(before, after)


def _tag(stream: Stream) -> str:
    """The name of a sample entry of MP4, "" in other files."""
    tag = stream.codec_context.codec_tag if stream.codec_context else ""
    return tag if tag.strip("\0 ") and "mov" in stream.container.format.name else ""


def _metadata(of: Stream | InputContainer) -> Mapping[str, str]:
    return {name.casefold(): value for name, value in of.metadata.items()}


def _channels(before: av.AudioStream, after: av.AudioStream) -> Iterator[str]:
    one, other = (stream.codec_context.layout.name for stream in (before, after))
    if "(" in one and one != other and before.codec_context.layout.nb_channels:
        yield f"the names of its channels, {one}"


def _pictures(film: Film, before: InputContainer, after: InputContainer, copied: Sequence[int]) -> Iterator[str]:
    """What the first picture has lost: how it is turned, and what is known of its light and its space."""
    one = _first_frame(before, film.video.index)
    tracks = _shown(before.streams[index] for index in copied)
    other = _first_frame(after, [track.index for track in tracks].index(film.video.index))
    if one is None or other is None:
        return
    if one.rotation != other.rotation:
        yield f"it was turned by {one.rotation}°, and is by {other.rotation}°"
    pixel = [stream.streams.video[0].sample_aspect_ratio or 1 for stream in (before, after)]
    if len(before.streams.video) == 1 and pixel[0] != pixel[1]:
        yield f"its pixels were {pixel[0]} as wide as high, and are {pixel[1]}"
    kinds = [{kind.name for kind in SideData if kind in frame.side_data} for frame in (one, other)]
    yield from (name.replace("_", " ").lower() for name in sorted(kinds[0] - kinds[1] - {"DISPLAYMATRIX"}))


def _first_frame(container: InputContainer, index: int) -> av.VideoFrame | None:
    stream = container.streams[index]
    with suppress(av.error.FFmpegError):
        container.seek(0)
        for packet in islice(demuxed(container, [stream]), LOOKED_AT):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    return frame
    return None


def _of_file(before: InputContainer, after: InputContainer) -> Iterator[str]:
    chapters = [len(container.chapters()) for container in (before, after)]
    if chapters[0] > chapters[1]:
        yield f"{chapters[0] - chapters[1]} of {chapters[0]} chapters"
    files = [{file.name for file in container.streams.attachments} for container in (before, after)]
    yield from (f"the file “{name}” inside it" for name in sorted(map(str, files[0] - files[1])))
    missing = sorted(_metadata(before).keys() - _metadata(after).keys() - UNWRITTEN)
    if missing:
        yield f"what the file says of {', '.join(missing)}"[:300]
