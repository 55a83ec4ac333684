"""Lists of films: tables, job files and folders -> jobs."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.batch.listing import Listing, read_list
from audiodesc.batch.listing.names import FILMS
from audiodesc.batch.listing.values import film_settings
from audiodesc.batch.model import film_job
from audiodesc.cli.options import FILMS as FILMS_OF_COMMANDS
from audiodesc.errors import AudiodescError, InputError, UsageError


def listed(
    path: Path, text: str | bytes, given: Mapping[str, Any] | None = None, output: Path | None = None
) -> Listing:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_list(path, given or {}, output)


def fault(path: Path, text: str | bytes) -> str:
    with pytest.raises(AudiodescError) as raised:
        listed(path, text)
    return str(raised.value)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_films_are_those_of_the_command_line() -> None:
    assert FILMS == FILMS_OF_COMMANDS


def test_a_row_is_a_film(tmp_path: Path) -> None:
    found = listed(
        tmp_path / "night.csv",
        "film,subtitles,output,series,episode,language,describer,voice,loudness,deliver,context\n"
        "a.mp4,a.srt,out/a,Dogs,3,de,basic,espeak-de,r128,docx; mp4,About a dog\n"
        "b.mp4,,,,,,,,,,\n",
    )
    first, second = found.jobs
    assert first.film == str(tmp_path / "a.mp4")
    assert first.subtitles == str(tmp_path / "a.srt")
    assert first.output == str(tmp_path / "out" / "a")
    assert (first.series, first.episode) == ("Dogs", 3)
    assert first.choices == {
        "voice": {"language": "de", "name": "espeak-de"},
        "describer": {"name": "basic", "context": "About a dog"},
        "sound": {"loudness": "r128"},
        "deliver": {"also": ["docx", "mp4"]},
    }
    assert second.output == str(tmp_path / "b.ad")
    assert second.choices == {}
    assert found.folder == tmp_path / "night.batch"
    assert film_job(first.to_json()) == first


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_delimiter_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = delimiter.join(("Film", "Language")) + "\r\n" + delimiter.join(("Müller.mp4", "de")) + "\r\n"
    (job,) = listed(tmp_path / "job.csv", text.encode(encoding)).jobs
    assert job.name == "Müller.mp4"
    assert job.choices == {"voice": {"language": "de"}}


def test_excels_first_line_names_the_delimiter(tmp_path: Path) -> None:
    (job,) = listed(tmp_path / "job.csv", "sep=;\r\nfilm;language\r\na, b.mp4;de\r\n").jobs
    assert job.name == "a, b.mp4"


def test_keys_of_a_job_file_are_columns(tmp_path: Path) -> None:
    heads = "film;voice.fastest;plan.density;dialogue.hear;sound.ducking.depth_db;dialogue.subs_track"
    heads += ";options.server.timeout_s"
    (job,) = listed(tmp_path / "job.csv", f"{heads}\na.mp4;1,25;full;no;−12;2;60\n").jobs
    settings = film_settings(job.choices, "job")
    assert settings.voice.fastest == 1.25
    assert settings.plan.density == "full"
    assert settings.dialogue.hear is False
    assert settings.dialogue.subs_track == 2
    assert settings.sound.ducking.depth_db == -12
    assert settings.options == {"server": {"timeout_s": "60"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("film,langage\na.mp4,de\n", "line 1: there is no column 'langage': did you mean language?"),
        ("film,fastest\na.mp4,1.2\n", "there is no column 'fastest': did you mean voice.fastest?"),
        ("film,voice.fastest\na.mp4,1\nb.mp4,7\n", "line 3: voice.fastest is '7': give 1 to 2"),
        ("film,loudness\na.mp4,loud\n", "line 2: loudness is 'loud'"),
        ("film,voice.fastest\na.mp4,quick\n", "line 2: voice.fastest is 'quick'"),
        ("film,run.strict\na.mp4,perhaps\n", "line 2: run.strict is 'perhaps'"),
        ("film,episode\na.mp4,three\n", "line 2: episode is 'three'"),
        ("film,episode\na.mp4,nan\n", "line 2: episode is 'nan'"),
        ("film,preset\na.mp4,hulu\n", "line 2: there is no preset 'hulu'"),
        ("film,film\na.mp4,b.mp4\n", "two columns are film"),
        ("film\na.mp4,de\n", "line 2 has 2 cells, and the first row 1"),
        ("language\nde\n", "has no column film"),
        ("film,language\n,de\n", "line 2 has no film"),
        ("film,\na.mp4,de\n", "'de' stands in a column without a name"),
        ("film\n", "lists no film"),
        ("", "lists no film"),
        ("film\n*.mp4\n", "line 2: no film is called '*.mp4'"),
        ("film,run.yes,run.offline\na.mp4,yes,yes\n", "line 2: models are to be fetched, and nothing is"),
        ('film,context\na.mp4,"two\nlines"\nb.mp4,x,y\n', "line 4 has 3 cells"),
        ("film\nhttp://[\n", "line 2: film is 'http://[', and no URL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is no table of text"),
        (b"film\na\0b.mp4\n", "is no table of text"),
    ],
)
def test_what_is_wrong_names_the_row_and_the_column(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in fault(tmp_path / "job.csv", text)


def test_the_process_keeps_its_limit_of_a_cell(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    assert "is no table that can be read" in fault(tmp_path / "job.csv", f'film\n"{"x" * 200_000}"\n')
    listed(tmp_path / "job.csv", "film\na.mp4\n")
    assert csv.field_size_limit() == before


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: f"film,episode\n{text}".encode())))
def test_no_table_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    with suppress(AudiodescError):
        assert read_list(path, {}, None).jobs


HEADS = ("film", "subtitles", "output", "series", "episode", "language", "deliver", "voice.fastest", "preset", "cast")


@given(
    st.lists(st.lists(st.text(max_size=20), min_size=len(HEADS), max_size=len(HEADS)), max_size=4),
    st.sampled_from(",;\t|"),
)
def test_no_cell_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADS, *rows])
    with suppress(AudiodescError):
        for job in read_list(path, {}, None).jobs:
            assert film_job(job.to_json()) == job


@given(st.text(max_size=200))
def test_no_job_file_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(f"[[film]]\nfilm = 'a.mp4'\n{text}".encode())
    with suppress(AudiodescError):
        assert read_list(path, {}, None).jobs


def test_a_pattern_is_a_job_for_each_film(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("e2.mp4", "e10.mp4", "e1.mp4", "e1.ad.mp4", "e1.txt", ".e3.mp4", "x.mkv")))
    touch(tmp_path / "more" / "e4.mp4", tmp_path / "e1.ad" / "e1.mp4")
    found = listed(tmp_path / "job.csv", "film,series\ne*,Dogs\n**/e4.mp4,Cats\n")
    assert [job.name for job in found.jobs] == ["e1.mp4", "e2.mp4", "e10.mp4", "e4.mp4"]
    assert [job.series for job in found.jobs] == ["Dogs", "Dogs", "Dogs", "Cats"]


def test_a_pattern_finds_no_film_twice_and_enters_no_folder_of_results(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "s" / "b.mp4", tmp_path / "a.ad" / "c.mp4")
    found = listed(tmp_path / "job.csv", "film,language\n**/*.mp4,\na.mp4,de\n**/**/*.mp4,\n")
    assert sorted((job.name, bool(job.choices)) for job in found.jobs) == [("a.mp4", True), ("b.mp4", False)]


def test_a_file_with_signs_of_a_pattern_in_its_name_is_itself(tmp_path: Path) -> None:
    touch(tmp_path / "a[1].mp4", tmp_path / "a1.mp4")
    assert [job.name for job in listed(tmp_path / "job.csv", "film\na[1].mp4\n").jobs] == ["a[1].mp4"]


def test_subtitles_of_one_film_are_not_those_of_many(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "b.mp4")
    assert "are subtitles of 2 films" in fault(tmp_path / "job.csv", "film,subtitles\n*.mp4,a.srt\n")


def test_links_to_folders_are_not_followed_by_patterns(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.mp4", tmp_path / "elsewhere" / "b.mp4")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "circle.mp4").symlink_to("circle.mp4")
    found = listed(tmp_path / "in" / "job.csv", "film\n**/*.mp4\n")
    assert [job.film for job in found.jobs] == [str(tmp_path / "in" / "a.mp4")]
    up = listed(tmp_path / "in" / "up.csv", "film\n../elsewhere/*.mp4\n")
    assert [job.film for job in up.jobs] == [str(tmp_path / "elsewhere" / "b.mp4")]


@pytest.mark.parametrize(
    ("film", "output"),
    [
        ("s3://bucket/night/a.mp4", "s3://bucket/night/a.ad"),
        ("gs://bucket/a.b.mkv", "gs://bucket/a.b.ad"),
        ("file:///films/a.mp4", "file:///films/a.ad"),
        ("https://example.org/films/a.mp4?token=1", "HERE/a.ad"),
    ],
)
def test_urls_are_kept_as_they_are(tmp_path: Path, film: str, output: str) -> None:
    (job,) = listed(tmp_path / "job.csv", f"film\n{film}\n").jobs
    assert job.film == film
    assert job.output == output.replace("HERE", str(tmp_path))
    assert job.subtitles == ""


def test_results_go_to_one_folder_by_choice(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    found = listed(
        tmp_path / "job.csv", "film,output\na.mp4,\n/films/b.mp4,\nc.mp4,own\ns3://x/d.mp4,\n", output=tmp_path / "o"
    )
    assert [job.output for job in found.jobs] == [
        *(str(tmp_path / "o" / name) for name in ("a.ad", "b.ad")),
        str(tmp_path / "own"),
        str(tmp_path / "o" / "d.ad"),
    ]


def test_subtitles_are_found_beside_a_film_unless_none_are_wanted(tmp_path: Path) -> None:
    touch(*(tmp_path / f"{name}.mp4" for name in "abc"))
    for name in ("a.en.srt", "a.de.srt", "b.srt", "c.srt"):
        (tmp_path / name).write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    text = "film,subtitles,language,dialogue.subs\na.mp4,,de,\nb.mp4,None,,\nc.mp4,,,no\n"
    found = listed(tmp_path / "job.csv", text)
    assert [job.subtitles for job in found.jobs] == [str(tmp_path / "a.de.srt"), "", ""]
    assert found.notes == ("a.mp4: subtitles taken from a.de.srt, not from a.en.srt",)


def test_options_lie_over_the_list_and_under_the_row(tmp_path: Path) -> None:
    text = '[voice]\nlanguage = "en"\nfastest = 1.5\n[[film]]\nfilm = "a.mp4"\n'
    text += '[[film]]\nfilm = "b.mp4"\n[film.voice]\nlanguage = "fr"\n'
    found = listed(tmp_path / "job.toml", text, {"voice": {"language": "de"}, "deliver": {"also": ("docx",)}})
    assert [job.choices["voice"] for job in found.jobs] == [
        {"language": "de", "fastest": 1.5},
        {"language": "fr", "fastest": 1.5},
    ]
    assert found.jobs[0].choices["deliver"] == {"also": ["docx"]}


def test_a_preset_lies_under_all_and_its_deliverables_beside(tmp_path: Path) -> None:
    (job,) = listed(tmp_path / "job.csv", "film,preset,deliver\na.mp4,ard,docx\n", {"deliver": {"bits": 16}}).jobs
    settings = film_settings(job.choices, "job")
    assert settings.sound.loudness == "r128"
    assert settings.deliver.bits == 16
    assert {"docx", "mix-wav", "package"} <= set(settings.deliver.also)


def test_files_in_choices_are_seen_from_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    text = "film,cast,lexicon,voice,describer\na.mp4,cast.toml,/x/lexicon.toml,own.toml,qwen3-vl-8b\n"
    given = {"voice": {"lexicon": "mine.toml"}}
    (job,) = listed(tmp_path / "lists" / "job.csv", text).jobs
    assert job.choices["describer"] == {"cast": str(tmp_path / "lists" / "cast.toml"), "name": "qwen3-vl-8b"}
    assert job.choices["voice"] == {"lexicon": "/x/lexicon.toml", "name": str(tmp_path / "lists" / "own.toml")}
    (job,) = listed(tmp_path / "lists" / "job.csv", "film\na.mp4\n", given).jobs
    assert job.choices["voice"] == {"lexicon": str(tmp_path / "mine.toml")}


def test_a_job_file_lists_patterns_and_films(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.mp4", "b.mp4", "old-c.mp4", "s/d.mkv")))
    text = (
        'plan.density = "full"\n'
        '[batch]\nfilms = ["*.mp4", "s/*.mkv"]\noutput = "made"\nexclude = ["old-*", "s/x*"]\nseries = "Dogs"\n'
        '[[film]]\nfilm = "b.mp4"\nepisode = 2\nseries = "Cats"\nlanguage = "de"\n'
        "[film.options.server]\ntimeout_s = 60\n"
    )
    found = listed(tmp_path / "job.toml", text)
    by_name = {job.name: job for job in found.jobs}
    assert set(by_name) == {"a.mp4", "b.mp4", "d.mkv"}
    assert by_name["b.mp4"].episode == 2
    assert by_name["b.mp4"].series == "Cats"
    assert by_name["b.mp4"].choices == {
        "plan": {"density": "full"},
        "voice": {"language": "de"},
        "options": {"server": {"timeout_s": "60"}},
    }
    assert by_name["a.mp4"].output == str(tmp_path / "made" / "a.ad")
    assert by_name["a.mp4"].series == "Dogs"
    assert found.folder == tmp_path / "job.batch"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[voice]\nfastest = 1.2\n", "job.toml: lists no film"),
        (
            "[voice]\nfast = 1.2\n[[film]]\nfilm='a.mp4'\n",
            "job.toml: there is no voice.fast: did you mean voice.fastest?",
        ),
        ("[[films]]\nfilm='a.mp4'\n", "there is no films: did you mean film?"),
        ("[batch]\nfilm=['a.mp4']\n", "there is no batch.film: did you mean batch.films?"),
        ("[batch]\nfilms='a.mp4'\n", "batch.films is 'a.mp4': give a list of texts"),
        ("[[film]]\npath='a.mp4'\n", "film 1: there is no 'path'"),
        ("[[film]]\nfilm='a.mp4'\n[[film]]\nlanguage='de'\n", "film 2 has no film"),
        ("[[film]]\nfilm='a.mp4'\n[film.voice]\nfastest=9\n", "film 1: voice.fastest is 9: give 1 to 2"),
        ("[[film]]\nfilm='a.mp4'\nloudness='loud'\n", "film 1: loudness is 'loud'"),
        ("[[film]]\nfilm='a.mp4'\nepisode=true\n", "film 1: episode is True"),
        ("[[film]]\nfilm=3\n", "film 1: film is 3: give text"),
        ("film='a.mp4'\n", "film is 'a.mp4': write each film as a table"),
        ("[[film\n", "not TOML"),
        ("batch = 3\n", "write it as a table: [batch]"),
    ],
)
def test_what_is_wrong_in_a_job_file_names_the_key(tmp_path: Path, text: str, said: str) -> None:
    assert said in fault(tmp_path / "job.toml", text)


def test_a_folder_is_every_film_in_it_and_below(tmp_path: Path) -> None:
    films = ("a.mp4", "S1/e1.mkv", "S1/e2.MKV", "S2/e1.mkv", "deep/er/x.webm")
    no_films = (
        "a.srt", "a.ad.mp4", "a.ad/a.mp4", "x.batch/b.mp4", ".hidden/c.mp4", ".d.mp4", "e.mp4.part", "f.mp4.crdownload",
        "g.mp4~", "h.tmp.mp4", "i.described.mkv", "made/.audiodesc/x", "made/a.web/film.mp4", "hls/x.m3u8", "hls/1.ts",
    )  # fmt: skip
    touch(*(tmp_path / name for name in (*films, *no_films)))
    found = read_list(tmp_path, {}, tmp_path / "out")
    assert {os.path.relpath(job.film, tmp_path) for job in found.jobs} == set(films)
    assert {os.path.relpath(job.output, tmp_path / "out") for job in found.jobs} == {
        "a.ad", "S1/e1.ad", "S1/e2.ad", "S2/e1.ad", "deep/er/x.ad",
    }  # fmt: skip
    assert found.folder == tmp_path / "audiodesc.batch"
    assert any("1 files beside a playlist" in note for note in found.notes)


def test_a_folders_own_choices_are_those_of_its_films(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "no.mp4")
    (tmp_path / "audiodesc.toml").write_text('[voice]\nlanguage = "de"\n[batch]\nexclude = ["no.*"]\n')
    (job,) = read_list(tmp_path, {}, None).jobs
    assert job.name == "a.mp4"
    assert job.choices == {"voice": {"language": "de"}}
    (tmp_path / "audiodesc.toml").write_text('[voices]\nlanguage = "de"\n')
    with pytest.raises(UsageError, match=r"audiodesc.toml: there is no voices"):
        read_list(tmp_path, {}, None)


def test_links_in_a_folder_count_where_they_lead_inside(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.mp4", tmp_path / "in" / ".store" / "1", tmp_path / "out" / "b.mp4")
    (tmp_path / "in" / "annexed.mp4").symlink_to(".store/1")
    (tmp_path / "in" / "same.mp4").symlink_to("a.mp4")
    (tmp_path / "in" / "leaves.mp4").symlink_to(tmp_path / "out" / "b.mp4")
    (tmp_path / "in" / "dangling.mp4").symlink_to("nowhere.mp4")
    (tmp_path / "in" / "loop").symlink_to(".")
    (tmp_path / "in" / "far").symlink_to(tmp_path / "out")
    found = read_list(tmp_path / "in", {}, None)
    assert [job.name for job in found.jobs] == ["a.mp4", "annexed.mp4"]
    assert any("leaves.mp4: a link that leaves the folder" in note for note in found.notes)


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    touch(tmp_path / name)
    (job,) = read_list(tmp_path, {}, None).jobs
    assert Path(film_job(job.to_json()).film).exists()
    assert len(job.key) == 32


def test_what_is_no_list(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    with pytest.raises(UsageError, match="audiodesc make"):
        read_list(tmp_path / "a.mp4", {}, None)
    with pytest.raises(InputError, match="there is no"):
        read_list(tmp_path / "b.csv", {}, None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no film"):
        read_list(tmp_path / "empty", {}, None)
    with pytest.raises(InputError):
        read_list(Path("a\0b.csv"), {}, None)


def test_each_of_two_thousand_films_has_its_own_subtitles(tmp_path: Path) -> None:
    for number in range(2_000):
        (tmp_path / f"film {number}.mp4").touch()
        (tmp_path / f"film {number}.en.srt").touch()
    found = read_list(tmp_path, {}, None)
    assert len(found.jobs) == 2_000
    assert all(job.subtitles == job.film.replace(".mp4", ".en.srt") for job in found.jobs)


def test_links_that_lead_in_a_circle_and_names_that_are_too_long(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    for name in ("0.srt", "0.mp4", "0"):
        (tmp_path / name).symlink_to(name)
    (job,) = read_list(tmp_path, {}, None).jobs
    assert job.subtitles == str(tmp_path / "a.srt")
    long = "x" * 300
    assert [job.name for job in listed(tmp_path / "job.csv", f"film,subtitles\n{long}.mp4,{long}.srt\n").jobs]
    assert "no film is called" in fault(tmp_path / "job.csv", f"film\n*/{long}.mp4\n")
    with pytest.raises(InputError):
        read_list(tmp_path / f"{long}.csv", {}, None)


def test_a_film_whose_name_begins_with_a_tilde_is_no_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    found = listed(tmp_path / "job.csv", "film\n~draft.mp4\n~/b.mp4\n")
    assert [job.film for job in found.jobs] == [str(tmp_path / "~draft.mp4"), "/home/someone/b.mp4"]


def test_results_go_to_a_store_by_choice(tmp_path: Path) -> None:
    found = listed(tmp_path / "job.csv", "film\na.mp4\ns3://x/b.mp4\n/\n", output=Path("s3://bucket/made"))
    assert [job.output for job in found.jobs] == [f"s3://bucket/made/{name}.ad" for name in ("a", "b", "film")]
