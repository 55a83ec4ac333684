"""A folder is watched with real events and threads, by a runner that makes what it is told to."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from queue import Empty, Queue
from time import monotonic, sleep
from typing import Any

import pytest

from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult
from audiodesc.batch.runners import Event, Failed, Made, Runner, Stopped
from audiodesc.batch.state import BatchState
from audiodesc.errors import BusyError
from audiodesc.watching import publishing, running
from audiodesc.watching.arrivals import Manner
from audiodesc.watching.events import WatchEvent
from audiodesc.watching.folder import scan as folder_scan
from audiodesc.watching.places import places_of
from audiodesc.watching.running import Watched, WatchOrder, watch_folder


class Scripted:
    """Makes a film by writing its name into a file in its folder; one that holds "bad" fails, one that holds "long" is
    made until it is stopped."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._events: Queue[Event] = Queue()
        self._busy: set[int] = set()
        self.before_end: Callable[[FilmJob], None] = lambda job: None

    @property
    def free(self) -> int:
        return 2 - len(self._busy)

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        self._busy.add(film)
        text = Path(job.film).read_text("utf-8")
        if "long" in text:
            return
        if "bad" in text:
            self._events.put(Failed(film, FailedFilm("input", f"{job.film}: bad: give another")))
            return
        Path(job.output).mkdir(parents=True, exist_ok=True)
        script = Path(job.output, f"{Path(job.film).stem}.ad.vtt")
        script.write_text(text, "utf-8")
        self.before_end(job)
        self.made.append(job.name)
        self._events.put(Made(film, FilmResult(files={"script": str(script)})))

    def stop(self, film: int) -> None:
        self._events.put(Stopped(film))

    def events(self, timeout_s: float) -> Sequence[Event]:
        try:
            event = self._events.get(timeout=min(timeout_s, 0.05))
        except Empty:
            return ()
        self._busy.discard(event.film)
        return (event,)

    def close(self) -> None:
        pass


class Watching:
    """A folder that is watched on a thread of the test's."""

    def __init__(self, order: WatchOrder, runner: Scripted) -> None:
        self.told: list[WatchEvent] = []
        self.stop = threading.Event()
        self.done: Watched | None = None
        self.error: BaseException | None = None
        self._order, self._runner = order, runner
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        @contextmanager
        def opened() -> Iterator[Runner]:
            yield self._runner

        try:
            self.done = watch_folder(self._order, opened, self.told.append, lambda row: None, self.stop)
        except BaseException as error:
            self.error = error

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = monotonic() + 60
        while not is_so():
            if self.error:
                raise self.error
            assert monotonic() < deadline, self.told
            sleep(0.02)

    def whats(self, film: str) -> list[str]:
        return [one.what for one in self.told if one.film == film]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def order(
    folder: Path, outbox: Path | None = None, *, settle_s: float = 0.3, polling: bool = False, once: bool = False
) -> WatchOrder:
    return WatchOrder(places_of(folder, outbox, None, None), Manner(settle_s), 0.5, polling, once)


@pytest.mark.parametrize("polling", [False, True])
def test_films_that_come_are_made_and_bad_ones_are_set_aside(folder: Path, polling: bool) -> None:
    (folder / "first.mp4").write_text("first")
    runner = Scripted()
    with Watching(order(folder, polling=polling), runner) as watching:
        watching.until(lambda: watching.whats("first.mp4") == ["arrived", "made"])
        (folder / "bad.mp4").write_text("bad")
        (folder / ".second.part").write_text("second")
        (folder / ".second.part").rename(folder / "second.mp4")
        watching.until(lambda: "made" in watching.whats("second.mp4") and "quarantined" in watching.whats("bad.mp4"))
    assert runner.made == ["first.mp4", "second.mp4"]
    assert (folder / "second.ad/second.ad.vtt").read_text() == "second"
    assert (folder / "audiodesc.quarantine/bad.reason.txt").exists()
    assert not (folder / "bad.mp4").exists()
    assert (folder / "audiodesc.batch/batch.html").exists()


def test_once_makes_what_is_there_and_ends(folder: Path) -> None:
    for number in range(5):
        (folder / f"film{number}.mp4").write_text(f"film {number}")
    runner = Scripted()
    for _ in range(2):
        with Watching(order(folder, once=True), runner) as watching:
            watching.until(lambda: watching.done is not None)
    assert sorted(runner.made) == [f"film{number}.mp4" for number in range(5)]


def test_once_ends_though_a_film_grows(folder: Path) -> None:
    (folder / "film.mp4").write_text("film")
    with (
        Watching(order(folder, once=True, settle_s=5), runner := Scripted()) as watching,
        (folder / "g.mp4").open("w") as file,
    ):

        def grown() -> bool:
            file.write("x" * 10_000)
            file.flush()
            return watching.done is not None

        watching.until(grown)
    assert runner.made == ["film.mp4"]


def test_a_stop_queues_what_is_in_hand_and_the_next_start_goes_on(folder: Path) -> None:
    (folder / "film.mp4").write_text("long")
    with Watching(order(folder), Scripted()) as watching:
        watching.until(lambda: _state(folder) == ["running"])
    assert _state(folder) == ["queued"]
    assert watching.done is not None
    assert watching.done.summary.ended == "stopped"
    with Watching(order(folder), Scripted()) as watching:
        watching.until(lambda: _state(folder) == ["running"])


def _state(folder: Path) -> list[str]:
    with BatchState(folder / "audiodesc.batch") as state:
        return [row.state for row in state.rows()]


def test_a_film_that_is_deleted_while_it_is_made_does_not_stop_the_others(folder: Path) -> None:
    (folder / "film.mp4").write_text("long")
    with Watching(order(folder), runner := Scripted()) as watching:
        watching.until(lambda: _state(folder) == ["running"])
        (folder / "film.mp4").unlink()
        watching.until(lambda: "changed" in watching.whats("film.mp4"))
        (folder / "other.mp4").write_text("other")
        watching.until(lambda: runner.made == ["other.mp4"])


def test_a_folder_that_is_away_is_reported_once_and_asked_now_and_then(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans, is_away = list[float](), True

    def scan(*given: Any) -> Any:
        scans.append(monotonic())
        if is_away:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(folder))
        return folder_scan(*given)

    monkeypatch.setattr(running, "scan", scan)
    (folder / "film.mp4").write_text("film")
    with Watching(order(folder, polling=True), Scripted()) as watching:
        watching.until(lambda: len(scans) > 3)
        is_away = False
        watching.until(lambda: "made" in watching.whats("film.mp4"))
    assert min(after - before for before, after in pairwise(scans[:4])) >= 0.49
    assert watching.whats("") == ["watches", "waits"]


def test_a_folder_is_watched_by_one_process(folder: Path) -> None:
    with Watching(order(folder), Scripted()) as watching:
        watching.until(lambda: bool(watching.told))
        second = Watching(order(folder), Scripted())
        with pytest.raises(BusyError), second:
            second.until(lambda: False)


def test_results_appear_in_the_outbox_whole(folder: Path, tmp_path: Path) -> None:
    outbox, seen = tmp_path / "out", list[list[str]]()
    runner = Scripted()
    runner.before_end = lambda job: seen.append([one.name for one in outbox.iterdir() if one.name[0] != "."])
    (folder / "film.mp4").write_text("film")
    with Watching(order(folder, outbox), runner) as watching:
        watching.until(lambda: "made" in watching.whats("film.mp4"))
        (folder / "film.mp4").write_text("another")
        watching.until(lambda: watching.whats("film.mp4").count("made") == 2)
    assert seen == [[], ["film.ad"]]
    assert (outbox / "film.ad/film.ad.vtt").read_text() == "film"
    assert (outbox / "film-2.ad/film.ad.vtt").read_text() == "another"
    with BatchState(folder / "audiodesc.batch") as state:
        result = state.rows()[0].result
    assert result is not None
    assert result.files == {"script": str(outbox / "film-2.ad/film.ad.vtt")}
    assert watching.told[-1].text == f"described in {outbox / 'film-2.ad'}"


def test_what_was_made_of_a_film_that_changed_meanwhile_is_not_published(folder: Path, tmp_path: Path) -> None:
    outbox, runner = tmp_path / "out", Scripted()
    (folder / "film.mp4").write_text("film")

    def change(job: FilmJob) -> None:
        runner.before_end = lambda job: None
        Path(job.film).write_text("another film")

    runner.before_end = change
    with Watching(order(folder, outbox), runner) as watching:
        watching.until(lambda: "made" in watching.whats("film.mp4"))
    assert (outbox / "film.ad/film.ad.vtt").read_text() == "another film"
    assert not (outbox / "film-2.ad").exists()
    assert len(runner.made) == 2


def test_a_full_outbox_fails_the_film_for_a_reason_that_goes_by(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(publishing, "move_folder", full)
    (folder / "film.mp4").write_text("film")
    with Watching(order(folder, tmp_path / "out"), Scripted()) as watching:
        watching.until(lambda: "waits" in watching.whats("film.mp4"))
    assert (folder / "film.mp4").exists()
    with BatchState(folder / "audiodesc.batch") as state:
        failed = state.rows()[0].failed
    assert failed is not None
    assert failed.cause == "output"
