"""Films made from nothing, whose right answers are known by construction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
Picture = Callable[[float], NDArray[np.uint8]]


@dataclass(frozen=True)
class Sound:
    """A sound track: samples of shape (channels, n); `start_s` is where it begins on the film's clock; `holes`
    are stretches in seconds of the track's own time whose packets are missing."""

    samples: NDArray[np.float32]
    layout: str
    rate: int = RATE
    codec: str = "flac"
    start_s: float = 0.0
    holes: tuple[tuple[float, float], ...] = ()
    language: str = ""
    default: bool = True


def plain(colour: tuple[int, int, int] = (90, 120, 150), size: tuple[int, int] = (160, 120)) -> Picture:
    """A picture of one colour, as (width, height)."""
    image = np.full((size[1], size[0], 3), colour, np.uint8)
    return lambda time: image


def make_film(
    path: Path,
    seconds: float = 4.0,
    picture: Picture | None = None,
    sounds: Sequence[Sound] = (),
    *,
    fps: int = 10,
    times: Sequence[float] | None = None,
    video_start_s: float = 0.0,
    gop: int = 10,
    language: str = "",
    b_frames: int = 0,
) -> Path:
    """Write a film: H.264 (for `.webm` VP8) and the sounds; the container follows the suffix.

    `times` are the frames' presentation times in seconds for a variable frame rate.
    """
    picture = picture or plain()
    times = times or [i / fps for i in range(round(seconds * fps))]
    with av.open(str(path), "w") as out:
        codec = "libvpx" if path.suffix == ".webm" else "libx264"
        video = out.add_stream(codec, rate=fps)
        assert isinstance(video, av.VideoStream)
        first = picture(0.0)
        video.width, video.height, video.pix_fmt = first.shape[1], first.shape[0], "yuv420p"
        video.options = {"g": str(gop), "preset": "ultrafast", "bf": str(b_frames), "crf": "18"}
        video.codec_context.time_base = Fraction(1, 1000)
        if language:
            video.metadata["language"] = language
        tracks = [_add(out, sound) for sound in sounds]
        for time in times:
            frame = av.VideoFrame.from_ndarray(picture(time), format="rgb24")
            frame.pts, frame.time_base = round((time + video_start_s) * 1000), Fraction(1, 1000)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for sound, track in zip(sounds, tracks, strict=True):
            _write(out, sound, track)
    return path


def _add(out: av.container.OutputContainer, sound: Sound) -> av.AudioStream:
    track = out.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
    assert isinstance(track, av.AudioStream)
    if sound.language:
        track.metadata["language"] = sound.language
    track.disposition = av.stream.Disposition.default if sound.default else av.stream.Disposition(0)
    return track


def _write(out: av.container.OutputContainer, sound: Sound, track: av.AudioStream) -> None:
    size = 1000
    for at in range(0, sound.samples.shape[1], size):
        if any(start * sound.rate <= at < end * sound.rate for start, end in sound.holes):
            continue
        block = np.ascontiguousarray(sound.samples[:, at : at + size])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=sound.layout)
        frame.sample_rate = sound.rate
        frame.pts, frame.time_base = at + round(sound.start_s * sound.rate), Fraction(1, sound.rate)
        out.mux(track.encode(frame))
    out.mux(track.encode(None))


def silence(seconds: float, channels: int = 1, rate: int = RATE) -> NDArray[np.float32]:
    return np.zeros((channels, round(seconds * rate)), np.float32)


def clicks(seconds: float, channels: int = 1, rate: int = RATE) -> NDArray[np.float32]:
    """A click of one sample at every half second past a whole one, in all channels."""
    out = silence(seconds, channels, rate)
    out[:, rate // 2 :: rate] = 0.9
    return out


def click_places(samples: NDArray[np.float32], rate: int = RATE) -> list[int]:
    """Where the loudest sample of each whole second is, for the seconds that hold a click."""
    places = []
    for start in range(0, len(samples) - rate // 2, rate):
        part = np.abs(samples[start : start + rate])
        if part.max() > 0.2:
            places.append(start + int(part.argmax()))
    return places


def tone(seconds: float, hz: float = 1000.0, level: float = 0.1, channels: int = 1) -> NDArray[np.float32]:
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.tile(wave.astype(np.float32), (channels, 1))


def write_srt(path: Path, cues: Sequence[tuple[int, int, str]]) -> Path:
    """SubRip from (start in ms, end in ms, text)."""

    def time(ms: int) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"

    blocks = [f"{i}\n{time(a)} --> {time(b)}\n{text}\n" for i, (a, b, text) in enumerate(cues, 1)]
    path.write_text("\n".join(blocks), "utf-8")
    return path
