"""The page of an evaluation: what it says, that nothing of it runs, and how it looks in a browser.

Without Chromium the tests in a browser are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import chromium
from commandline import audiodesc
from evaluation.scripts_of import HUMAN, webvtt
from films import make_film
from lxml import html

from audiodesc import evaluate
from audiodesc.errors import OutputError
from audiodesc.evaluation import Evaluation, Options
from audiodesc.evaluation.html import frames_of, page, without_line, worst, write_page

HOSTILE = (
    "<script>alert(1)</script> She waves.",
    '"><img src=x onerror=alert(1)> A dog & a cat.',
    "{{ 7 * 7 }} {% raw %} ‮turned‬ \x07bell",
    "קורא אות at the door.",
    "A" * 300,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation-page")
    make_film(folder / "film.mp4", 50)
    webvtt(folder / "human.vtt", HUMAN)
    ours = [(*cue[:2], text) for cue, text in zip(HUMAN, HOSTILE, strict=False)]
    webvtt(folder / "ours.vtt", ours)
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> Evaluation:
    options = Options(resamples=50)
    return evaluate(folder / "ours.vtt", folder / "human.vtt", folder / "film.mp4", options=options)


def test_the_worst_lines_come_first_and_cues_without_a_line_apart(found: Evaluation) -> None:
    scores = [line.scores["rouge_l"] for line in worst(found)]
    assert scores == sorted(scores)
    assert len(worst(found)) == 5
    assert [line.human for line in without_line(found)] == [HUMAN[5][2]]


def test_lines_stand_side_by_side_with_a_frame(found: Evaluation) -> None:
    tree = html.fromstring(page(found, frames_of(found)))
    rows = tree.xpath("//section[@aria-labelledby='worst']//tbody/tr")
    assert len(rows) == 5
    for row in rows:
        assert row.xpath(".//img/@src")[0].startswith("data:image/jpeg;base64,")
        assert row.xpath("td[@data-head='Human']")[0].text_content() in [text for *_, text in HUMAN]


def test_each_line_of_the_script_stands_with_what_was_found_in_it(folder: Path) -> None:
    ours = webvtt(
        folder / "found.vtt", [(1, 3, "There is a dog."), (9, 11, "She waves to Anna."), (15, 17, "A dog waits.")]
    )
    tree = html.fromstring(page(evaluate(ours)))
    rows = tree.xpath("//section[@aria-labelledby='own']//tbody/tr")
    assert [row.xpath("td[@data-head='Found']")[0].text_content() for row in rows] == ["there-is", "", ""]
    assert [row.xpath("td[@data-head='Names']")[0].text_content() for row in rows] == ["", "Anna", ""]
    assert [row.xpath("td[@data-head='Pronouns']")[0].text_content() for row in rows] == ["", "she", ""]


def test_no_text_of_a_script_becomes_markup(found: Evaluation) -> None:
    content = page(found)
    tree = html.fromstring(content)
    assert tree.xpath("//script") == []
    assert tree.xpath("//img") == []
    assert "{{ 7 * 7 }}" in tree.text_content()
    assert "\x07" not in content
    assert "‮" not in content


def test_the_page_needs_nothing_else(found: Evaluation) -> None:
    assert re.findall(r"(?:src|href)=\"(?!data:image/jpeg;base64,|#)", page(found, frames_of(found))) == []


def test_what_could_not_be_measured_is_named(found: Evaluation) -> None:
    text = html.fromstring(page(found)).text_content()
    assert "SPICE" in text
    assert "--text-model" in text


def test_the_command_writes_the_page_once(folder: Path, tmp_path: Path) -> None:
    arguments = ("evaluate", folder / "ours.vtt", folder / "human.vtt", "--resamples", 0, "--html", "page.html")
    assert audiodesc(*arguments, cwd=tmp_path).returncode == 0
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    again = audiodesc(*arguments, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (5, "")
    assert "--force" in again.stderr
    assert audiodesc(*arguments, "--force", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


def test_a_page_goes_into_a_folder_that_is_there(found: Evaluation, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing/page.html"):
        with pytest.raises(OutputError, match="cannot be written"):
            write_page(found, place, force=True)


def test_a_script_alone_has_a_page_too(folder: Path) -> None:
    text = html.fromstring(page(evaluate(folder / "human.vtt"))).text_content()
    assert "By itself" in text
    assert "Against the human script" not in text


playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (320, 640)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Any, found: Evaluation, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    path = tmp_path / "page.html"
    write_page(found, path)
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text))
    tab.on("request", lambda request: faults.append(request.url) if not request.url.startswith("data:") else None)
    tab.goto(path.as_uri())
    assert faults == [path.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    violations = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []
    tab.close()
