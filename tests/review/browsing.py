"""The review page in a browser, for tests: a server that stops and starts, a tab on it, and what is asked of it.
Without Playwright, axe-core for it, or Chromium, tests that import it are skipped."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsers import PLAYS_UNASKED, chromium
from hanging import LONG_S
from review.waiting import wait_for

from audiodesc.project import Project, open_project
from audiodesc.project.lines import ProjectLine
from audiodesc.review.server import Serving, serving
from audiodesc.review.state import Review

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

TREES = Path(__file__).with_name("trees")
"""The accessibility trees of the page's states, kept to be read by a person."""

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Server:
    """The server on a project, on a thread; it can be stopped, and started again at the same port. The film is opened
    once it stands: a page that asks before is refused, which the browser counts as a fault."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.start()

    def start(self) -> None:
        self.project: Project = open_project(self.folder)
        self._held = serving(self.project, "ann", self.port)
        self.serving: Serving = self._held.__enter__()
        self.address = self.serving.address
        self.port = self.serving.listening.getsockname()[1]
        self._thread = threading.Thread(target=self.serving.run, daemon=True)
        self._thread.start()
        wait_for(lambda: self.serving.server.started)
        review: Review = self.serving.server.config.app.state.review  # type: ignore[union-attr]
        wait_for(lambda: review.jobs.last("peaks") and not review.jobs.running("peaks"))

    def stop(self) -> None:
        self.serving.stop()
        self._thread.join(20)
        self._held.__exit__(None, None, None)

    def lines(self) -> list[ProjectLine]:
        return list(self.project.snapshot().standing)

    def line(self, id: str) -> ProjectLine:
        return next(line for line in self.project.snapshot().lines if line.id == id)


def browser_with_microphone(*more: str) -> AbstractContextManager[Any]:
    """The browser, with a microphone that beeps and is allowed; with more arguments."""
    microphone = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    return chromium(PLAYS_UNASKED, *microphone, *more)


@contextmanager
def served(rendered: Path, place: Path) -> Iterator[Server]:
    """A server on a copy of a project and its film, in a folder that is not there yet."""
    shutil.copytree(rendered.parent, place)
    made = Server(place / rendered.name)
    yield made
    made.stop()


def opened(browser: Any, server: Server, size: tuple[int, int] = (1280, 800), **more: Any) -> Any:
    """A tab of a browser of its own on the page; `tab.faults` collects what it complains about or asks elsewhere."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **{"locale": "en-GB", **more})
    tab = context.new_page()
    tab.faults = []
    tab.on("console", lambda message: tab.faults.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("request", lambda one: None if is_own(one.url, server) else tab.faults.append(one.url))
    tab.set_default_timeout(1000 * LONG_S)
    tab.goto(server.address)
    tab.wait_for_selector("body[data-ready]")
    until(tab, "!document.querySelector('#saving').textContent")
    return tab


def until(tab: Any, expression: str) -> None:
    """Until it is true in the page (whose policy forbids the driver's own way to wait for it)."""
    end = time.monotonic() + LONG_S
    while not tab.evaluate(expression):
        assert time.monotonic() < end, expression
        tab.wait_for_timeout(20)


def is_own(url: str, server: Server) -> bool:
    return url.startswith((f"http://127.0.0.1:{server.port}/", "blob:", "data:"))


def rows(tab: Any) -> Any:
    return tab.locator("#line-list .row:not(.gap)")


def key_of(tab: Any) -> str:
    """The id of the chosen line."""
    return str(tab.locator(".row[aria-current]").get_attribute("data-key"))


def focus(tab: Any) -> str:
    """The id of what has the focus, or its class."""
    return str(tab.evaluate("document.activeElement.id || document.activeElement.className.split(' ')[0]"))


def at_rest(tab: Any) -> None:
    """Until all edits are saved."""
    until(tab, "!document.querySelector('#saving').textContent")


def findings(tab: Any) -> list[tuple[str, str]]:
    # All that is found, and of the rules that are kept one part each: to name them all takes axe long.
    only = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = axe.Axe().run(tab, options=only)
    assert len(found.response["passes"]) > 10
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]]


def tree_of(part: Any) -> str:
    """Its accessibility tree, without what differs from run to run."""
    tree = str(part.aria_snapshot())
    when = (r"\d[^“”\n]*, [^,\n]+, script\.vtt", "WHEN, WHO, script.vtt")
    for pattern, instead in (
        when,
        (r" · \d+ .*: ann", ""),
        (r"(about|etwa) (?=\d)", ""),
        (r"(?<!level=)(?<!\d)\d+([.,:]\d+)*", "N"),
    ):
        tree = re.sub(pattern, instead, tree)
    return tree + "\n"


def kept_tree(name: str, tree: str) -> str:
    """The tree as a person read it; it is written anew where the environment says `TREES=new`."""
    path = TREES / f"{name}.txt"
    if os.environ.get("TREES") == "new":
        path.write_text(tree, "utf-8")
    return path.read_text("utf-8")


def was_heard(tab: Any, id: str) -> None:
    """Until a sound played, perhaps to its end: where little time is left to the test, that comes first."""
    until(tab, f"(e => e.played.length && e.played.end(0) > 0.1)(document.getElementById('{id}'))")


def plays(tab: Any, id: str) -> None:
    until(tab, f"(e => !e.paused && e.currentTime > 0.1)(document.getElementById('{id}'))")
