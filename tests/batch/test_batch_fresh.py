"""Films that were made are made again where they, or what they were made with, changed since."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from batch.batch_rows import START, result, row

from audiodesc.batch import fresh, listing
from audiodesc.batch.fresh import changed_films, made_before, take_jobs
from audiodesc.batch.model import FailedFilm, FilmJob, FilmRow
from audiodesc.batch.state import BatchState


def written(path: Path, time: float) -> str:
    path.write_bytes(b"x")
    os.utime(path, (time, time))
    return str(path)


def film(folder: Path, number: int, **given: str) -> FilmRow:
    """A film that was begun at START + 10 * number, with its files there."""
    job = FilmJob(
        written(folder / f"{number}.mp4", START), str(folder / "x.ad"), written(folder / f"{number}.srt", START)
    )
    job = replace(job, choices={"describer": {"cast": written(folder / "cast.toml", START)}})
    made = replace(result(number), files={"page": written(folder / f"{number}.html", START + 90)}, content="")
    return replace(row(number), job=job, result=made)


def test_what_changed_after_a_film_was_begun_has_it_made_again(tmp_path: Path) -> None:
    rows = [film(tmp_path, number) for number in (1, 2, 3)]
    assert changed_films(rows) == []
    written(tmp_path / "2.srt", START + 60)
    assert changed_films(rows) == [2]
    written(tmp_path / "cast.toml", START + 25)  # before film 3 was begun
    assert changed_films(rows) == [1, 2]


def test_a_result_that_is_gone_is_made_again_and_one_in_a_store_is_not_looked_for(tmp_path: Path) -> None:
    one = film(tmp_path, 1)
    (tmp_path / "1.html").unlink()
    assert changed_films([one]) == [1]
    assert one.result
    assert changed_films([replace(one, result=replace(one.result, files={"page": "s3://store/1.html"}))]) == []


def test_a_failed_film_is_tried_again_once_it_is_another(tmp_path: Path) -> None:
    failed = replace(row(1, "failed"), job=film(tmp_path, 1).job)
    running = replace(row(2, "running"), job=film(tmp_path, 2).job)
    assert changed_films([failed, running]) == []
    written(tmp_path / "1.mp4", START + 60)
    written(tmp_path / "2.mp4", START + 60)
    assert changed_films([failed, running]) == [1]


def test_nothing_was_written_where_all_results_are_older(tmp_path: Path) -> None:
    of = film(tmp_path, 1).result
    assert of
    assert made_before(of, START + 100)
    assert not made_before(of, START + 80)
    assert not made_before(replace(of, files={}), START + 100)


AWAY = FailedFilm("input", "one.mp4 does not exist: give the path of a film")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[BatchState]:
    with BatchState(tmp_path / "night.batch") as opened:
        yield opened


@pytest.fixture
def job(tmp_path: Path) -> FilmJob:
    film, texts, cast = (written(tmp_path / name, START) for name in ("one.mp4", "one.srt", "cast.toml"))
    return FilmJob(film, str(tmp_path / "one.ad"), texts, {"describer": {"cast": cast}})


def make(state: BatchState, job: FilmJob) -> int:
    """Take a list of one film and make that; its id."""
    take_jobs(state, [job])
    (film,) = (one.id for one in state.startable(1))
    state.begin(film)
    page = written(Path(job.output).with_suffix(".html"), START)
    state.finish(film, replace(result(1), files={"page": page}, content=listing.content_of(job)))
    assert take_jobs(state, [job]).changed == ()
    return film


def test_another_film_with_an_older_time_is_made_again(state: BatchState, job: FilmJob) -> None:
    film = make(state, job)
    Path(job.film).write_bytes(b"another")
    os.utime(job.film, (START - 3_600, START - 3_600))
    assert take_jobs(state, [job]).changed == (film,)
    make(state, job)
    Path(job.choices["describer"]["cast"]).write_bytes(b"other")
    os.utime(job.choices["describer"]["cast"], (START - 3_600, START - 3_600))
    assert take_jobs(state, [job]).changed == (film,)


def test_a_time_in_the_future_makes_no_film_again_and_is_compared_once(
    state: BatchState, job: FilmJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(state, job)
    later = time.time() + 10**6
    os.utime(job.film, (later, later))
    assert take_jobs(state, [job]).changed == ()
    compared: list[FilmJob] = []

    def content_of(one: FilmJob) -> str:
        compared.append(one)
        return ""

    monkeypatch.setattr(fresh, "content_of", content_of)
    assert take_jobs(state, [job]).changed == ()
    assert compared == []
    (state.folder / "inputs.json").write_text('{"form": 1, "films": {"1": [3]}}', "utf-8")
    take_jobs(state, [job])
    assert compared == [job]


def test_a_film_that_failed_in_the_check_is_tried_again_once_it_is_there(state: BatchState, job: FilmJob) -> None:
    (film,) = take_jobs(state, [job], [(job, AWAY)]).new
    assert [one.failed for one in state.rows(("failed",))] == [AWAY]
    other = FailedFilm("input", "one.mp4 is empty: give a film")
    assert take_jobs(state, [job], [(job, other)]).changed == ()
    assert [one.failed for one in state.rows(("failed",))] == [other]
    assert take_jobs(state, [job]).changed == (film,)
    assert state.counts()["queued"] == 1


@pytest.mark.parametrize("cause", ["cancelled", "lost"])
def test_a_film_that_was_cancelled_or_set_aside_stays_so(state: BatchState, job: FilmJob, cause: str) -> None:
    why = FailedFilm(cause, "it ended")  # type: ignore[arg-type]
    (film,) = take_jobs(state, [job]).new
    state.fail(film, why)
    for bad in ([], [(job, AWAY)], []):
        assert take_jobs(state, [job], bad).changed == ()
        assert [one.failed for one in state.rows(("failed",))] == [why]


def test_films_that_are_done_stay_so_while_their_disk_is_away(state: BatchState, job: FilmJob, tmp_path: Path) -> None:
    film = make(state, job)
    names = [Path(job.film), Path(job.subtitles), tmp_path / "one.html"]
    for path in names:
        path.rename(f"{path}.away")
    assert take_jobs(state, [job], [(job, AWAY)]).changed == ()
    assert state.counts()["done"] == 1
    for path in names:
        Path(f"{path}.away").rename(path)
    assert take_jobs(state, [job]).changed == ()
    cast = Path(job.choices["describer"]["cast"])
    cast.write_bytes(b"other")
    assert take_jobs(state, [job], [(job, AWAY)]).changed == ()
    assert take_jobs(state, [job]).changed == (film,), "what changed meanwhile is not forgotten"
