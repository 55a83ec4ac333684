"""The picture as it is meant: colours of their own matrix and range, interlaced lines, high dynamic range, bars."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.filter import Graph
from films import Picture, make_film
from numpy.typing import NDArray

from audiodesc.media.frames import clips, key_frames
from audiodesc.media.picture import Bars, deinterlaced
from audiodesc.media.probe import probe
from audiodesc.media.stills import stills
from audiodesc.media.tone_map import nits_to_pq
from audiodesc.model import FrameRequest, Span

WIDTH, HEIGHT = 320, 240
WHOLE = FrameRequest(fps=4, min_frames=1, max_frames=100, max_pixels=WIDTH * HEIGHT)

MATRICES = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""Kr and Kb of H.273's matrices: BT.709, BT.601, BT.2020."""


def encoded(colour: tuple[float, float, float], matrix: int, *, full: bool = False, bits: int = 8) -> list[int]:
    """R'G'B' of 0 to 1 as Y'CbCr of so many bits, by the formulas of the standards."""
    red_share, blue_share = MATRICES[matrix]
    red, green, blue = colour
    luma = red_share * red + (1 - red_share - blue_share) * green + blue_share * blue
    cb, cr = (blue - luma) / (2 - 2 * blue_share), (red - luma) / (2 - 2 * red_share)
    unit = 1 << (bits - 8)
    if full:
        top = 256 * unit - 1
        return [min(top, round(value)) for value in (luma * top, cb * top + 128 * unit, cr * top + 128 * unit)]
    return [round(luma * 219 * unit + 16 * unit), *(round(value * 224 * unit + 128 * unit) for value in (cb, cr))]


def of_planes(
    path: Path, values: list[int], tags: dict[str, int], *, bits: int = 8, size: tuple[int, int] = (64, 48)
) -> Path:
    """A film of one colour, which says of itself what `tags` say; lossless but for chroma."""
    form, kind = ("yuv420p", np.uint8) if bits == 8 else ("yuv420p10le", np.uint16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264" if bits == 8 else "libx265", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, form
        stream.options = {"crf": "4", "x265-params": "log-level=none"} if bits > 8 else {"crf": "1"}
        for name, value in tags.items():
            setattr(stream.codec_context, name, value)
        for _ in range(10):
            frame = av.VideoFrame(*size, form)
            for plane, value in zip(frame.planes, values, strict=True):
                plane.update(np.full(plane.buffer_size // np.dtype(kind).itemsize, value, kind).tobytes())
            for name, value in tags.items():
                setattr(frame, name, value)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def shown(path: Path) -> NDArray[np.uint8]:
    (clip,) = clips(probe(path), [Span(0, 900)], WHOLE)
    image = clip.frames[0].image
    return np.asarray(image[image.shape[0] // 2, image.shape[1] // 2], np.uint8)


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("colour", [(1, 0, 0), (0, 0.5, 0), (1, 1, 1), (0, 0, 0)])
def test_red_is_red(tmp_path: Path, matrix: int, full: bool, colour: tuple[float, float, float]) -> None:
    tags = {"colorspace": matrix, "color_range": 2 if full else 1}
    path = of_planes(tmp_path / "film.mp4", encoded(colour, matrix, full=full), tags)
    assert shown(path) == pytest.approx(np.array(colour) * 255, abs=4)


@pytest.mark.parametrize(("size", "matrix"), [((720, 576), 6), ((1280, 720), 1)])
def test_a_film_that_does_not_say_has_the_colours_of_its_size(
    tmp_path: Path, size: tuple[int, int], matrix: int
) -> None:
    path = of_planes(tmp_path / "film.mp4", encoded((0.8, 0.2, 0.2), matrix), {}, size=size)
    assert shown(path) == pytest.approx(np.array([204, 51, 51]), abs=4)


@pytest.mark.parametrize("matrix", [3, 8, 10, 12, 14])
def test_colours_that_nothing_here_knows_cost_no_picture(tmp_path: Path, matrix: int) -> None:
    """YCgCo, reserved numbers and others, of which FFmpeg's scaler makes nothing."""
    path = of_planes(tmp_path / "film.mp4", [128, 128, 128], {"colorspace": matrix})
    assert shown(path).shape == (3,)


@pytest.mark.parametrize("nits", [5, 20, 58])
def test_pq_is_shown_as_so_much_light(tmp_path: Path, nits: float) -> None:
    signal = float(nits_to_pq(np.array(nits)))
    tags = {"colorspace": 9, "color_range": 1, "color_trc": 16, "color_primaries": 9}
    path = of_planes(tmp_path / "film.mp4", encoded((signal,) * 3, 9, bits=10), tags, bits=10)
    expected = 255 * (nits / 203) ** (1 / 2.4)
    assert shown(path) == pytest.approx(np.full(3, expected), abs=4)
    (still,) = stills(probe(path), [Span(0, 900)])
    assert still is not None
    (key,) = key_frames(probe(path), 48)
    assert key.image.mean() == pytest.approx(expected, abs=4)


def test_hlg_white_is_nearly_white(tmp_path: Path) -> None:
    tags = {"colorspace": 9, "color_range": 1, "color_trc": 18, "color_primaries": 9}
    path = of_planes(tmp_path / "film.mp4", encoded((0.75,) * 3, 9, bits=10), tags, bits=10)
    assert shown(path) == pytest.approx(np.full(3, 229), abs=5)


def moving(time: float) -> NDArray[np.uint8]:
    """A bright block that moves 400 pixels a second over stripes that stand still."""
    image = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    image[HEIGHT // 2 :: 8] = 90
    left = int(20 + 400 * time) % (WIDTH - 80)
    image[40:200, left : left + 60] = 220
    return image


def interlaced(path: Path, picture: Picture, codec: str, first_field: str) -> Path:
    """25 frames a second of two fields each, which are of two moments."""
    late = int(first_field == "tff")
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options={"flags": "+ildct+ilme", "crf": "12", "bf": "2", "b": "8M"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        graph = Graph()
        source = graph.add_buffer(
            width=WIDTH, height=HEIGHT, format=av.VideoFormat("yuv420p"), time_base=Fraction(1, 25)
        )
        graph.link_nodes(source, graph.add("setfield", first_field), graph.add("buffersink")).configure()
        for number in range(50):
            woven = picture(number / 25)
            woven[late::2] = picture(number / 25 + 0.02)[late::2]
            graph.vpush(av.VideoFrame.from_ndarray(woven, format="rgb24").reformat(format="yuv420p"))
            frame = graph.vpull()
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, 25), 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def comb(image: NDArray[np.uint8]) -> float:
    """How much a line differs from both of its neighbours, on average, where they are alike."""
    light = image[50:190].astype(float).mean(2)
    middle, above, below = light[1:-1], light[:-2], light[2:]
    return float((np.abs(middle - (above + below) / 2) * (np.abs(above - below) < 20)).mean())


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "libx264"), (".ts", "libx264"), (".ts", "mpeg2video")])
@pytest.mark.parametrize("first_field", ["tff", "bff"])
def test_an_interlaced_film_has_no_comb(tmp_path: Path, suffix: str, codec: str, first_field: str) -> None:
    film = probe(interlaced(tmp_path / f"film{suffix}", moving, codec, first_field))
    woven = moving(0.4)
    woven[1::2] = moving(0.42)[1::2]
    (clip,) = clips(film, [Span(200, 1800)], WHOLE)
    assert len(clip.frames) == 6
    for frame in clip.frames:
        assert frame.image.shape == (HEIGHT, WIDTH, 3)
        assert comb(frame.image) < comb(woven) / 4
        expected = moving(frame.time_ms // 40 * 0.04)  # of the frame that is shown, its first field
        assert np.abs(frame.image.astype(float) - expected).mean() < 4


def test_what_stands_still_keeps_its_lines(tmp_path: Path) -> None:
    """Lines of one field alone: where nothing moves, none is lost."""
    striped = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    striped[1::2] = 200
    film = probe(interlaced(tmp_path / "film.mp4", lambda time: striped.copy(), "libx264", "tff"))
    (clip,) = clips(film, [Span(200, 1800)], WHOLE)
    for frame in clip.frames:
        assert frame.image[51, 100].min() - frame.image[50, 100].max() > 120


def test_stills_of_an_interlaced_film_have_no_comb(tmp_path: Path) -> None:
    film = probe(interlaced(tmp_path / "film.mp4", moving, "libx264", "tff"))
    (still,) = stills(film, [Span(0, 1000)])
    assert still is not None
    image = cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    place = round(still.time_ms / 40) * 0.04
    sharp = cv2.resize(moving(place), (still.width, still.height), interpolation=cv2.INTER_AREA)
    assert np.abs(image.astype(float) - sharp).mean() < 5


@pytest.mark.parametrize("form", ["gray", "yuv411p", "rgb24", "yuv420p10le", "nv12", "pal8", "monow"])
def test_no_form_of_frame_is_too_odd_to_be_deinterlaced(form: str) -> None:
    frame = av.VideoFrame(32, 32, form)
    for around in (None, frame):
        made = deinterlaced(frame, around, around)
        assert (made.width, made.height) == (32, 32)


def barred(top: int, left: int) -> Picture:
    def picture(time: float) -> NDArray[np.uint8]:
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        image[top : HEIGHT - top, left : WIDTH - left] = (200, 40, 40)
        return image

    return picture


@pytest.mark.parametrize(("top", "left"), [(30, 0), (0, 40), (30, 40), (31, 0)])
@pytest.mark.parametrize("pixels", [WIDTH * HEIGHT, 5_000])
def test_without_its_bars_a_picture_keeps_its_shape_and_colour(
    tmp_path: Path, top: int, left: int, pixels: int
) -> None:
    film = probe(make_film(tmp_path / "film.mp4", 1, barred(top, left)))
    request = FrameRequest(fps=4, min_frames=1, max_frames=4, max_pixels=pixels)
    (clip,) = clips(film, [Span(0, 1000)], request, Bars(top, top, left, left))
    image = clip.frames[0].image
    height, width = image.shape[:2]
    inside = ((HEIGHT - 2 * top), (WIDTH - 2 * left))
    assert width / height == pytest.approx(inside[1] / inside[0], rel=0.06)
    assert 0.9 * min(pixels, inside[0] * inside[1]) <= width * height <= pixels * 1.02
    assert np.abs(image[3:-3, 3:-3].astype(int) - (200, 40, 40)).max() < 12
    assert image[..., 0].min() > 100  # no line of a bar is left
