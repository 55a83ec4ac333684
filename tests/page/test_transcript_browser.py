"""The transcript in a browser: nothing that axe-core finds, nothing wider than the window, nothing fetched.

Without Chromium these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import chromium
from documents import document

from audiodesc.scripts import write_script

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_the_transcript_is_accessible(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    path = tmp_path / "film.html"
    path.write_bytes(
        write_script("transcript", document("A wordthatislongerthananyscreen" * 20, "<script>alert(1)</script>"))
    )
    tab = browser.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)
    seen: list[str] = []
    tab.on("console", lambda message: seen.append(message.text))
    tab.on("request", lambda request: seen.append(request.url) if request.url != path.as_uri() else None)
    tab.goto(path.as_uri())
    found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": TAGS}})
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    assert len(found.response["passes"]) > 10
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.evaluate("document.compatMode") == "CSS1Compat"
    assert seen == []
    tab.close()
