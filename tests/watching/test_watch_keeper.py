"""What a watched folder comes to: real files and a real state, a clock that the test moves, no runner."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from audiodesc.batch.model import FailedFilm, FailureCause, FilmResult, FilmRow
from audiodesc.batch.state import BatchState
from audiodesc.errors import ProjectError, UsageError
from audiodesc.watching import jobs, keeper, records
from audiodesc.watching.arrivals import Manner
from audiodesc.watching.events import WatchEvent
from audiodesc.watching.folder import scan
from audiodesc.watching.keeper import Keeper
from audiodesc.watching.places import Places, places_of


class World:
    """A watched folder, its batch, and the clock."""

    def __init__(self, root: Path, outbox: bool = False, marker: str = "") -> None:
        self.folder = root / "in"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.places: Places = places_of(self.folder, root / "out" if outbox else None, None, None)
        self.marker, self.now, self.told = marker, 0.0, list[WatchEvent]()
        self.state = BatchState(self.places.batch)
        self.begin()

    def begin(self) -> None:
        """A first start, or another one."""
        self.keeper = Keeper(self.state, self.places, Manner(10, self.marker), self.told.append)

    def write(self, name: str, content: str = "film") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        return path

    def tick(self, seconds: float = 11) -> None:
        self.now += seconds
        self.keeper.tick(scan(self.folder, self.places.apart), self.now)

    def settle(self) -> None:
        self.tick()
        self.tick()

    def rows(self) -> list[FilmRow]:
        return self.state.rows()

    def states(self) -> dict[str, str]:
        return {row.job.name: row.state for row in self.state.rows()}

    def make(self, name: str) -> None:
        row = self.row(name)
        assert self.state.begin(row.id)
        self.state.finish(row.id, FilmResult(files={"script": f"{row.job.output}/x.vtt"}))

    def fail(self, name: str, cause: FailureCause, message: str = "it is bad") -> None:
        row = self.row(name)
        assert self.state.begin(row.id)
        self.state.fail(row.id, FailedFilm(cause, message))

    def row(self, name: str) -> FilmRow:
        return next(row for row in self.state.rows() if row.job.name == name)

    def whats(self, film: str = "") -> list[str]:
        return [one.what for one in self.told if not film or one.film == film]


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.state:
        yield made


def test_a_film_that_stands_still_becomes_the_job_of_its_folder(world: World) -> None:
    film = world.write("a/film.mp4")
    subtitles = world.write("a/film.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    world.write("audiodesc.toml", '[voice]\nlanguage = "de"\n[describer]\nname = "basic"\n')
    world.tick()
    assert world.rows() == []
    world.tick()
    job = world.row("film.mp4").job
    assert (job.film, job.subtitles) == (str(film), str(subtitles))
    assert job.output == str(world.folder / "a/film.ad")
    assert job.choices == {"voice": {"language": "de"}, "describer": {"name": "basic"}}


def test_a_watched_film_and_a_listed_one_give_the_same_job(world: World) -> None:
    from audiodesc.batch.listing import read_list

    world.write("film.mp4")
    world.write("film.en.srt", "x")
    world.write("film.de.srt", "x")
    world.write("audiodesc.toml", '[batch]\npreset = "web"\n[voice]\nlanguage = "de"\nlexicon = "names.toml"\n')
    listed = read_list(world.folder, {}, None).jobs
    world.settle()
    assert [row.job for row in world.rows()] == list(listed)
    assert listed[0].subtitles.endswith("film.de.srt")


def test_a_film_that_grows_again_while_it_is_made_is_stopped_and_made_again(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    row = world.row("film.mp4")
    world.state.begin(row.id)
    world.write("film.mp4", "film and more")
    world.tick()
    assert world.state.cancelled() == [row.id]
    world.state.fail(row.id, FailedFilm("cancelled", "cancelled"))
    world.settle()
    assert world.states() == {"film.mp4": "queued"}
    assert world.whats() == ["arrived", "changed", "again"]


def test_a_film_that_is_replaced_is_made_again(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.make("film.mp4")
    world.tick()
    assert world.whats() == ["arrived", "made"]
    world.write("film.mp4", "another film")
    world.settle()
    assert world.states() == {"film.mp4": "queued"}
    assert len(world.rows()) == 1


def test_subtitles_that_come_later_make_it_again_with_them(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.make("film.mp4")
    world.tick()
    world.write("film.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    world.settle()
    row = world.row("film.mp4")
    assert (row.state, row.job.subtitles) == ("queued", str(world.folder / "film.srt"))


def test_a_film_that_is_deleted_before_it_is_begun_is_dropped(world: World) -> None:
    world.write("film.mp4").touch()
    world.settle()
    (world.folder / "film.mp4").unlink()
    world.tick()
    assert world.rows() == []
    assert world.whats() == ["arrived", "dropped"]


def test_a_film_that_is_deleted_while_it_is_made_fails_and_that_is_said(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    row = world.row("film.mp4")
    world.state.begin(row.id)
    (world.folder / "film.mp4").unlink()
    world.tick()
    assert world.whats() == ["arrived", "changed"]
    world.state.fail(row.id, FailedFilm("input", "film.mp4 is gone: put it back"))
    world.tick()
    assert world.whats() == ["arrived", "changed", "quarantined"]
    assert (world.places.quarantine / "film.reason.txt").read_text().startswith("film.mp4 is gone: put it back\n")


def test_a_film_that_is_made_and_renamed_is_not_made_twice(world: World) -> None:
    film = world.write("film.mp4")
    world.settle()
    world.make("film.mp4")
    world.tick()
    film.rename(world.folder / "other.mp4")
    world.settle()
    assert world.states() == {"film.mp4": "done"}
    assert world.told[-1].what == "renamed"
    world.begin()
    world.settle()
    assert world.states() == {"film.mp4": "done"}


def test_a_film_that_is_renamed_while_it_is_made_is_not_made_twice(world: World) -> None:
    film = world.write("film.mp4")
    world.settle()
    row = world.row("film.mp4")
    world.state.begin(row.id)
    film.rename(world.folder / "other.mp4")
    world.settle()
    assert len(world.rows()) == 1
    world.state.finish(row.id, FilmResult())
    world.settle()
    assert len(world.rows()) == 1
    assert "renamed" in world.whats("other.mp4")


def test_a_film_that_is_renamed_before_it_is_begun_is_made_under_its_new_name(world: World) -> None:
    film = world.write("film.mp4")
    world.settle()
    film.rename(world.folder / "other.mp4")
    world.settle()
    assert world.states() == {"other.mp4": "queued"}


def test_a_copy_of_a_film_that_is_made_is_not_made(world: World) -> None:
    world.write("film.mp4", "the same")
    world.settle()
    world.make("film.mp4")
    world.tick()
    world.write("copy.mp4", "the same")
    world.write("third.mp4", "the SAME")
    world.settle()
    assert world.states() == {"film.mp4": "done", "third.mp4": "queued"}
    assert world.whats("copy.mp4") == ["same"]


def test_a_second_start_knows_what_was_done(world: World) -> None:
    world.write("film.mp4")
    world.write("next.mp4", "next")
    world.settle()
    world.make("film.mp4")
    world.tick()
    before = [(row.id, row.state) for row in world.rows()]
    world.begin()
    world.settle()
    assert [(row.id, row.state) for row in world.rows()] == before
    assert world.whats("film.mp4") == ["arrived", "made"]


def test_a_film_that_changed_while_nobody_watched_is_made_again(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.make("film.mp4")
    world.tick()
    world.write("film.mp4", "another one")
    world.begin()
    world.settle()
    assert world.states() == {"film.mp4": "queued"}


def test_a_kill_between_the_job_and_the_record_makes_no_second_job(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.make("film.mp4")
    (world.places.batch / "watch.json").unlink()
    world.begin()
    world.settle()
    assert world.states() == {"film.mp4": "done"}


def test_without_its_record_a_film_that_changed_is_made_again(world: World) -> None:
    at = world.write("film.mp4").stat()
    world.settle()
    world.make("film.mp4")
    world.tick()
    world.write("film.mp4", "FILM")
    os.utime(world.folder / "film.mp4", ns=(at.st_atime_ns, at.st_mtime_ns))
    (world.places.batch / "watch.json").unlink()
    world.begin()
    world.settle()
    assert world.states() == {"film.mp4": "queued"}


def test_a_film_that_was_gone_for_long_is_made_when_a_new_one_has_its_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "GONE_KEPT", 0)
    film = world.write("film.mp4")
    world.settle()
    world.make("film.mp4")
    world.tick()
    film.unlink()
    world.write("other.mp4", "other")
    world.settle()
    assert world.states() == {"other.mp4": "queued"}
    world.write("film.mp4", "another")
    world.settle()
    assert world.states() == {"film.mp4": "queued", "other.mp4": "queued"}


def test_the_job_of_a_copy_stays_when_its_record_is_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "GONE_KEPT", 0)
    world.write("film.mp4", "the same")
    world.settle()
    world.make("film.mp4")
    world.tick()
    copy = world.write("copy.mp4", "the same")
    world.settle()
    assert world.whats("copy.mp4") == ["same"]
    copy.unlink()
    world.write("other.mp4", "other")
    world.settle()
    assert world.states() == {"film.mp4": "done", "other.mp4": "queued"}


def test_a_new_state_that_counts_from_1_gives_no_film_the_job_of_another(world: World) -> None:
    world.write("b.mp4", "b")
    world.settle()
    world.make("b.mp4")
    world.tick()
    world.write("a.mp4", "a film")
    world.state.remove(world.row("b.mp4").id)
    with BatchState(world.folder / "new") as state:
        world.state.close()
        world.state = state
        world.begin()
        world.settle()
        assert sorted(row.job.name for row in world.rows()) == ["a.mp4", "b.mp4"]
        assert {row.state for row in world.rows()} == {"queued"}


def test_a_folder_that_was_moved_with_its_batch_knows_what_was_done(tmp_path: Path) -> None:
    world = World(tmp_path / "before")
    with world.state:
        world.write("a/film.mp4")
        world.settle()
        world.make("film.mp4")
        world.tick()
    (tmp_path / "before").rename(tmp_path / "after")
    world = World(tmp_path / "after")
    with world.state:
        world.settle()
        assert world.states() == {"film.mp4": "done"}
        assert world.whats() == []


def test_a_film_that_is_read_when_the_watch_ends_is_left_for_the_next_start(world: World) -> None:
    world.write("film.mp4", "the same")
    world.settle()
    world.make("film.mp4")
    world.tick()
    world.write("copy.mp4", "the same")
    stopped = True
    world.keeper = Keeper(world.state, world.places, Manner(10), world.told.append, is_stopped=lambda: stopped)
    world.settle()
    assert world.whats("copy.mp4") == []
    stopped = False
    world.tick()
    assert world.whats("copy.mp4") == ["same"]


def test_what_no_one_expected_of_a_film_is_reported_once_and_the_others_are_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(film: str, *more: object) -> object:
        if film == "bad.mp4":
            raise RuntimeError("a fault")
        return job_of(film, *more)  # type: ignore[arg-type]

    job_of = jobs.film_job_of
    monkeypatch.setattr(keeper, "film_job_of", broken)
    world.write("bad.mp4")
    world.write("good.mp4", "good")
    world.settle()
    world.settle()
    assert world.states() == {"good.mp4": "queued"}
    assert [one.text for one in world.told if one.film == "bad.mp4"] == ["RuntimeError: a fault"]


def test_a_film_that_changes_at_the_last_moment_is_not_moved(world: World) -> None:
    film = world.write("film.mp4")
    world.settle()
    world.fail("film.mp4", "input")
    snapshot = scan(world.folder, world.places.apart)
    film.write_text("film and more")
    world.keeper.tick(snapshot, world.now)
    assert film.exists()
    world.settle()
    assert world.states() == {"film.mp4": "queued"}
    assert world.whats() == ["arrived", "again"]


@pytest.mark.parametrize("change", ["grows", "retried"])
def test_a_film_that_is_tried_again_otherwise_is_not_waited_for(world: World, change: str) -> None:
    film = world.write("film.mp4")
    world.settle()
    world.fail("film.mp4", "output")
    world.tick()
    assert world.keeper.due(world.now) == 60
    if change == "grows":
        film.write_text("film and more")
        world.tick(1)
        assert world.keeper.due(world.now) == 10
        world.tick(100)
    else:
        world.state.retry()
        world.tick(1)
    assert world.states() == {"film.mp4": "queued"}
    assert world.keeper.due(world.now) is None
    world.fail("film.mp4", "output")
    world.tick(1)
    assert world.keeper.due(world.now) == 60


@pytest.mark.parametrize("cause", ["input", "lost", "strict", "other", "usage"])
def test_a_film_that_failed_goes_to_the_quarantine_with_its_subtitles_and_the_reason(
    world: World, cause: FailureCause
) -> None:
    world.write("a/film.mp4", "the film")
    world.write("a/film.en.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    world.settle()
    world.fail("film.mp4", cause, "film.mp4: no picture: give another")
    world.tick()
    into = world.places.quarantine / "a"
    assert sorted(one.name for one in into.iterdir()) == ["film.en.srt", "film.mp4", "film.reason.txt"]
    assert (into / "film.mp4").read_text() == "the film"
    reason = (into / "film.reason.txt").read_text().splitlines()
    assert reason[0] == "film.mp4: no picture: give another"
    assert f"cause: {cause}" in reason[1]
    world.settle()
    assert world.whats() == ["arrived", "quarantined"]


def test_nothing_in_the_quarantine_is_replaced(world: World) -> None:
    for content in ("first", "second!", "third!!!"):
        world.write("film.mp4", content)
        world.write("film.srt", content)
        world.settle()
        world.fail("film.mp4", "input")
        world.tick()
    found = {one.name: one.read_text() for one in world.places.quarantine.iterdir() if "reason" not in one.name}
    assert found == {
        "film.mp4": "first", "film.srt": "first",
        "film-2.mp4": "second!", "film-2.srt": "second!",
        "film-3.mp4": "third!!!", "film-3.srt": "third!!!",
    }  # fmt: skip


def test_a_film_that_is_put_back_is_tried_again(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.fail("film.mp4", "input")
    world.tick()
    (world.places.quarantine / "film.mp4").rename(world.folder / "film.mp4")
    world.begin()
    world.settle()
    assert world.states() == {"film.mp4": "queued"}
    world.make("film.mp4")
    world.tick()
    assert world.whats() == ["arrived", "quarantined", "again", "made"]


def test_a_film_stays_where_the_quarantine_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("film.mp4")
    world.settle()
    world.fail("film.mp4", "input")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _full)
        world.tick()
        world.tick()
    assert (world.folder / "film.mp4").exists()
    assert world.whats() == ["arrived", "waits"]
    world.tick()
    assert (world.places.quarantine / "film.mp4").exists()


def _full(path: object, *more: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


@pytest.mark.parametrize("cause", ["output", "busy", "server"])
def test_what_goes_by_is_tried_again_after_longer_and_longer(world: World, cause: FailureCause) -> None:
    world.write("film.mp4")
    world.settle()
    for wait in (60, 120, 240):
        world.fail("film.mp4", cause)
        world.tick(1)
        world.tick(wait - 1)
        assert world.states() == {"film.mp4": "failed"}
        world.tick(1)
        assert world.states() == {"film.mp4": "queued"}
    assert (world.folder / "film.mp4").exists()
    assert world.whats() == ["arrived", "waits"]


def test_a_server_that_never_answers_ends_in_the_quarantine(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    for _ in range(6):
        world.fail("film.mp4", "server")
        world.tick()
        world.tick(2000)
    world.fail("film.mp4", "server")
    world.tick()
    assert world.whats()[-1] == "quarantined"


def test_what_is_to_be_installed_waits_for_the_next_start(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.fail("film.mp4", "missing", "Ray is missing: install it")
    world.tick(5000)
    assert world.states() == {"film.mp4": "failed"}
    world.begin()
    world.settle()
    assert world.states() == {"film.mp4": "queued"}


def test_a_film_that_a_person_cancelled_stays_until_it_changes(world: World) -> None:
    world.write("film.mp4")
    world.settle()
    world.state.cancel(world.row("film.mp4").id)
    world.settle()
    assert world.states() == {"film.mp4": "failed"}
    assert (world.folder / "film.mp4").exists()
    world.write("film.mp4", "another version")
    world.settle()
    assert world.states() == {"film.mp4": "queued"}


def test_films_wait_while_the_choices_are_broken_and_nothing_is_lost(world: World) -> None:
    world.write("audiodesc.toml", "[voice\n")
    world.write("film.mp4")
    world.settle()
    world.settle()
    assert world.rows() == []
    assert world.whats() == ["waits"]
    world.write("audiodesc.toml", '[voice]\nlanguage = "fr"\n')
    world.settle()
    assert world.row("film.mp4").job.choices == {"voice": {"language": "fr"}}


def test_new_choices_are_those_of_films_that_are_not_begun(world: World) -> None:
    world.write("done.mp4", "one")
    world.write("queued.mp4", "another")
    world.settle()
    world.make("done.mp4")
    world.tick()
    world.write("audiodesc.toml", '[voice]\nlanguage = "fr"\n')
    world.tick(0.1)
    assert world.row("queued.mp4").job.choices == {}
    assert world.keeper.due(world.now) == 1
    world.tick(0.9)
    assert world.row("queued.mp4").job.choices == {}
    world.tick(0.2)
    assert world.states() == {"done.mp4": "done", "queued.mp4": "queued"}
    assert world.row("queued.mp4").job.choices == {"voice": {"language": "fr"}}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[watch]\nsubtitles = "later"', "watch.subtitles"),
        ('[watch]\nsubtitles = "wait -1"', "watch.subtitles"),
        ('[watch]\nafter = "delete"', "watch.after"),
        ("[watch]\nwho = 1", "watch.who"),
        ("watch = 1", "watch"),
        ('[batch]\noutput = "x"', "batch.output"),
        ("[voice]\nlanguag = 1", "voice.languag"),
    ],
)
def test_what_is_wrong_in_the_choices_is_named(world: World, text: str, named: str) -> None:
    world.write("audiodesc.toml", text)
    world.tick()
    assert named in world.told[-1].text
    assert world.keeper.fault is not None


def test_subtitles_that_are_needed_are_waited_for(world: World) -> None:
    world.write("audiodesc.toml", '[watch]\nsubtitles = "needed"\n')
    world.write("film.mp4")
    world.settle()
    world.tick(10_000)
    assert world.rows() == []
    assert world.keeper.is_idle
    world.write("film.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    world.settle()
    assert world.row("film.mp4").job.subtitles == str(world.folder / "film.srt")


def test_films_that_are_excluded_are_none(world: World) -> None:
    world.write("audiodesc.toml", '[batch]\nexclude = ["*trailer*"]\n')
    world.write("film.mp4")
    world.write("film-trailer.mp4")
    world.settle()
    assert world.states() == {"film.mp4": "queued"}


def test_films_that_are_not_excluded_any_more_are_made(world: World) -> None:
    world.write("audiodesc.toml", '[batch]\nexclude = ["*trailer*"]\n')
    world.write("film-trailer.mp4")
    world.settle()
    assert world.states() == {}
    world.write("audiodesc.toml", "")
    world.settle()
    assert world.states() == {"film-trailer.mp4": "queued"}


def test_choices_of_the_same_size_and_time_are_read_anew(world: World) -> None:
    world.write("audiodesc.toml", '[voice]\nlanguage = "fr"\n')
    at = (world.folder / "audiodesc.toml").stat()
    world.tick()
    world.write("audiodesc.toml", '[voice]\nlanguage = "de"\n')
    os.utime(world.folder / "audiodesc.toml", ns=(at.st_atime_ns, at.st_mtime_ns))
    world.write("film.mp4")
    world.settle()
    assert world.row("film.mp4").job.choices == {"voice": {"language": "de"}}


def test_choices_that_could_not_be_read_are_read_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("audiodesc.toml", '[voice]\nlanguage = "fr"\n')
    world.write("film.mp4")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _full)
        world.settle()
    assert world.whats() == ["waits"]
    world.tick(0)
    assert world.row("film.mp4").job.choices == {"voice": {"language": "fr"}}


def test_choices_of_another_user_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("film.mp4")
    world.write("audiodesc.toml", '[voice]\nlanguage = "fr"\n')
    own = os.stat_result

    def of_another(path: Path, **more: object) -> os.stat_result:
        found = os.stat(path, follow_symlinks=False)  # noqa: PTH116
        return own((*found[:4], 12345, *found[5:]))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "lstat", of_another)
        world.settle()
    assert world.rows() == []
    assert "belongs to another user" in world.told[-1].text
    assert "--choices" in world.told[-1].text


def test_choices_of_a_file_elsewhere_count_instead_of_those_in_the_folder(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "choices.toml"
    world.keeper = Keeper(world.state, world.places, Manner(10), world.told.append, elsewhere)
    world.write("audiodesc.toml", '[voice]\nlanguage = "fr"\n')
    world.write("film.mp4")
    world.settle()
    assert world.rows() == []
    assert "choices.toml" in world.told[-1].text
    elsewhere.write_text('[voice]\nlanguage = "de"\n')
    world.settle()
    assert world.row("film.mp4").job.choices == {"voice": {"language": "de"}}


def test_subtitles_that_are_a_link_are_not_used(world: World, tmp_path: Path) -> None:
    (tmp_path / "outside.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    (world.folder / "film.srt").symlink_to(tmp_path / "outside.srt")
    world.write("film.mp4")
    world.settle()
    assert world.row("film.mp4").job.subtitles == ""
    assert "is not used" in world.told[-1].text


def test_two_films_of_one_name_do_not_share_a_folder(world: World) -> None:
    world.write("film.mp4", "one")
    world.write("film.mkv", "another")
    world.settle()
    world.settle()
    assert len(world.rows()) == 1
    assert world.whats() == ["arrived", "waits"]


def test_a_done_marker_is_waited_for_and_goes_with_the_film(tmp_path: Path) -> None:
    world = World(tmp_path, marker=".done")
    with world.state:
        world.write("film.mp4")
        world.settle()
        assert world.rows() == []
        world.write("film.mp4.done", "")
        world.tick()
        world.fail("film.mp4", "input")
        world.tick()
        assert names_in(world.places.quarantine) == ["film.mp4", "film.mp4.done", "film.reason.txt"]


def test_with_an_outbox_a_film_may_be_moved_to_its_results(tmp_path: Path) -> None:
    world = World(tmp_path, outbox=True)
    with world.state:
        world.write("audiodesc.toml", '[watch]\nafter = "move"\n')
        world.write("a/film.mp4")
        world.write("a/film.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n")
        world.settle()
        row = world.row("film.mp4")
        assert row.job.output == str(tmp_path / "out/.audiodesc-making/a/film.ad")
        world.state.begin(row.id)
        placed = tmp_path / "out/a/film.ad"
        placed.mkdir(parents=True)
        world.state.finish(row.id, FilmResult(files={"script": str(placed / "film.ad.vtt")}))
        world.tick()
        assert names_in(tmp_path / "out/a") == ["film.ad", "film.mp4", "film.srt"]
        assert names_in(world.folder / "a") == []
        world.settle()
        assert world.whats() == ["arrived", "moved", "made"]
        world.write("a/film.mp4")
        world.settle()
        assert world.whats()[-1] in ("again", "made")


def test_names_that_are_no_text_are_kept_over_a_start(world: World) -> None:
    name = os.fsdecode(b"caf\xe9\n\"'.mp4")
    (world.folder / name).write_text("film")
    world.settle()
    world.make(name)
    world.tick()
    world.begin()
    world.settle()
    assert world.states() == {name: "done"}


def test_damaged_records_are_named(world: World) -> None:
    (world.places.batch / "watch.json").write_text('{"form": 1, "films": [3]}')
    with pytest.raises(ProjectError, match=r"watch\.json cannot be read"):
        world.begin()
    (world.places.batch / "watch.json").write_text(json.dumps({"form": 99, "films": []}))
    with pytest.raises(ProjectError, match="newer"):
        world.begin()


def test_a_folder_of_thousands_of_films_is_looked_at_in_seconds(tmp_path: Path) -> None:
    """Held against a time that a scan with a loop over all films for each film would not meet."""
    from time import process_time

    from audiodesc.watching.arrivals import Arrivals, Seen

    there = {f"f{number}.{end}": Seen(5, 5) for number in range(3_000) for end in ("mp4", "srt")}
    arrivals = Arrivals(Manner(10))
    began = process_time()
    arrivals.update(there, 0)
    assert len(arrivals.update(there, 10)) == 3_000
    assert process_time() - began < 6


@pytest.mark.parametrize("option", ["outbox", "quarantine", "batch"])
def test_folders_that_hold_the_watched_one_are_refused(tmp_path: Path, option: str) -> None:
    (tmp_path / "a/in").mkdir(parents=True)
    given = {"outbox": None, "quarantine": None, "batch": None, option: tmp_path / "a"}
    with pytest.raises(UsageError, match=f"--{option}"):
        places_of(tmp_path / "a/in", given["outbox"], given["quarantine"], given["batch"])


def test_two_folders_that_are_the_same_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the same folder"):
        places_of(tmp_path, tmp_path / "x", tmp_path / "x", None)
