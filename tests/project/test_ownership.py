"""Results of one film are never replaced by another's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from films import Sound, make_film, plain, silence

from audiodesc import describe, render
from audiodesc.errors import OutputError
from audiodesc.media.probe import probe
from audiodesc.project.folder import check_film
from audiodesc.report import read_report
from audiodesc.settings import DescriberSettings, DialogueSettings, RunSettings, Settings

QUICK = Settings(
    dialogue=DialogueSettings(hear=False),
    describer=DescriberSettings(name="basic"),
    run=RunSettings(offline=True),
)


def film(path: Path, red: int = 90) -> Path:
    path.parent.mkdir(exist_ok=True)
    return make_film(path, 2, plain((red, 0, 0)), [Sound(silence(2), "mono", codec="aac")])


def made(source: Path, output: Path | None = None, settings: Settings = QUICK) -> dict[str, bytes]:
    subs = source.with_name("subs.srt")
    subs.write_text("1\n00:00:00,500 --> 00:00:01,000\nHello.\n", "utf-8")
    return {name: path.read_bytes() for name, path in describe(source, subs, output, settings).files.items()}


def test_two_films_of_one_stem_in_one_folder(tmp_path: Path) -> None:
    first = made(film(tmp_path / "film.mp4"))
    with pytest.raises(OutputError) as caught:
        made(film(tmp_path / "film.mkv"))
    assert "film.ad holds the results of another film (film.mp4)" in caught.value.fault
    assert "-o" in caught.value.remedy
    assert made(tmp_path / "film.mp4") == first
    made(tmp_path / "film.mkv", tmp_path / "other")


def test_render_asks_too(tmp_path: Path) -> None:
    made(film(tmp_path / "film.mp4"))
    script = tmp_path / "mine.vtt"
    script.write_text("WEBVTT\n\n00:01.200 --> 00:01.800\nA wall.\n", "utf-8")
    with pytest.raises(OutputError, match="another film"):
        render(film(tmp_path / "film.mkv"), script, settings=QUICK)


def test_two_films_of_one_name_in_one_output_folder(tmp_path: Path) -> None:
    made(film(tmp_path / "a" / "film.mp4"), tmp_path / "out")
    with pytest.raises(OutputError, match=r"another film \(another film\.mp4\)"):
        made(film(tmp_path / "b" / "film.mp4", red=200), tmp_path / "out")


def test_a_new_version_a_moved_film_and_a_renamed_one_are_the_same_film(tmp_path: Path) -> None:
    made(film(tmp_path / "film.mp4"))
    made(film(tmp_path / "film.mp4", red=200))
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.move(tmp_path / "film.ad", moved)
    made(Path(shutil.copy(tmp_path / "film.mp4", moved)))
    made(Path(shutil.copy(tmp_path / "film.mp4", moved / "film.m4v")))


def test_force_replaces(tmp_path: Path) -> None:
    first = made(film(tmp_path / "film.mp4"))
    forced = Settings(
        dialogue=DialogueSettings(hear=False),
        describer=DescriberSettings(name="basic"),
        run=RunSettings(offline=True, force=True),
    )
    assert made(film(tmp_path / "film.mkv"), settings=forced)["report"] != first["report"]


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"film": 3}', '{"film": {"name": 3}}', "[" * 100_000])
def test_a_report_that_is_none_is_left_to_the_claim(tmp_path: Path, content: str) -> None:
    source = film(tmp_path / "film.mp4")
    (tmp_path / "film.ad").mkdir()
    (tmp_path / "film.ad" / "film.ad.json").write_text(content, "utf-8")
    with pytest.raises(OutputError, match=r"another film|made by someone else"):
        made(source)


@pytest.mark.parametrize("report", ["make", "describe", "render", "deaf"])
def test_a_report_of_before_it_had_a_version_says_whose_results_these_are(tmp_path: Path, report: str) -> None:
    old = Path(__file__).parents[1] / "report" / "data" / f"{report}.json"
    mine = probe(film(tmp_path / "film.mp4"))
    with pytest.raises(OutputError, match=r"another film \(sample\.mp4\)"):
        check_film(old, mine)
    same = replace(mine, path=tmp_path / "sample.mp4", fingerprint=read_report(old).film.fingerprint)
    check_film(old, same)
    with pytest.raises(OutputError, match=r"another film \(another sample\.mp4\)"):
        check_film(old, replace(same, fingerprint="f"))
