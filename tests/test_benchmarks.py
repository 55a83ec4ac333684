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
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "GPU: not measured" in done.stdout
    rows = [line for line in done.stdout.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 1
    assert rows[0].count("not measured") == 2
    assert "plain one-by-one `generate`" in done.stdout


def test_the_benchmark_of_the_plan_has_a_row_for_each_made_film() -> None:
    done = subprocess.run([sys.executable, BENCHMARKS / "plan.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (
        len(re.findall(r"^\| [a-z ]+ \| \d+ \| \d+ \| \d+\.\d\d s \| \d+\.\d\d s \|$", done.stdout, re.MULTILINE)) == 3
    )
