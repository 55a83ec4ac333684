"""Only what is wanted is decoded, and that exactly: each frame shows its own number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.errors import FilmError
from audiodesc.media import frames
from audiodesc.media.decoding import frames_from, has_sublayers, may_skip, picture_stream
from audiodesc.media.frames import clips, clips_ahead, runs
from audiodesc.media.opening import open_film
from audiodesc.media.probe import probe
from audiodesc.model import Film, FrameRequest, Span

SECONDS = 6
BITS = 8
EVENLY = FrameRequest(fps=2, min_frames=1, max_frames=100, max_pixels=256 * 64)

STEADY = [number * 40 for number in range(SECONDS * 25)]
VARIABLE = [time for time in STEADY if time % 7 and not 2_000 < time < 3_400]
CODECS = {
    "h264": (".mp4", "libx264", {"bf": "3", "g": "60", "x264-params": "b-pyramid=normal:scenecut=0", "crf": "20"}),
    "h264 ts": (".ts", "libx264", {"bf": "2", "g": "50", "crf": "20"}),
    "h264, all B": (".mkv", "libx264", {"bf": "16", "b_strategy": "0", "g": "150", "crf": "20"}),
    "hevc": (".mkv", "libx265", {"x265-params": "bframes=4:keyint=60:log-level=none:open-gop=1", "crf": "20"}),
    "mpeg2": (".ts", "mpeg2video", {"bf": "2", "g": "15", "b": "3M"}),
    "mpeg2 ps": (".mpg", "mpeg2video", {"bf": "2", "g": "15", "b": "3M"}),
    "vp9": (".webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "0"}),
    "av1": (".mkv", "libsvtav1", {"preset": "8", "crf": "20", "svtav1-params": "lp=1"}),
}


def numbered(number: int) -> NDArray[np.uint8]:
    """A picture that shows a number as blocks, black or white."""
    blocks = [(number >> bit) & 1 for bit in range(BITS)]
    return np.repeat(np.repeat(np.array([blocks], np.uint8) * 255, 64, 0), 32, 1)[..., None].repeat(3, 2)


def number_in(image: NDArray[np.uint8]) -> int:
    width = image.shape[1] / BITS
    return sum(int(image[32, int((bit + 0.5) * width)].mean() > 127) << bit for bit in range(BITS))


def make(path: Path, codec: str, options: dict[str, str], times: Sequence[int]) -> Film:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 256, 64, "yuv420p"
        base = Fraction(1, 25 if path.suffix in (".ts", ".mpg") or codec == "libsvtav1" else 1000)
        stream.codec_context.time_base = base
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts, frame.time_base = round(Fraction(time, 1000) / base), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return probe(path)


def shown_at(times: Sequence[int], time_ms: int) -> int:
    """The number of the frame that is shown then."""
    return max((number for number, time in enumerate(times) if time <= time_ms), default=0)


SPANS = [Span(600, 2_300), Span(2_300, 4_000), Span(3_500, 5_000), Span(100, 1_100), Span(5_900, 8_000)]


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("way", [clips, clips_ahead])
def test_each_wanted_frame_is_the_one_shown_then(tmp_path: Path, name: str, way: object) -> None:
    suffix, codec, options = CODECS[name]
    film = make(tmp_path / f"film{suffix}", codec, options, STEADY)
    made = list(way(film, SPANS, EVENLY))  # type: ignore[operator]
    assert [clip.span for clip in made] == SPANS
    for clip in made:
        assert [number_in(one.image) for one in clip.frames] == [shown_at(STEADY, one.time_ms) for one in clip.frames]


@pytest.mark.parametrize("name", ["h264", "h264, all B", "hevc"])
def test_so_it_is_at_a_variable_frame_rate(tmp_path: Path, name: str) -> None:
    _, codec, options = CODECS[name]
    film = make(tmp_path / "film.mkv", codec, options, VARIABLE)
    for clip in clips(film, SPANS, EVENLY):
        assert [number_in(one.image) for one in clip.frames] == [shown_at(VARIABLE, one.time_ms) for one in clip.frames]


@pytest.mark.parametrize(("name", "share"), [("h264", 0.8), ("h264, all B", 0.3), ("hevc", 0.8), ("mpeg2", 0.5)])
def test_frames_that_no_other_refers_to_are_not_decoded(tmp_path: Path, name: str, share: float) -> None:
    suffix, codec, options = CODECS[name]
    film = make(tmp_path / f"film{suffix}", codec, options, STEADY)
    with open_film(film) as container:
        stream = picture_stream(container, film)
        assert may_skip(stream, film)
        assert sum(1 for _ in frames_from(container, stream, film, 0, [2_500])) < share * len(STEADY)


def test_sublayers_of_hevc_are_seen(tmp_path: Path) -> None:
    """In a lower one of them a frame may be referred to though its packet says that it is not."""
    params = "log-level=none:keyint=50:bframes=3:b-pyramid=1"
    for suffix in (".mkv", ".ts"):
        for layers in (1, 2):
            options = {"x265-params": f"{params}:temporal-layers={layers}" if layers > 1 else params}
            film = make(tmp_path / f"film{layers}{suffix}", "libx265", options, STEADY[:60])
            with open_film(film) as container:
                assert may_skip(picture_stream(container, film), film) == (layers == 1)
    assert has_sublayers(b"")


@given(st.lists(st.tuples(st.integers(0, 500_000), st.integers(1, 60_000)), max_size=30), st.integers(1, 6))
def test_runs_hold_each_span_once_and_none_goes_back(parts: list[tuple[int, int]], most: int) -> None:
    spans = [Span(start, start + length) for start, length in parts]
    found = runs(spans, most)
    assert [number for part in found for number in part] == list(range(len(spans)))
    for part in found:
        assert 1 <= len(part) <= most
        starts = [spans[number].start_ms for number in part]
        assert starts == sorted(starts)


def test_spans_that_touch_are_one_run() -> None:
    assert runs([Span(0, 10_000), Span(10_000, 30_000), Span(30_500, 40_000)]) == [range(3)]
    assert runs([Span(0, 10_000), Span(60_000, 70_000)]) == [range(1), range(1, 2)]


@pytest.mark.parametrize("cores", [1, 2, 3, 16])
def test_on_any_number_of_cores_the_clips_are_the_same(
    tmp_path: Path, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make(tmp_path / "film.mp4", *CODECS["h264"][1:], STEADY)
    spans = [Span(at, at + 700) for at in range(0, 5_500, 300)]
    monkeypatch.setattr(frames, "cores", lambda: cores)
    one_by_one, at_once = list(clips(film, spans, EVENLY)), list(clips_ahead(film, spans, EVENLY))
    for one, other in zip(one_by_one, at_once, strict=True):
        assert one.span == other.span
        assert [number_in(frame.image) for frame in one.frames] == [number_in(frame.image) for frame in other.frames]


def test_clips_that_wait_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    film = make(tmp_path / "film.mp4", *CODECS["h264"][1:], STEADY)
    monkeypatch.setattr(frames, "cores", lambda: 16)
    spans = [Span(0, 5_000)] * 40
    size = 10 * 256 * 64 * 3
    for most in (size // 2, 7 * size, 100 * size):
        monkeypatch.setattr(frames, "READY_BYTES", most)
        workers, count = frames.shares(film, spans, EVENLY)
        assert workers == count == 1 or workers * (count + 2) * size <= most


def test_a_large_picture_has_fewer_decoders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each holds up to 16 frames."""
    film = make(tmp_path / "film.mp4", *CODECS["h264"][1:], STEADY)
    monkeypatch.setattr(frames, "cores", lambda: 64)
    spans = [Span(at, at + 1_000) for at in range(0, 50_000, 1_000)]
    found = []
    for width, height in ((1280, 720), (1920, 1080), (3840, 2160), (7680, 4320)):
        large = replace(film, video=replace(film.video, width=width, height=height))
        found.append(frames.shares(large, spans, EVENLY)[0])
        assert found[-1] == 1 or found[-1] * 16 * 3 * width * height <= frames.DECODER_BYTES
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (frames.MOST_WORKERS, 1)


@pytest.mark.parametrize("cores", [1, 4])
def test_a_film_that_goes_away_is_one_error_and_no_hang(
    tmp_path: Path, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make(tmp_path / "film.mp4", *CODECS["h264"][1:], STEADY)
    monkeypatch.setattr(frames, "cores", lambda: cores)
    film.path.unlink()
    with pytest.raises(FilmError, match=r"film\.mp4"):
        list(clips_ahead(film, [Span(at, at + 500) for at in range(0, 5_000, 500)], EVENLY))
