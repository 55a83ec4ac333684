"""Pieces of a message in OpenAI's protocol: text, pictures, a video."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from audiodesc.describers.about import About, picture_kind
from audiodesc.describers.prompts import seconds
from audiodesc.model import Frame, VideoClip

Part = dict[str, Any]
"""A piece of a message."""


def portraits(about: About) -> Iterator[Part]:
    """The portraits of the cast, each after its name."""
    for person in about.cast:
        if person.portrait:
            yield text(f"Portrait of {person.name}:")
            yield _file("image", f"image/{picture_kind(person.portrait)}", person.portrait)


def pictures(clip: VideoClip) -> Iterator[Part]:
    """Each frame after its time."""
    import cv2

    for frame in clip.frames:
        yield text(f"{seconds(frame.time_ms, clip.span)} s:")
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 90))
        yield _file("image", "image/jpeg", jpeg.tobytes())


def video(frames: Sequence[Frame]) -> Part:
    """The frames at their times in an MP4, H.264; an odd row or column is lost."""
    import av

    file = io.BytesIO()
    first, last = frames[0], frames[-1]
    height, width = (side // 2 * 2 for side in first.image.shape[:2])
    rate = Fraction(1000 * (len(frames) - 1), last.time_ms - first.time_ms) if last.time_ms > first.time_ms else 1
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.image[:height, :width]), format="rgb24")
            picture.pts, picture.time_base = frame.time_ms - first.time_ms, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return _file("video", "video/mp4", file.getvalue())


def text(words: str) -> Part:
    """A piece of text."""
    return {"type": "text", "text": words}


def _file(kind: str, media_type: str, content: bytes) -> Part:
    url = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}}
