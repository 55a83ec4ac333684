"""Tokens that a shared describer counts are credited to the films that it worked for, and stand in their results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from batch.test_sharing import Looking, clip_at

from audiodesc.batch.film_work import make_film
from audiodesc.batch.model import FilmJob, FilmResult, film_result
from audiodesc.batch.output.metrics import metrics_text
from audiodesc.batch.output.sums import BatchSums
from audiodesc.batch.sharing.calls import Spent
from audiodesc.batch.sharing.gates import Busy, Gate
from audiodesc.batch.sharing.host import DescriberHost
from audiodesc.batch.sharing.pool import DescriberPool
from audiodesc.batch.sharing.proxy import SharedDescriber, choose_with
from audiodesc.cluster.film_stages import StageDone, whole_result
from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import silent
from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Describer, Failure, LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.model import VideoClip
from audiodesc.settings import Settings


class Counting(Looking):
    """Takes 100 tokens for each clip and 7 for each line."""

    count = 0
    counting = Lock()

    @property
    def tokens(self) -> int | None:
        return self.count

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        for number, clip in enumerate(clips):
            self._add(100)
            yield number, str(clip.span.start_ms)

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        self._add(7)
        return ("A man walks.",)

    def _add(self, more: int) -> None:
        with self.counting:
            self.count += more


class Direct:
    """Reaches a host in this process."""

    def __init__(self, describer: Describer) -> None:
        self.host = DescriberHost(lambda *given: ChosenDescriber(describer, "it is the test's"))

    def call(self, method: str, /, *args: Any) -> Any:
        return getattr(self.host, method)(*args)


@pytest.fixture
def direct() -> Iterator[Direct]:
    made = Direct(Counting())
    yield made
    made.host.close()


def asked(direct: Direct, rank: int) -> SharedDescriber:
    chosen = choose_with(direct, rank)(Settings(), FilmContext(), Downloads(), silent, 60.0).describer
    assert isinstance(chosen, SharedDescriber)
    return chosen


def test_each_film_has_the_tokens_of_its_clips_and_lines(direct: Direct, tmp_path: Path) -> None:
    first, second = asked(direct, 1), asked(direct, 2)
    assert {first.tokens, second.tokens} == {None}
    with first.session(Store(tmp_path / "1")):
        list(first.observe(clip_at(n) for n in range(3)))
        with second.session(Store(tmp_path / "2")):
            list(second.observe(clip_at(n) for n in range(5)))
        first.write_lines(LineRequest("a man", 5, "en"))
    assert (first.tokens, second.tokens) == (307, 500)
    with first.session(Store(tmp_path / "1")):  # once more, all from the cache
        pass
    assert first.tokens == 307


def test_the_sum_over_films_that_are_asked_about_at_once_is_right() -> None:
    describer = Counting(lines=4)
    pool = DescriberPool(describer, Gate(1_000_000), Busy())
    try:
        with ThreadPoolExecutor(8) as threads:
            for one in [threads.submit(pool.observe, n % 4, clip_at(n)) for n in range(40)]:
                one.result(20)
            for n in range(20):
                threads.submit(pool.write, n % 4, lambda: describer.write_lines(LineRequest("a", 5, "en")))
        spent = [pool.spent(rank).tokens or 0 for rank in range(4)]
    finally:
        pool.close()
    assert sum(spent) == describer.count == 40 * 100 + 20 * 7
    assert pool.spent(0) == Spent(0.0, 0)


def test_a_describer_that_counts_none_gives_none() -> None:
    pool = DescriberPool(Looking(), Gate(1_000_000), Busy())
    try:
        pool.observe(1, clip_at(0))
        assert pool.spent(1).tokens is None
    finally:
        pool.close()


def test_a_films_result_has_them(sample: tuple[Path, Path], tmp_path: Path) -> None:
    film, subtitles = map(str, sample)
    describer = Counting()
    job = FilmJob(film, str(tmp_path / "out"), subtitles)
    made = make_film(job, lambda *given: ChosenDescriber(describer, "it is the test's"), silent)
    assert made.tokens == describer.count >= 100 * made.clips > 0
    assert film_result(made.to_json()) == made


def test_stages_of_a_film_are_added_up() -> None:
    stages = [StageDone(next="describe"), StageDone(tokens=900, next="mix"), StageDone(FilmResult(clips=1), tokens=7)]
    whole = whole_result(stages)
    assert whole is not None
    assert whole.tokens == 907
    none = whole_result([replace(stages[0]), StageDone(FilmResult(clips=1))])
    assert none is not None
    assert none.tokens is None


def test_the_batch_says_their_sum() -> None:
    assert b"audiodesc_tokens_total 907.0" in metrics_text(BatchSums(tokens=907))
