"""Films of clicks, one a second, in every way that sound can stand in a file; and what is heard of them afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from films import FFMPEG, RATE, Sound, clicks, make_film
from numpy.typing import NDArray

from audiodesc.media.probe import probe
from audiodesc.media.sound import from_frame, read_sound
from audiodesc.model import Take

CLICK_AT = 4_800
"""Where in its clip the clicking voice clicks."""

AC3_DELAY = 256
"""Samples by which FFmpeg's AC-3 comes late; a transport stream has no place to say so."""


class ClickingVoice:
    """Says every text as one click, a tenth of a second after the line begins."""

    fingerprint = "clicks"

    def takes_ipa(self, ipa: str) -> bool:
        return False

    def say(self, text: str, rate: float) -> Take:
        samples = np.zeros(3 * CLICK_AT, np.float32)
        samples[CLICK_AT] = 0.9
        return Take(samples, rate)


def ffmpeg(*arguments: object) -> None:
    subprocess.run([FFMPEG, "-y", "-loglevel", "error", *map(str, arguments)], check=True)


def heard_by_us(path: Path, track: int = -1, rate: int = RATE) -> NDArray[np.float32]:
    """The track on the film's clock, as this program reads it."""
    film = probe(path)
    return np.concatenate(list(read_sound(film, film.audio_tracks[track], rate)), axis=1)


def heard_by_ffmpeg(path: Path, channels: int, track: int = 0, rate: int = RATE) -> NDArray[np.float32]:
    """The track on the file's clock, as the `ffmpeg` program plays it."""
    play = ["-map", f"0:a:{track}", "-af", f"aresample={rate}:async=1:min_hard_comp=0.05:first_pts=0", "-f", "f32le"]
    done = subprocess.run([FFMPEG, "-loglevel", "error", "-i", path, *play, "-"], check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4").reshape(-1, channels).T


def heard_in_file(path: Path) -> NDArray[np.float32]:
    """All samples of a sound file, at its own rate, decoded by PyAV."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler("flt")
        frames = [from_frame(out) for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate(frames, axis=1)


def astray(samples: NDArray[np.float32], places: Sequence[int], reach: int = 4_000) -> list[int]:
    """How many samples from each place the loudest one around it is; `reach` where nothing is heard."""
    found = []
    for place in places:
        around = np.abs(samples[max(0, place - reach) : place + reach])
        heard = around.size and around.max() > 0.02
        found.append(int(around.argmax()) - min(place, reach) if heard else reach)
    return found


def seconds(*numbers: int, shift: float = 0.0) -> list[int]:
    """The samples of the clicks of these seconds, half a second past each and `shift` seconds later."""
    return [number * RATE + RATE // 2 + round(shift * RATE) for number in numbers]


def clicking(folder: Path, suffix: str, codec: str, length: float = 5, layout: str = "mono", **more: object) -> Path:
    """An ordinary film with clicks."""
    channels = av.AudioLayout(layout).nb_channels
    sound = Sound(clicks(length, channels), layout, codec=codec, **more)  # type: ignore[arg-type]
    return make_film(folder / f"plain{suffix}", length, sounds=[sound])


def shifted(source: Path, place: Path, seconds: float) -> Path:
    """The film with its sound moved by so much against the picture."""
    sound = ["-itsoffset", seconds, "-i", source]
    ffmpeg("-i", source, *sound, "-map", "0:v", "-map", "1:a", "-c", "copy", place)
    return place


def spliced(place: Path, first: Path, second: Path, at_s: float, from_s: float = 0.0) -> Path:
    """Two transport streams, one after the other, the first with its time stamps from `from_s` on, the second with its
    own from `at_s` on."""
    parts = []
    for film, offset in ((first, from_s), (second, at_s)):
        part = film.with_suffix(".part.ts")
        ffmpeg("-i", film, "-c", "copy", "-muxdelay", 0, "-muxpreload", 0, "-output_ts_offset", offset, part)
        parts.append(part.read_bytes())
    place.write_bytes(b"".join(parts))
    return place


def sparse(place: Path, stretches: Sequence[tuple[float, NDArray[np.float32]]], end_s: float, rate: int) -> Path:
    """A film with a picture at its beginning and at its end, and between them sound in these places alone."""
    black = np.zeros((120, 160, 3), np.uint8)
    with av.open(str(place), "w") as out:
        video = out.add_stream("libx264", rate=1)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        video.options = {"bf": "0", "g": "1"}
        sound = out.add_stream("pcm_s16le", rate=rate, layout="mono")
        for time in (0.0, end_s - 1):
            frame = av.VideoFrame.from_ndarray(black, format="rgb24")
            frame.pts, frame.time_base = round(time), Fraction(1, 1)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for start_s, samples in stretches:
            for at in range(0, samples.shape[1], 1000):
                part = np.ascontiguousarray(samples[:, at : at + 1000] * 32767).astype("<i2")
                audio = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
                audio.sample_rate, audio.time_base = rate, Fraction(1, rate)
                audio.pts = round(start_s * rate) + at
                out.mux(sound.encode(audio))
    return place


Build = Callable[[Path], tuple[Path, list[int]]]


def undecodable(source: Path, place: Path) -> Path:
    """The film with noise in place of its coded sound."""
    noise = np.random.default_rng(0)
    with av.open(str(source)) as film, av.open(str(place), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in film.streams}
        for packet in film.demux():
            copy = packet
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                copy = av.Packet(noise.integers(0, 256, packet.size, dtype=np.uint8).tobytes())
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.time_base = packet.time_base
            copy.stream = copies[packet.stream_index]
            out.mux(copy)
    return place


def restless(place: Path, forms: Sequence[tuple[str, int]], length: int) -> Path:
    """A transport stream whose AC-3, a tone, has another layout and rate in each packet."""
    coded = [_toned(layout, rate, length) for layout, rate in forms]
    with av.open(str(place), "w") as out:
        video, sound = out.add_stream("libx264", rate=10), out.add_stream("ac3", rate=RATE, layout="stereo")
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        out.start_encoding()
        at, number = Fraction(0), 0
        for picture in range(length * 10):
            frame = av.VideoFrame.from_ndarray(np.zeros((120, 160, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = picture, Fraction(1, 10)
            out.mux(video.encode(frame))
            while at < Fraction(picture + 1, 10):
                rate = forms[number % len(forms)][1]
                packet = av.Packet(coded[number % len(forms)][int(at * rate / 1536)])
                packet.stream, packet.time_base, packet.pts = sound, Fraction(1, 90_000), round(at * 90_000)
                packet.dts = packet.pts
                out.mux(packet)
                at, number = at + Fraction(1536, rate), number + 1
        out.mux(video.encode(None))
    return place


def _toned(layout: str, rate: int, length: int) -> list[bytes]:
    """A tone of 440 Hz in packets of AC-3."""
    coder = av.CodecContext.create("ac3", "w")
    coder.sample_rate, coder.layout, coder.format, coder.bit_rate = rate, layout, "fltp", 192_000
    tone = 0.25 * np.sin(2 * np.pi * 440 * np.arange((length + 1) * rate) / rate).astype(np.float32)
    coded = []
    for at in range(0, len(tone) - 1536, 1536):
        samples = np.tile(tone[at : at + 1536], (av.AudioLayout(layout).nb_channels, 1))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        coded += [bytes(packet) for packet in coder.encode(frame)]
    return coded
