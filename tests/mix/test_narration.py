"""The narrator as a stream: each clip at its sample, whatever the blocks, and in little memory."""

from __future__ import annotations

import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.mix.mixer import Narration
from audiodesc.model import Gap, Line, Segment, Span, SpokenLine

RATE_HZ = 48_000
FULL = 32767


def clip(path: Path, values: NDArray[np.int16]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(values.astype("<i2").tobytes())
    return path


def speech(path: Path, start_ms: int, samples: int) -> SpokenLine:
    span = Span(start_ms, start_ms - (-samples * 1000 // RATE_HZ))
    segment = Segment(Gap(span), span, start_ms, 9)
    return SpokenLine(Line(segment, "A man.", "human"), path, span, 1.0)


def ramp(count: int, top: int = 9_000) -> NDArray[np.int16]:
    """Every sample different from its neighbours, none of them silent."""
    return (np.arange(count) * 7 % top + 1).astype(np.int16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


def placed(folder: Path, *starts: int, samples: int = 4_805) -> list[SpokenLine]:
    return [speech(clip(folder / f"{start}.wav", ramp(samples)), start, samples) for start in starts]


def test_every_sample_of_a_clip_is_where_it_belongs(folder: Path) -> None:
    narration = Narration(placed(folder, 250), 0.0)
    out = narration.block(0, 48_000)
    assert out.shape == (48_000,)
    assert out.dtype == np.float32
    first = 12_000
    assert np.all(out[:first] == 0)
    assert np.array_equal(np.rint(out[first : first + 4_805] * FULL), ramp(4_805))
    assert np.all(out[first + 4_805 :] == 0)
    assert narration.lines == [(first, first + 4_805)]


@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=12))
@settings(max_examples=40)
def test_the_stream_does_not_depend_on_blocks(folder: Path, blocks: list[int]) -> None:
    spoken = placed(folder, 0, 100, 333, 700)
    total = 48_000
    starts = np.minimum(np.cumsum([0, *blocks, total]), total)
    narration = Narration(spoken, -3.0)
    sizes = np.diff(starts)
    cut = np.concatenate([narration.block(int(at), int(n)) for at, n in zip(starts, sizes, strict=False)])
    assert np.array_equal(cut, Narration(spoken, -3.0).block(0, total))


@pytest.mark.parametrize("gain_db", [-13.0, 0.0, 7.0])
def test_clips_are_raised_by_the_gain(folder: Path, gain_db: float) -> None:
    plain = Narration(placed(folder, 100), 0.0).block(0, 48_000)
    raised = Narration(placed(folder, 100), gain_db).block(0, 48_000)
    heard = plain > 0
    assert np.allclose(20 * np.log10(raised[heard] / plain[heard]), gain_db, atol=0.001)
    assert np.all(raised[~heard] == 0)


@pytest.mark.parametrize("ceiling_db", [0.0, -3.0])
def test_a_clip_that_is_raised_too_far_is_kept_under_the_ceiling(folder: Path, ceiling_db: float) -> None:
    tone = (29_000 * np.sin(np.arange(24_000) * 0.05)).astype(np.int16)
    narration = Narration([speech(clip(folder / "tone.wav", tone), 100, 24_000)], 7.0, ceiling_db)
    out = narration.block(0, 48_000)
    assert 20 * np.log10(np.abs(out).max()) == pytest.approx(ceiling_db, abs=0.7)
    assert np.abs(out).max() <= 10 ** (ceiling_db / 20)
    assert narration.lines == [(4_800, 28_800)]
    assert not out[:4_800].any()
    assert not out[28_800:].any()


def test_lines_are_in_order_of_time_whatever_the_order_of_speech(folder: Path) -> None:
    spoken = placed(folder, 700, 0, 300)
    narration = Narration(spoken, 0.0)
    assert [first for first, _ in narration.lines] == [0, 14_400, 33_600]
    ordered = Narration(sorted(spoken, key=lambda s: s.span), 0.0)
    assert np.array_equal(narration.block(0, 48_000), ordered.block(0, 48_000))


def test_clips_that_overlap_add_up(folder: Path) -> None:
    one, other = placed(folder, 100, 150)
    both = Narration([one, other], 0.0).block(0, 48_000)
    alone = [Narration([each], 0.0).block(0, 48_000) for each in (one, other)]
    assert np.allclose(both, alone[0] + alone[1], atol=1e-6)


def test_the_same_clip_may_be_heard_twice(folder: Path) -> None:
    path = clip(folder / "twice.wav", ramp(480))
    out = Narration([speech(path, 0, 480), speech(path, 500, 480)], 0.0).block(0, 48_000)
    assert np.array_equal(out[:480], out[24_000:24_480])
    assert out[:480].max() > 0


def test_an_end_past_the_film_is_not_there(folder: Path) -> None:
    out = Narration(placed(folder, 950), 0.0).block(0, 48_000)
    assert len(out) == 48_000
    assert np.array_equal(np.rint(out[45_600:] * FULL), ramp(4_805)[:2_400])


def test_nobody_speaks() -> None:
    narration = Narration([], 0.0)
    assert narration.lines == []
    assert np.array_equal(narration.block(0, 100), np.zeros(100))


def test_a_clip_late_in_the_film_stays_exact(folder: Path) -> None:
    start_ms = 23 * 3_600_000 + 1  # beyond what 32 bits of samples hold
    narration = Narration([speech(clip(folder / "late.wav", ramp(480)), start_ms, 480)], 0.0)
    first = start_ms * 48
    assert narration.lines == [(first, first + 480)]
    out = narration.block(first - 1, 482)
    assert (out[0], out[-1]) == (0, 0)
    assert np.array_equal(np.rint(out[1:-1] * FULL), ramp(480))


def test_clips_are_let_go_when_they_are_over(folder: Path) -> None:
    second = clip(folder / "second.wav", ramp(RATE_HZ))
    narration = Narration([speech(second, at * 1_000, RATE_HZ) for at in range(60)], 0.0)
    tracemalloc.start()
    try:
        for at in range(60):
            narration.block(at * RATE_HZ, RATE_HZ)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * RATE_HZ * 4  # all sixty are 60 × 192 kB
