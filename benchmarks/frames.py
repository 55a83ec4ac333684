"""Measures what frames for a describer cost, decoded and made into pictures: film-seconds per core-second at 720p.

    python benchmarks/frames.py [--media FOLDER] [--seconds 30]

With a folder (or AUDIODESC_MEDIA) that holds the real films of the tests it takes 30 s of Big Buck Bunny, which is
clean, and of a Popeye with all its film grain; without one it makes a moving texture with grain. Each is coded with
x264 as films for the web are (1280 × 720, 24 fps, preset medium, crf 20: three B-frames, a key frame every 250). See
README.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import av
import cv2
import numpy as np

from audiodesc.describers.models.profiles import shipped
from audiodesc.media import decoding, frames
from audiodesc.media.bars import bars
from audiodesc.media.picture import deinterlaced
from audiodesc.media.probe import probe
from audiodesc.media.tone_map import tone_mapped
from audiodesc.model import Film, Span

WIDTH, HEIGHT = 1280, 720
WANTED = 30
"""Film-seconds per core-second."""

REAL = {
    "Big Buck Bunny": "bbb-moviepy/big_buck_bunny_0_30.webm",
    "Popeye, grainy": "popeye/popeye_p2_pgs.mkv",
}
SPAN_MS = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media", type=Path, default=Path(os.environ.get("AUDIODESC_MEDIA", "")))
    parser.add_argument("--seconds", type=int, default=30)
    given = parser.parse_args()
    print("\n".join(report(given.media, given.seconds)))
    return 0


def report(media: Path, seconds: int = 30, rounds: int = 3) -> Iterator[str]:
    """Lines of text: what was measured, and whether that is what is wanted."""
    found = {name: media / path for name, path in REAL.items() if (media / path).is_file()}
    films = {name: _real(path, seconds) for name, path in found.items()} or {"made, with grain": _made(seconds)}
    with tempfile.TemporaryDirectory(prefix="audiodesc-frames-") as folder:
        for number, (name, pictures) in enumerate(films.items()):
            path = encoded(Path(folder) / f"{number}.mp4", pictures)
            yield from _measured(name, probe(path), path.stat().st_size, rounds)
        yield _each(path)


def _measured(name: str, film: Film, size: int, rounds: int) -> Iterator[str]:
    request = next(iter(shipped().values())).frames
    length_s, spans = film.duration_ms / 1000, _spans(film)

    def core_seconds() -> float:
        return _core_seconds(lambda: list(frames.clips(film, spans, request)), rounds)

    core_s = core_seconds()
    speed = length_s / core_s
    rate = size * 8 / length_s / 1e6
    yield f"- frames of {name}: H.264, {WIDTH} × {HEIGHT}, {rate:.1f} Mbit/s, {request.fps:g} a second"
    met = "met" if speed >= WANTED else "not met"
    yield f"- decoded and made into pictures: {speed:.0f} film-seconds per core-second ({met}: {WANTED})"
    with patch.object(decoding, "may_skip", lambda *_: False):
        whole = core_seconds()
    yield f"- with every frame decoded: {length_s / whole:.0f}, {whole / core_s:.2f} times the processor time"
    with patch.object(frames, "picture_stream", lambda *opened, single: decoding.picture_stream(*opened)):
        threaded = core_seconds()
    yield f"- on FFmpeg's own threads: {length_s / threaded:.0f}, {threaded / core_s:.2f} times the processor time"
    wall = min(_seconds(lambda: list(frames.clips_ahead(film, spans, request))) for _ in range(rounds))
    yield f"- on {frames.shares(film, spans, request)[0]} threads: {length_s / wall:.0f} film-seconds a second"
    yield f"- black bars: {_core_seconds(lambda: bars(film), 1):.2f} core-seconds, once a film"


def _each(path: Path) -> str:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    comb = _core_seconds(lambda: [deinterlaced(frame, frame, frame) for _ in range(20)], 1) / 20
    codes = np.random.default_rng(1).integers(0, 48_000, (441, 784, 3)).astype(np.uint16)
    tones = _core_seconds(lambda: [tone_mapped(codes, "pq") for _ in range(10)], 1) / 10
    return f"- deinterlaced: {comb * 1000:.0f} ms a frame more; tone-mapped: {tones * 1000:.0f} ms"


def encoded(path: Path, pictures: Iterable[av.VideoFrame]) -> Path:
    """H.264 as for the web, 24 fps."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "medium", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, frame in enumerate(pictures):
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, 24), 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _real(path: Path, seconds: int) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        for _, frame in zip(range(seconds * 24), container.decode(video=0), strict=False):
            yield frame.reformat(WIDTH, HEIGHT, "yuv420p")


def _made(seconds: int) -> Iterator[av.VideoFrame]:
    """A texture that drifts, another one each four seconds, with grain."""
    noise = np.random.default_rng(1)
    grain = noise.integers(-2, 3, (8, HEIGHT, WIDTH, 1))
    for number in range(seconds * 24):
        if number % 96 == 0:
            coarse = noise.integers(30, 220, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.uint8)
            texture = cv2.resize(coarse, (WIDTH * 2, HEIGHT * 2), interpolation=cv2.INTER_CUBIC)
        at = number % 96 * 3
        image = texture[at : at + HEIGHT, 2 * at : 2 * at + WIDTH] + grain[number % 8]
        yield av.VideoFrame.from_ndarray(np.clip(image, 0, 255).astype(np.uint8), format="rgb24").reformat(
            format="yuv420p"
        )


def _spans(film: Film) -> list[Span]:
    return [Span(at, min(at + SPAN_MS, film.duration_ms)) for at in range(0, film.duration_ms, SPAN_MS)]


def _core_seconds(work: Callable[[], object], rounds: int) -> float:
    """The least processor time of several rounds."""
    found = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
