"""A batch that is run: with a runner that does what a test says, and nothing of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import pytest
from filelock import FileLock
from hypothesis import given, settings

from audiodesc.batch import running, state_file, state_lock
from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult, FilmRow
from audiodesc.batch.runners import Event, Failed, Lost, Made, Staged, Stopped
from audiodesc.batch.running import BatchSummary, RunLimits, held_batch, is_held, run_batch
from audiodesc.batch.series.ledger import ledger_path
from audiodesc.batch.state import BatchState
from audiodesc.errors import BusyError, OutputError

RESULT = FilmResult(60_000, 12)
BROKEN = FailedFilm("input", "/films/a.mp4 is damaged: get another")
MADE = object()
STOPS = object()

Step = Event | Callable[[], None] | object


@dataclass
class Scripted:
    """A runner: of each film that is started, `scripts` says by the film's name what comes of it, one list an attempt;
    one event a call. MADE: it is made. STOPS: it goes on until it is stopped; then comes what follows, or Stopped. A
    function is called. Without a script each film is made."""

    slots: int = 2
    scripts: dict[str, list[list[Any]]] = field(default_factory=dict)
    started: list[tuple[str, int]] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    active: dict[int, list[Any]] = field(default_factory=dict)
    extra: list[Event] = field(default_factory=list)
    most_active: int = 0
    is_closed: bool = False

    @property
    def free(self) -> int:
        return self.slots - len(self.active)

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        assert film not in self.active
        assert self.free > 0
        name = job.name.removesuffix(".mp4")
        attempts = self.scripts.get(name, [])
        steps = list(attempts.pop(0)) if attempts else [MADE]
        self.started.append((name, attempt))
        if isinstance(steps[0], Exception):
            raise steps[0]
        self.active[film] = steps
        self.most_active = max(self.most_active, len(self.active))

    def stop(self, film: int) -> None:
        self.stopped.append(film)
        if film in self.active and self.active[film][0] is STOPS:
            self.active[film] = self.active[film][1:] or [Stopped]

    def events(self, timeout_s: float) -> Sequence[Event]:
        found, self.extra = self.extra, []
        for film, steps in list(self.active.items()):
            step = steps[0]
            if step is STOPS:
                continue
            steps.pop(0)
            event = Made(film, RESULT) if step is MADE else step(film)
            if event is not None:
                found.append(event)
            if isinstance(event, Made | Failed | Lost | Stopped):
                del self.active[film]
            elif not steps:
                steps.append(STOPS)
        return found

    def close(self) -> None:
        self.is_closed = True


def job(name: str, **more: Any) -> FilmJob:
    return FilmJob(film=f"/films/{name}.mp4", output=f"/out/{name}.ad", **more)


def jobs(names: str) -> list[FilmJob]:
    return [job(name) for name in names]


def at(stage: str, done: int = 0, total: int = 0) -> Callable[[int], Event]:
    return lambda film: Staged(film, stage, done, total)


def fails(why: FailedFilm = BROKEN) -> Callable[[int], Event]:
    return lambda film: Failed(film, why)


def dies(words: str = "killed by signal 9", *, blameless: bool = False) -> Callable[[int], Event]:
    return lambda film: Lost(film, words, blameless)


def does(what: Callable[[], Any]) -> Callable[[int], None]:
    """Nothing is told; something happens elsewhere."""

    def step(film: int) -> None:
        what()

    return step


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "POLL_S", 0.005)
    monkeypatch.setattr(state_file, "SYNCHRONOUS", "OFF")  # no test cuts the power
    monkeypatch.setattr(running, "DISK_S", 0.05)
    monkeypatch.setattr(running, "DISK_RETRY_S", 0.02)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[BatchState]:
    with held_batch(tmp_path / "batch") as held:
        yield held


def run(
    state: BatchState, runner: Scripted, shown: list[FilmRow] | None = None, **limits: Any
) -> tuple[BatchSummary, list[str]]:
    """What came of it, and the states of all films."""
    summary = run_batch(state, runner, RunLimits(**limits), (shown if shown is not None else []).append)
    states: list[str] = [row.state for row in state.rows()]
    assert summary.counts == state.counts()
    assert not runner.is_closed
    return summary, states


# What comes of films


def test_all_films_are_made_as_many_at_a_time_as_the_runner_takes(state: BatchState) -> None:
    state.put(jobs("abcdefg"))
    runner = Scripted(3, {name: [[at("look"), at("mix"), MADE]] for name in "aceg"})
    summary, states = run(state, runner)
    assert summary == BatchSummary({**dict.fromkeys(summary.counts, 0), "done": 7}, "")
    assert [name for name, _ in runner.started] == list("abcdefg")
    assert runner.most_active == 3
    assert states == ["done"] * 7
    assert all(row.result == RESULT for row in state.rows())


def test_a_bad_film_fails_alone_with_its_line(state: BatchState) -> None:
    state.put(jobs("abc"))
    _, states = run(state, Scripted(1, {"b": [[fails()]]}))
    assert states == ["done", "failed", "done"]
    assert [row.failed for row in state.rows(("failed",))] == [BROKEN]


def test_each_change_is_shown_and_progress_in_order(state: BatchState) -> None:
    state.put(jobs("a"))
    shown: list[FilmRow] = []
    steps = [at("look", 0, 9), at("look", 3, 9), at("look", 3, 9), at("mix"), MADE]
    run(state, Scripted(1, {"a": [steps]}), shown)
    assert [(row.state, row.stage, row.done) for row in shown] == [
        ("running", "", 0),
        ("running", "look", 0),
        ("running", "look", 3),
        ("running", "mix", 0),
        ("done", "mix", 0),
    ]
    assert [entry.detail for entry in state.log() if entry.what == "stage"] == ["look", "mix"]


def test_of_much_progress_at_once_the_latest_is_shown(state: BatchState) -> None:
    state.put(jobs("a"))
    shown: list[FilmRow] = []

    def all_at_once(film: int) -> None:
        runner.extra = [Staged(film, stage, done, 50) for stage in ("look", "mix") for done in range(50)]

    runner = Scripted(1, {"a": [[all_at_once, does(lambda: None), MADE]]})
    run(state, runner, shown)
    assert [(row.stage, row.done) for row in shown] == [("", 0), ("look", 49), ("mix", 49), ("mix", 49)]


def test_a_film_that_cannot_be_begun_fails_and_the_others_are_made(state: BatchState) -> None:
    state.put(jobs("abc"))
    errors: dict[str, list[list[Any]]] = {
        "a": [[OutputError("/out/a.ad is full", "make room")]],
        "b": [[RuntimeError("no fork")]],
    }
    _, states = run(state, Scripted(2, errors))
    assert states == ["failed", "failed", "done"]
    assert [row.failed for row in state.rows(("failed",))] == [
        FailedFilm("output", "/out/a.ad is full: make room"),
        FailedFilm("other", "RuntimeError: no fork"),
    ]


def test_episodes_are_never_made_at_the_same_time(state: BatchState) -> None:
    state.put([job(f"e{number}", series="s", episode=number) for number in (2, 3, 1)] + [job("film")])
    runner = Scripted(4, {"e2": [[at("look"), fails()]]})
    active: list[set[str]] = []
    run_batch(
        state,
        runner,
        RunLimits(),
        lambda row: active.append({one.job.series for one in state.rows(("running",))}),
    )
    assert [name for name, _ in runner.started if name != "film"] == ["e1", "e2", "e3"]
    assert runner.most_active == 2
    assert active


# Losses


def test_a_film_whose_process_died_is_made_again_in_its_place(state: BatchState) -> None:
    state.put(jobs("abc"))
    runner = Scripted(1, {"a": [[at("look"), dies()], [dies("node 3 drained", blameless=True)]]})
    _, states = run(state, runner)
    assert runner.started == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1)]
    assert states == ["done"] * 3
    row = state.row(1)
    assert row is not None
    assert (row.attempts, row.losses) == (3, 1)


def test_a_film_that_kills_its_process_three_times_is_set_aside_with_its_last_words(state: BatchState) -> None:
    state.put(jobs("ab"))
    runner = Scripted(1, {"a": [[dies("first")], [dies("second")], [dies("out of\nmemory")], [MADE]]})
    _, states = run(state, runner)
    assert states == ["failed", "done"]
    failed = state.rows(("failed",))[0].failed
    assert failed is not None
    assert failed.cause == "lost"
    assert failed.message.startswith("/films/a.mp4: the process that made it died 3 times (out of memory): ")
    assert [entry.detail for entry in state.log(film=1) if entry.what == "queued"][1:3] == ["first", "second"]


def test_a_process_that_dies_without_a_word_counts_too(state: BatchState) -> None:
    state.put(jobs("a"))
    _, states = run(state, Scripted(1, {"a": [[dies("")], [dies("")]]}), most_losses=2)
    assert states == ["failed"]
    failed = state.rows()[0].failed
    assert failed is not None
    assert "died 2 times (it said nothing)" in failed.message


def test_blameless_losses_never_set_a_film_aside(state: BatchState) -> None:
    state.put(jobs("a"))
    _, states = run(state, Scripted(1, {"a": [[dies("drained", blameless=True)]] * 8}), most_losses=1)
    assert states == ["done"]


# When it ends


def test_it_ends_after_so_many_failed_films_and_stops_those_in_hand(state: BatchState) -> None:
    state.put(jobs("abcdef"))
    scripts: dict[str, list[list[Any]]] = {"a": [[fails()]], "b": [[STOPS]], "c": [[fails()]]}
    runner = Scripted(2, scripts)
    summary, states = run(state, runner, fail_after=2)
    assert summary.ended == "2 films failed"
    assert states == ["failed", "queued", "failed", "queued", "queued", "queued"]
    assert runner.stopped == [2]
    summary, _ = run(state, Scripted(1, {"b": [[fails()]]}), fail_after=1)
    assert summary.ended == "1 film failed"  # of this run


def test_a_film_that_cannot_be_begun_counts_as_failed_at_once(state: BatchState) -> None:
    state.put(jobs("abcd"))
    runner = Scripted(4, {"a": [[RuntimeError("no")]]})
    summary, states = run(state, runner, fail_after=1)
    assert (summary.ended, states) == ("1 film failed", ["failed", "queued", "queued", "queued"])


def test_cancelled_films_do_not_count_as_failed(state: BatchState) -> None:
    state.put(jobs("ab"))
    runner = Scripted(1, {"a": [[does(lambda: state.cancel(1)), STOPS]]})
    summary, states = run(state, runner, fail_after=1)
    assert (summary.ended, states) == ("", ["failed", "done"])
    failed = state.rows()[0].failed
    assert failed is not None
    assert failed.cause == "cancelled"


def test_a_stop_ends_what_is_in_hand_and_starts_nothing_more(state: BatchState) -> None:
    state.put(jobs("abcdef"))

    def ask() -> None:
        with BatchState(state.folder) as other:
            other.ask_stop()

    scripts: dict[str, list[list[Any]]] = {
        "a": [[at("look"), does(ask), STOPS]],
        "b": [[STOPS]],
        "c": [[STOPS, at("mix"), MADE]],
        "d": [[STOPS, fails()]],
    }
    runner = Scripted(4, scripts)
    summary, states = run(state, runner)
    assert summary.ended == "stopped"
    assert states == ["queued", "queued", "done", "failed", "queued", "queued"]
    assert sorted(set(runner.stopped)) == [1, 2, 3, 4]
    assert len(runner.stopped) == 4
    assert [row.losses for row in state.rows()] == [0] * 6
    assert len(runner.started) == 4


def test_a_batch_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    with held_batch(tmp_path) as state:
        state.put(jobs("abc"))
        runner = Scripted(1, {"b": [[does(state.ask_stop), STOPS]]})
        assert run(state, runner)[1] == ["done", "queued", "queued"]
    with held_batch(tmp_path) as state:
        runner = Scripted(1)
        summary, states = run(state, runner)
        assert (summary.ended, states) == ("", ["done"] * 3)
        assert runner.started == [("b", 2), ("c", 1)]


def test_what_dies_while_a_stop_is_under_way_is_queued(state: BatchState) -> None:
    state.put(jobs("a"))
    runner = Scripted(1, {"a": [[does(state.ask_stop), STOPS, dies()]]})
    summary, states = run(state, runner)
    assert (summary.ended, states) == ("stopped", ["queued"])


def test_it_waits_for_more_until_it_is_to_end(state: BatchState) -> None:
    state.put(jobs("a"))
    calls: list[int] = []

    def is_ended() -> bool:
        calls.append(1)
        if len(calls) == 5:
            with BatchState(state.folder) as other:
                other.put(jobs("b"))
        return state.counts()["done"] == 2

    runner = Scripted(1)
    summary = run_batch(state, runner, RunLimits(once=False), lambda row: None, is_ended)
    assert summary.ended == "stopped"
    assert [name for name, _ in runner.started] == ["a", "b"]


def test_with_nothing_to_make_it_ends_at_once(state: BatchState) -> None:
    state.put([job("a")], held=True)
    summary, states = run(state, Scripted())
    assert (summary.ended, states) == ("", ["held"])


def test_a_runner_that_takes_none_now_is_waited_for(state: BatchState) -> None:
    """As a cluster whose only node comes later."""
    state.put(jobs("a"))
    runner = Scripted(0)
    calls: list[int] = []

    def is_ended() -> bool:
        calls.append(1)
        if len(calls) == 4:
            runner.slots = 1
        return False

    summary = run_batch(state, runner, RunLimits(), lambda row: None, is_ended)
    assert (summary.ended, summary.counts["done"]) == ("", 1)


def test_films_put_in_while_it_runs_are_made_too_and_held_ones_are_not(state: BatchState) -> None:
    state.put(jobs("abc"))

    def change() -> None:
        with BatchState(state.folder) as other:
            other.hold([3])
            other.cancel(2)
            other.put(jobs("d"))

    runner = Scripted(1, {"a": [[does(change), MADE]]})
    _, states = run(state, runner)
    assert states == ["done", "failed", "held", "done"]
    assert [name for name, _ in runner.started] == ["a", "d"]


def test_a_film_that_is_held_between_choice_and_begin_is_not_started(
    state: BatchState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.put(jobs("ab"))
    chosen = state.startable

    def late(most: int) -> list[FilmRow]:
        found = chosen(most)
        state.hold([1])
        return found

    monkeypatch.setattr(state, "startable", late)
    runner = Scripted()
    _, states = run(state, runner)
    assert (states, runner.started) == (["held", "done"], [("b", 1)])


def test_a_film_whose_job_was_changed_while_it_ran_is_made_once_more(state: BatchState) -> None:
    state.put(jobs("a"))
    changed = job("a", choices={"voice": {"language": "de"}})
    runner = Scripted(1, {"a": [[does(lambda: state.put([changed])), MADE], [MADE]]})
    _, states = run(state, runner)
    assert (states, runner.started) == (["done"], [("a", 1), ("a", 1)])
    assert state.rows()[0].job == changed


# Events that a runner should not report


def test_events_of_films_that_are_not_in_hand_are_passed_over(state: BatchState) -> None:
    state.put(jobs("ab"))

    def again() -> None:
        runner.extra = [
            Failed(1, BROKEN),
            Lost(1, "late"),
            Stopped(1),
            Staged(1, "late", 1, 2),
            Made(1, FilmResult(1)),
            Made(99, RESULT),
            Made(-(10**30), RESULT),
            Failed(2, BROKEN),
            Made(2, RESULT),
        ]

    runner = Scripted(1, {"b": [[does(again), STOPS]]})
    _, states = run(state, runner)
    assert states == ["done", "failed"]
    assert state.rows()[0].result == RESULT


# Ctrl-C


def test_ctrl_c_stops_as_a_stop_does(state: BatchState) -> None:
    state.put(jobs("abc"))
    press = does(lambda: os.kill(os.getpid(), signal.SIGINT))
    runner = Scripted(2, {"a": [[press, STOPS]], "b": [[STOPS, dies()]]})
    before = signal.getsignal(signal.SIGINT)
    summary, states = run(state, runner, most_losses=1)
    assert (summary.ended, states) == ("stopped", ["queued"] * 3)  # what dies of Ctrl-C is not to blame
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_at_once_and_the_next_run_finds_what_ran(tmp_path: Path) -> None:
    press = does(lambda: os.kill(os.getpid(), signal.SIGINT))
    runner = Scripted(1, {"a": [[press, at("look"), at("look"), press, MADE]]})
    with held_batch(tmp_path) as state:
        state.put(jobs("a"))
        with pytest.raises(KeyboardInterrupt):
            run(state, runner)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with BatchState(tmp_path) as seen:
        assert seen.counts()["running"] == 1
    with held_batch(tmp_path) as state:
        assert run(state, Scripted())[1] == ["done"]


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_that_is_raised_by_others_counts_the_same(state: BatchState, times: int) -> None:
    state.put(jobs("ab"))
    left = times

    def show(row: FilmRow) -> None:
        nonlocal left
        if left:
            left -= 1
            raise KeyboardInterrupt

    runner = Scripted(1, {"a": [[at("look"), at("mix"), MADE]]})
    if times == 2:
        with pytest.raises(KeyboardInterrupt):
            run_batch(state, runner, RunLimits(), show)
        assert state.counts()["running"] == 1
    else:
        assert run_batch(state, runner, RunLimits(), show).ended == "stopped"
        assert [row.state for row in state.rows()] == ["done", "queued"]


def test_an_interrupt_while_a_film_is_started_loses_no_film(state: BatchState, monkeypatch: pytest.MonkeyPatch) -> None:
    state.put(jobs("abc"))
    runner = Scripted(2, {"a": [[STOPS]]})
    start = runner.start

    def interrupted(film: int, asked: FilmJob, attempt: int = 1) -> None:
        if film == 2:
            raise KeyboardInterrupt
        start(film, asked, attempt)

    monkeypatch.setattr(runner, "start", interrupted)
    summary, states = run(state, runner)
    assert (summary.ended, states) == ("stopped", ["queued"] * 3)


def test_progress_of_an_attempt_that_ended_is_not_that_of_the_next(state: BatchState) -> None:
    state.put(jobs("a"))
    shown: list[FilmRow] = []
    runner = Scripted(1, {"a": [[at("look", 1, 9), at("look", 5, 9), dies()], [does(state.ask_stop), STOPS]]})
    run(state, runner, shown)
    assert [(row.attempts, row.stage, row.done) for row in shown if row.state == "running"] == [
        (1, "", 0),
        (1, "look", 1),
        (1, "look", 5),
        (2, "", 0),
    ]
    assert [(row.stage, row.done) for row in state.rows()] == [("", 0)]


def test_progress_is_there_for_other_processes_while_a_film_runs(
    state: BatchState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "KEEP_S", 0.0)
    state.put(jobs("a"))
    seen: list[tuple[str, int, int]] = []

    def look() -> None:
        with BatchState(state.folder) as other:
            seen.extend((row.stage, row.done, row.total) for row in other.rows())

    steps = [at("look", 1, 9), does(look), at("look", 2, 9), does(look), at("mix"), does(look), MADE]
    run(state, Scripted(1, {"a": [steps]}))
    assert seen == [("look", 1, 9), ("look", 2, 9), ("mix", 0, 0)]


def test_it_runs_in_a_thread_of_a_service(state: BatchState) -> None:
    state.put(jobs("ab"))
    found: list[BatchSummary] = []
    thread = threading.Thread(target=lambda: found.append(run_batch(state, Scripted(), RunLimits(), lambda row: None)))
    thread.start()
    thread.join()
    assert found[0].counts["done"] == 2


# A full disk


def test_a_full_disk_ends_the_batch_and_the_next_start_finds_its_films(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OutputError("no room", "make room")

    def finish(*_: Any, **__: Any) -> None:
        raise full

    with held_batch(tmp_path) as state:
        state.put(jobs("abc"))
        monkeypatch.setattr(state, "finish", finish)
        with pytest.raises(OutputError) as error:
            run(state, Scripted(2))
    assert error.value is full
    assert not is_held(tmp_path)
    with held_batch(tmp_path) as state:
        assert state.counts()["queued"] == 3
        assert run(state, Scripted(2))[1] == ["done"] * 3


# One process at a time


def test_a_batch_that_is_run_cannot_be_taken_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_lock, "LOCK_S", 0.05)
    assert not is_held(tmp_path)
    with held_batch(tmp_path) as state:
        state.put(jobs("ab"))
        state.begin(1)
        assert is_held(tmp_path)
        with pytest.raises(BusyError, match=f"is run by process {os.getpid()} on .*batch stop"), held_batch(tmp_path):
            pass
        assert state.counts()["running"] == 1
        with BatchState(tmp_path) as other:
            assert str(os.getpid()) in other.holder()
    assert not is_held(tmp_path)
    with held_batch(tmp_path) as state:
        assert state.counts()["queued"] == 2


def test_a_stop_that_was_asked_for_before_does_not_count(tmp_path: Path) -> None:
    with BatchState(tmp_path) as state:
        state.put(jobs("a"))
        state.ask_stop()
    with held_batch(tmp_path) as state:
        assert run(state, Scripted())[0].ended == ""


def test_a_disk_without_locks_has_a_file_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_lock, "LOCK_S", 0.05)

    class NoLocks(FileLock):
        def _acquire(self) -> None:
            raise OSError(95, "Operation not supported")

    monkeypatch.setattr(state_lock, "FileLock", NoLocks)
    with held_batch(tmp_path):
        assert is_held(tmp_path)
        with pytest.raises(BusyError, match=r"delete .*batch.lock.soft"), held_batch(tmp_path):
            pass
    assert not is_held(tmp_path)


PROCESS = """
import json, sys, time
from pathlib import Path
from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.runners import Made, Staged
from audiodesc.batch.running import RunLimits, held_batch, run_batch

class Runner:
    def __init__(self): self.films = []
    @property
    def free(self): return 3 - len(self.films)
    def start(self, film, job, attempt=1):
        self.films.append(film)
        print(json.dumps(["start", film]), flush=True)
    def stop(self, film): raise AssertionError
    def events(self, timeout_s):
        time.sleep(0.002)
        film = self.films.pop(0)
        print(json.dumps(["made", film]), flush=True)
        return [Staged(film, "look", 1, 1), Made(film, FilmResult(lines=film))]

with held_batch(Path(sys.argv[1])) as state:
    state.put([FilmJob(f"/{number}", f"/{number}.ad") for number in range(30)], whole=True)
    run_batch(state, Runner(), RunLimits(), lambda row: None)
"""


def test_a_batch_that_is_killed_again_and_again_makes_nothing_twice_but_what_was_in_hand(tmp_path: Path) -> None:
    made: list[int] = []
    kills = 0
    for after in (1, 4, 9, 15, 22, 1_000):
        process = subprocess.Popen([sys.executable, "-c", PROCESS, tmp_path], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(after):
            line = process.stdout.readline()
            if not line:
                break
            what, film = json.loads(line)
            made += [film] if what == "made" else []
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        for line in process.stdout.read().splitlines():
            what, film = json.loads(line)
            made += [film] if what == "made" else []
        process.stdout.close()
    assert kills
    with BatchState(tmp_path) as state:
        state.check()
        assert state.counts()["done"] == 30
        assert all(row.result and row.result.lines == row.id for row in state.rows())
    assert set(made) == set(range(1, 31))
    assert len(made) <= 30 + kills  # the event that was read, and not written yet


# Whatever a runner reports

STEPS = st.sampled_from(["stage", "made", "failed", "lost", "blameless", "raises", "cancel", "stop", "change", "late"])


@settings(max_examples=40)
@given(
    scripts=st.lists(st.lists(st.lists(STEPS, min_size=1, max_size=4), max_size=5), min_size=1, max_size=6),
    slots=st.integers(1, 4),
    fail_after=st.none() | st.integers(1, 3),
    series=st.booleans(),
)
def test_every_film_comes_to_an_end_whatever_happens(
    scripts: list[list[list[str]]], slots: int, fail_after: int | None, series: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder, held_batch(Path(folder)) as state:
        patch.setattr(running, "POLL_S", 0.0)
        many = [job(str(number), series="s" * series, episode=-number) for number in range(len(scripts))]
        state.put(many)
        runner = Scripted(slots)

        def step(name: str, number: int) -> Any:
            simple: dict[str, Any] = {
                "stage": at("look", 1, 2),
                "made": MADE,
                "failed": fails(),
                "lost": dies(),
                "blameless": dies(blameless=True),
                "raises": RuntimeError("no"),
                "cancel": does(lambda: state.cancel(number + 1)),
                "stop": does(state.ask_stop),
                "change": does(lambda: state.put([FilmJob("/other", many[number].output)])),
                "late": does(lambda: runner.extra.append(Made(number + 1, RESULT))),
            }
            return simple[name]

        def steps(names: list[str], number: int) -> list[Any]:
            """With an end, and with errors only where a film is started."""
            kept = names[:1] if names[0] == "raises" else [name for name in names if name != "raises"]
            return [*(step(name, number) for name in kept), MADE]

        for number, attempts in enumerate(scripts):
            runner.scripts[str(number)] = [steps(names, number) for names in attempts]
        summary = run_batch(state, runner, RunLimits(fail_after=fail_after), lambda row: None)
        assert sum(summary.counts.values()) == len(scripts)
        assert summary.counts["running"] == 0
        failed = [row for row in state.rows(("failed",)) if row.failed and row.failed.cause != "cancelled"]
        if summary.ended == "":
            assert summary.counts["queued"] == 0
            assert fail_after is None or len(failed) < fail_after or any("change" in str(one) for one in scripts)
        elif summary.ended != "stopped":
            assert fail_after is not None
            assert summary.ended == f"{fail_after} film{'s' if fail_after > 1 else ''} failed"
        assert all(row.losses <= 3 for row in state.rows())
        assert state.cancelled() == []


def test_an_episode_is_given_what_its_series_knows_and_adds_to_it(
    state: BatchState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the batch's own folder, before it is begun, and once it is made: before the next may begin."""
    told: list[tuple[str, str]] = []

    def before(job: FilmJob, folder: Path) -> FilmJob:
        assert folder == state.folder
        told.append(("before", job.name))
        return replace(job, choices={"describer": {"context": "Anna is a nurse."}})

    def after(job: FilmJob, folder: Path, result: FilmResult) -> None:
        assert (folder, result) == (state.folder, RESULT)
        told.append(("after", job.name))

    monkeypatch.setattr(running, "before_film", before)
    monkeypatch.setattr(running, "after_film", after)
    given: list[FilmJob] = []
    runner = Scripted()
    start = runner.start

    def started(film: int, asked: FilmJob, attempt: int = 1) -> None:
        given.append(asked)
        start(film, asked, attempt)

    monkeypatch.setattr(runner, "start", started)
    state.put([job("a", series="S", episode=1), job("b", series="S", episode=2)])
    run(state, runner)
    assert told == [("before", "a.mp4"), ("after", "a.mp4"), ("before", "b.mp4"), ("after", "b.mp4")]
    assert [one.choices for one in given] == [{"describer": {"context": "Anna is a nurse."}}] * 2
    assert {row.state for row in state.rows()} == {"done"}
    assert all(not row.job.choices for row in state.rows()), "the list's own job is kept"


def test_what_its_series_cannot_take_in_fails_the_film_and_not_the_batch(
    state: BatchState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def after(job: FilmJob, folder: Path, result: FilmResult) -> None:
        if job.series:
            raise RuntimeError("no")

    monkeypatch.setattr(running, "after_film", after)
    state.put([job("a", series="S"), job("b")])
    _, states = run(state, Scripted(1))
    assert states == ["failed", "done"]


def test_a_ledger_that_cannot_be_read_fails_its_episodes_alone(state: BatchState) -> None:
    ledger = ledger_path(state.folder, "S")
    ledger.parent.mkdir()
    ledger.write_text("[series\n", "utf-8")
    state.put([job("a", series="S", episode=1), job("b")])
    run(state, Scripted())
    failed, made = state.rows()
    assert failed.failed
    assert (failed.failed.cause, made.state) == ("input", "done")
    assert str(ledger) in failed.failed.message
    assert ledger.read_text("utf-8") == "[series\n"


def test_a_disk_that_is_full_for_a_while_loses_nothing(state: BatchState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "DISK_S", 60.0)
    finish, refused = BatchState.finish, [OutputError("no room", "free some")] * 2

    def full(self: BatchState, film: int, result: FilmResult, *, skipped: bool = False) -> None:
        if refused:
            raise refused.pop()
        finish(self, film, result, skipped=skipped)

    monkeypatch.setattr(BatchState, "finish", full)
    state.put(jobs("ab"))
    runner = Scripted(1)
    run(state, runner)
    assert state.counts()["done"] == 2
    assert [name for name, _ in runner.started] == ["a", "b"]


def test_only_the_films_that_are_asked_for_are_made(state: BatchState) -> None:
    state.put(jobs("abc"))
    runner = Scripted(2)
    run_batch(state, runner, RunLimits(only=frozenset({3})), lambda row: None)
    assert [name for name, _ in runner.started] == ["c"]
    assert state.counts()["queued"] == 2
