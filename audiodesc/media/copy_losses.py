"""What a copy of a film has lost of it: tracks, names, marks, what its picture says of light and space, chapters, files
inside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideData
from av.stream import Disposition, Stream

from audiodesc.media.covers import is_cover
from audiodesc.media.mp4 import lost_configurations
from audiodesc.media.opening import demuxed, open_film
from audiodesc.media.remux import GENERIC, codec_of
from audiodesc.model import Film

MOST_LOSSES = 10
LOOKED_AT = 200
"""Packets of a file in which the first picture is looked for."""

UNWRITTEN = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "file_package_umid"}
"""Of a file's notes on itself, what is about the file and not about the film."""

NO_LOSS = {"DISPLAYMATRIX", "SEI_UNREGISTERED"}
"""Of what lies beside a picture: how it is turned, which is compared as such, and what an encoder says of itself, which
x264 says once, with the film's first picture, so that a part of it has none."""


def losses(
    film: Film, copy: Path, copied: Sequence[int], added: Collection[int] = (), anew: Collection[int] = ()
) -> tuple[str, ...]:
    """A line for each thing that the film has and its `copy` has not; `copied` are the indices of the film's tracks
    that went into it, in the order of its own; `added` are the places of its other tracks, covers not counted. Those
    `anew` were encoded again, as something else perhaps."""
    with open_film(film) as before, open_film(copy) as after:
        tracks = [before.streams[index] for index in copied]
        others = [track for place, track in enumerate(_shown(after.streams)) if place not in added]
        pairs = list(zip(_shown(tracks), others, strict=False))
        found = [
            *_fewer(tracks, after, len(added)),
            *(f"track {a.index} ({a.type}): {loss}" for a, b in pairs for loss in _of(a, b, anew)),
        ]
        picture = next((b for a, b in pairs if a.index == film.video.index), None)
        found += [f"its picture: {loss}" for loss in _pictures(film, before, after, picture)]
        found += _of_file(before, after)
    is_mp4 = "mov" in film.container and copy.suffix == ".mp4"
    found += [f"its configuration {name}" for name in lost_configurations(film.path, copy, mp4=is_mp4)]
    lines = [f"the described film lost something of its source: {loss}" for loss in found[:MOST_LOSSES]]
    more = len(found) - MOST_LOSSES
    return (*lines, f"and {more} more such losses") if more > 0 else tuple(lines)


def _shown(tracks: Iterable[Stream]) -> list[Stream]:
    """Without covers, which MP4 lists after all tracks."""
    return [track for track in tracks if not is_cover(track)]


def _fewer(tracks: Sequence[Stream], after: InputContainer, added: int) -> Iterator[str]:
    wanted, shown = len(_shown(tracks)) + added, len(_shown(after.streams))
    if shown < wanted:
        yield f"it has {shown} tracks, not {wanted}"
    if len(tracks) - wanted + added > len(after.streams) - shown:
        yield "its cover"


def _of(before: Stream, after: Stream, anew: Collection[int]) -> Iterator[str]:
    """What one track has lost."""
    if before.index not in anew:
        yield from _codes(before, after)
    language = before.metadata.get("language", "und")
    if language != "und" and after.metadata.get("language", "und") == "und":
        yield f"its language {language}"
    kept = {value.strip() for value in after.metadata.values()}
    for name in ("title", "handler_name", "name"):
        value = _metadata(before).get(name, "").strip()
        if value and value not in kept and not GENERIC.search(value):
            yield f"its name “{value[:60]}”"
            break
    flags = before.disposition & ~after.disposition
    if before.type == "audio":
        flags &= ~Disposition.default  # which one that is, is decided when the copy is made
    if flags:
        yield f"its marks {', '.join(str(flag.name) for flag in Disposition if flags & flag)}"


def _codes(before: Stream, after: Stream) -> Iterator[str]:
    """What is lost of how a track is coded."""
    if codec_of(before) != codec_of(after):
        yield f"{codec_of(before)} is read as {codec_of(after) or 'nothing'}"
    if (tag := _tag(before)) and (now := _tag(after)) and tag != now:
        yield f"its sample entry {tag} became {now}"
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


def _pictures(film: Film, before: InputContainer, after: InputContainer, picture: Stream | None) -> Iterator[str]:
    """What the first picture has lost: how it is turned, and what is known of its light and its space."""
    one = _first_frame(before, film.video.index)
    other = _first_frame(after, picture.index) if picture else None
    if one is None or other is None:
        return
    if one.rotation != other.rotation:
        yield f"it was turned by {one.rotation}°, and is by {other.rotation}°"
    pixel = [stream.streams.video[0].sample_aspect_ratio or 1 for stream in (before, after)]
    if len(before.streams.video) == 1 and pixel[0] != pixel[1]:
        yield f"its pixels were {pixel[0]} as wide as high, and are {pixel[1]}"
    kinds = [{kind.name for kind in SideData if kind in frame.side_data} for frame in (one, other)]
    yield from (name.replace("_", " ").lower() for name in sorted(kinds[0] - kinds[1] - NO_LOSS))


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
