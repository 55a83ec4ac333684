"""The page in a browser: nothing that axe-core finds, nothing that is wider than the window, no script that runs.

Without Chromium these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from browsers import chromium
from page.test_page import FILES, HOSTILE
from reports import long_film, report, segment, waveform

from audiodesc.media.stills import Still
from audiodesc.report.html import page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

WIDE, PHONE, NARROW = (1280, 900), (400, 800), (320, 640)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A film of six minutes with lines, lines left out, notes, and hostile texts."""
    folder = tmp_path_factory.mktemp("page")
    content, mixed, voice = long_film(0.1)
    lines = [replace(one, line=text) for one, text in zip(content.segments, HOSTILE, strict=False)]
    content = replace(content, segments=(*lines, *content.segments[len(lines) :]))
    (folder / "story.ad.html").write_text(page(content, mixed, voice, FILES, "story.ad"), "utf-8")
    return (folder / "story.ad.html").as_uri()


def opened(browser: Any, address: str, size: tuple[int, int], scheme: str = "light", **more: Any) -> Any:
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **more)
    tab.faults = []
    tab.on("console", lambda message: tab.faults.append(message.text))
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("request", lambda request: tab.faults.append(request.url) if request.url != address else None)
    tab.goto(address)
    return tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_axe_finds_nothing(browser: Any, story: str, size: tuple[int, int], scheme: str) -> None:
    tab = opened(browser, story, size, scheme)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}})
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    assert len(found.response["passes"]) > 20
    tab.close()


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW])
def test_nothing_scrolls_sideways_and_charts_are_whole(browser: Any, story: str, size: tuple[int, int]) -> None:
    """Each chart begins and ends on the page, however narrow that is, and takes nearly all of its width."""
    tab = opened(browser, story, size)
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    assert tab.evaluate("[...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1 "
                        "&& getComputedStyle(e).overflowX === 'auto').length") == 0  # fmt: skip
    charts = tab.locator(".chart")
    for number in range(charts.count()):
        box = charts.nth(number).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["width"] >= size[0] - 180
    tab.close()


def test_a_wide_window_is_used(browser: Any, story: str) -> None:
    """Every table but that of loudness, or two beside each other, reach from margin to margin."""
    tab = opened(browser, story, WIDE)
    main = tab.locator("main").bounding_box()
    assert main["width"] >= WIDE[0] - 100
    lines = tab.locator("#line-1").bounding_box()
    assert lines["width"] == pytest.approx(main["width"], abs=2)
    sections = [tab.locator(f"section[aria-labelledby={name}]").bounding_box() for name in ("check", "dialogue")]
    assert {round(box["width"]) for box in sections} == {round((main["width"] - 48) / 2)}
    tab.close()


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_each_line_has_its_picture(browser: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    """It is read by the browser, without a word of its policy, and axe finds nothing."""
    content, mixed, voice = long_film(0.1)
    _, jpeg = cv2.imencode(".jpg", np.full((90, 160, 3), (30, 30, 200), np.uint8))
    pictures = {number: Still(1000 * number, jpeg.tobytes(), 160, 90) for number in (1, 2)}
    (tmp_path / "a.html").write_text(page(content, mixed, voice, FILES, "a", pictures), "utf-8")
    tab = opened(browser, (tmp_path / "a.html").as_uri(), size)
    assert tab.locator("img").count() == 2
    first = tab.locator("#line-1 img")
    assert first.get_attribute("alt") == "The film at 0:01"
    assert first.evaluate("image => image.naturalWidth") == 160
    assert [fault for fault in tab.faults if not fault.startswith("data:image/jpeg")] == []
    found = axe.Axe().run(tab)
    assert [one["id"] for one in found.response["violations"]] == []
    tab.close()


def test_nothing_runs_and_nothing_is_fetched(browser: Any, story: str) -> None:
    tab = opened(browser, story, WIDE)
    assert tab.title() == "story.mp4 – audio description"
    assert tab.evaluate("document.querySelectorAll('script, img, iframe, link, object').length") == 0
    assert tab.locator("#line-1 td").nth(2).text_content() == HOSTILE[0]
    assert tab.faults == []
    tab.close()


def test_the_policy_stops_what_somebody_writes_into_it(browser: Any, story: str, tmp_path: Path) -> None:
    """Even a page that was tampered with runs no script and takes nothing from elsewhere."""
    text = Path(story.removeprefix("file://")).read_text("utf-8")
    evil = "<script>document.title='owned'</script><img src='story.png' onerror=\"document.title='owned'\">"
    (tmp_path / "a.html").write_text(text.replace("<main>", f"<main>{evil}"), "utf-8")
    tab = opened(browser, (tmp_path / "a.html").as_uri(), WIDE)
    assert tab.title() == "story.mp4 – audio description"
    assert sum("Content Security Policy" in fault for fault in tab.faults) >= 2
    tab.close()


def test_the_keyboard_goes_from_the_picture_to_the_line_and_back(browser: Any, story: str) -> None:
    tab = opened(browser, story, WIDE)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the lines"
    assert tab.locator(".skip").bounding_box()["height"] > 20
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "at-1"
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#line-1")
    tab.locator("#line-1 th a").press("Enter")
    assert tab.url.endswith("#at-1")
    box = tab.locator("#at-1").bounding_box()
    assert 0 <= box["y"] < WIDE[1]
    tab.close()


def test_a_screen_reader_is_told_what_there_is(browser: Any, story: str) -> None:
    tab = opened(browser, story, WIDE)
    for role, name in (
        ("heading", "story.mp4"),
        ("heading", "The film"),
        ("heading", "The lines"),
        ("table", "Spoken lines"),
        ("table", "Loudness"),
        ("columnheader", "Level LUFS"),
        ("link", "Line 1, 0:02"),
        ("region", "Picture of the film"),
    ):
        assert tab.get_by_role(role, name=name).count() >= 1, (role, name)
    assert tab.get_by_role("img", name="0:00 to 0:30").count() == 1
    tab.close()


def test_narrow_rows_are_still_rows_of_a_table(browser: Any, story: str) -> None:
    tab = opened(browser, story, NARROW)
    rows = tab.get_by_role("table", name="Spoken lines").get_by_role("row")
    assert rows.nth(1).get_by_role("cell").count() == 8
    assert tab.get_by_role("columnheader", name="Level LUFS").count() == 1
    tab.close()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_scale_and_the_strokes_stand_where_they_are_said_to(
    browser: Any, tmp_path: Path, size: tuple[int, int]
) -> None:
    """A line from 5 to 15 s of 20 s: its box is half as wide as the scale, and starts at a quarter of it."""
    content = report(20_000, [segment((0, 20_000), "Half.", (5_000, 15_000))])
    wave = waveform(20_000, [(0, 20_000)])
    (tmp_path / "a.html").write_text(page(content, wave, wave, FILES, "a"), "utf-8")
    tab = opened(browser, (tmp_path / "a.html").as_uri(), size)
    whole, line = tab.locator(".mixed").bounding_box(), tab.locator("#at-1 path").bounding_box()
    assert line["width"] / whole["width"] == pytest.approx(0.5, abs=0.005)
    assert (line["x"] - whole["x"]) / whole["width"] == pytest.approx(0.25, abs=0.005)
    tab.close()


def test_it_prints(browser: Any, story: str) -> None:
    tab = opened(browser, story, WIDE)
    assert tab.pdf().startswith(b"%PDF")
    tab.close()
