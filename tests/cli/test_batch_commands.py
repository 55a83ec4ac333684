"""The commands of a batch, through the real command line."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from commandline import audiodesc
from films import RATE, Sound, make_film

from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult
from audiodesc.batch.runners import Event, Failed, Made, Staged, Stopped
from audiodesc.batch.running import held_batch
from audiodesc.batch.state import BatchState
from audiodesc.cli import batch_options
from audiodesc.errors import OutputError

BASIC = ("--describer", "basic", "--no-hear")


class Instant:
    """A runner that makes films at once: of those called bad nothing, of others a page."""

    started: list[str] = []  # noqa: RUF012
    on_start: Callable[[str], None] | None = None

    def __init__(self, at_once: int | None = None, logs: Path | None = None) -> None:
        self._events: list[Event] = []
        self._at_once = at_once or 2
        self._running: set[int] = set()

    @property
    def free(self) -> int:
        return self._at_once - len(self._running)

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        Instant.started.append(job.name)
        self._running.add(film)
        self._events.append(Staged(film, "look", 1, 2))
        if Instant.on_start:
            Instant.on_start(job.name)
        if "bad" in job.name:
            self._events.append(Failed(film, FailedFilm("server", f"{job.film}: no answer: start the server")))
            return
        page = Path(job.output) / "page.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("made", "utf-8")
        made = FilmResult(6_000, 3, 0, -23.0, -1.0, ("a finding",), 2, 0, None, {"look": 2.0}, {"page": str(page)})
        self._events.append(Made(film, made))

    def stop(self, film: int) -> None:
        self._events = [one for one in self._events if one.film != film]
        self._events.append(Stopped(film))

    def events(self, timeout_s: float) -> Sequence[Event]:
        found, self._events = self._events, []
        self._running -= {one.film for one in found if not isinstance(one, Staged)}
        return found

    def close(self) -> None:
        pass


@pytest.fixture
def instant(monkeypatch: pytest.MonkeyPatch) -> type[Instant]:
    monkeypatch.setattr("audiodesc.batch.local.LocalRunner", Instant)
    Instant.started, Instant.on_start = [], None
    return Instant


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = Sound(np.zeros((2, 6 * RATE), np.float32), "stereo")
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", 6.0, sounds=[sound])


@pytest.fixture
def night(film: Path, tmp_path: Path) -> Path:
    """A list of three films with subtitles; of one, nothing will be made."""
    (tmp_path / "films").mkdir()
    for name in ("one", "two", "bad"):
        os.link(film, tmp_path / f"films/{name}.mp4")
        (tmp_path / f"films/{name}.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nHello there.\n", "utf-8")
    path = tmp_path / "night.csv"
    path.write_text("film\nfilms/one.mp4\nfilms/two.mp4\nfilms/bad.mp4\n", "utf-8")
    return path


def run(*arguments: object, cwd: Path) -> CompletedProcess[str]:
    return audiodesc("batch", *arguments, cwd=cwd)


def objects(done: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_two_films_are_made_and_a_broken_one_is_named(night: Path, tmp_path: Path) -> None:
    """With the processes that really make films."""
    (tmp_path / "films/bad.mp4").unlink()
    (tmp_path / "films/bad.mp4").write_bytes(b"no film")
    metrics = tmp_path / "batch.prom"
    done = run(night, *BASIC, "-o", "out", "--metrics", metrics, "--at-once", 1, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "Films: 2 done, 1 failed." in done.stdout
    assert "bad.mp4 is not a film" in done.stderr
    assert "audiodesc batch retry" in done.stdout
    assert "one.mp4: done" in done.stderr
    folder = tmp_path / "night.batch"
    assert 'href="../out/one.ad' in (folder / "batch.html").read_text("utf-8")
    assert (folder / "films.csv").read_text("utf-8-sig").count(",done,") == 2
    assert b'audiodesc_films{state="done"} 2.0' in metrics.read_bytes()
    assert (tmp_path / "out/one.ad/one.ad.vtt").exists()
    again = run(night, *BASIC, "-o", "out", "--json", cwd=tmp_path)
    assert [one["event"] for one in objects(again)] == ["check", "list", "end"]
    assert objects(again)[-1]["counts"]["done"] == 2
    other = run(night, *BASIC, "-o", "out", "--batch", "other", "--at-once", 1, "--json", cwd=tmp_path)
    counts = objects(other)[-1]["counts"]
    assert (counts["skipped"], counts["failed"]) == (2, 1), "another batch finds its results there"


def test_a_dry_run_makes_nothing(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    done = run(night, *BASIC, "--dry-run", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Note: ") or done.stdout.startswith("3 films, 0:18 in all")
    assert "3 films, 0:18 in all" in done.stdout
    assert not (tmp_path / "night.batch").exists()
    night.write_text("film\nfilms/one.mp4\nfilms/missing.mp4\n", "utf-8")
    done = run(night, *BASIC, "--dry-run", cwd=tmp_path)
    assert done.returncode == 3
    assert "missing.mp4" in done.stderr
    assert instant.started == []


def test_a_pilot_gives_the_time_that_is_estimated(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    assert "not estimated" in run(night, *BASIC, "--dry-run", cwd=tmp_path).stdout
    done = run(night, *BASIC, "--dry-run", "--pilot", cwd=tmp_path)
    assert instant.started == ["one.mp4"]
    assert "Time, estimated: 6.0 s." in done.stdout  # 2 s for 6 s of film, of which there are 18
    (check,) = objects(run(night, *BASIC, "--dry-run", "--json", cwd=tmp_path))
    assert check["estimate_s"] == pytest.approx(6.0)


def test_a_pilot_is_the_first_film_alone_and_a_stop_begins_no_other(
    night: Path, tmp_path: Path, instant: type[Instant]
) -> None:
    run(night, *BASIC, cwd=tmp_path)
    with BatchState(tmp_path / "night.batch") as state:
        state.make_again([row.id for row in state.rows()])
    instant.started = []
    night.write_text("film\nfilms/bad.mp4\nfilms/two.mp4\nfilms/one.mp4\n", "utf-8")
    run(night, *BASIC, "--pilot", "--dry-run", cwd=tmp_path)
    assert instant.started == ["bad.mp4"], "it is the last one in the queue"

    def stop(name: str) -> None:
        run("stop", night, cwd=tmp_path)

    instant.started, instant.on_start = [], stop
    night.write_text("film\nfilms/two.mp4\nfilms/bad.mp4\nfilms/one.mp4\n", "utf-8")
    done = run(night, *BASIC, "--pilot", cwd=tmp_path)
    assert (done.returncode, instant.started) == (130, ["two.mp4"])
    assert "stopped; the same command goes on from here" in done.stderr


def test_a_page_that_cannot_be_written_hides_no_result(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    def block(name: str) -> None:
        if metrics.is_file():
            metrics.unlink()
            metrics.mkdir()

    metrics, instant.on_start = tmp_path / "batch.prom", block
    done = run(night, *BASIC, "--metrics", metrics, cwd=tmp_path)
    assert done.returncode == 1  # of the film that failed
    assert "Films: 2 done, 1 failed." in done.stdout
    assert "batch.prom" in done.stderr
    metrics.rmdir()
    night.write_text("film,language\nfilms/one.mp4,de\n", "utf-8")
    done = run(night, *BASIC, "--metrics", metrics, "--json", cwd=tmp_path)
    assert done.returncode == OutputError.exit_code
    assert objects(done)[-1]["counts"]["done"] == 1


def test_two_lists_that_are_called_alike_take_no_films_from_each_other(
    night: Path, tmp_path: Path, instant: type[Instant]
) -> None:
    run(night, *BASIC, cwd=tmp_path)
    other = tmp_path / "night.toml"
    other.write_text('[batch]\nfilms = ["films/one.mp4"]\n', "utf-8")
    done = run(other, *BASIC, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("night.csv"), done.stderr.count("--batch DIR")) == (2, 1, 1)
    assert run(other, *BASIC, "--batch", "other", cwd=tmp_path).returncode == 0
    assert run(night, *BASIC, "--dry-run", cwd=tmp_path).returncode == 0
    night.unlink()
    assert "2 taken out" in run(other, *BASIC, cwd=tmp_path).stdout


def test_what_is_wrong_with_the_list_itself_begins_nothing(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    night.write_text("film,output\nfilms/one.mp4,same\nfilms/two.mp4,same\n", "utf-8")
    done = run(night, *BASIC, cwd=tmp_path)
    assert done.returncode == 3
    assert "same" in done.stderr
    night.write_text("film,langage\nfilms/one.mp4,de\n", "utf-8")
    done = run(night, *BASIC, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "did you mean language?" in done.stderr
    assert run("none.csv", cwd=tmp_path).returncode == 3
    assert instant.started == []


def test_a_list_goes_on_with_what_changed(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    done = run(night, *BASIC, cwd=tmp_path)
    assert (done.returncode, instant.started) == (1, ["one.mp4", "two.mp4", "bad.mp4"])
    assert "1 film failed (server): audiodesc batch retry" in done.stdout
    assert run(night, *BASIC, cwd=tmp_path).returncode == 1  # a failed film stays so until it is tried again
    assert len(instant.started) == 3
    later = time.time() + 60
    os.utime(tmp_path / "films/two.srt", (later, later))
    run(night, *BASIC, cwd=tmp_path)
    assert instant.started[3:] == ["two.mp4"]
    night.write_text("film,language\nfilms/one.mp4,de\nfilms/two.mp4,\n", "utf-8")
    done = run(night, *BASIC, cwd=tmp_path)
    assert (done.returncode, instant.started[4:]) == (0, ["one.mp4"])
    assert "1 changed, 1 taken out" in done.stdout


def test_failed_films_are_queued_again_by_kind_and_name(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    run(night, *BASIC, cwd=tmp_path)
    assert "0 films queued again." in run("retry", night, "--kind", "input", cwd=tmp_path).stdout
    wrong = run("retry", night, "--kind", "srever", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr.count("choose one of: usage")) == (2, 1)
    assert run("retry", night, "--film", "two.mp4", cwd=tmp_path).returncode == 2
    done = run("retry", night, "--kind", "server", "--film", "b*", cwd=tmp_path)
    assert done.stdout.startswith("1 film queued again.\n`audiodesc batch ")
    (tmp_path / "films/bad.mp4").rename(tmp_path / "films/three.mp4")
    instant.started = []
    done = run(tmp_path / "night.batch", cwd=tmp_path)  # as it was asked for, without the list
    assert (done.returncode, instant.started) == (1, ["bad.mp4"])
    assert run(tmp_path / "night.batch", "--lang", "de", cwd=tmp_path).returncode == 2


def test_the_status_names_what_is_not_made(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    assert run("status", night, cwd=tmp_path).returncode == 2
    run(night, *BASIC, cwd=tmp_path)
    for place in (night, tmp_path / "night.batch"):
        done = run("status", place, cwd=tmp_path)
        assert "2 done, 1 failed; nothing runs it." in done.stdout
        assert "bad.mp4" in done.stdout
        assert "one.mp4" not in done.stdout
    films = objects(run("status", night, "--json", cwd=tmp_path))
    assert [(one["state"], one["cause"]) for one in films] == [("done", None), ("done", None), ("failed", "server")]
    assert run("status", night, "--csv", cwd=tmp_path).stdout.splitlines()[0].startswith("film,state,")
    log = objects(run("status", night, "--log", cwd=tmp_path))
    assert {"queued", "running", "done", "failed", "stage"} <= {one["what"] for one in log}
    assert run("status", night, "--json", "--csv", cwd=tmp_path).returncode == 2


def test_a_batch_that_runs_is_seen_and_stopped_from_outside(
    night: Path, tmp_path: Path, instant: type[Instant]
) -> None:
    said: list[str] = []

    def outside(name: str) -> None:
        if name == "one.mp4":
            said.append(run("status", night, cwd=tmp_path).stdout)
            said.append(run("stop", night, cwd=tmp_path).stdout)

    instant.on_start = outside
    done = run(night, *BASIC, "--at-once", 1, cwd=tmp_path)
    assert done.returncode == 130
    assert "stopped; the same command goes on from here" in done.stderr
    assert "1 running" in said[0]
    assert "it is being run" in said[0]
    assert said[1].startswith("It ends after what it has in hand")
    assert "Nothing runs this batch." in run("stop", night, cwd=tmp_path).stdout
    instant.on_start = None
    assert run(night, *BASIC, cwd=tmp_path).returncode == 1
    assert set(instant.started[1:]) >= {"two.mp4", "bad.mp4"}


def test_held_films_wait_for_their_release(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    run(night, *BASIC, "--fail-after", 1, cwd=tmp_path)
    with BatchState(tmp_path / "night.batch") as state:
        state.make_again([row.id for row in state.rows()])
    assert run("hold", night, "one*", "two.mp4", cwd=tmp_path).stdout == "2 films held.\n"
    instant.started = []
    run(night, *BASIC, cwd=tmp_path)
    assert instant.started == ["bad.mp4"]
    assert run("hold", night, "--release", "one", cwd=tmp_path).stdout.startswith("1 film queued again.\n")
    run(night, *BASIC, cwd=tmp_path)
    assert instant.started == ["bad.mp4", "one.mp4"]
    assert run("hold", night, "nobody", cwd=tmp_path).returncode == 2
    run("retry", night, cwd=tmp_path)
    assert run("hold", "../night.csv", "../films/bad.mp4", cwd=tmp_path / "films").stdout == "1 film held.\n"


def test_a_plan_rests_on_what_was_made(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    run(night, *BASIC, "--dry-run", "--pilot", cwd=tmp_path)
    said = run("plan", night, "--cores", 4, "--gpus", 1, cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert "It assumes:" in said.stdout
    (made,) = objects(run("plan", night, "--cores", 1, "--core-price", 2, "--json", cwd=tmp_path))
    assert (made["films"], made["films_unknown"]) == (3, 0)
    assert made["cost"] == pytest.approx(2 * made["hours"])


def test_events_are_json_and_nothing_else(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    done = run(night, *BASIC, "--json", "--at-once", 1, cwd=tmp_path)
    events = objects(done)
    assert (events[0]["event"], events[1]["event"], events[-1]["event"]) == ("check", "list", "end")
    of_one = [(one["state"], one["stage"]) for one in events if one.get("film", "").endswith("one.mp4")]
    assert of_one[0][0] == "running"
    assert of_one[-1][0] == "done"
    assert run(night, *BASIC, "--quiet", cwd=tmp_path).stdout == ""


def test_the_state_is_held_by_one_process(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    with held_batch(tmp_path / "night.batch"):
        done = run(night, *BASIC, cwd=tmp_path)
    assert done.returncode == 6
    assert instant.started == []


def test_a_list_may_be_called_like_a_command(night: Path, tmp_path: Path, instant: type[Instant]) -> None:
    night.rename(tmp_path / "status")
    (tmp_path / "films").rename(tmp_path / "stop")
    assert run("./stop", *BASIC, "--dry-run", cwd=tmp_path).returncode == 0
    assert run("stop", *BASIC, "--dry-run", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["batch", "a.csv", "--ray"], ["batch", "a.csv", "--ray", "local"]),
        (["batch", "--ray", "a.csv"], ["batch", "--ray", "local", "a.csv"]),
        (["batch", "--ray", "ray://head:10001", "a"], ["batch", "--ray", "ray://head:10001", "a"]),
        (["batch", "--ray", "10.0.0.1:6379", "a"], ["batch", "--ray", "10.0.0.1:6379", "a"]),
        (["batch", "--ray", "auto", "-q"], ["batch", "--ray", "auto", "-q"]),
        (["batch", "--ray=head:1", "a"], ["batch", "--ray=head:1", "a"]),
    ],
)
def test_the_address_of_a_cluster_may_be_left_out(given: list[str], meant: list[str]) -> None:
    assert batch_options.with_ray_address(given) == meant


@pytest.mark.parametrize("option", ["--at-once=0", "--fail-after=-1"])
def test_numbers_below_one_are_refused(night: Path, tmp_path: Path, option: str) -> None:
    done = run(night, option, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("give 1 or more")) == (2, 1)


def test_the_help_names_the_commands_of_a_batch(tmp_path: Path) -> None:
    said = run("--help", cwd=tmp_path).stdout
    for name in ("status", "retry", "stop", "hold", "plan"):
        assert f"  batch {name} " in said
        assert f"Usage: audiodesc batch {name} [OPTIONS]" in run(name, "--help", cwd=tmp_path).stdout
    assert run(cwd=tmp_path).returncode == 2
