"""Measures the describer on a GPU: a film's worth of looks and lines, against plain one-by-one `generate`.

    python benchmarks/gpu.py [--segments 400] [--batch N …] [--model NAME] [--minutes 12] [--static] [--tiny]

The model has the architecture of `auto`'s default and random weights, so that nothing is downloaded: the time does not
depend on what the numbers are, only on how many words are answered, and that is fixed. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from shutil import which
from typing import Any
from unittest.mock import patch

import frames
import numpy as np
import torch
import transformers
from limits import Limits, measured
from preparation import preparation
from random_model import REAL, random_model

from audiodesc.core.concurrency import SIDE_BY_SIDE
from audiodesc.describers.base import LineRequest, NoAnswerError
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models import generation
from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.generation import is_loop
from audiodesc.describers.models.loading import LoadedModel
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.describers.models.questions import Question, on_device, prepared
from audiodesc.describers.models.video_model import LocalModel, VideoModel
from audiodesc.describers.models.weights import Weights
from audiodesc.describers.prompts import observe_prompt
from audiodesc.media.frames import clips, clips_ahead
from audiodesc.media.probe import probe
from audiodesc.model import Film, Span

MEDIA = Path(os.environ.get("AUDIODESC_MEDIA", ""))
FILM_MINUTES = 90
SEGMENTS = 400
FACTS = "1. WHO: a woman with a grey plait 2. DOES: she crosses the yard and opens a gate 4. PLACE: a farm at dusk"
WANTED_S, WANTED_RATIO, WANTED_BUSY = 240, 4, 85
"""The whole film on one H200, how many times one-by-one, and per cent of the time that the GPU works."""
LOOK_WORDS, TELL_WORDS = 160, 30
"""Tokens of an answer to a look, and of a line: what the real models answer is about that long."""

HEAD = (
    "| batch | segments/s | frames/s | prefill tokens/s | decode tokens/s | in the model | GPU busy | peak GB "
    "| film in s | at best | × real time |"
)


BATCHES = {True: [(16, SEGMENTS), (32, 100), (4, 60), (1, 20)], False: [(1, SEGMENTS), (2, SEGMENTS)]}
"""With a GPU and without: batch sizes, the default first, and how many segments each is measured on."""
MINUTES, LOOKS_SHARE = 12, 0.6
"""In all, and the part of it after which no further batch size is begun: the rest is for one by one and for lines."""


@dataclass
class Tally:
    """What went through `generate`, and how long that took."""

    read: int = 0
    written: int = 0
    patches: int = 0
    steps: int = 0
    reading_s: float = 0.0
    writing_s: float = 0.0
    busy: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """A row of the table; `busy` in per cent, 0 where it was not measured."""

    batch: int
    film_s: float
    busy: float
    row: str


def main() -> int:
    given = _arguments()
    cuda = torch.cuda.is_available()
    words = (8, 4) if given.tiny else (LOOK_WORDS, TELL_WORDS)
    transformers.logging.set_verbosity_error()
    until = time.monotonic() + given.minutes * 60 * LOOKS_SHARE
    with tempfile.TemporaryDirectory(prefix="audiodesc-gpu-") as folder:
        film = probe(_film(Path(folder) / "film.mp4", 6 if given.tiny else 120))
        loaded = random_model(tiny=given.tiny or not cuda, profile=given.model)
        limits = measured(8192 if cuda else 1024)
        where = torch.cuda.get_device_name() if cuda else "CPU"
        size = sum(p.numel() for p in loaded.model.parameters()) / 1e9
        attention = loaded.model.config.vision_config._attn_implementation
        print(f"{given.model} on {where}; {size:.2f} billion random weights; torch {torch.__version__}; {attention}")
        print(limits)
        print(preparation(loaded, _profile().max_pixels))
        if not cuda:
            print("\n".join(frames.report(MEDIA, *((1, 1) if given.tiny else ()))))
            print("GPU: not measured (there is none). What follows shows that the script works, and nothing else.")
        spans = _spans(film, given.segments)
        print(f"\n{HEAD}\n|{' --- |' * 11}", flush=True)
        looks: list[Look] = []
        for batch, most in BATCHES[cuda] if not given.batch else [(batch, given.segments) for batch in given.batch]:
            if looks and time.monotonic() > until:
                print(f"- batch {batch}: left out, the {given.minutes:g} minutes are over")
                continue
            some = spans[:: max(1, len(spans) // most)]
            looks.append(_looked(loaded, film, some, batch, given.segments, words[0], limits))
            print(looks[-1].row, flush=True)
        plain = _plain(loaded, film, spans[: max(2, given.segments // 20)], words[0]) / max(2, given.segments // 20)
        print(
            f"\n- plain one-by-one `generate`: {1 / plain:.3f} segments/s, the film in {plain * given.segments:.0f} s"
        )
        lines: dict[int, float] = {}
        for at_once in (1, SIDE_BY_SIDE):
            for cache in ("dynamic", "static") if given.static else ("dynamic",):
                film_s = _told(loaded, max(2, given.segments // 10), at_once, cache, words[1]) * given.segments
                lines[at_once] = min(film_s, lines.get(at_once, film_s))
                rate = given.segments / film_s
                print(f"- lines, {at_once} at a time, {cache} cache: {rate:.2f} lines/s, the film in {film_s:.0f} s")
        plain_s = plain * given.segments + lines[1]
        print(verdict(min(looks, key=lambda look: look.film_s), plain_s, lines[SIDE_BY_SIDE], gpu=cuda))
    return 0


def verdict(look: Look, plain_s: float, lines_s: float, *, gpu: bool) -> str:
    """The whole film, looks and lines, and whether that is what is wanted; nothing is claimed without a GPU.

    `plain_s` is for both, one by one.
    """
    if not gpu:
        return "- the whole film, looks and lines: not measured"
    whole = look.film_s + lines_s
    ratio = plain_s / whole
    busy = (
        f"GPU busy {look.busy:.0f} % ({_met(look.busy >= WANTED_BUSY)}: {WANTED_BUSY} %)"
        if look.busy
        else "GPU busy: not measured"
    )
    return (
        f"- the whole film, looks (batch {look.batch}) and lines: {whole:.0f} s "
        f"({_met(whole <= WANTED_S)}: {WANTED_S} s); "
        f"{ratio:.1f} times one-by-one ({_met(ratio >= WANTED_RATIO)}: {WANTED_RATIO}); {busy}"
    )


def _met(reached: bool) -> str:
    return "met" if reached else "not met"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A GPU of 40 GB or more; without one, --tiny shows that it works.")
    parser.add_argument(
        "--segments", type=int, default=SEGMENTS, help=f"a film of {FILM_MINUTES} minutes has {SEGMENTS}"
    )
    parser.add_argument("--batch", type=int, action="append", help="this batch size; may be given again")
    parser.add_argument("--model", choices=list(REAL), default=next(iter(REAL)), help="the profile whose model it is")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="about so long in all")
    parser.add_argument("--static", action="store_true", help="also lines with a static cache and compiled steps")
    parser.add_argument("--tiny", action="store_true", help="a model of a few thousand weights")
    return parser.parse_args()


def _film(path: Path, seconds: int) -> Path:
    """H.264, 1280 × 720, 24 fps of drifting colours."""
    import av

    height, width = 720, 1280
    across = np.linspace(0, 6, width)[None, :, None] + np.arange(3) * 2
    down = np.linspace(0, 4, height)[:, None, None]
    turn = 256 / (2 * np.pi)
    phase = ((across + down) * turn).astype(np.uint8)  # of 256, which go round by themselves
    wave = (127 + 120 * np.sin(np.arange(256) / turn)).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(seconds * 24):
            image = wave[phase + np.uint8(i / 12 * turn % 256)]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _spans(film: Film, count: int) -> list[Span]:
    """What the segments of a film watch: 4 to 20 s each; always the same."""
    random = Random(1)
    lengths = [min(film.duration_ms, random.randint(4_000, 20_000)) for _ in range(count)]
    starts = [random.randint(0, film.duration_ms - length) for length in lengths]
    return sorted(Span(start, start + length) for start, length in zip(starts, lengths, strict=True))


def _profile() -> ModelProfile:
    """Frames and pixels are the same for all that can be built here; the likeliest words, for they do not matter."""
    return replace(shipped()["qwen2.5-vl-7b"], observe_tokens=LOOK_WORDS + 1)


def _describer(loaded: LoadedModel, batch: int | None, cache: str = "dynamic") -> VideoModel:
    model = LocalModel(_profile(), Weights(Path(), "random", "none"))
    return VideoModel(model, model, FilmContext(), lambda _: BatchRunner("random", loaded, batch, cache))


def _looked(
    loaded: LoadedModel, film: Film, spans: Sequence[Span], batch: int, segments: int, words: int, limits: Limits
) -> Look:
    """The product's own way: decoded and prepared on other threads, in batches of like lengths."""
    describer, frames = _describer(loaded, batch), 0
    _forget_peak()
    with _counted(loaded.model, words) as tally, _watched(tally):
        started = time.perf_counter()
        clip_stream = clips_ahead(film, spans, describer.frames)
        counted = _counting_frames(clip_stream)
        done = sum(1 for _ in describer.observe(counted))
        seconds = time.perf_counter() - started
    frames = counted.frames
    assert done == len(spans)
    inside = (tally.reading_s + tally.writing_s) / seconds
    share = float(np.mean(tally.busy)) if tally.busy else 0.0
    busy = f"{share:.0f} %" if tally.busy else "not measured"
    peak = f"{torch.cuda.max_memory_allocated() / 1e9:.1f}" if torch.cuda.is_available() else "not measured"
    film_s = seconds * segments / done
    best_s = limits.seconds(loaded.model, tally.read, tally.patches, tally.steps) * segments / done
    row = (
        f"| {batch} | {done / seconds:.2f} | {frames / seconds:.1f} | {tally.read / tally.reading_s:.0f} "
        f"| {tally.written / tally.writing_s:.0f} | {inside:.0%} | {busy} | {peak} "
        f"| {film_s:.0f} | {best_s:.0f} | {FILM_MINUTES * 60 * segments / SEGMENTS / film_s:.1f} |"
    )
    return Look(batch, film_s, share, row)


class _counting_frames:  # noqa: N801 (used like a function)
    """The same clips; `frames` is how many pictures they had."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items, self.frames = items, 0

    def __iter__(self) -> Iterator[Any]:
        for clip in self._items:
            self.frames += len(clip.frames)
            yield clip


def _plain(loaded: LoadedModel, film: Film, spans: Sequence[Span], words: int) -> float:
    """What a user would write: decode, prepare, generate, one clip after the other. In seconds."""
    started = time.perf_counter()
    for clip in clips(film, spans, _profile().frames):
        text = observe_prompt(clip, FilmContext())
        inputs = on_device(loaded, prepared(loaded, [Question(text, clip.frames)]))
        with torch.inference_mode():
            loaded.model.generate(**inputs, max_new_tokens=words, min_new_tokens=words)
    return time.perf_counter() - started


def _told(loaded: LoadedModel, count: int, at_once: int, cache: str, words: int) -> float:
    """Seconds for a line, where that many are asked for at a time."""
    describer = _describer(loaded, None, cache)
    briefs = [
        LineRequest(f"{FACTS} {number}", 12, "en", previous_lines=("A boy waits.", f"A dog runs {number} yards."))
        for number in range(count)
    ]
    with _counted(loaded.model, words), ThreadPoolExecutor(at_once) as threads:
        _written(describer, LineRequest(FACTS, 12, "en"))  # what is compiled once
        started = time.perf_counter()
        list(threads.map(lambda brief: _written(describer, brief), briefs))
        return (time.perf_counter() - started) / count


def _written(describer: VideoModel, request: LineRequest) -> None:
    """What random weights say may be no line."""
    with suppress(NoAnswerError):
        describer.write_lines(request)


@contextmanager
def _counted(model: Any, words: int) -> Iterator[Tally]:
    """Every answer has just so many tokens; what goes through `generate` is counted and timed."""
    from transformers import LogitsProcessor, LogitsProcessorList

    tally, generate = Tally(), model.generate

    class First(LogitsProcessor):  # type: ignore[misc]
        at = 0.0

        def __call__(self, input_ids: Any, scores: Any) -> Any:
            if not self.at:
                _wait()
                self.at = time.perf_counter()
            return scores

    def counted(**inputs: Any) -> Any:
        first, started = First(), time.perf_counter()
        inputs |= {"max_new_tokens": words, "min_new_tokens": words}
        inputs["logits_processor"] = LogitsProcessorList([first, *inputs.get("logits_processor", ())])
        with patch.object(generation, "is_loop", lambda tokens: is_loop(tokens) and False):  # looked for, never found
            out = generate(**inputs)
        _wait()
        tally.read += inputs["attention_mask"].sum().item()
        tally.written += out.shape[0] * words
        tally.steps += words
        patches = inputs.get("pixel_values_videos")
        tally.patches += 0 if patches is None else len(patches)
        tally.reading_s += first.at - started
        tally.writing_s += time.perf_counter() - first.at
        return out

    model.generate = counted
    try:
        yield tally
    finally:
        del model.generate


@contextmanager
def _watched(tally: Tally) -> Iterator[None]:
    """How busy the driver says the GPU is, twice a second."""
    if not torch.cuda.is_available() or not which("nvidia-smi"):
        yield
        return
    uuid = torch.cuda.get_device_properties(torch.cuda.current_device()).uuid
    command = [
        "nvidia-smi",
        "-i",
        f"GPU-{uuid}",
        "--query-gpu=utilization.gpu",
        "--format=csv,noheader,nounits",
        "-lms",
        "500",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
        finally:
            process.terminate()
            said = process.stdout.read() if process.stdout else ""
            tally.busy = [float(line) for line in said.split() if line.isdigit()]


def _forget_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


if __name__ == "__main__":
    sys.exit(main())
