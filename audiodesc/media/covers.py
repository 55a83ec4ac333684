"""The pictures that stand for a film: in MP4 tracks of one picture, in Matroska files that are attached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

import av
from av.stream import Disposition, Stream

from audiodesc.media.opening import demuxed, open_film
from audiodesc.model import Film

KINDS: Final = {
    "bmp": ("cover.bmp", "image/bmp"),
    "gif": ("cover.gif", "image/gif"),
    "mjpeg": ("cover.jpg", "image/jpeg"),
    "png": ("cover.png", "image/png"),
    "tiff": ("cover.tiff", "image/tiff"),
    "webp": ("cover.webp", "image/webp"),
}
"""What players look for in a Matroska, by FFmpeg's names of the codecs."""


def is_cover(stream: Stream) -> bool:
    """Whether a track is one picture that stands for the film."""
    return bool(stream.disposition & Disposition.attached_pic)


def is_attachable(stream: Stream) -> bool:
    """Whether a track is a cover that a Matroska has as a file."""
    context = stream.codec_context
    return is_cover(stream) and context is not None and context.codec.canonical_name in KINDS


def cover_files(film: Film) -> Iterator[tuple[str, str, bytes]]:
    """The name, the media type and the content of each cover of a film; damaged ones are passed over."""
    with open_film(film) as source:
        for stream in [one for one in source.streams if is_attachable(one)]:
            assert stream.codec_context  # noqa: S101 — `is_attachable` looked at it
            name, kind = KINDS[stream.codec_context.codec.canonical_name]
            name, kind = stream.metadata.get("filename") or name, stream.metadata.get("mimetype") or kind
            with suppress(av.error.FFmpegError):
                for packet in islice(demuxed(source, [stream]), 1):
                    yield (
                        stream.metadata.get("filename") or name,
                        stream.metadata.get("mimetype") or kind,
                        bytes(packet),
                    )
