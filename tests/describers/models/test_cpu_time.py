"""A model without a GPU: the time for a film is estimated, and the quickest precision is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers import models
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models import cpu_time, loading, user_cache, video_model
from audiodesc.describers.models.cpu_time import Speed, film_s, quickest, shown_time
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.describers.models.video_model import LocalModel, VideoModel
from audiodesc.model import Frame, Span, VideoClip

pytest.importorskip("torch")
pytest.importorskip("transformers")

from models import tiny, tiny_kinds

from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.loading import load_model
from audiodesc.describers.models.questions import Question, on_device, prepared
from audiodesc.describers.models.weights import Weights

ONE = ModelProfile("one", "x/one", active_parameters=1.0, max_frames=10, frame_tokens=50, frame_gmacs=20)


def test_the_time_for_a_film_is_that_of_its_looks_and_lines() -> None:
    speed = Speed(read=1e11, write=1e10)  # 10 ms to read a token, 100 ms to write one
    look_s = 0.01 * (400 + 500) + 0.1 * 120 + 10 * 20e9 / 1e11
    line_s = 0.01 * 700 + 0.1 * 80
    steps_s = 0.03 * (120 + 80)
    assert film_s(ONE, 600, speed) == pytest.approx(1.3 * 50 * (look_s + line_s + steps_s))
    assert film_s(replace(ONE, active_parameters=0.0), 600, speed) is None


@given(st.floats(1e8, 1e13), st.floats(1e8, 1e13), st.floats(1, 10_000), st.floats(1.01, 10))
def test_a_longer_film_a_larger_model_and_a_slower_machine_take_longer(
    read: float, write: float, length: float, times: float
) -> None:
    speed = Speed(read, write)
    least = film_s(ONE, length, speed)
    assert least
    for more in (
        film_s(ONE, length * times, speed),
        film_s(replace(ONE, active_parameters=times), length, speed),
        film_s(ONE, length, Speed(read / times, write / times)),
    ):
        assert more
        assert more > least


def test_every_profile_for_a_processor_says_what_there_is_to_compute() -> None:
    for profile in shipped().values():
        assert bool(profile.active_parameters and profile.frame_tokens) == (profile.auto and not profile.memory_gb)


@pytest.mark.parametrize("fast", ["float32", "bfloat16", "int8"])
def test_the_quickest_precision_is_taken(monkeypatch: pytest.MonkeyPatch, fast: str) -> None:
    monkeypatch.setattr(cpu_time, "measured_speed", lambda precision: Speed(2, 2) if precision == fast else Speed(1, 1))
    assert quickest(Machine(bf16=True)) == (fast, Speed(2, 2))
    assert quickest(Machine())[0] == ("float32" if fast == "bfloat16" else fast)


def test_the_precision_is_chosen_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for fast, chosen in (("int8", "int8"), ("float32", "int8")):  # the machine was busy at the second time
        monkeypatch.setattr(cpu_time, "quickest", lambda _, fast=fast: (fast, Speed(1, 1)))
        assert cpu_time.precision_here(Machine()) == chosen


def test_weights_in_8_bits_are_another_model_and_their_answers_are_kept_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loading, "LARGE_BYTES", 9)
    prints = {}
    for precision in ("float32", "bfloat16", "int8"):
        folder = tmp_path / precision
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(bytes(10))
        monkeypatch.setattr(loading, "precision_here", lambda machine, precision=precision: precision)
        model = LocalModel(ONE, Weights(folder, "x/one", "7"))
        prints[precision] = VideoModel(model, model, FilmContext()).fingerprint
    assert prints["float32"] == prints["bfloat16"] != prints["int8"]


class Slow:
    """A model whose look takes a tenth of a second by its own clock, one at a time."""

    now_s = 0.0

    def clock(self) -> float:
        return self.now_s

    def batch(self) -> tuple[int, int]:
        return 1, 10**9

    def weight(self, clip: VideoClip) -> int:
        return 1

    def kind_of(self, clip: VideoClip) -> int:
        return 1

    def prepare(self, questions: Sequence[Question]) -> None:
        pass

    def answer(self, questions: Sequence[Question], inputs: Any, tokens: int) -> Iterator[str]:
        self.now_s += 0.1
        yield "1. A ferry."


def test_the_first_look_says_how_long_the_film_takes_and_a_later_run_knows_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(video_model, "this_machine", Machine)
    monkeypatch.setattr(video_model, "speed_here", lambda _: Speed(1e11, 1e10))
    caplog.set_level("INFO", "audiodesc")
    weights = Weights(tmp_path / "none", "x/one", "7")
    model, slow = LocalModel(ONE, weights), Slow()
    monkeypatch.setattr(video_model, "perf_counter", slow.clock)
    describer = VideoModel(model, model, FilmContext(), lambda _: cast(BatchRunner, slow), film_s=6000)
    frame = Frame(0, np.zeros((28, 28, 3), np.uint8))
    assert len(list(describer.observe([VideoClip(Span(0, 1000), (frame,))] * 3))) == 3
    pace = user_cache.pace(weights.name)
    estimated = film_s(ONE, 1.0, Speed(1e11, 1e10))
    look_s = 1.3 * (0.01 * 900 + 0.1 * 120 + 10 * 20e9 / 1e11 + 0.03 * 120)
    assert pace is not None
    assert estimated is not None
    assert pace == pytest.approx(estimated * 0.1 / look_s)
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"one needs about {shown_time(pace * 6000)} for this film, by its first look"]
    monkeypatch.setattr(models, "this_machine", Machine)
    monkeypatch.setattr(models, "found", lambda profile: weights)
    assert models.ProfiledModel(ONE, 1).film_takes_s(600) == 600 * pace


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_a_speed_is_measured(monkeypatch: pytest.MonkeyPatch, precision: cpu_time.Precision) -> None:
    for name, size in (("_WIDE", 64), ("_HIGH", 96), ("_LAYERS", 2), ("_ROWS", 8), ("_MEASURED_S", 0.01)):
        monkeypatch.setattr(cpu_time, name, size)
    speed = cpu_time.measured_speed.__wrapped__(precision)
    assert speed.read > 0
    assert speed.write > 0


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2, "1 min"), (840, "14 min"), (2_230, "35 min"), (5_100, "85 min"), (9_000, "2.5 h")]
)
def test_a_time_is_shown_as_coarse_as_it_is_known(seconds: float, shown: str) -> None:
    assert shown_time(seconds) == shown


@pytest.mark.parametrize("make", [tiny_kinds.tiny_qwen35, tiny.tiny_qwen3_vl, tiny.tiny_smolvlm2])
@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_a_model_answers_alike_in_a_lower_precision(
    make: Callable[[Path], Path], precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Weights(make(tmp_path / "model"), "tiny", "1")
    whole = load_model(folder)
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    monkeypatch.setattr(loading, "precision_here", lambda machine: precision)
    small = load_model(folder)
    random = np.random.default_rng(1)
    frames = tuple(Frame(500 * i, random.integers(0, 255, (84, 112, 3), dtype=np.uint8)) for i in range(4))
    question = Question("What?", frames)
    import torch

    with torch.inference_mode():
        exact, near = (one.model(**on_device(one, prepared(one, [question]))).logits.float() for one in (whole, small))
    assert near.shape == exact.shape
    assert 0 < float((near - exact).abs().max()) < 0.1 * float(exact.abs().max())
    assert isinstance(BatchRunner("tiny", small).ask(question, 8), str)
