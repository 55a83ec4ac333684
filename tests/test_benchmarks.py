"""The benchmark of the describer runs without a GPU, and then claims nothing of one; that of the plan runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
GPU = BENCHMARKS / "gpu.py"


def test_the_gpu_benchmark_runs_on_a_tiny_model() -> None:
    pytest.importorskip("transformers")
    done = subprocess.run(
        [sys.executable, GPU, "--tiny", "--segments", "2", "--batch", "2"],
        capture_output=True,
        text=True,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "AUDIODESC_MEDIA": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "GPU: not measured" in done.stdout
    assert re.search(
        r"^preparation: \d+\.\d ms a frame at batch 16 on one core \((not )?met: 12 ms\)$", done.stdout, re.M
    )
    rows = [line for line in done.stdout.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 1
    assert rows[0].count("not measured") == 2
    assert rows[0].count("|") == 12
    assert re.search(r"pictures: \d+ film-seconds per core-second \((not )?met: 30\)", done.stdout)
    assert "plain one-by-one `generate`" in done.stdout
    assert done.stdout.splitlines()[-1] == "- the whole film, looks and lines: not measured"


def test_the_least_time_is_that_of_reading_and_writing_at_the_machines_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(GPU.parent))
    from limits import Limits, measured

    class Model(torch.nn.Module):  # type: ignore[misc,name-defined]
        """30 weights of language and 10 of a tower, four bytes each."""

        def __init__(self) -> None:
            super().__init__()
            self.model = torch.nn.ModuleDict({"visual": torch.nn.Linear(10, 1, bias=False)})
            self.words = torch.nn.Linear(10, 3, bias=False)

    model = Model()
    model.model.visual = model.model["visual"]
    limits = Limits(operations=100.0, bytes=60.0)
    assert limits.seconds(model, read=5, patches=0, steps=0) == pytest.approx(2 * 5 * 30 / 100)
    assert limits.seconds(model, read=0, patches=7, steps=0) == pytest.approx(2 * 7 * 10 / 100)
    assert limits.seconds(model, read=0, patches=0, steps=3) == pytest.approx(3 * 30 * 4 / 60)
    here = measured(64)
    assert here.operations > 0
    assert here.bytes > 0


def test_the_verdict_adds_looks_and_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    monkeypatch.syspath_prepend(str(GPU.parent))
    from gpu import Look, verdict

    good = verdict(Look(8, 100.0, 92.0, ""), 1000.0, 100.0, gpu=True)
    assert "looks (batch 8) and lines: 200 s (met: 240 s)" in good
    assert "5.0 times one-by-one (met: 4);" in good
    assert good.endswith("GPU busy 92 % (met: 85 %)")
    poor = verdict(Look(8, 200.0, 70.0, ""), 400.0, 100.0, gpu=True)
    assert poor.count("(not met: ") == 3
    assert verdict(Look(8, 1.0, 0.0, ""), 9.0, 1.0, gpu=True).endswith("GPU busy: not measured")


def test_the_benchmark_of_the_plan_has_a_row_for_each_made_film() -> None:
    done = subprocess.run([sys.executable, BENCHMARKS / "plan.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (
        len(re.findall(r"^\| [a-z ]+ \| \d+ \| \d+ \| \d+\.\d\d s \| \d+\.\d\d s \|$", done.stdout, re.MULTILINE)) == 3
    )


def test_the_benchmark_of_check_judges_every_line_and_says_how_long_that_took() -> None:
    done = subprocess.run([sys.executable, BENCHMARKS / "check.py", "40"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("40 lines for a film of 3 hours: ")


def test_the_benchmark_of_the_first_rule_measures_what_lies_in_pauses() -> None:
    command = [sys.executable, str(BENCHMARKS / "first_rule.py"), "nowhere", "--quick", "--only", "right inverted"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\| stereo: right inverted \| yes \| 1 \| \d\d \| 0 \| 0 \| \d+% ", done.stdout, re.MULTILINE)
    assert "1 have at most 20 ms of speech in a pause, 1 of them at no more than 25%" in done.stdout


def test_the_benchmark_of_the_story_counts_what_the_rules_keep_and_leave_out() -> None:
    done = subprocess.run([sys.executable, BENCHMARKS / "story.py"], capture_output=True, text=True, check=True)
    counts = dict(re.findall(r"^\| ([a-z ]+) \| (\d+ of \d+) \|$", done.stdout, re.MULTILINE))
    assert counts["shots told as they may be"] == "20 of 20"
    assert counts["names kept where somebody has one"] == "12 of 12"
    assert [what for what, count in counts.items() if count.startswith("0 ")] == [
        "a look for somebody who has a name",
        "names that only later dialogue gives",
        "repeats",
        "other breaks of the craft",
    ]


def test_the_benchmark_of_the_search_indexes_made_films_and_asks_them() -> None:
    command = [sys.executable, str(BENCHMARKS / "find.py"), "--films", "3", "--segments", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.match(
        r"to index a film, the first 3: \d+\.\d ms by the clock .*; \d+\.\d ms on the processor; ", done.stdout
    )
    assert re.search(r"^3 films, \d+ moments, an index of 0\.00 GB$", done.stdout, re.MULTILINE)
    assert re.search(r"^a question, of 100 .*, by the clock: median \d+\.\d ms, ", done.stdout, re.MULTILINE)
