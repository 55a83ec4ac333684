"""The check of a list before the first film is made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from films import make_film
from looks import crashing, failing, hanging

from audiodesc.batch.film_work import _content
from audiodesc.batch.listing import (
    ListCheck,
    Pilot,
    already_made,
    check_list,
    content_of,
    estimate,
    estimated_s,
    is_changed,
    pilot_of,
    read_list,
)
from audiodesc.batch.listing.lengths import FilmLength, Lengths
from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.core.files import content_hash
from audiodesc.settings import Settings

SRT = "1\n00:00:00,500 --> 00:00:01,000\nHello.\n"


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of two seconds."""
    return make_film(tmp_path_factory.mktemp("film") / "film.mp4", 2.0)


@pytest.fixture
def folder(tmp_path: Path, film: Path) -> Path:
    """A folder with two films."""
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(film, tmp_path / name)
    return tmp_path


def checked(folder: Path, text: str, batch: Path | None = None) -> ListCheck:
    (folder / "job.csv").write_text(text)
    found = check_list(read_list(folder / "job.csv", {"describer": {"name": "basic"}}, None), batch)
    return replace(found, disks=tuple(replace(disk, free_bytes=0) for disk in found.disks))


def test_a_list_without_faults(folder: Path) -> None:
    found = checked(folder, "film\na.mp4\nb.mp4\n")
    assert found.faults == ()
    assert found.films == 2
    assert found.total_s == pytest.approx(4, abs=0.2)
    assert found.longest_s == pytest.approx(2, abs=0.1)
    assert found.needed_bytes >= 2 * (folder / "a.mp4").stat().st_size
    assert found.estimate_s is None
    assert found.fetch == ()


def test_every_problem_of_every_film_is_found(folder: Path) -> None:
    (folder / "text.mp4").write_text("This is no film.")
    (folder / "empty.mp4").touch()
    (folder / "no.srt").write_text("no subtitles at all")
    (folder / "cast.toml").write_text("people = 3\n")
    found = checked(
        folder,
        "film,subtitles,output,describer,voice,deliver,cast,lexicon\n"
        "a.mp4,,a,,,,,\n"
        "gone.mp4,,b,,,,,\n"
        "text.mp4,,c,,,,,\n"
        "empty.mp4,,d,,,,,\n"
        "b.mp4,missing.srt,e,,,,,\n"
        "b.mp4,no.srt,f,,,,,\n"
        "b.mp4,,g,nobody,,,,\n"
        "b.mp4,,h,,silence,,,\n"
        "b.mp4,,i,,,betamax,,\n"
        "b.mp4,,j,,,,cast.toml,\n"
        "b.mp4,,k,,,,,gone.toml\n"
        "b.mp4,,a.mp4,,,,,\n",
    )
    said = [str(fault) for fault in found.faults]
    for part in (
        "gone.mp4 does not exist",
        "text.mp4",
        "empty.mp4 is empty",
        "missing.srt",
        "no.srt is not subtitles",
        "there is no describer 'nobody'",
        "there is no voice 'silence'",
        "there is no deliverable 'betamax'",
        "cast.toml",
        "gone.toml",
        "a.mp4 is a file, and results go there",
    ):
        assert any(part in line for line in said), (part, said)
    assert len(found.faults) == 11
    causes = {Path(job.output).name: failed.cause for job, failed in found.unusable}
    assert set(causes) == {"b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "a.mp4"}
    assert causes["b"] == causes["e"] == "input"
    assert causes["g"] == causes["h"] == causes["i"] == "usage"
    assert causes["a.mp4"] == "output"
    assert found.blocking == ()


def test_a_fault_of_choices_is_said_once_for_all_films(folder: Path) -> None:
    found = checked(folder, "film,describer\na.mp4,nobody\nb.mp4,nobody\n")
    assert [fault.name for fault in found.faults] == ["a.mp4 and 1 more"]
    assert len(found.unusable) == 2


def test_two_films_to_one_folder(folder: Path) -> None:
    shutil.copy(folder / "a.mp4", folder / "a.mkv")
    (folder / "link").symlink_to(folder)
    found = checked(folder, f"film,output\na.mp4,\na.mkv,\nb.mp4,{folder}/link/A.ad\na.mp4,x\n")
    assert [fault.message for fault in found.blocking] == [
        f"a.mp4 and a.mkv go to one folder ({folder}/a.ad): give one of them another output",
        f"a.mp4 and b.mp4 go to one folder ({folder}/link/A.ad): give one of them another output",
    ]
    assert set(found.blocking) <= set(found.faults)


def test_a_film_that_is_listed_twice(folder: Path) -> None:
    (fault,) = checked(folder, "film\na.mp4\na.mp4\n").blocking
    assert "is listed twice" in fault.message


def test_a_disk_without_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000))
    (fault,) = checked(folder, "film\na.mp4\nb.mp4\n").blocking
    assert "are needed on this disk, and 0 MB are free" in fault.message
    for name in "ab":  # what is there already is not counted again
        (folder / f"{name}.ad").mkdir()
        (folder / f"{name}.ad" / f"{name}.ad.json").touch()
    assert checked(folder, "film\na.mp4\nb.mp4\n").blocking == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    found = checked(folder, "film,output\na.mp4,closed/a\n")
    assert "closed/a cannot be written" in str(found.faults[0])


def test_films_at_urls_are_not_looked_at(folder: Path) -> None:
    found = checked(folder, "film\ns3://bucket/a.mp4\ns3://bucket/b.mp4\n")
    assert found.faults == ()
    assert "2 films are at URLs and not looked at" in found.notes[-1]


def test_a_model_that_is_not_here_is_to_be_fetched(folder: Path) -> None:
    found = checked(folder, "film,describer,voice\na.mp4,basic,kokoro-en-gb\n")
    assert [one.name for one in found.fetch] == ["kokoro-en-gb"]
    assert "to be fetched: give --yes" in found.notes[-1]
    offline = checked(folder, "film,voice,run.offline\na.mp4,kokoro-en-gb,yes\n")
    assert any("is not on this disk: leave --offline out" in fault.message for fault in offline.faults)


def test_the_describer_that_auto_takes_is_said(folder: Path) -> None:
    found = checked(folder, "film,describer\na.mp4,auto\n")
    assert any(note.startswith("basic describes") for note in found.notes)


def test_lengths_are_remembered_until_a_film_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "film\na.mp4\nb.mp4\n"
    first = checked(folder, text, folder / "job.batch")
    from audiodesc.batch.listing.isolated import IsolatedFunction

    seen: list[Path] = []
    real = IsolatedFunction.call

    def call(self: IsolatedFunction[Any], seconds: float, *arguments: Any) -> Any:
        seen.append(arguments[0])
        return real(self, seconds, *arguments)

    monkeypatch.setattr(IsolatedFunction, "call", call)
    assert checked(folder, text, folder / "job.batch") == first
    assert seen == []
    os.utime(folder / "b.mp4", ns=(1, 1))
    assert checked(folder, text, folder / "job.batch") == first
    assert seen == [folder / "b.mp4"]
    (folder / "job.batch" / "lengths.json").write_text("{")
    assert checked(folder, text, folder / "job.batch") == first


def test_films_for_which_there_is_no_time_are_estimated_by_their_size(folder: Path) -> None:
    one, other, batch = folder / "a.mp4", folder / "b.mp4", folder / "job.batch"
    (length,) = Lengths(batch).measure([(one, Settings())])
    assert isinstance(length, FilmLength)
    with other.open("ab") as file:
        file.truncate(one.stat().st_size * 3)
    found = Lengths(batch, most_s=0).measure([(one, Settings()), (other, Settings())])
    assert found == [length, FilmLength(length.duration_ms * 3, length.needed_bytes * 3, is_estimated=True)]
    assert Lengths(None, most_s=0).measure([(other, Settings())]) == [FilmLength(0, 0, is_estimated=True)]


@pytest.mark.parametrize(
    ("look", "most_film_s", "fault"),
    [
        (hanging, 5.0, "not done within 5 s"),
        (crashing, 60.0, "a library crashes on it: signal 11"),
        (failing, 60.0, "LostError: [Errno 7] a.mp4 is strange"),
    ],
)
def test_a_film_on_which_a_library_hangs_crashes_or_fails_keeps_no_other_from_being_checked(
    folder: Path, look: Callable[..., FilmLength], most_film_s: float, fault: str
) -> None:
    shutil.copy(folder / "a.mp4", folder / "c.mp4")
    films = [(folder / name, Settings()) for name in ("a.mp4", "c.mp4", "b.mp4", "b.mp4")]
    Lengths(None).measure(films[-1:])  # the first process takes the longest to start
    found = Lengths(None, most_film_s=most_film_s, look=look).measure(films)
    for (path, _), one in zip(films, found, strict=True):
        if path.name == "b.mp4":
            assert isinstance(one, FilmLength)
        else:
            assert str(one).startswith(f"{path} cannot be opened ({fault.replace('a.mp4', path.name)})")


def test_time_is_estimated_from_a_pilot() -> None:
    assert estimated_s(3600, 600, Pilot(30, 60)) == 1800
    assert estimated_s(3600, 600, Pilot(30, 60), at_once=2) == 900
    assert estimated_s(3600, 3000, Pilot(30, 60), at_once=4) == 1500  # no shorter than the longest film
    assert estimate(3600, 30, 60) == 1770
    assert estimate(60, 30, 60, longest_s=60) == 0
    assert estimated_s(3600, 600, Pilot(30, 0)) == 0


def test_a_film_from_the_cache_is_no_pilot() -> None:
    assert pilot_of(FilmResult(duration_ms=60_000, clips=3, stages={"look": 10, "mix": 5})) == Pilot(15, 60)
    assert pilot_of(FilmResult(duration_ms=60_000, clips=3, cached=3, stages={"mix": 5})) is None
    assert pilot_of(FilmResult(stages={"mix": 5})) is None
    assert pilot_of(FilmResult(duration_ms=60_000)) is None


def test_the_estimate_is_in_the_check(folder: Path) -> None:
    (folder / "job.csv").write_text("film\na.mp4\nb.mp4\n")
    found = check_list(read_list(folder / "job.csv", {}, None), pilot=Pilot(30, 2), at_once=2)
    assert found.estimate_s == pytest.approx(30, rel=0.1)


def test_content_is_that_of_results_and_follows_the_files(folder: Path) -> None:
    (folder / "a.srt").write_text(SRT)
    job = FilmJob(str(folder / "a.mp4"), str(folder / "a.ad"), str(folder / "a.srt"))
    first = content_of(job)
    assert first == _content(content_hash(folder / "a.mp4")[0], folder / "a.srt")
    moved = FilmJob(str(folder / "b.mp4"), str(folder / "b.ad"), str(folder / "a.srt"))
    assert content_of(moved) == first
    (folder / "a.srt").write_text(SRT.replace("Hello", "Bye"))
    assert is_changed(job, first)
    assert not is_changed(job, content_of(job))
    (folder / "a.mp4").unlink()
    assert content_of(job) == ""
    assert not is_changed(job, first)
    assert content_of(FilmJob("s3://bucket/a.mp4", "s3://bucket/a.ad")) == ""


def test_what_make_made_is_as_wanted_until_something_changes(folder: Path) -> None:
    from audiodesc import make
    from audiodesc.batch.listing.values import film_settings

    film, texts = folder / "a.mp4", folder / "a.srt"
    texts.write_text(SRT)
    for one in (film, texts):
        os.utime(one, ns=(10**18, 10**18))
    choices = {"describer": {"name": "basic"}, "voice": {"name": "espeak-en-gb"}}
    job = FilmJob(str(film), str(folder / "out"), str(texts), choices)
    assert not already_made(job)
    make(film, texts, job.output, film_settings(choices, "job"))
    assert already_made(job)
    assert already_made(job, content_of(job))
    assert not already_made(job, "0" * 32)
    faster = {**choices, "voice": {"name": "espeak-en-gb", "fastest": 1.3}}
    assert not already_made(replace(job, choices=faster))
    assert not already_made(replace(job, subtitles=""))
    assert not already_made(replace(job, choices={"voice": choices["voice"]}))
    assert not already_made(replace(job, film=str(folder / "b.mp4")))
    os.utime(texts)
    assert not already_made(job)
    os.utime(texts, ns=(10**18, 10**18))
    assert already_made(job)
    script = folder / "out" / "a.ad.vtt"
    script.write_text(script.read_text() + "\n\nNOTE mine\n")
    assert not already_made(job)


def test_results_of_which_one_was_removed_are_not_as_wanted(folder: Path) -> None:
    from audiodesc import make
    from audiodesc.batch.listing.values import film_settings

    choices = {"describer": {"name": "basic"}, "voice": {"name": "espeak-en-gb"}}
    job = FilmJob(str(folder / "a.mp4"), str(folder / "out"), "", choices)
    make(job.film, None, job.output, film_settings(choices, "job"))
    assert already_made(job)
    (folder / "out" / "a.ad.vtt").unlink()
    assert not already_made(job)
