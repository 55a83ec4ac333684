"""A decoded frame -> the picture as it is meant: RGB, upright, square pixels, in its own colours, no comb, no bars."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from audiodesc.media.tone_map import PEAK_NITS, Transfer, tone_mapped
from audiodesc.model import Film

Image = NDArray[np.uint8]

UNSPECIFIED, BT709, BT601, BT2020 = 2, 1, 6, 9
MATRICES: Final = frozenset({0, 1, 4, 5, 6, 7, BT2020})
"""Of H.273: those that FFmpeg's scaler knows. Of others it takes no picture at all."""

RANGES: Final = frozenset({0, 1, 2})
"""Unspecified, limited, full."""

HD = (1_280, 577)
"""From this width or height on a film that does not say so has the colours of BT.709, else of BT.601, as in players."""

TRANSFERS: Final[dict[int, Transfer]] = {16: "pq", 18: "hlg"}
"""By their numbers in H.273."""

MASTERING = struct.Struct("=16i4i2i")
"""AVMasteringDisplayMetadata: primaries and white, least and greatest luminance, all as fractions; which are there."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Black bars around the picture, in pixels of the coded frame."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0


class Converter:
    """Makes pictures of frames of one film, each of at most `max_pixels` without its bars. For one thread."""

    def __init__(self, film: Film, max_pixels: int, bars: Bars | None = None) -> None:
        self._aspect, self._max_pixels, self._bars = film.video.pixel_aspect, max_pixels, bars or Bars()
        self._scaler, self._peak_nits = VideoReformatter(), PEAK_NITS

    def picture(
        self, frame: av.VideoFrame, before: av.VideoFrame | None = None, after: av.VideoFrame | None = None
    ) -> Image:
        """The picture of a frame: RGB, shape (height, width, 3). The frames before and after it count where it is
        interlaced."""
        if frame.interlaced_frame:
            frame = deinterlaced(frame, before, after)
        width, height, inside = self._sizes(frame)
        transfer = TRANSFERS.get(frame.color_trc, "gamma" if frame.color_primaries == BT2020 else None)
        if transfer:
            self._peak_nits = mastering_peak(frame) or self._peak_nits
            image = tone_mapped(self._scaled(frame, width, height, "rgb48le")[inside], transfer, self._peak_nits)
        else:
            image = self._scaled(frame, width, height, "rgb24")[inside]
        return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)) if frame.rotation else image, np.uint8)

    def _sizes(self, frame: av.VideoFrame) -> tuple[int, int, tuple[slice, slice]]:
        """How large the whole frame is made, and where in that the picture is without its bars."""
        bars = self._bars
        inner_width, inner_height = frame.width - bars.left - bars.right, frame.height - bars.top - bars.bottom
        if inner_width < 16 or inner_height < 16:  # another size than was measured: a film whose picture changes
            bars, inner_width, inner_height = Bars(), frame.width, frame.height
        scale = min(1.0, math.sqrt(self._max_pixels / (inner_width * self._aspect * inner_height)))
        width, height = _whole(frame.width * self._aspect * scale), _whole(frame.height * scale)
        down, across = height / frame.height, width / frame.width
        rows = slice(math.ceil(bars.top * down), math.floor((frame.height - bars.bottom) * down))
        columns = slice(math.ceil(bars.left * across), math.floor((frame.width - bars.right) * across))
        return width, height, (rows, columns)

    def _scaled(self, frame: av.VideoFrame, width: int, height: int, form: str) -> NDArray[Any]:
        with_known_colours(frame)
        made = self._scaler.reformat(frame, width, height, form, interpolation="AREA", dst_color_range=2, threads=1)
        return made.to_ndarray()


def _whole(pixels: float) -> int:
    return max(16, round(pixels))


def with_known_colours(frame: av.VideoFrame) -> None:
    """Write into a frame which matrix and range its colours have, where it does not say, or says what is none."""
    if frame.colorspace == UNSPECIFIED or frame.colorspace not in MATRICES:
        large = frame.width >= HD[0] or frame.height >= HD[1]
        known = {BT2020: BT2020, BT709: BT709}.get(frame.color_primaries)
        frame.colorspace = known or (BT709 if large else BT601)
    if frame.color_range not in RANGES:
        frame.color_range = 0


def mastering_peak(frame: av.VideoFrame) -> float:
    """The brightest that the screen could show on which the film was graded, in cd/m²; 0 where the frame says none."""
    held: Any = frame.side_data
    side = held.get("MASTERING_DISPLAY_METADATA")
    if side is None or len(content := bytes(side)) < MASTERING.size:
        return 0.0
    numbers = MASTERING.unpack_from(content)
    top, bottom, has_luminance = numbers[18], numbers[19], numbers[21]
    peak = top / bottom if has_luminance and bottom > 0 else 0.0
    return peak if 100 <= peak <= 10_000 else 0.0


def deinterlaced(frame: av.VideoFrame, before: av.VideoFrame | None, after: av.VideoFrame | None) -> av.VideoFrame:
    """The first field of an interlaced frame with the lines between it: by FFmpeg's `bwdif`, which keeps those of the
    other field where nothing moves; without a neighbour of the same form by `estdif`, from this field alone."""
    form = (frame.width, frame.height, frame.format.name)
    around = [one for one in (before, after) if one is not None and (one.width, one.height, one.format.name) == form]
    is_between = len(around) == 2
    shown = [around[0], frame, around[1]] if is_between else [frame, frame]
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
    )
    method = graph.add("bwdif", "mode=send_frame:deint=all") if is_between else graph.add("estdif", "mode=frame")
    try:
        graph.link_nodes(source, method, graph.add("buffersink")).configure()
        for one in shown[:-1]:
            graph.vpush(one)
        if is_between:
            graph.vpull()
        graph.vpush(shown[-1])
        made = graph.vpull()
    except av.error.FFmpegError:  # a form that the filter does not take
        return frame
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    return made
