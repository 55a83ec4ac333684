"""Films made in processes of this machine: as `make` makes them, whatever dies meanwhile."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from batch import scripted
from site_folders import plugins_of

from audiodesc.batch.local import LocalRunner
from audiodesc.batch.local.machine import default_films, in_order
from audiodesc.batch.local.processes import last_words
from audiodesc.batch.local.runner import STOP_S
from audiodesc.batch.model import FilmJob
from audiodesc.batch.runners import Event, Failed, Lost, Made, Staged, Stopped
from audiodesc.errors import OutputError

SECONDS = 15.0
WAIT_S = 120.0


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("plugin")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in scripted.install_scripted(folder, 0.02).items():
            patch.setenv(name, value)
        with plugins_of(folder):
            yield folder


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return scripted.made_films(tmp_path_factory.mktemp("films"), 3, SECONDS)


@pytest.fixture(scope="module")
def shared_runner(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRunner]:
    runner = LocalRunner(2, logs=tmp_path_factory.mktemp("logs"))
    yield runner
    runner.close()


@pytest.fixture
def runner(shared_runner: LocalRunner, plugin: Path) -> Iterator[LocalRunner]:
    (plugin / "answered.log").unlink(missing_ok=True)
    yield shared_runner
    while shared_runner.free < 2:
        shared_runner.events(1.0)


def job(film: Path, output: Path, context: str = "", describer: str = "scripted") -> FilmJob:
    return FilmJob(str(film), str(output), choices={"describer": {"name": describer, "context": context}})


def until(runner: LocalRunner, is_so: Callable[[list[Event]], object], seen: list[Event] | None = None) -> list[Event]:
    events, end = seen if seen is not None else [], time.monotonic() + WAIT_S
    while not is_so(events):
        assert time.monotonic() < end, events
        events.extend(runner.events(0.2))
    return events


def ended(events: list[Event]) -> dict[int, Event]:
    return {one.film: one for one in events if not isinstance(one, Staged)}


def in_stage(stage: str, film: int = 1) -> Callable[[list[Event]], bool]:
    return lambda events: any(isinstance(one, Staged) and (one.film, one.stage) == (film, stage) for one in events)


def script_and_lines(folder: Path) -> tuple[str, Any]:
    (script,) = folder.glob("*.ad.vtt")
    report = json.loads(next(folder.glob("*.json")).read_text("utf-8"))
    lines = [(one["line"], one["placed"], one["author"], one["facts"]) for one in report["segments"]]
    return script.read_text("utf-8"), (lines, report["overlap_ms"], report["loudness"])


def pid_of(runner: LocalRunner, film: int) -> int:
    (pid,) = (one.process.pid for one in runner._workers if one.film == film)
    assert pid
    return pid


def describer_pid(runner: LocalRunner) -> int:
    assert runner._describer
    assert runner._describer[0].pid
    return runner._describer[0].pid


def test_films_come_out_as_make_makes_them(
    runner: LocalRunner, films: list[Path], plugin: Path, tmp_path: Path
) -> None:
    for number, context in enumerate(("", "a farm"), 1):
        runner.start(number, job(films[number], tmp_path / str(number), context))
    assert runner.free == 0
    events = until(runner, lambda events: len(ended(events)) == 2)
    assert runner.free == 2
    made = [one for one in ended(events).values() if isinstance(one, Made)]
    assert len(made) == 2
    assert sum(one.result.clips for one in made) == len(scripted.answered(plugin)) > 0
    assert [one.result.cached for one in made] == [0, 0]
    assert {line.split(" ", 3)[3] for line in scripted.answered(plugin)} == {"", "a farm"}

    own = subprocess.run(
        [sys.executable, "-m", "audiodesc", "make", str(films[1]), "-o", str(tmp_path / "own"), "--describer",
         "scripted"],
        capture_output=True, text=True, timeout=WAIT_S,
    )  # fmt: skip
    assert own.returncode == 0, own.stderr
    assert script_and_lines(tmp_path / "1") == script_and_lines(tmp_path / "own")
    result = next(one.result for one in made if one.film == 1)
    assert result.lines > 0
    assert result.overlap_ms == 0
    assert result.loudness_lufs is not None
    assert Path(result.files["script"]).is_file()
    assert {"probe", "look", "describe", "mix"} <= result.stages.keys()

    runner.start(3, job(films[1], tmp_path / "1"))
    again = ended(until(runner, lambda events: 3 in ended(events)))[3]
    assert isinstance(again, Made)
    assert again.result.clips == again.result.cached == result.clips
    assert again.result.content == result.content


def test_a_film_that_is_none_fails_and_its_worker_goes_on(
    runner: LocalRunner, films: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("no film")
    runner.start(1, job(bad, tmp_path / "bad"))
    runner.start(2, job(tmp_path / "none.mp4", tmp_path / "none", describer="basic"))
    events = ended(until(runner, lambda events: len(ended(events)) == 2))
    for number, name in ((1, "bad.mp4"), (2, "none.mp4")):
        failed = events[number]
        assert isinstance(failed, Failed)
        assert failed.why.cause == "input"
        assert name in failed.why.message
        assert "\n" not in failed.why.message
    runner.start(3, FilmJob(str(films[0]), str(tmp_path / "x"), choices={"describer": {"nmae": "basic"}}))
    wrong = ended(until(runner, lambda events: 3 in ended(events)))[3]
    assert isinstance(wrong, Failed)
    assert wrong.why.cause == "usage"


def test_a_worker_that_is_killed_costs_its_film_and_no_other(
    runner: LocalRunner, films: list[Path], plugin: Path, tmp_path: Path
) -> None:
    runner.start(1, job(films[0], tmp_path / "1"))
    runner.start(2, job(films[1], tmp_path / "2"))
    events = until(runner, in_stage("describe"))
    os.kill(pid_of(runner, 1), signal.SIGKILL)
    found = ended(until(runner, lambda events: len(ended(events)) == 2, events))
    lost = found[1]
    assert isinstance(lost, Lost)
    assert "signal 9" in lost.last_words
    assert "in the stage" in lost.last_words
    assert isinstance(found[2], Made)
    runner.start(3, job(films[0], tmp_path / "1"))
    made = ended(until(runner, lambda events: 3 in ended(events)))[3]
    assert isinstance(made, Made)
    assert made.result.cached == made.result.clips  # nothing that was answered is asked again


def test_a_describer_that_is_killed_is_asked_again(
    runner: LocalRunner, films: list[Path], plugin: Path, tmp_path: Path
) -> None:
    runner.start(1, job(films[0], tmp_path / "1"))
    until(runner, lambda events: scripted.answered(plugin))
    os.kill(describer_pid(runner), signal.SIGKILL)
    made = ended(until(runner, lambda events: 1 in ended(events)))[1]
    assert isinstance(made, Made)
    answers = scripted.answered(plugin)
    assert len(set(answers)) == made.result.clips
    assert len(answers) <= made.result.clips + 8  # those in hand


def test_a_describer_that_hangs_is_ended_and_its_clips_are_asked_again(
    films: list[Path], plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (plugin / "answered.log").unlink(missing_ok=True)
    monkeypatch.setattr("audiodesc.batch.sharing.heartbeat.SILENT_S", 3.0)
    runner = LocalRunner(1)
    try:
        runner.start(1, job(films[0], tmp_path / "1"))
        events = until(runner, lambda events: runner._describer and scripted.answered(plugin))
        os.kill(describer_pid(runner), signal.SIGSTOP)
        found = ended(until(runner, lambda events: 1 in ended(events), events))
    finally:
        runner.close()
    assert isinstance(found[1], Made)


def test_a_film_stops_when_it_is_asked_to_also_while_it_waits_for_the_describer(
    films: list[Path], plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scripted.SECONDS, "5")
    runner = LocalRunner(1)
    try:
        runner.start(1, job(films[0], tmp_path / "1"))
        events = until(runner, in_stage("look"))
        until(runner, lambda events: runner._describer, events)
        os.kill(describer_pid(runner), signal.SIGSTOP)
        runner.stop(1)
        runner.stop(1)
        asked = time.monotonic()
        found = ended(until(runner, lambda events: 1 in ended(events), events))
        assert time.monotonic() - asked < 0.5 * STOP_S
    finally:
        runner.close()
    assert found[1] == Stopped(1)


def test_a_worker_that_does_not_react_is_ended(
    runner: LocalRunner, films: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audiodesc.batch.local.runner.STOP_S", 0.5)
    runner.start(1, job(films[0], tmp_path / "1"))
    events = until(runner, in_stage("hear"))
    os.kill(pid_of(runner, 1), signal.SIGSTOP)
    runner.stop(1)
    assert ended(until(runner, lambda events: 1 in ended(events), events))[1] == Stopped(1)
    assert runner.free == 2


PARENT = """
import sys, time
from pathlib import Path
from audiodesc.batch.local import LocalRunner
from audiodesc.batch.model import FilmJob
if __name__ == "__main__":
    runner = LocalRunner(1)
    runner.start(1, FilmJob(sys.argv[1], sys.argv[2], choices={"describer": {"name": "scripted"}}))
    shown = False
    while True:
        for event in runner.events(0.1):
            if not shown and event.stage == "look" and runner._describer:
                print(runner._describer[0].pid, runner._workers[0].process.pid, flush=True)
                shown = True
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_processes_end_with_their_parent_and_not_by_ctrl_c(plugin: Path, films: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, "utf-8")
    place = tmp_path / "tmp"
    place.mkdir()
    environment = {**os.environ, scripted.SECONDS: "1.5", "TMPDIR": str(place)}
    command = [sys.executable, str(script), str(films[0]), str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout
        assert parent.stderr
        line = parent.stdout.readline()
        pids = [int(pid) for pid in line.split()]
        assert len(pids) == 2, line or parent.stderr.read()
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        time.sleep(0.3)
        assert all(map(is_alive, pids))
        parent.kill()
        assert parent.stderr.read() == ""
    end = time.monotonic() + 20
    while any(map(is_alive, pids)) or list(place.glob("audiodesc-*")):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_last_words_are_the_last_line_that_was_said_since(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of an earlier film\n", "utf-8")
    since = log.stat().st_size
    with log.open("a", encoding="utf-8") as file:
        file.write("2026-01-01 INFO film 1: a.mp4\n")
    assert last_words(-9, log, since, "mix") == "killed (signal 9) in the stage mix"
    with log.open("a", encoding="utf-8") as file:
        file.write("Traceback:\n  File x\nValueError: no\n\n")
    assert last_words(1, log, since, "") == "ended with code 1: ValueError: no"
    with log.open("a", encoding="utf-8") as file:
        file.write('Fatal Python error: Segmentation fault\n\nCurrent thread 0x1:\n  File "x"\n')
    assert last_words(-11, log, since, "look").endswith("look: Fatal Python error: Segmentation fault")


def test_so_many_films_as_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiodesc.core.concurrency.cores", lambda: 16)
    for free, films in ((None, 18), (100_000_000_000, 18), (6_500_000_000, 6), (10, 1)):
        monkeypatch.setattr("audiodesc.batch.local.machine.free_bytes", lambda free=free: free)
        assert default_films() == films


def test_the_describer_is_fed_first_and_films_are_finished_while_others_wait_for_it() -> None:
    hungry = [(1, "mix"), (2, "look"), (3, "hear"), (4, "shots")]
    assert [hungry[place][0] for place in in_order(hungry)] == [2, 3, 4, 1]
    fed = [(4, "probe"), (3, "look"), (2, "look"), (1, "mix")]
    assert [fed[place][0] for place in in_order(fed)] == [2, 3, 1, 4]
    assert in_order([]) == []


def test_a_folder_of_logs_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        LocalRunner(1, logs=tmp_path / "file" / "logs")


def test_a_film_is_lost_where_no_process_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = LocalRunner(1)

    def refused(*args: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(runner, "_spawned", refused)
    runner.start(4, job(tmp_path / "a.mp4", tmp_path))
    (lost,) = runner.events(0)
    assert isinstance(lost, Lost)
    assert lost.blameless
    assert "Resource temporarily unavailable" in lost.last_words
    assert runner.free == 0, "no film is begun until it may work"
    monkeypatch.setattr("audiodesc.batch.local.runner.PAUSE_S", 0.0)
    runner.start(4, job(tmp_path / "a.mp4", tmp_path))
    assert runner.free == 1
    runner.close()
