"""A Qwen's frames: bytes until they are on the model's device, and patches only there.

A quarter of the memory goes over the bus, and the processor's cores do nothing but make frames smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RAW: Final = {"do_rescale": False, "do_normalize": False}
"""The settings of a processor that is given no content."""

CLIPS: Final = "clips"
"""The name, in the input of a batch, of a list of tensors of bytes, one a clip: (frames, height, width, 3)."""


def without_content(clip: NDArray[np.uint8]) -> Any:
    """A tensor without content, by which a processor counts patches, of shape (frames, 3, height, width)."""
    import torch

    frames, height, width, channels = clip.shape
    return torch.empty((frames, channels, height, width), dtype=torch.uint8, device="meta")


def as_bytes(clip: NDArray[np.uint8]) -> Any:
    """The same bytes as a tensor."""
    import torch

    return torch.from_numpy(clip)


def patches(video: Any, clips: Sequence[Any]) -> Any:
    """Clips as the tower was trained to see them, on their device: (patches, values), 32-bit floats.

    `video` is the model's video processor. A patch spans several frames, the last of which is repeated where there are
    too few; patches that become one token follow each other.
    """
    import torch

    flat = torch.cat([_patches(clip, video.temporal_patch_size, video.patch_size, video.merge_size) for clip in clips])
    mean, std = (torch.tensor(values, device=flat.device)[:, None] for values in (video.image_mean, video.image_std))
    values = flat.view(len(flat), len(mean), -1).float()
    return ((values * video.rescale_factor - mean) / std).view(len(flat), -1)


def _patches(clip: Any, span: int, side: int, merged: int) -> Any:
    import torch

    if pad := -len(clip) % span:
        clip = torch.cat([clip, clip[-1:].expand(pad, -1, -1, -1)])
    times, rows, columns = len(clip) // span, clip.shape[1] // (side * merged), clip.shape[2] // (side * merged)
    parts = clip.reshape(times, span, rows, merged, side, columns, merged, side, clip.shape[3])
    return parts.permute(0, 2, 5, 3, 6, 8, 1, 4, 7).reshape(times * rows * columns * merged**2, -1)
