"""A batch through what a night may bring, from a fixed seed: processes that are killed, a film that cannot be read, a
server that hangs, a folder that cannot be written, a clock that is set back. The long form of the kills is
`benchmarks/chaos.py`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from batch.scripted import made_films

from audiodesc.batch.state import BatchState

CHAOS = Path(__file__).parent.parent / "benchmarks" / "chaos.py"


def test_a_batch_that_is_killed_ends_as_one_that_is_not() -> None:
    command = [sys.executable, str(CHAOS), "--kills", "3", "--films", "2", "--seconds", "16", "--clip-seconds", "0.4"]
    done = subprocess.run([*command, "--at-once", "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed 3 times" in done.stdout
    assert "results that differ: 0" in done.stdout


def test_one_bad_film_a_hanging_server_and_a_folder_in_the_way_cost_themselves_alone(tmp_path: Path) -> None:
    good, other, served = made_films(tmp_path, 3, 15)
    (tmp_path / "broken.mp4").write_bytes(good.read_bytes()[:5_000])
    (tmp_path / "taken").write_text("a person's notes", "utf-8")
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()  # it takes connections, and never answers
        port = hanging.getsockname()[1]
        job = tmp_path / "night.toml"
        job.write_text(
            f"""
            [describer]
            name = "basic"
            [voice]
            name = "espeak-en-gb"
            [[film]]
            film = "{good.name}"
            [[film]]
            film = "broken.mp4"
            [[film]]
            film = "{served.name}"
            [film.describer]
            name = "server"
            server = "http://127.0.0.1:{port}/v1"
            [film.options.server]
            timeout_s = 0.5
            [[film]]
            film = "{other.name}"
            output = "taken"
            """,
            "utf-8",
        )
        command = [sys.executable, "-m", "audiodesc", "batch", str(job), "--at-once", "2", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 1, done.stderr
    assert all(json.loads(line) for line in done.stdout.splitlines())
    with BatchState(tmp_path / "night.batch") as state:
        found = {row.job.name: (row.state, row.failed.cause if row.failed else "") for row in state.rows()}
        lines = [row.failed.message for row in state.rows() if row.failed]
    assert found == {
        good.name: ("done", ""),
        "broken.mp4": ("failed", "input"),
        served.name: ("failed", "server"),
        other.name: ("failed", "output"),
    }
    assert all(": " in line and "\n" not in line for line in lines)
    assert (tmp_path / "taken").read_text("utf-8") == "a person's notes"


def test_a_clock_that_is_set_back_makes_nothing_twice(tmp_path: Path) -> None:
    (film,) = made_films(tmp_path, 1, 15)
    shutil.copy(film, tmp_path / "second.mp4")
    clock = tmp_path / "sitecustomize.py"
    command = [sys.executable, "-m", "audiodesc", "batch", str(tmp_path), "--describer", "basic", "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    first = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert first.returncode == 0, first.stderr
    clock.write_text("import time\nnow = time.time\ntime.time = lambda: now() - 86_400\n", "utf-8")
    scripts = {one: one.stat().st_mtime_ns for one in tmp_path.glob("*.ad/*")}
    again = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert again.returncode == 0, again.stderr
    assert {one: one.stat().st_mtime_ns for one in tmp_path.glob("*.ad/*")} == scripts
    with BatchState(tmp_path / "audiodesc.batch") as state:
        assert [(row.state, row.attempts) for row in state.rows()] == [("done", 1)] * 2
