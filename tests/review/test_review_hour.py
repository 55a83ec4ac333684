"""A describer's hour: from the draft that `make` wrote of the sample to an approved, partly recorded, rendered script,
in the page and by keys alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hanging import LONG_S
from review.browsing import Server, at_rest, browser_with_microphone, focus, key_of, opened, until, was_heard
from review.waiting import wait_for

from audiodesc import pipeline
from audiodesc.report import read_report, report_in
from audiodesc.settings import Settings


@pytest.fixture
def server(sample: tuple[Path, Path], tmp_path: Path) -> Iterator[Server]:
    """Of a draft by the describer that is built in; nothing of it was heard yet."""
    film, subtitles = (Path(shutil.copy(path, tmp_path)) for path in sample)
    settings = Settings()
    settings = replace(settings, voice=replace(settings.voice, name="espeak-en-gb"))
    pipeline.make(film, subtitles, settings=settings, sound=False)
    made = Server(tmp_path / "sample.ad")
    yield made
    made.stop()


class Describer:
    """Somebody who has a keyboard, and no mouse."""

    def __init__(self, tab: Any, server: Server) -> None:
        self.tab, self.server, self.keys = tab, server, tab.keyboard

    def tab_to(self, name: str, keys: str = "Tab") -> None:
        """Press Tab until what has that id or class, or says that, has the focus."""
        script = (
            "(name) => { const e = document.activeElement; const said = e.getAttribute('aria-label') ?? e.textContent;"
            "return e.id === name || e.classList.contains(name) || said.trim() === name }"
        )
        for _ in range(150):
            if self.tab.evaluate(script, name):
                return
            self.keys.press(keys)
        raise AssertionError(f"no way to {name} by {keys}")

    def go(self, view: str) -> None:
        """To a view, from wherever the focus is."""
        self.tab_to(view, "Shift+Tab")
        self.keys.press("Enter")
        until(self.tab, f"document.activeElement.tagName === 'H2' && document.activeElement.textContent === '{view}'")

    def rewrite(self, text: str) -> str:
        """Give the line that is open another text that fits, and approve it; its id."""
        id = key_of(self.tab)
        self.keys.press("Control+a")
        self.keys.type(text)
        self.tab.wait_for_selector("#fit:has-text('fits')")
        self.keys.press("Control+Enter")
        wait_for(lambda: (self.server.line(id).text, self.server.line(id).state) == (text, "approved"))
        until(self.tab, f"document.querySelector('.row[aria-current]').dataset.key !== '{id}'")
        return id

    def record(self) -> str:
        """The chosen line with one's own voice; its id."""
        id = key_of(self.tab)
        self.keys.press("r")
        until(self.tab, "document.activeElement.id === 'record-title'")
        self.tab_to("Open the microphone")
        self.keys.press("Enter")
        until(self.tab, "document.activeElement.id === 'take'")
        self.keys.press("Enter")
        self.tab.wait_for_selector("#view-record .count:has-text('Speak now')")
        self.tab.wait_for_timeout(900)
        self.keys.press("Enter")
        self.tab.wait_for_selector("#view-record .count:has-text('Taken')")
        self.tab_to("keep")
        self.keys.press("Enter")
        wait_for(lambda: self.server.line(id).recording)
        until(self.tab, "document.activeElement.id === 'take'")
        return id


def test_a_describers_hour(server: Server) -> None:
    with browser_with_microphone() as browser:
        tab = opened(browser, server)
        ann, keys = Describer(tab, server), tab.keyboard
        assert {line.state for line in server.lines()} == {"draft"}
        keys.press("Tab")
        keys.press("Enter")  # over what is repeated, to the lines
        keys.press("Home")
        keys.press("p")
        was_heard(tab, "line-sound")
        keys.press("Escape")
        keys.press("Enter")
        first = ann.rewrite("Dawn.")
        assert focus(tab) == "line-text"
        second = ann.rewrite("A lantern glows.")
        keys.press("Shift+Tab")
        assert focus(tab) == "row"
        third = key_of(tab)
        start_ms = server.line(third).start_ms
        keys.press("]")
        wait_for(lambda: server.line(third).start_ms == start_ms + 100)
        keys.press("t")
        keys.type("Who is she?")
        keys.press("Tab")
        wait_for(lambda: server.line(third).note == "Who is she?")
        ann.tab_to("row", "Shift+Tab")
        keys.press("f")
        keys.type("lantern")
        keys.press("Tab")
        keys.type("lamp")
        keys.press("Enter")
        tab.wait_for_selector("dialog .preview ins")
        ann.tab_to("Replace all shown")
        keys.press("Enter")
        wait_for(lambda: server.line(second).text == "A lamp glows.")
        tab.wait_for_selector("dialog", state="detached")
        at_rest(tab)
        assert focus(tab) == "row"
        recorded = ann.record()
        ann.go("Lines")
        ann.tab_to("row")
        count = len(server.lines())
        keys.press("i")
        assert focus(tab) == "line-text"
        keys.type("She waits.")
        ann.tab_to("Add this line")
        keys.press("Enter")
        wait_for(lambda: len(server.lines()) == count + 1)
        until(tab, "!document.querySelector('.row[aria-current]').dataset.key.startsWith('gap')")
        at_rest(tab)
        ann.tab_to("row", "Shift+Tab")
        for _ in range(2 * count):
            if all(line.state == "approved" for line in server.lines()):
                break
            at_rest(tab)
            id = key_of(tab)
            keys.press("a" if server.line(id).state != "approved" else "u")
            until(
                tab, f"document.querySelector('.row[aria-current]').dataset.key !== '{id}' || {all_approved(count + 1)}"
            )
        assert all_approved_said(tab, count + 1)
        ann.go("Render and files")
        ann.tab_to("render-start")
        keys.press("Enter")
        tab.wait_for_selector("#render-work:not([hidden])")
        tab.wait_for_selector("#render-work[hidden]", state="attached", timeout=1000 * LONG_S)
        tab.wait_for_selector("#view-render:has-text('Nothing was changed')")
        assert tab.faults == []
    report = read_report(report_in(server.folder))
    spoken = {segment.line: segment for segment in report.segments if segment.placed}
    assert server.line(first).text == "Dawn."
    assert {one.state for one in spoken.values()} == {"approved"}
    assert spoken["Dawn."].recording is None
    assert spoken[server.line(recorded).text].recording == server.line(recorded).recording
    assert "A lamp glows." in next(server.folder.glob("*.vtt")).read_text("utf-8")


def all_approved(count: int) -> str:
    return f"document.querySelector('#counts').textContent.startsWith('{count} of {count} ')"


def all_approved_said(tab: Any, count: int) -> bool:
    return bool(tab.evaluate(all_approved(count)))
