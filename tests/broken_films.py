"""Small films in every container, ways to break them, and odd ones that are whole."""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from films import FFMPEG

SOUND = ["-f", "lavfi", "-i", "sine=f=440:r=48000:d=3"]
PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=3"]
SUBTITLES = "1\n00:00:00,500 --> 00:00:01,500\nHello there.\n"

SEEDS: dict[str, list[str]] = {
    "mp4": ["-c:v", "libx264", "-c:a", "aac", "-c:s", "mov_text"],
    "fragments.mp4": ["-c:v", "libx264", "-c:a", "aac", "-c:s", "mov_text", "-movflags", "+frag_keyframe+empty_moov"],
    "mkv": ["-c:v", "libx264", "-c:a", "flac", "-c:s", "srt"],
    "ts": ["-c:v", "libx264", "-c:a", "ac3", "-sn"],
    "webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis", "-c:s", "webvtt"],
    "avi": ["-c:v", "mpeg4", "-c:a", "mp3", "-sn"],
    "mov": ["-c:v", "libx264", "-c:a", "pcm_s16le", "-c:s", "mov_text"],
    "flv": ["-c:v", "libx264", "-c:a", "aac", "-ar", "44100", "-sn"],
}

Mutation = Callable[[bytearray, bytes, random.Random], None]


def coded(place: Path, *options: str) -> Path:
    """A film by the `ffmpeg` program."""
    command = [FFMPEG, "-y", "-loglevel", "error", *options, str(place)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return place


def seeds(folder: Path) -> dict[str, bytes]:
    """The films to start from, by kind; a kind's name ends in the suffix of its files."""
    subtitles = folder / "seed.srt"
    subtitles.write_text(SUBTITLES, "utf-8")
    inputs = [*PICTURE, *SOUND, "-i", str(subtitles), "-map", "0", "-map", "1", "-map", "2?"]
    made = {kind: coded(folder / f"seed.{kind}", *inputs, *options) for kind, options in SEEDS.items()}
    return {kind: path.read_bytes() for kind, path in made.items()}


def flip(data: bytearray, other: bytes, rng: random.Random) -> None:
    for _ in range(rng.choice([1, 4, 40, 400])):
        data[_place(data, rng)] = rng.randrange(256)


def extreme(data: bytearray, other: bytes, rng: random.Random) -> None:
    """Numbers of four or eight bytes that a header may hold."""
    for _ in range(rng.randint(1, 6)):
        at, size = _place(data, rng), rng.choice([2, 4, 8])
        value = rng.choice([0, 1, (1 << 8 * size) - 1, 1 << 8 * size - 1, (1 << 8 * size - 1) - 1, 1 << 4 * size])
        data[at : at + size] = (value % (1 << 8 * size)).to_bytes(size)[: len(data) - at]


def truncate(data: bytearray, other: bytes, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def cut(data: bytearray, other: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice([1, 188, 3_000, 30_000])]


def splice(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, at = rng.randrange(len(other)), rng.randrange(len(data))
    data[at:at] = other[start : start + rng.choice([188, 5_000, len(other)])]


def repeat(data: bytearray, other: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    part = data[start : start + rng.choice([4, 188, 2_000])]
    data[start:start] = part * rng.choice([1, 10, 200])


def blank(data: bytearray, other: bytes, rng: random.Random) -> None:
    start, size = rng.randrange(len(data)), rng.choice([16, 1_000, 20_000])
    data[start : start + size] = bytes([rng.choice([0, 255])]) * min(size, len(data) - start)


MUTATIONS: tuple[Mutation, ...] = (flip, flip, extreme, extreme, truncate, cut, splice, repeat, blank)


def _place(data: bytearray, rng: random.Random) -> int:
    """Somewhere; most often at the beginning or the end, where containers have their indexes."""
    size = len(data)
    near = min(size, 3_000)
    return rng.choice([rng.randrange(size), rng.randrange(near), size - 1 - rng.randrange(near)])


def mutated(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """The content, broken in one to three ways; `other` is another film to take parts of."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        if data:
            rng.choice(MUTATIONS)(data, other, rng)
    return bytes(data)


def odd(folder: Path) -> Iterator[Callable[[], Path]]:
    """Makers of a hundred odd films: of all sizes, rates, forms and layouts, and with headers that lie."""
    video, sound = ["-c:v", "libx264"], ["-c:a", "aac"]
    for number, size in enumerate(["2x2", "16x16", "18x1080", "1920x18", "34x26", "161x121", "640x2", "4096x64"]):
        picture = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=5:d=1"]
        yield partial(coded, folder / f"size{number}.mkv", *picture, *SOUND, "-t", "1", "-c:v", "ffv1", *sound)
    for rate in ["1/10", "1", "24000/1001", "59.94", "240", "1000"]:
        picture = ["-f", "lavfi", "-i", f"testsrc2=s=64x64:r={rate}:d=2"]
        for suffix in ("mp4", "mkv"):
            name = folder / f"rate{rate.replace('/', '-')}.{suffix}"
            yield partial(coded, name, *picture, *SOUND, "-t", "2", *video, *sound)
    for form in ["gray", "yuv422p", "yuv444p", "yuv420p10le"]:
        yield partial(coded, folder / f"{form}.mkv", *PICTURE, *SOUND, "-pix_fmt", form, *video, *sound)
    for file, codec in [("mjpeg.avi", "mjpeg"), ("raw.avi", "rawvideo"), ("png.mov", "png"), ("prores.mov", "prores"),
                        ("mpeg1.mpg", "mpeg1video"), ("mpeg2.ts", "mpeg2video"), ("theora.ogv", "libtheora"),
                        ("huffman.mkv", "ffvhuff"), ("wmv.wmv", "wmv2"), ("hevc.mp4", "libx265"),
                        ("vp9.webm", "libvpx-vp9")]:  # fmt: skip
        audio = {"ogv": "libvorbis", "webm": "libopus", "mpg": "mp2", "wmv": "wmav2"}.get(file[-3:], "ac3")
        audio = "libopus" if file.endswith("webm") else audio
        yield partial(coded, folder / file, *PICTURE, *SOUND, "-r", "25", "-c:v", codec, "-c:a", audio)
    for layout in ["mono", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1", "octagonal", "hexadecagonal"]:
        channels = ["-af", f"aformat=channel_layouts={layout}", "-c:a", "pcm_s16le"]
        yield partial(coded, folder / f"{layout}.mkv", *PICTURE, *SOUND, *channels, *video)
    for rate in ["4000", "7999", "11025", "96000", "192000"]:
        yield partial(coded, folder / f"hz{rate}.mkv", *PICTURE, *SOUND, "-ar", rate, "-c:a", "pcm_f32le", *video)
    for form in ["pcm_u8", "pcm_s24le", "pcm_f64le", "pcm_alaw", "adpcm_ima_wav", "wavpack", "alac"]:
        yield partial(coded, folder / f"{form}.mkv", *PICTURE, *SOUND, "-c:a", form, *video)
    for length in ["0.04", "0.1", "0.4", "0.9"]:
        for suffix in ("mp4", "mkv", "ts"):
            yield partial(coded, folder / f"short{length}.{suffix}", *PICTURE, *SOUND, "-t", length, *video, *sound)
    for tracks in (2, 12, 40):
        maps = [part for _ in range(tracks) for part in ("-map", "1")]
        yield partial(coded, folder / f"tracks{tracks}.mkv", *PICTURE, *SOUND, "-map", "0", *maps, *video, *sound)
    yield partial(coded, folder / "silent.mp4", *PICTURE, *video)
    yield partial(coded, folder / "sound.m4a", *SOUND, *sound)
    yield partial(
        coded, folder / "title.mkv", *PICTURE, *SOUND, "-metadata", "title=" + "x\x1b[2J" * 20_000, *video, *sound
    )
    yield from _lying(folder)


def _lying(folder: Path) -> Iterator[Callable[[], Path]]:
    """Makers of films whose headers say what is not so."""
    film = coded(folder / "plain.mp4", *PICTURE, *SOUND, "-c:v", "libx264", "-c:a", "aac").read_bytes()
    for box, offset in [(b"stts", 8), (b"stts", 12), (b"stsz", 4), (b"stsz", 8), (b"stco", 4), (b"stsc", 4),
                        (b"stsc", 12), (b"mdhd", 12), (b"mdhd", 16), (b"mvhd", 12), (b"elst", 4), (b"elst", 8),
                        (b"elst", 12), (b"avc1", 24), (b"mp4a", 16), (b"tkhd", 76), (b"ctts", 8)]:  # fmt: skip
        for value in (0x7FFF_FFFF, 0xFFFF_FFFF):
            if (at := film.find(box)) > 0:
                place = folder / f"{box.decode()}{offset}-{value:x}.mp4"
                yield partial(_put, place, film[: at + 4 + offset] + struct.pack(">I", value) + film[at + 8 + offset :])
    for name, content in {
        "nothing.mp4": b"\0\0\0\x08ftyp",
        "deep.mp4": b"".join(struct.pack(">I4s", 80_008 - 8 * i, b"moov") for i in range(10_000)),
        "padding.ts": (b"\x47\x1f\xff\x10" + b"\xff" * 184) * 2_000,
        "zeros.mkv": bytes(200_000),
    }.items():
        yield partial(_put, folder / name, content)


def _put(place: Path, content: bytes) -> Path:
    place.write_bytes(content)
    return place
