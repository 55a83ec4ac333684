"""A model without a GPU: the time for a film is estimated, and the quickest numbers are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.models import cpu_time, loading
from audiodesc.describers.models.cpu_time import Speed, film_s, quickest, shown_time
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.model import Frame

pytest.importorskip("torch")
pytest.importorskip("transformers")

from models import tiny, tiny_kinds

from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.loading import load_model
from audiodesc.describers.models.questions import Question, on_device, prepared
from audiodesc.describers.models.weights import Weights

ONE = ModelProfile("one", "x/one", billions=1.0, max_frames=10, frame_tokens=50, frame_billions=20)


def test_the_time_for_a_film_is_that_of_its_looks_and_lines() -> None:
    speed = Speed(read=1e11, write=1e10)  # 10 ms to read a token, 100 ms to write one
    look_s = 0.01 * (400 + 500) + 0.1 * 120 + 10 * 20e9 / 1e11
    line_s = 0.01 * 700 + 0.1 * 80
    steps_s = 0.03 * (120 + 80)
    assert film_s(ONE, 600, speed) == pytest.approx(1.3 * 50 * (look_s + line_s + steps_s))
    assert film_s(replace(ONE, billions=0.0), 600, speed) is None


@given(st.floats(1e8, 1e13), st.floats(1e8, 1e13), st.floats(1, 10_000), st.floats(1.01, 10))
def test_a_longer_film_a_larger_model_and_a_slower_machine_take_longer(
    read: float, write: float, length: float, times: float
) -> None:
    speed = Speed(read, write)
    least = film_s(ONE, length, speed)
    assert least
    for more in (
        film_s(ONE, length * times, speed),
        film_s(replace(ONE, billions=times), length, speed),
        film_s(ONE, length, Speed(read / times, write / times)),
    ):
        assert more
        assert more > least


def test_every_profile_for_a_processor_says_what_there_is_to_compute() -> None:
    for profile in shipped().values():
        assert bool(profile.billions and profile.frame_tokens) == (profile.auto and not profile.memory_gb)


@pytest.mark.parametrize("fast", ["float32", "bfloat16", "int8"])
def test_the_quickest_numbers_are_taken(monkeypatch: pytest.MonkeyPatch, fast: str) -> None:
    monkeypatch.setattr(cpu_time, "measured_speed", lambda numbers: Speed(2, 2) if numbers == fast else Speed(1, 1))
    assert quickest(Machine(bf16=True)) == (fast, Speed(2, 2))
    assert quickest(Machine())[0] == ("float32" if fast == "bfloat16" else fast)


@pytest.mark.parametrize("numbers", ["float32", "bfloat16", "int8"])
def test_a_speed_is_measured(monkeypatch: pytest.MonkeyPatch, numbers: cpu_time.Numbers) -> None:
    for name, size in (("_WIDE", 64), ("_HIGH", 96), ("_LAYERS", 2), ("_ROWS", 8), ("_MEASURED_S", 0.01)):
        monkeypatch.setattr(cpu_time, name, size)
    speed = cpu_time.measured_speed.__wrapped__(numbers)
    assert speed.read > 0
    assert speed.write > 0


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2, "1 min"), (840, "14 min"), (2_230, "35 min"), (5_100, "85 min"), (9_000, "2.5 h")]
)
def test_a_time_is_shown_as_coarse_as_it_is_known(seconds: float, shown: str) -> None:
    assert shown_time(seconds) == shown


@pytest.mark.parametrize("make", [tiny_kinds.tiny_qwen35, tiny.tiny_qwen3_vl, tiny.tiny_smolvlm2])
@pytest.mark.parametrize("numbers", ["bfloat16", "int8"])
def test_a_model_answers_alike_in_smaller_numbers(
    make: Callable[[Path], Path], numbers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Weights(make(tmp_path / "model"), "tiny", "1")
    whole = load_model(folder)
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    monkeypatch.setattr(loading, "quickest", lambda machine: (numbers, Speed(1, 1)))
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
