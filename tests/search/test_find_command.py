"""`find` and `index` as a user has them: the table, JSON, the page, what is played; in one line what is wrong.

Without Chromium the page is not looked at.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from commandline import audiodesc
from page.test_page_browser import NARROW, WIDE, axe, browser, opened
from search.filmstock import write
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.cli import playback
from audiodesc.project.project import open_project
from audiodesc.project.timeline import saved_timeline
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings

__all__ = ["browser"]

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
EVIL = "<script>alert(1)</script> \"red\" 'coat' </p> {{ 7*7 }} \x1b[31mred\u202e"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film and the project of its three lines."""
    folder = tmp_path_factory.mktemp("found")
    render(make_story(folder), write_script(folder / "mine.vtt", SCRIPT), folder / "story.srt", settings=QUICK)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "one.ad", "A woman in a red coat runs.", "The coat hangs.", film="one.mp4")
    write(tmp_path / "evil.ad", EVIL, film="<b>evil</b>.mp4")
    return tmp_path


def test_the_table_says_where_and_why(folder: Path) -> None:
    done = audiodesc("find", "red coat", "one.ad", cwd=folder)
    assert done.returncode == 0, done.stderr
    head, row, note = done.stdout.splitlines()
    assert head.split() == ["film", "time", "found", "in", "line"]
    assert re.match(r"1  one\.ad  0:30\.0  line +A woman in a red coat runs\.|1  one\.ad  0:30\.0  who: ", row)
    assert note == "Note: only words were searched: --embedding NAME searches by meaning too"


def test_nothing_found_is_no_failure(folder: Path) -> None:
    done = audiodesc("find", "zebra", folder)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Nothing was found.")


def test_json_has_what_the_table_has_and_the_marks(folder: Path) -> None:
    done = audiodesc("find", "hangs", folder, "--json")
    (hit,) = json.loads(done.stdout)["hits"]
    assert (hit["film"], hit["span"], hit["line"]) == ("one.mp4", [60_000, 61_500], "The coat hangs.")
    assert hit["reasons"] == [{"field": "line", "text": "The coat hangs.", "marks": [[9, 14]]}]


def test_films_and_times_narrow_it(folder: Path) -> None:
    assert "Nothing" in audiodesc("find", "coat", folder, "--film", "two").stdout
    done = audiodesc("find", "coat", folder, "--film", "ONE", "--from", "0:50", "--to", "2:00")
    assert re.findall(r"^\d+  ", done.stdout, re.MULTILINE) == ["1  "]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (['"', "."], 2, "there is no word to find"),
        (["red", "nowhere"], 3, "nowhere is not there"),
        (["red", ".", "--limit", "0"], 2, "--limit is 0"),
        (["red", ".", "--from", "3:00", "--to", "2:00"], 2, "is empty"),
        (["red", ".", "--play", "9"], 2, "there is no result 9"),
        (["red", ".", "--html", "no/where.html"], 5, "cannot be written"),
        (["red", ".", "--embedding", "./nowhere"], 3, "there is no such folder"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder: Path, arguments: list[str], code: int, said: str) -> None:
    done = audiodesc("find", *arguments, "--quiet", cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_index_is_brought_up_to_date_and_said_to_be(folder: Path) -> None:
    done = audiodesc("index", ".", cwd=folder)
    assert done.stdout == ".audiodesc-index.sqlite: 2 films, 3 moments\n  2 read\n"
    shutil.rmtree(folder / "evil.ad")
    assert audiodesc("index", ".", "--anew", cwd=folder).stdout.endswith("  1 read, 1 forgotten\n")


def test_no_text_reaches_the_terminal_that_it_obeys(folder: Path) -> None:
    done = audiodesc("find", "alert", folder)
    assert "alert(1)" in done.stdout
    assert not {"\x1b", "\u202e"} & set(done.stdout)


def test_a_run_of_the_program_is_found_by_its_lines_and_its_dialogue(rendered: Path) -> None:
    with open_project(rendered / "story.ad") as project:
        assert saved_timeline(project).cues
    done = audiodesc("find", "said:brings", rendered, "--json")
    (hit,) = json.loads(done.stdout)["hits"]
    assert hit["reasons"][0]["text"] == "What brings you here?"


@pytest.fixture
def shown(rendered: Path, tmp_path: Path) -> Path:
    page = tmp_path / "found.html"
    done = audiodesc("find", "brings OR ferry OR night OR the", rendered / "story.mp4", "--html", page)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"Written to {page}\n")
    return page


def test_the_page_needs_nothing_else(shown: Path) -> None:
    text = shown.read_text("utf-8")
    assert "<script" not in text
    assert text.count('src="data:image/jpeg;base64,') == text.count("<li ") > 0
    assert re.search(r"(?:src|href)=\"(?!data:image/jpeg;base64,|#)", text) is None


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_the_page_can_be_read_by_everybody(browser: Any, shown: Path, size: tuple[int, int], scheme: str) -> None:
    tab = opened(browser, shown.as_uri(), size, scheme)
    pictures = tab.locator("ol > li img")
    assert all(pictures.nth(at).evaluate("image => image.naturalWidth > 0") for at in range(pictures.count()))
    assert tab.locator("mark").count() > 0
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}})
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#r1"
    tab.close()


def test_a_page_of_hostile_texts_shows_them(folder: Path) -> None:
    done = audiodesc("find", "alert red", "evil.ad", "--html", "found.html", cwd=folder)
    assert done.returncode == 0, done.stderr
    text = (folder / "found.html").read_text("utf-8")
    assert "<script" not in text
    assert "&lt;b&gt;evil" in text
    assert "49" not in re.sub(r"base64,[\w+/=]+|sha256-[\w+/=]+|#[0-9a-f]+|\d+(\.\d+)?rem", "", text)
    again = audiodesc("find", "alert", "evil.ad", "--html", "found.html", cwd=folder)
    assert (again.returncode, "is there already" in again.stderr) == (5, True)
    assert audiodesc("find", "alert", "evil.ad", "--html", "found.html", "--force", cwd=folder).returncode == 0


def test_a_moment_is_played_from_the_mix_or_the_film(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[float] = []

    def heard(path: Path, seconds: float) -> bool:
        played.append(seconds)
        return path.is_file()

    monkeypatch.setattr(playback, "play_file", heard)
    done = audiodesc("find", "said:brings", rendered, "--play", "1")
    assert done.returncode == 0, done.stderr
    (hit,) = json.loads(audiodesc("find", "said:brings", rendered, "--json").stdout)["hits"]
    start, end = hit["span"]
    assert played == [pytest.approx((end + 3_000 - max(0, start - 3_000)) / 1000, abs=0.05)]
    assert playback._sound_of(rendered / "story.ad").name == "story.ad.m4a"
    (rendered / "story.ad/story.ad.m4a").rename(rendered / "moved.m4a")
    assert playback._sound_of(rendered / "story.ad") == rendered / "story.mp4"
    (rendered / "moved.m4a").rename(rendered / "story.ad/story.ad.m4a")
