"""How exactly, and how fast, a described track is put onto a film; beside describealign (PyPI), where it is named.

    python benchmarks/align.py [--minutes 90] [--workdir DIR] [--describealign PROGRAM]

The film is made: music and noise that never repeat, with a click every two seconds. Its described track is another
copy: under a narrator for a third of the time, with a scene of 40 s less and an advertisement of 90 s more, at PAL's
speed, as MP3 of 96 kbit/s, 6 dB lower. The same is then aligned by both; what is written is
decoded, and each click of the film is held against the click that is found nearest. Those of the scene that is missing
do not count.
"""

from __future__ import annotations

import argparse
import resource
import shlex
import subprocess
import sys
import wave
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from alignment.described import lines, music, narrated, with_clicks
from films import FFMPEG

RATE_HZ = 48_000
PART_S = 300
STRETCHED = ("--yes", "--stretch_audio", "--alignment_dir", "/dev/null")
"""The described sound is brought to the film, and not the film to it."""

CUT_S, BREAK_S = 40.0, 90.0
EVERY_S = 2.0
REACH_S = 0.5
"""A click that is further away is lost."""

Mono = NDArray[np.float32]


def write(place: Path, parts: list[Mono]) -> Path:
    """16-bit WAV, part by part."""
    with wave.open(str(place), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        for part in parts:
            out.writeframes(np.rint(np.clip(part, -1, 1) * 32767).astype("<i2").tobytes())
    return place


def ffmpeg(*arguments: object) -> None:
    subprocess.run([FFMPEG, "-y", "-loglevel", "error", *map(str, arguments)], check=True)


def make(folder: Path, minutes: float) -> tuple[Path, Path, float]:
    """The film, its described track, and where in the film the scene begins that the track lacks."""
    seconds = minutes * 60
    count = max(1, round(seconds / PART_S))
    own, described = [], []
    for number in range(count):
        plain = music(seconds / count, number)
        own.append(with_clicks(plain))
        described.append(with_clicks(narrated(plain, lines(seconds / count))))
    cut_s = seconds * 0.3
    whole = np.concatenate(described)
    del described
    at, end, put = (round(time * RATE_HZ) for time in (cut_s, cut_s + CUT_S, seconds * 0.7))
    pieces = [whole[:at], whole[end:put], music(BREAK_S, 10_000), whole[put:]]
    sound, track = folder / "film.wav", folder / "ad.wav"
    write(sound, own)
    write(track, pieces)
    film, described_track = folder / "film.mkv", folder / "ad.mp3"
    picture = ["-f", "lavfi", "-i", f"color=size=160x120:rate=24:duration={seconds}"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "128k", "-ac", 2]
    ffmpeg(*picture, "-i", sound, *coded, film)
    faster = f"asetrate={RATE_HZ * 25 / 24},aresample={RATE_HZ},volume=-6dB"
    ffmpeg("-i", track, "-af", faster, "-b:a", "96k", described_track)
    return film, described_track, cut_s


def clicks_ms(path: Path, seconds: float, cut_s: float, track: int) -> list[float]:
    """How far each click is from its place, in ms."""
    command = [
        FFMPEG,
        "-loglevel",
        "error",
        "-i",
        path,
        "-map",
        f"0:a:{track}",
        "-ac",
        1,
        "-ar",
        RATE_HZ,
        "-f",
        "f32le",
        "-",
    ]
    found = []
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE) as decoder:
        assert decoder.stdout
        held, first = np.zeros(0, np.float32), 0
        reach = round(REACH_S * RATE_HZ)
        for number in range(int((seconds - 2) / EVERY_S)):
            at_s = 1 + number * EVERY_S
            at = round(at_s * RATE_HZ)
            while first + len(held) < at + reach and (block := decoder.stdout.read(4 * RATE_HZ)):
                held = np.append(held, np.frombuffer(block, "<f4"))
            around = np.abs(held[at - reach - first : at + reach - first])
            held, first = held[max(0, at - first - reach) :], max(first, at - reach)
            if not cut_s - 1 < at_s < cut_s + CUT_S + 1 and len(around):
                found.append((int(around.argmax()) - reach) * 1000 / RATE_HZ)
        decoder.kill()
    return found


def row(name: str, away: list[float], seconds: float) -> str:
    far = np.abs(away)
    within = float((far <= 20).mean())
    return f"| {name} | {np.median(far):.2f} | {np.percentile(far, 99):.1f} | {within:.1%} | {seconds:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--workdir", type=Path)
    parser.add_argument("--describealign", metavar="PROGRAM")
    given = parser.parse_args()
    with TemporaryDirectory(dir=given.workdir) as folder:
        film, described, cut_s = make(Path(folder), given.minutes)
        print("| | median ms | 99 % ms | within 20 ms | seconds |\n| --- | --- | --- | --- | --- |")
        out = Path(folder) / "ours"
        started = perf_counter()
        command = [sys.executable, "-m", "audiodesc", "align", described, film, "-o", out, "-q"]
        subprocess.run(list(map(str, command)), check=True)
        took = perf_counter() - started
        print(row("audiodesc", clicks_ms(out / "film.ad.m4a", given.minutes * 60, cut_s, 0), took), flush=True)
        memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
        if given.describealign:
            theirs = Path(folder) / "theirs"
            started = perf_counter()
            command = [*shlex.split(given.describealign), film, described, *STRETCHED, "--output_dir", theirs]
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
            took = perf_counter() - started
            made = next(path for path in theirs.iterdir() if path.suffix == ".mkv")
            away, own = (clicks_ms(made, given.minutes * 60, cut_s, track) for track in (0, 1))
            late = float(np.median(own))  # the film's own sound in the same file
            print(row("describealign", [one - late for one in away], took))
        print(f"\nMemory of the largest process of ours: {memory_mb:.0f} MB")


if __name__ == "__main__":
    main()
