"""The page of a batch: what it says, that nothing from outside runs in it, and how it looks in a browser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch.batch_rows import HOSTILE, START, result, row
from browsers import chromium
from lxml import html

from audiodesc.batch.model import FilmRow
from audiodesc.batch.output.page import CHUNK, page, write_page

MIXED = [
    *(row(n, "failed") for n in range(1, 5)), row(5, "running"), row(6, "held"), row(7, "queued", losses=2),
    *(row(n) for n in range(8, 12)), row(12, "skipped"), row(13, name=HOSTILE),
]  # fmt: skip


def made(rows: list[FilmRow], folder: Path = Path("/out/batch")) -> str:
    return page(rows, Counter(one.state for one in rows), folder, START, "Night programme")


def test_films_stand_under_their_states_and_failures_under_their_causes() -> None:
    tree = html.fromstring(made(MIXED))
    heads = [head.text_content() for head in tree.iter("h2")]
    assert heads == ["Failed", "Running", "Held", "Queued", "In all", "Done", "Skipped"]
    assert [one.text_content() for one in tree.iter("code")] == [
        f"audiodesc batch retry /out/batch --kind {cause}" for cause in ("server", "lost", "input")
    ]
    assert len(tree.xpath("//tbody/tr[th/@role]")) == len(MIXED)
    text = tree.text_content()
    assert "its process died 2 times" in text
    assert "−23.1 LUFS" in text
    targets = {link.get("href")[1:] for link in tree.xpath("//ul[@class='states']//a")}
    assert targets == {one.get("id") for one in tree.iter("h2")} - {"all"}


def test_links_are_relative_and_no_scheme_but_the_webs_is_one() -> None:
    pages = {
        "/out/8.ad/film 8.ad.html": "../8.ad/film%208.ad.html",
        "/srv/far/8.ad.html": "file:///srv/far/8.ad.html",
        "https://store/8.html": "https://store/8.html",
        "javascript:alert(1)": None,
        "s3://store/8.html": None,
    }
    for place, wanted in pages.items():
        one = replace(row(8), result=replace(result(8), files={"page": place}))
        tree = html.fromstring(made([one], Path("/out/deep/batch") if "srv" in place else Path("/out/batch")))
        links = [link.get("href") for link in tree.xpath("//tbody//a")]
        assert links == ([wanted] if wanted else [])


def test_a_film_without_a_page_leads_to_its_results() -> None:
    one = replace(row(8), result=replace(result(8), files={}))
    assert html.fromstring(made([one])).xpath("//tbody//a/@href") == ["../8.ad"]
    far = replace(one, job=replace(one.job, output="s3://store/8.ad"))
    assert html.fromstring(made([far])).xpath("//tbody//a") == []


def test_nothing_of_a_film_is_markup() -> None:
    hostile = replace(row(3), result=replace(result(3), findings=("<img src=x onerror=alert(1)>",)))
    content = made([hostile, row(4, "failed", name=HOSTILE)])
    tree = html.fromstring(content)
    assert not tree.xpath("//script | //img | //@onerror")
    assert "\u202e" not in content
    assert "default-src 'none'" in content
    assert re.findall(r"(?:src|href)=\"(?!#|\.\./)", content) == []


def test_many_films_stand_in_tables_to_open() -> None:
    rows = [row(n) for n in range(1, 2 * CHUNK + 2)]
    tree = html.fromstring(made(rows))
    opened = [one.get("open") is not None for one in tree.xpath("//main/details")]
    assert opened == [True, False, False]
    assert tree.xpath("//main/details/summary/text()")[2] == f"Films {2 * CHUNK + 1} to {2 * CHUNK + 1}"


playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize(("size", "scheme"), [((1280, 900), "light"), ((1280, 900), "dark"), ((320, 640), "light")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    browser: Any, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    path = tmp_path / "batch.html"
    write_page(MIXED, Counter(one.state for one in MIXED), path, START)
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text))
    tab.on("request", lambda request: faults.append(request.url))
    tab.goto(path.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert faults == [path.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    violations = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []
    tab.close()
