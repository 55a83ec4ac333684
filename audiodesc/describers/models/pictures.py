"""Frames and portraits -> pictures in a size that a model takes whole, and the times that go with them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audiodesc.describers.models.loading import Loaded
from audiodesc.model import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

QWEN = "qwen"
"""These models take frames of any size and number in one batch, and portraits beside a video."""

SMALLEST_PIXELS = 4 * 28 * 28
"""Of a picture for a Qwen: a few patches, where its own preparation would enlarge it to a hundred."""

LARGEST_PIXELS = 768 * 28 * 28
"""Of a frame or a portrait for a Qwen, whose makers give it no larger frames."""


def takes_any_mix(loaded: Loaded) -> bool:
    """Whether clips of different lengths and sizes may share a batch."""
    return loaded.kind.startswith(QWEN)


def times(frames: Sequence[Frame]) -> dict[str, Any]:
    """When each frame is seen: models count frames of a video, so it is one of 1,000 frames a second.

    A new dict for each call, for processors write into it.
    """
    moments = [frame.time_ms - frames[0].time_ms for frame in frames]
    step_ms = moments[-1] // (len(frames) - 1) if len(frames) > 1 else 1000
    lasts_ms = moments[-1] + step_ms
    if len(moments) == 1:
        moments *= 2
    return {"fps": 1000, "total_num_frames": lasts_ms, "duration": lasts_ms / 1000, "frames_indices": moments}


def video(loaded: Loaded, frames: Sequence[Frame]) -> list[Image]:
    """A clip's frames, at least two."""
    from PIL import Image

    twice = frames if len(frames) > 1 else [*frames, *frames]  # Qwen3-VL refuses a single one
    return [_fitted(loaded, Image.fromarray(frame.image)) for frame in twice]


def portrait(loaded: Loaded, content: bytes) -> Image:
    """The picture in the content of a PNG or JPEG file."""
    from PIL import Image

    return _fitted(loaded, Image.open(io.BytesIO(content)).convert("RGB"))


def _fitted(loaded: Loaded, picture: Image) -> Image:
    """In a size that is a whole number of a Qwen's patches; its own preparation would count all frames as one.

    For a model that cuts a square out of the middle, on a black square.
    """
    if not takes_any_mix(loaded):
        cuts = getattr(loaded.processor.video_processor, "do_center_crop", False)
        return _squared(picture) if cuts else picture
    from PIL.Image import Resampling
    from qwen_vl_utils.vision_process import smart_resize

    factor = loaded.processor.video_processor.patch_size * loaded.processor.video_processor.merge_size
    most = max(SMALLEST_PIXELS, picture.width * picture.height)
    height, width = smart_resize(picture.height, picture.width, factor, SMALLEST_PIXELS, min(most, LARGEST_PIXELS))
    return picture.resize((width, height), Resampling.BICUBIC)


def _squared(picture: Image) -> Image:
    from PIL import ImageOps

    side = max(picture.size)
    return ImageOps.pad(picture, (side, side))
