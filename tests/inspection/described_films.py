"""Films with two sounds, which are told apart by their tones: the film's own is 440 Hz, the description 880 Hz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from clicking import ffmpeg
from films import RATE, Sound, make_film
from numpy.typing import NDArray

from audiodesc.media.sound import from_frame

OWN_HZ, DESCRIPTION_HZ = 440, 880
SECONDS = 3


@dataclass(frozen=True)
class Given:
    """A sound as it is put into a film: which tone, its dispositions as ffmpeg has them, language and title."""

    hz: int
    disposition: str = "0"
    language: str = "eng"
    title: str = ""


def tone(hz: float, seconds: float = SECONDS, amplitude: float = 0.1, channels: int = 1) -> NDArray[np.float32]:
    wave = amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.tile(wave.astype(np.float32), (channels, 1))


def tones_film(folder: Path) -> Path:
    """A film with both tones, of which `arranged` makes others by copying."""
    sounds = [Sound(tone(hz), "mono", codec="aac", language="eng") for hz in (OWN_HZ, DESCRIPTION_HZ)]
    return make_film(folder / "tones.mp4", SECONDS, sounds=sounds)


def arranged(source: Path, place: Path, sounds: Sequence[Given], *more: object) -> Path:
    """The film with these sounds in this order, each said to be what it is given as."""
    chosen: list[object] = ["-map", "0:v"]
    said: list[object] = []
    for number, one in enumerate(sounds):
        chosen += ["-map", f"0:a:{int(one.hz == DESCRIPTION_HZ)}"]
        said += [f"-disposition:a:{number}", one.disposition, f"-metadata:s:a:{number}", f"language={one.language}"]
        said += [f"-metadata:s:a:{number}", f"title={one.title}"]
    ffmpeg("-i", source, *chosen, "-c", "copy", *said, *more, place)
    return place


def heard_hz(path: Path) -> int:
    """The strongest tone in the middle of a sound file."""
    with av.open(str(path)) as file:
        former = av.AudioResampler("flt", "mono", 8_000)
        samples = np.concatenate(
            [from_frame(out)[0] for frame in file.decode(audio=0) for out in former.resample(frame)]
        )
    middle = samples[len(samples) // 3 :][:4_000]
    return int(np.abs(np.fft.rfft(middle)).argmax() * 8_000 / len(middle))
