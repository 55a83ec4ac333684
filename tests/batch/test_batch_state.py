"""The state of a batch: films known by owner and output, in one state at a time, whatever happens to the process."""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from audiodesc.batch import state_changes, state_file
from audiodesc.batch.model import STATES, FailedFilm, FailureCause, FilmJob, FilmResult, FilmRow, FilmState
from audiodesc.batch.state import FILE, BatchState
from audiodesc.errors import BusyError, OutputError, ProjectError, UsageError

RESULT = FilmResult(60_000, 12, 0, -23.0, -1.5, ("one note",), 20, 3, None, {"look": 1.5}, {"script": "/o/a.vtt"}, "c")
BROKEN = FailedFilm("input", "/films/a.mp4 is damaged: get another")


def job(name: str, **more: Any) -> FilmJob:
    return FilmJob(film=f"/films/{name}.mp4", output=f"/out/{name}.ad", **more)


def episodes(*numbers: float, series: str = "night") -> list[FilmJob]:
    return [job(f"{series}-{number}", series=series, episode=number) for number in numbers]


def names(rows: list[FilmRow]) -> list[str]:
    return [row.job.name.removesuffix(".mp4") for row in rows]


def of(state: BatchState, film: int) -> FilmRow:
    row = state.row(film)
    assert row is not None
    return row


@pytest.fixture(autouse=True, scope="module")
def _no_waiting_for_the_disk() -> Iterator[None]:
    """No test cuts the power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state_file, "SYNCHRONOUS", "OFF")
        yield


@pytest.fixture
def state(tmp_path: Path) -> Iterator[BatchState]:
    with BatchState(tmp_path / "batch") as opened:
        yield opened


# Lists


def test_a_new_list_is_queued_in_its_order(state: BatchState) -> None:
    added = state.put([job("b"), job("a"), job("c")])
    assert added.new == (1, 2, 3)
    assert names(state.startable(10)) == ["b", "a", "c"]
    assert {row.state for row in state.rows()} == {"queued"}
    assert of(state, 1).queued_at > 0
    assert (of(state, 1).started_at, of(state, 1).ended_at) == (None, None)


def test_the_same_list_again_changes_nothing_whatever_the_states_are(state: BatchState) -> None:
    jobs = [job(name) for name in "abcde"]
    state.put(jobs)
    state.begin(1)
    state.finish(1, RESULT)
    state.fail(2, BROKEN)
    state.hold([3])
    state.begin(4)
    before = state.rows()
    assert state.put(jobs, whole=True).same == (1, 2, 3, 4, 5)
    assert state.rows() == before


def test_a_job_that_changed_is_made_again_as_if_it_had_never_begun(state: BatchState) -> None:
    state.put([job("a"), job("b")])
    state.begin(1)
    state.requeue(1, lost="died")
    state.begin(1)
    state.finish(1, RESULT)
    added = state.put([job("a", choices={"voice": {"language": "de"}}), job("b")])
    assert (added.changed, added.same) == ((1,), (2,))
    row = of(state, 1)
    assert (row.state, row.attempts, row.losses, row.result, row.ended_at) == ("queued", 0, 0, None, None)
    assert row.job.choices == {"voice": {"language": "de"}}
    assert names(state.startable(9)) == ["a", "b"]


@pytest.mark.parametrize("end", ["finish", "fail", "requeue"])
def test_a_job_that_changed_while_its_film_runs_is_made_again_when_it_ends(state: BatchState, end: str) -> None:
    state.put([job("a")])
    assert state.begin(1)
    assert state.put([job("a", episode=5)]).changed == (1,)
    assert of(state, 1).state == "running"
    if end == "finish":
        state.finish(1, RESULT)
    elif end == "fail":
        state.fail(1, BROKEN)
    else:
        state.requeue(1)
    assert (of(state, 1).state, of(state, 1).job.episode, of(state, 1).failed) == ("queued", 5, None)
    state.begin(1)
    state.finish(1, RESULT)
    assert of(state, 1).state == "done"


def test_a_job_that_changed_stays_held(state: BatchState) -> None:
    state.put([job("a")], held=True)
    assert of(state, 1).state == "held"
    state.put([job("a", episode=2)])
    assert (of(state, 1).state, of(state, 1).job.episode) == ("held", 2)


def test_a_whole_list_takes_out_what_it_no_longer_has_with_its_log_unless_it_runs(state: BatchState) -> None:
    state.put([job(name) for name in "abcd"])
    state.put([job("z")], owner="other")
    state.begin(2)
    added = state.put([job("d")], whole=True)
    assert (added.gone, added.same) == ((1, 3), (4,))
    assert names(state.rows()) == ["b", "d", "z"]
    assert {entry.film for entry in state.log()} == {2, 4, 5}
    assert state.put([job("a")]).new == (6,)  # a number is never used twice


def test_a_whole_list_in_another_order_is_begun_in_that_order(state: BatchState) -> None:
    state.put([job(name) for name in "abc"])
    state.put([job(name) for name in "dcba"], whole=True)
    assert names(state.startable(9)) == list("dcba")
    state.begin(3)
    state.requeue(3)
    assert names(state.startable(9)) == list("dcba")


def test_two_jobs_to_one_folder_are_refused_and_nothing_is_kept(state: BatchState) -> None:
    twice = FilmJob("/films/other.mp4", "/out/a.ad")
    with pytest.raises(UsageError, match=r"/films/a.mp4 and /films/other.mp4 go to one folder"):
        state.put([job("b"), job("a"), twice])
    assert state.rows() == []


def test_owners_have_films_of_their_own_at_the_same_output(state: BatchState) -> None:
    state.put([job("a")], owner="ann")
    state.put([job("a"), job("b")], owner="bob")
    assert [row.owner for row in state.rows()] == ["ann", "bob", "bob"]
    assert names(state.rows(owner="bob")) == ["a", "b"]
    assert (state.counts("ann")["queued"], state.counts("bob")["queued"], state.counts("")["queued"]) == (1, 2, 0)
    assert state.counts()["queued"] == 3


STRANGE = st.text(st.characters(codec=None), max_size=12) | st.binary(max_size=9).map(
    lambda raw: raw.decode("utf-8", "surrogateescape")
)


@settings(max_examples=40)
@given(st.lists(STRANGE, min_size=6, max_size=6))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    film, output, series, owner, words, stage = texts
    asked = FilmJob(film, output, subtitles=film, series=series, choices={"describer": {"context": words}})
    with TemporaryDirectory() as folder, BatchState(Path(folder)) as state:
        state.put([asked], owner)
        assert state.put([asked], owner).same == (1,)
        state.begin(1)
        state.stage(1, stage, 1, 2)
        row = of(state, 1)
        assert (row.job, row.owner, row.stage) == (asked, owner, stage)
        state.requeue(1, lost=words)
        state.fail(1, FailedFilm("other", words))
        assert of(state, 1).failed == FailedFilm("other", words)
        assert [entry.detail for entry in state.log()] == ["", "", *([stage] if stage else []), words, words]
        assert names(state.rows(owner=owner)) == [asked.name.removesuffix(".mp4")]


def test_an_episode_that_is_no_number_counts_as_the_first(state: BatchState) -> None:
    state.put(episodes(1.0, float("inf"), float("nan"), -1.0))
    order = []
    while found := state.startable(9):
        order += [row.job.episode for row in found]
        state.finish(found[0].id, RESULT)
    assert repr(order) == repr([-1.0, float("nan"), 1.0, float("inf")])


# What is asked for


def test_rows_are_those_asked_for_page_by_page(state: BatchState) -> None:
    state.put([job(str(number)) for number in range(10)])
    for film in (2, 5, 7):
        state.fail(film, BROKEN)
    state.begin(4)
    assert [row.id for row in state.rows(("failed", "running"))] == [2, 4, 5, 7]
    assert [row.id for row in state.rows(("failed",), after=2, most=1)] == [5]
    assert [row.id for row in state.rows(after=8)] == [9, 10]
    assert state.rows(most=0) == []
    assert state.counts() == {"queued": 6, "running": 1, "done": 0, "failed": 3, "skipped": 0, "held": 0}


@pytest.mark.parametrize("film", [0, -1, 99, 10**30, -(10**30)])
def test_numbers_that_no_film_has_are_nothing(state: BatchState, film: int) -> None:
    state.put([job("a")])
    state.stage(film, "look", 10**30, 1)
    state.finish(film, RESULT)
    state.fail(film, BROKEN)
    state.requeue(film)
    state.remove(film)
    assert (state.row(film), state.begin(film), state.cancel(film)) == (None, False, False)
    assert (state.hold([film]), state.release([film]), state.retry(films=[film]), state.make_again([film])) == (0,) * 4
    assert state.log(film=film) == []
    assert (state.log(after=10**30), state.rows(after=10**30)) == ([], [])
    assert state.counts()["queued"] == 1


# Series


def test_episodes_of_a_series_begin_one_after_another_in_their_order(state: BatchState) -> None:
    state.put([*episodes(3, 1, 2), job("film"), *episodes(7, series="day")])
    assert names(state.startable(9)) == ["night-1", "film", "day-7"]
    state.begin(2)
    assert names(state.startable(9)) == ["film", "day-7"]
    state.finish(2, RESULT)
    assert names(state.startable(9)) == ["night-2", "film", "day-7"]
    assert names(state.startable(1)) == ["night-2"]
    assert state.startable(0) == state.startable(-1) == []


@pytest.mark.parametrize("end", ["failed", "held", "skipped", "cancelled"])
def test_an_episode_that_is_not_made_lets_the_next_begin(state: BatchState, end: str) -> None:
    state.put(episodes(1, 2))
    if end == "failed":
        state.begin(1)
        state.fail(1, BROKEN)
    elif end == "held":
        state.hold([1])
    elif end == "cancelled":
        state.cancel(1)
    else:
        state.finish(1, RESULT, skipped=True)
    assert names(state.startable(9)) == ["night-2"]


def test_an_episode_that_comes_back_waits_for_the_one_that_runs(state: BatchState) -> None:
    state.put(episodes(1, 2, 3))
    state.fail(1, BROKEN)
    state.begin(2)
    state.retry()
    assert state.startable(9) == []
    state.finish(2, RESULT)
    assert names(state.startable(9)) == ["night-1"]


def test_series_of_other_owners_are_others(state: BatchState) -> None:
    state.put(episodes(1, 2), owner="ann")
    state.put(episodes(1, 2), owner="bob")
    state.begin(1)
    assert [(row.owner, row.job.episode) for row in state.startable(9)] == [("bob", 1)]


# From one state to the next


def test_a_film_that_runs_says_how_far_it_is(state: BatchState) -> None:
    state.put([job("a")])
    assert state.begin(1)
    assert not state.begin(1)
    for done in range(5):
        state.stage(1, "look", done, 9)
    state.stage(1, "mix", 3, 60)
    row = of(state, 1)
    assert (row.state, row.stage, row.done, row.total, row.attempts) == ("running", "mix", 3, 60, 1)
    state.finish(1, RESULT)
    state.stage(1, "look", 1, 2)  # late
    row = of(state, 1)
    assert (row.state, row.stage, row.result) == ("done", "mix", RESULT)
    entries = state.log(film=1)
    assert [(entry.what, entry.detail) for entry in entries] == [
        ("queued", ""),
        ("running", ""),
        ("stage", "look"),
        ("stage", "mix"),
        ("done", ""),
    ]
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert state.log(after=3, most=1) == [entries[3]]


def test_a_log_stays_small_where_stages_come_and_go(state: BatchState) -> None:
    state.put([job("a"), job("b")])
    state.begin(1)
    for turn in range(150):
        state.stage(1, "look" if turn % 2 else "describe", turn, 0)
    entries = state.log(film=1)
    assert [entry.what for entry in entries] == ["queued", "running", *["stage"] * state_changes.MOST_LINES]
    assert entries[-1].number == 3 + 150
    assert len(state.log(film=2)) == 1


def test_losses_count_only_where_the_film_is_to_blame(state: BatchState) -> None:
    state.put([job("a")])
    for lost, blameless in (("died", False), ("node was drained", True), ("", False)):
        state.begin(1)
        state.requeue(1, lost=lost, blameless=blameless)
    assert (of(state, 1).losses, of(state, 1).attempts, of(state, 1).state) == (1, 3, "queued")


def test_what_a_killed_process_ran_is_queued_again_and_what_was_cancelled_is_not(state: BatchState) -> None:
    state.put([job(name) for name in "abcd"])
    for film in (1, 2, 3):
        state.begin(film)
    state.cancel(2)
    assert state.requeue_running() == 2
    assert [row.state for row in state.rows()] == ["queued", "failed", "queued", "queued"]
    failed = of(state, 2).failed
    assert failed is not None
    assert failed.cause == "cancelled"
    assert state.requeue_running() == 0


def test_retry_takes_those_of_a_cause_and_counts_from_nothing(state: BatchState) -> None:
    state.put([job("a"), job("b"), job("c"), job("d")])
    state.put([job("e")], owner="ann")
    causes: list[FailureCause] = ["lost", "input", "lost", "output", "lost"]
    for film, cause in enumerate(causes, 1):
        state.begin(film)
        state.requeue(film, lost="died")
        state.fail(film, FailedFilm(cause, "gone"))
    assert state.retry(("busy",)) == 0
    assert state.retry(("lost",), films=(1, 2)) == 1
    assert state.retry(("lost",), owner="ann") == 1
    assert [row.state for row in state.rows()] == ["queued", "failed", "failed", "failed", "queued"]
    row = of(state, 1)
    assert (row.attempts, row.losses, row.failed, row.ended_at) == (0, 0, None, None)
    assert state.retry() == 3
    assert state.counts()["queued"] == 5


def test_held_films_wait_until_they_are_released(state: BatchState) -> None:
    state.put([job(name) for name in "abc"])
    state.begin(1)
    assert state.hold([1, 2, 3]) == 2
    assert not state.begin(2)
    assert state.startable(9) == []
    assert state.release([2]) == 1
    assert state.release() == 1
    assert names(state.startable(9)) == ["b", "c"]


def test_cancelling_ends_what_waits_and_marks_what_runs(state: BatchState) -> None:
    state.put([job(name) for name in "abc"])
    state.hold([2])
    state.begin(3)
    assert [state.cancel(film) for film in (1, 2, 3, 3)] == [True] * 4
    assert state.cancelled() == [3]
    assert of(state, 3).state == "running"
    state.requeue(3)
    assert state.cancelled() == []
    rows = state.rows()
    assert [row.failed.cause if row.failed else "" for row in rows] == ["cancelled"] * 3
    assert not any(state.cancel(row.id) for row in rows)
    state.retry(("cancelled",))
    state.begin(1)
    assert state.cancelled() == []


def test_a_cancelled_film_that_was_done_before_it_heard_is_done(state: BatchState) -> None:
    state.put([job("a")])
    state.begin(1)
    state.cancel(1)
    state.finish(1, RESULT)
    assert (of(state, 1).state, state.cancelled()) == ("done", [])


def test_only_ended_films_are_removed(state: BatchState) -> None:
    state.put([job("a"), job("b")])
    state.begin(1)
    for film in (1, 2):
        state.remove(film)
    assert len(state.rows()) == 2
    state.finish(1, RESULT)
    state.remove(1)
    assert ([row.id for row in state.rows()], state.log(film=1)) == ([2], [])


def test_a_film_can_be_made_again(state: BatchState) -> None:
    state.put([job(name) for name in "abc"])
    state.finish(1, RESULT, skipped=True)
    state.fail(2, BROKEN)
    assert state.make_again([1, 2, 3]) == 2
    assert {row.state for row in state.rows()} == {"queued"}
    assert of(state, 1).result is None


def test_a_stop_is_asked_for_by_another_and_forgotten(state: BatchState) -> None:
    assert not state.is_stop_asked()
    with BatchState(state.folder) as other:
        other.ask_stop()
        other.ask_stop()
    assert state.is_stop_asked()
    state.clear_stop()
    assert not state.is_stop_asked()


def test_a_clock_that_is_set_back_makes_nothing_end_before_it_began(
    state: BatchState, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 2_000_000_000.0
    monkeypatch.setattr(state_changes, "time", lambda: now)
    state.put([job("a"), job("b")])
    now -= 86_400
    state.begin(1)
    now -= 86_400
    state.finish(1, RESULT)
    state.fail(2, BROKEN)
    for row in state.rows():
        assert row.ended_at is not None
        assert row.queued_at <= (row.started_at or row.queued_at) <= row.ended_at
    assert [entry.what for entry in state.log()] == ["queued", "queued", "running", "done", "failed"]


# Whatever is done in whatever order

FITS: dict[str, tuple[FilmState, ...]] = {
    "begin": ("queued",),
    "finish": ("running", "queued"),
    "fail": ("running", "queued", "held"),
    "requeue": ("running",),
    "hold": ("queued",),
    "release": ("held",),
    "retry": ("failed",),
}
FILMS = st.integers(1, 6)


class Transitions(RuleBasedStateMachine):
    """The state beside a dict that says what each film is to be."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.state = BatchState(Path(self.folder.name))
        self.wanted: dict[int, FilmState] = {}
        self.cancelled: set[int] = set()
        self.again: set[int] = set()
        self.losses = dict.fromkeys(range(1, 7), 0)

    def teardown(self) -> None:
        self.state.close()
        self.folder.cleanup()

    @initialize()
    def fill(self) -> None:
        self.jobs = [job("film"), job("other"), *episodes(1, 2, 3), job("last")]
        self.wanted = dict.fromkeys(self.state.put(self.jobs).new, "queued")

    def move(self, film: int, by: str, to: FilmState) -> bool:
        if self.wanted[film] not in FITS[by]:
            return False
        if self.wanted[film] == "running" and by in ("finish", "fail", "requeue"):
            if film in self.again and by != "requeue" and not (by == "fail" and film in self.cancelled):
                to = "queued"
            if by == "requeue" and film in self.cancelled:
                to = "failed"
            if film in self.again and to == "queued":
                self.losses[film] = 0
        if by in ("finish", "fail", "requeue"):
            self.again.discard(film)
            self.cancelled.discard(film)
        if by == "retry":
            self.losses[film] = 0
        self.wanted[film] = to
        return True

    @rule(film=FILMS)
    def begin(self, film: int) -> None:
        assert self.state.begin(film) == self.move(film, "begin", "running")

    @rule(film=FILMS, skipped=st.booleans())
    def finish(self, film: int, skipped: bool) -> None:
        self.state.finish(film, RESULT, skipped=skipped)
        self.move(film, "finish", "skipped" if skipped else "done")

    @rule(film=FILMS)
    def fail(self, film: int) -> None:
        self.state.fail(film, BROKEN)
        self.move(film, "fail", "failed")

    @rule(film=FILMS, lost=st.sampled_from(["", "died"]), blameless=st.booleans())
    def requeue(self, film: int, lost: str, blameless: bool) -> None:
        self.state.requeue(film, lost=lost, blameless=blameless)
        was_again = film in self.again
        if self.move(film, "requeue", "queued") and self.wanted[film] == "queued" and not was_again:
            self.losses[film] += bool(lost) and not blameless

    @rule()
    def kill(self) -> None:
        running = [film for film, state in self.wanted.items() if state == "running"]
        self.state.close()
        self.state = BatchState(Path(self.folder.name))
        queued = self.state.requeue_running()
        for film in running:
            self.move(film, "requeue", "queued")
        assert queued == sum(self.wanted[film] == "queued" for film in running)

    @rule(films=st.sets(FILMS))
    def hold(self, films: set[int]) -> None:
        assert self.state.hold(films) == sum(self.move(film, "hold", "held") for film in films)

    @rule(films=st.sets(FILMS))
    def release(self, films: set[int]) -> None:
        assert self.state.release(films) == sum(self.move(film, "release", "queued") for film in films or self.wanted)

    @rule(films=st.sets(FILMS))
    def retry(self, films: set[int]) -> None:
        assert self.state.retry(films=films) == sum(self.move(film, "retry", "queued") for film in films or self.wanted)

    @rule(film=FILMS)
    def cancel(self, film: int) -> None:
        before = self.wanted[film]
        assert self.state.cancel(film) == (before in ("queued", "held", "running"))
        if before == "running":
            self.cancelled.add(film)
        elif before in ("queued", "held"):
            self.wanted[film] = "failed"

    @rule(film=FILMS, context=st.sampled_from("xyz"))
    def change(self, film: int, context: str) -> None:
        before = self.jobs[film - 1]
        choices = {"describer": {"context": context}}
        now = FilmJob(before.film, before.output, choices=choices, series=before.series, episode=before.episode)
        added = self.state.put([now])
        assert (added.same if now == before else added.changed) == (film,)
        self.jobs[film - 1] = now
        if now == before:
            return
        if self.wanted[film] == "running":
            self.again.add(film)
        else:
            self.losses[film] = 0
            self.wanted[film] = "held" if self.wanted[film] == "held" else "queued"

    @invariant()
    def holds(self) -> None:
        rows = self.state.rows()
        assert {row.id: row.state for row in rows} == self.wanted
        assert [row.job for row in rows] == (self.jobs if rows else [])
        counts = self.state.counts()
        assert sum(counts.values()) == len(rows)
        for state in STATES:
            assert counts[state] == len(self.state.rows((state,)))
        assert set(self.state.cancelled()) == self.cancelled
        for row in rows:
            assert (row.failed is not None) == (row.state == "failed")
            assert (row.result is not None) == (row.state in ("done", "skipped"))
            assert (row.ended_at is not None) == (row.state in ("done", "skipped", "failed"))
            assert row.losses == self.losses[row.id]
        self.check_startable(rows)

    def check_startable(self, rows: list[FilmRow]) -> None:
        wanted = []
        for row in (one for one in rows if one.state == "queued"):
            others = [one for one in rows if one.job.series and one.job.series == row.job.series and one != row]
            earlier = [one for one in others if one.job.episode < row.job.episode and one.state == "queued"]
            if not earlier and all(one.state != "running" for one in others):
                wanted.append(row.id)
        assert [row.id for row in self.state.startable(9)] == wanted
        assert [row.id for row in self.state.startable(1)] == wanted[:1]


def test_a_film_is_in_one_state_and_the_counts_are_those_of_the_rows() -> None:
    run_state_machine_as_test(Transitions, settings=settings(max_examples=15, stateful_step_count=30, deadline=None))


# Files that are not as they should be


def test_a_state_is_there_again_after_it_was_closed(state: BatchState) -> None:
    state.put([job("a")])
    state.finish(1, RESULT)
    with BatchState(state.folder) as again:
        assert again.rows() == state.rows()
        again.check()


def test_a_state_of_a_newer_release_is_refused(state: BatchState) -> None:
    path = state.folder / FILE
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {state_file.FORM + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(ProjectError, match=r"newer audiodesc.*update"):
        BatchState(state.folder)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database, but long enough to be one " * 40, b"SQLite format 3\0" + b"\7" * 4096]
)
def test_another_file_in_its_place_is_refused_and_left(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ProjectError, match="damaged"):
        BatchState(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as raw:
        raw.execute("CREATE TABLE theirs (one)")
    raw.close()
    with pytest.raises(ProjectError, match="not the state of a batch"):
        BatchState(tmp_path)


def test_damage_in_the_middle_is_said(state: BatchState) -> None:
    state.put([job(str(number), choices={"describer": {"context": "x" * 300}}) for number in range(300)])
    path = state.folder / FILE
    raw = bytearray(path.read_bytes())
    raw[8192 : len(raw) - 4096] = b"\xa5" * (len(raw) - 12_288)
    state.close()
    path.write_bytes(raw)
    with BatchState(state.folder) as hurt:
        with pytest.raises(ProjectError, match="is damaged"):
            hurt.check()
        with pytest.raises(ProjectError, match="is damaged"):
            hurt.rows()


@pytest.mark.parametrize(
    "change",
    ["job = 'no json'", "job = '{}'", "job = '[]'", "job = '3'", "stage = '\\u12'", "result = '[]'", "result = '{'"],
)
def test_rows_that_this_program_did_not_write_are_damage(state: BatchState, change: str) -> None:
    state.put([job("a")])
    with sqlite3.connect(state.folder / FILE) as raw:
        raw.execute(f"UPDATE films SET {change}")  # noqa: S608
    raw.close()
    with pytest.raises(ProjectError, match="is damaged"):
        state.rows()


def test_a_table_that_is_gone_is_damage(state: BatchState) -> None:
    with sqlite3.connect(state.folder / FILE) as raw:
        raw.execute("DROP TABLE log")
    raw.close()
    with pytest.raises(ProjectError, match="is damaged"):
        state.put([job("a")])


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        BatchState(tmp_path / "file" / "batch")
    (tmp_path / FILE).mkdir()
    with pytest.raises(OutputError, match="is not a file"):
        BatchState(tmp_path)
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / FILE).symlink_to(tmp_path / "nowhere" / "x")
    with pytest.raises(OutputError, match="cannot be written"):
        BatchState(tmp_path / "loop")


def test_an_error_in_the_middle_of_a_change_leaves_what_was_there(
    state: BatchState, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.put([job("a")])

    def full(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(state_changes.Changes, "note", full)
    with pytest.raises(MemoryError):
        state.begin(1)
    monkeypatch.undo()
    assert of(state, 1).state == "queued"
    assert state.begin(1)


def test_a_file_that_another_holds_for_long_is_busy(state: BatchState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_file, "PATIENCE_S", 0.05)
    raw = sqlite3.connect(state.folder / FILE, isolation_level=None)
    with BatchState(state.folder) as other:
        raw.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyError, match="in use by another process"):
            other.put([job("a")])
        raw.execute("ROLLBACK")
        assert other.put([job("a")]).new == (1,)
    raw.close()


FULL = """
import resource, signal, sys
from pathlib import Path
from audiodesc.batch.model import FilmJob
from audiodesc.batch.state import BatchState
from audiodesc.errors import OutputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with BatchState(Path(sys.argv[1])) as state:
    state.put([FilmJob("/a", "/a.ad")])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        for number in range(10_000):
            state.put([FilmJob(f"/{number}", f"/{number}.ad", choices={"x": "y" * 3000})])
    except OutputError as error:
        print(number, error)
        state.check()
        assert sum(state.counts().values()) == number + 1
"""


def test_a_full_disk_is_said_and_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    assert hasattr(resource, "RLIMIT_FSIZE")
    told = subprocess.run([sys.executable, "-c", FULL, tmp_path], check=True, capture_output=True, text=True).stdout
    assert "cannot be read or written" in told
    with BatchState(tmp_path) as state:
        state.check()
        assert state.counts()["queued"] == int(told.split()[0]) + 1


# Several at once


def test_threads_share_a_state(state: BatchState) -> None:
    errors: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 10):
                (film,) = state.put([job(str(number))]).new
                assert state.begin(film)
                state.finish(film, RESULT)
                state.counts()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(100 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert state.counts()["done"] == 40


WRITER = """
import sys
from pathlib import Path
from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.state import BatchState
with BatchState(Path(sys.argv[1])) as state:
    print("open", flush=True)
    sys.stdin.readline()
    for number in range(40):
        (film,) = state.put([FilmJob(f"/{number}", f"/{sys.argv[2]}/{number}.ad")]).new
        assert state.begin(film)
        state.finish(film, FilmResult())
"""


def test_two_processes_open_a_new_state_and_write_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "new")]
    writers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for name in "ab"
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    with BatchState(tmp_path / "new") as state:
        state.check()
        assert state.counts()["done"] == 80
        assert [entry.number for entry in state.log(most=10_000)] == list(range(1, 241))


KILLED = """
import sys
from pathlib import Path
from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.state import BatchState
with BatchState(Path(sys.argv[1])) as state:
    state.put([FilmJob(f"/{number}", f"/{number}.ad") for number in range(50)])
    while True:
        for row in state.startable(3):
            state.begin(row.id)
            state.stage(row.id, "look", 1, 2)
            state.finish(row.id, FilmResult(lines=row.id))
            print(row.id, flush=True)
        if not state.startable(1):
            state.make_again(range(1, 51))
"""


@pytest.mark.parametrize("after", [1, 7, 23])
def test_a_process_that_is_killed_leaves_a_state_to_go_on_with(tmp_path: Path, after: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    confirmed = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    confirmed += [int(line) for line in process.communicate()[0].splitlines()]
    with BatchState(tmp_path) as state:
        state.check()
        assert state.requeue_running() <= 1
        counts = state.counts()
        assert sum(counts.values()) == counts["queued"] + counts["done"] == 50
        done = {row.id: row.result for row in state.rows(("done",))}
        if len(confirmed) < 50:
            assert set(confirmed) <= done.keys()
        assert all(result is not None and result.lines == film for film, result in done.items())
        while found := state.startable(4):
            for row in found:
                assert state.begin(row.id)
                state.finish(row.id, RESULT)
        assert state.counts()["done"] == 50


def test_all_states_are_known_to_the_file() -> None:
    assert set(get_args(FilmState)) == set(STATES)
    assert all(f"'{state}'" in state_file.TABLES[1] for state in STATES)


def test_a_film_that_is_not_queued_is_not_found_by_a_scan(state: BatchState) -> None:
    """What the batch asks all the time uses an index, so that it stays quick with many films."""
    from audiodesc.batch.state_turns import ONE_OWNER, OWNERS, STARTABLE

    asked: dict[str, dict[str, Any]] = {
        STARTABLE.format(of=""): {"most": 3},
        STARTABLE.format(of=ONE_OWNER): {"most": 3, "owner": "a"},
        OWNERS: {},
        "SELECT state, count(*) FROM films GROUP BY state": {},
        "SELECT id FROM films WHERE state = 'running' AND cancelled": {},
    }
    for sql, values in asked.items():
        plan = state._file.read(f"EXPLAIN QUERY PLAN {sql}", values)
        scans = [row[3] for row in plan if "SCAN films" in row[3] and "INDEX" not in row[3]]
        assert not scans, plan


def begun_in_turn(state: BatchState, at_once: int, count: int) -> list[str]:
    """The owners of so many films, in the order in which they begin where so many run at a time."""
    begun: list[FilmRow] = []
    while len(begun) < count:
        if len(begun) >= at_once:
            state.finish(begun[-at_once].id, RESULT)
        row = state.startable(1)[0]
        assert state.begin(row.id)
        begun.append(row)
    return [row.owner for row in begun]


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_owners_take_turns(state: BatchState, at_once: int) -> None:
    for owner in ("ann", "bob", "eve"):
        state.put([job(f"{owner}-{number}") for number in range(20)], owner)
    owners = begun_in_turn(state, at_once, 12)
    assert sorted(owners) == ["ann"] * 4 + ["bob"] * 4 + ["eve"] * 4
    assert set(owners[:3]) == {"ann", "bob", "eve"}


def test_an_owner_who_comes_later_need_not_wait_for_all_of_another(state: BatchState) -> None:
    state.put([job(f"a-{number}") for number in range(5_000)], "ann")
    for row in state.startable(3):
        state.begin(row.id)
    state.put([*episodes(2, 1), job("b")], "bob")
    assert names(state.startable(3)) == ["night-1", "b", "a-3"]
