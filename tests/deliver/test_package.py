"""A package for hand-over: all that a run made is in it, under names for every system, with what can be checked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from deliver.web_sites import CHOSEN, site

from audiodesc import pipeline
from audiodesc.deliver.package.archive import Archive, sums_file
from audiodesc.deliver.package.names import check_template, filled, is_legal
from audiodesc.errors import OutputError, UsageError
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings

TITLE = "a b?c: ä"
FOLDER = "a b_c_ ä_en-GB_AD_10"


def packing(*also: str, **options: Any) -> Settings:
    own = {**CHOSEN.options, **({"package": options} if options else {})}
    return replace(CHOSEN, deliver=DeliverSettings(also=("package", *also)), options=own)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return site(tmp_path_factory.mktemp("made"), f"{TITLE}.mp4", packing("web", "srt"))


@pytest.fixture(scope="module")
def unpacked(made: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("unpacked")
    with ZipFile(made.files["package"]) as archive:
        archive.extractall(place)
    return place / FOLDER


@pytest.fixture(scope="module")
def manifest(unpacked: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((unpacked / "manifest.json").read_text("utf-8"))
    return found


def test_all_that_the_run_made_is_in_it(made: Result, unpacked: Path) -> None:
    """But for the page and the report, which are of the project; what was asked for after it, too."""
    names = sorted(path.name for path in unpacked.iterdir())
    assert names == sorted(
        [f"{FOLDER}{end}" for end in (".ad.vtt", ".ad.m4a", ".ad.mp4", ".narration.flac", ".web", ".ad.srt")]
        + ["manifest.json", "manifest.csv", "README.txt", "SHA256SUMS"]
    )
    for kind in ("script", "track", "film", "narration", "srt"):
        end = made.files[kind].name.removeprefix(TITLE)
        assert (unpacked / f"{FOLDER}{end}").read_bytes() == made.files[kind].read_bytes(), kind
    inside = sorted(path.name for path in (unpacked / f"{FOLDER}.web").iterdir())
    assert inside == sorted(path.name for path in made.files["web"].iterdir())


def test_the_checksums_are_those_of_the_files(unpacked: Path, manifest: dict[str, Any]) -> None:
    rows = [line.split("  ", 1) for line in (unpacked / "SHA256SUMS").read_text("utf-8").splitlines()]
    files = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert {name for _, name in rows} == files - {"SHA256SUMS"}
    for digest, name in rows:
        assert hashlib.sha256((unpacked / name).read_bytes()).hexdigest() == digest
    for one in manifest["files"]:
        assert [one["sha256"], one["name"]] in rows
        assert (unpacked / one["name"]).stat().st_size == one["bytes"]
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=unpacked, check=True)


def test_the_manifest_says_what_each_file_is(made: Result, manifest: dict[str, Any]) -> None:
    """With the loudness of each sound, measured in the file as it is."""
    assert manifest["film_duration_ms"] == 12_000
    assert (manifest["fps"], manifest["language"]) == (10, "en-GB")
    assert manifest["made_by"].startswith("audiodesc ")
    assert "written by a person" in manifest["provenance"]
    of = {one["deliverable"]: one for one in manifest["files"]}
    (sound,) = of["track"]["tracks"]
    assert (sound["layout"], sound["language"], sound["is_description"]) == ("stereo", "eng", True)
    loudness = made.report.loudness
    assert loudness
    assert sound["loudness"]["integrated_lufs"] == pytest.approx(loudness.after.integrated_lufs, abs=0.15)
    assert abs(of["track"]["duration_ms"] - 12_000) < 25
    assert [one["kind"] for one in of["film"]["tracks"]] == ["picture", "sound", "sound"]
    assert [one.get("is_description") for one in of["film"]["tracks"]] == [None, False, True]
    assert of["srt"]["what"].startswith("what is spoken and when")
    assert "tracks" not in of["srt"]


def test_people_have_a_table_and_a_text(unpacked: Path, manifest: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO((unpacked / "manifest.csv").read_text("utf-8-sig"))))
    assert [row["file"] for row in rows] == [one["name"] for one in manifest["files"]]
    track = next(row for row in rows if row["file"].endswith(".m4a"))
    measured = next(one for one in manifest["files"] if one["deliverable"] == "track")["tracks"][0]["loudness"]
    assert float(track["loudness (LUFS)"]) == pytest.approx(measured["integrated_lufs"], abs=0.06)
    assert track["duration"] == "0:12.000"
    text = (unpacked / "README.txt").read_text("utf-8")
    assert f"Audio description of {TITLE}" in text
    assert text.count(f"{FOLDER}.web/") == 1
    assert "sha256sum --check SHA256SUMS" in text


def test_sound_is_stored_and_text_is_deflated(made: Result) -> None:
    with ZipFile(made.files["package"]) as archive:
        kinds = {info.filename.rpartition(".")[2]: info.compress_type for info in archive.infolist()}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {kinds[end] for end in ("mp4", "m4a", "flac")} == {ZIP_STORED}
    assert {kinds[end] for end in ("vtt", "json", "csv", "html", "js")} == {ZIP_DEFLATED}


def test_the_same_run_gives_the_same_bytes(made: Result, tmp_path: Path) -> None:
    film = shutil.copy(made.film.path, tmp_path)
    script, subtitles = (made.film.path.with_name(name) for name in ("mine.vtt", "film.srt"))
    again = pipeline.render(film, script, subtitles, settings=packing("web", "srt"))
    assert again.files["package"].read_bytes() == made.files["package"].read_bytes()


def test_files_that_refer_to_one_another_keep_their_names(made: Result) -> None:
    """An edit list names the folder of the lines as the run does; the template names the package's folder alone. A name
    that Windows does not take is said."""
    folder = made.files["script"].parent
    again = pipeline.render(folder, settings=packing("edl", name="{lang}-{kind}-{layout}"))
    with ZipFile(again.files["package"]) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"en-GB-package-stereo"}
    assert f"en-GB-package-stereo/{TITLE}.ad.edl" in names
    assert f"en-GB-package-stereo/{TITLE}.lines/lines.csv" in names
    said = [note.message for note in again.report.notes if note.stage == "package"]
    assert f"{TITLE}.ad.edl is no name on Windows: rename the film, or leave out the timelines" in said


def test_a_package_is_of_a_mix(made: Result) -> None:
    with pytest.raises(UsageError, match="package is made of the mixed sound"):
        pipeline.describe(made.film.path, settings=replace(packing(), dialogue=DialogueSettings(subs=False)))


def test_a_disk_without_room_is_one_line(made: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in it is known when all else is written: nothing is published then."""
    from audiodesc.deliver import package

    film = shutil.copy(made.film.path, tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage._replace(free=1_000_000_000))
    monkeypatch.setattr(package, "_size", lambda files: 2_000_000_000)
    with pytest.raises(OutputError, match=r"2000 MB are needed, and 1000 MB are free: make room"):
        pipeline.render(film, made.film.path.with_name("mine.vtt"), settings=packing())
    assert not list((tmp_path / f"{TITLE}.ad").glob("*.zip"))
    assert not (tmp_path / f"{TITLE}.ad" / f"{TITLE}.ad.mp4").exists()


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{titel}_AD", "there is no field {titel}: it may have {title}, {lang}"),
        ("{title}/{lang}", "no name may hold '/' on windows"),
        ("{title", "its braces do not match"),
        ("{title.__class__}", "there is no field {title.__class__}"),
        ("{title!r}", "a field is a name in braces"),
        ("{title:>100000000}", "a field is a name in braces"),
        ("{0}", "there is no field {0}"),
        (" . ", "a name is needed"),
        ("x" * 101, "it is longer than 100 characters"),
    ],
)
def test_a_wrong_template_is_one_line_before_the_work(made: Result, template: str, fault: str) -> None:
    with pytest.raises(UsageError) as found:
        pipeline.render(made.files["script"].parent, settings=packing(name=template))
    assert fault in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("plain", "plain"),
        ('a:b?c*d<e>f|g"h\\i/j', "a_b_c_d_e_f_g_h_i_j"),
        ("..", "_"),
        ("../../x", ".._.._x"),
        ("the end. ", "the end"),
        ("CON", "_CON"),
        ("lpt1.2.txt", "_lpt1.2.txt"),
        ("console", "console"),
        ("\u202egpj.exe\u200f", "gpj.exe"),
        ("new\nline\x07", "new_line_"),
        ("", "_"),
        ("ä" * 200, "ä" * 60),
    ],
)
def test_titles_become_names_that_every_system_takes(title: str, name: str) -> None:
    made = filled("{title}", {"title": title})
    assert made == name
    assert is_legal(made)


def test_a_template_may_have_braces_of_its_own() -> None:
    check_template("{{x}}_{title}")
    assert filled("{{x}}_{title}", {"title": "a"}) == "{x}_a"


def test_odd_names_are_escaped_for_sha256sum(tmp_path: Path) -> None:
    name = "a\\b\nc.bin"
    (tmp_path / name).write_bytes(b"sound")
    with Archive(tmp_path / "a.zip", "top") as archive:
        assert archive.add(name, tmp_path / name) == 5
    (tmp_path / "SHA256SUMS").write_text(sums_file(archive.sums), "utf-8")
    digest = hashlib.sha256(b"sound").hexdigest()
    assert (tmp_path / "SHA256SUMS").read_text("utf-8") == f"\\{digest}  a\\\\b\\nc.bin\n"
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
