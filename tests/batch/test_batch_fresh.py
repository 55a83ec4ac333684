"""Films that were made are made again where they, or what they were made with, changed since."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from batch.batch_rows import START, result, row

from audiodesc.batch.fresh import changed_films, made_before
from audiodesc.batch.model import FilmJob, FilmRow


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
    made = replace(result(number), files={"page": written(folder / f"{number}.html", START + 90)})
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
    assert changed_films([replace(one, result=replace(result(1), files={"page": "s3://store/1.html"}))]) == []


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
