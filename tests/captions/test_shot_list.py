"""The shot list in a browser: each caption with its picture, nothing that axe-core finds, nothing that runs.

Without Chromium these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from captions.replies import FIELDS, SHOTS, answers_with, colour_of, film_of
from commandline import audiodesc
from page.test_page_browser import NARROW, WIDE, axe, browser, opened

__all__ = ["browser"]

HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> &amp; \u202egnp.exe"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def reply(query: Any) -> str:
        other = {"environment": HOSTILE, "shot_type": "x"} if colour_of(query) == "blue" else {}
        return json.dumps(FIELDS | other)

    answers_with(monkeypatch, reply)
    film = film_of(tmp_path, "a <b> film.mp4")
    made = audiodesc(
        *("caption", film, "--style", "fields", "--describer", "replying", "--no-hear", "-q"),
        *("--subs", film.with_suffix(".srt"), "-o", tmp_path / "shots.html"),
    )
    assert made.returncode == 0
    return tmp_path / "shots.html"


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_the_shot_list_is_whole_and_accessible(browser: Any, page: Path, size: tuple[int, int], scheme: str) -> None:
    tab = opened(browser, page.as_uri(), size, scheme)
    assert tab.title() == "Shot list: a <b> film.mp4"
    assert tab.locator("ol > li").count() == len(SHOTS)
    pictures = tab.locator("img")
    assert [pictures.nth(n).evaluate("image => image.naturalWidth > 0") for n in range(pictures.count())] == [True] * 3
    assert "alert(1)</script>" in tab.locator("ol > li").nth(1).inner_text()
    assert "In doubt: shot_type has no known value" in tab.locator("ol > li").nth(1).inner_text()
    assert "Said meanwhile: Anna: Where is the key?" in tab.locator("ol > li").nth(0).inner_text()
    assert tab.locator("q").first.inner_text() == "Where is the key?"  # the name stands before the quotation marks
    assert tab.evaluate("document.querySelectorAll('script, [onerror]').length") == 0
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    assert [fault for fault in tab.faults if not fault.startswith("data:image/jpeg")] == []
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}})
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
    tab.close()
