"""The review page on a long film: when it can be used, and its long tasks, measured by the browser.

    python benchmarks/review_page.py [--minutes 120] [--lines 800] [--sample FILM] [--workdir DIR] [--slowdown N]

The sample, with its subtitles beside it, is repeated to that length, and so many lines are put into its gaps. The page
is opened in Chromium, which reports each task that takes longer than 50 ms; what a person does there is done step by
step, with the longest task of each step printed, and its time from the event to the next frame. The server is a process
of its own; its resident memory is printed. `--workdir` keeps the film and its analysis for another run;
`--slowdown` has the browser compute so many times as slowly as this machine can.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from material import DOES, WHERE, WHO, make_material
from playwright.sync_api import Page, sync_playwright

from audiodesc.core.cache import Store
from audiodesc.core.progress import silent
from audiodesc.project import Edit, open_project
from audiodesc.project.folder import HIDDEN
from audiodesc.project.known import analysed
from audiodesc.review.places import opened_project

SAMPLE = Path(__file__).parent.parent / "samples" / "sample.mp4"
APART_MS = 2_000
"""Between the starts of two lines in a gap, at least."""

OBSERVE = """
window.tasks = [];
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.tasks.push(one.duration); })
  .observe({ type: "longtask", buffered: true });
"""
QUIET_MS = 700
"""After each step, for what it has the page do later."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a person does, and how it is called in the table."""

    name: str
    run: Callable[[Page], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--lines", type=int, default=800)
    parser.add_argument("--sample", type=Path, default=SAMPLE)
    parser.add_argument("--workdir", type=Path)
    parser.add_argument("--slowdown", type=float, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = (given.workdir or Path(folder)) / f"review-{given.minutes}-{given.lines}"
        film = place / "film.mp4"
        if not film.is_file():
            make_material(given.sample, given.minutes, given.lines, place)
        count = add_lines(film, given.lines)
        with served(film.with_suffix(".ad")) as (process, address):
            print(f"{given.minutes} minutes, {count} lines, a browser {given.slowdown:g} times as slow")
            measure(address, given.slowdown)
            print(f"memory of the server: {process.memory_info().rss / 1e6:.0f} MB")


def add_lines(film: Path, wanted: int) -> int:
    """Put lines into the gaps of a film whose project has none; how many there are then."""
    with opened_project(film) as project:
        known = analysed(project, Store(project.folder / HIDDEN / "cache"), silent)
        if not project.lines():
            slots = [
                start_ms
                for gap in known.on.gaps
                for start_ms in range(gap.span.start_ms, gap.span.end_ms - APART_MS // 2, APART_MS)
            ]
            count = min(wanted, len(slots))
            starts = [slots[i * len(slots) // count] for i in range(count)]
            project.edit([Edit(text=text_of(i), start_ms=start) for i, start in enumerate(starts)], "benchmark", "make")
    with open_project(film.with_suffix(".ad")) as project:
        return len(project.lines())


def text_of(number: int) -> str:
    """The text of a line, another for each number."""
    who, rest = WHO[number % len(WHO)], number // len(WHO)
    return f"{who} {DOES[rest % len(DOES)]} {WHERE[rest // len(DOES) % len(WHERE)]}."


@contextmanager
def served(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A server of a project, and its address."""
    command = [sys.executable, "-m", "audiodesc", "review", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address
            yield psutil.Process(process.pid), address[0]
        finally:
            process.kill()


def measure(address: str, slowdown: float) -> None:
    """Print the figures of the page."""
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
        tab.set_default_timeout(600_000)
        tab.add_init_script(OBSERVE)
        tab.goto(address)
        tab.wait_for_selector("body[data-ready]")
        at_rest(tab)
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        tab.evaluate("window.tasks = []")
        started = time.perf_counter()
        tab.reload()
        tab.wait_for_selector("body[data-ready]")
        print(f"usable after {time.perf_counter() - started:.2f} s")
        tab.wait_for_timeout(2 * QUIET_MS)
        print(f"{'':32}{'longest task':>14}{'to the next frame':>20}")
        print(row("open the page", tab, 0))
        for step in steps():
            tab.evaluate("window.tasks = []")
            tab.evaluate("() => { window.began = performance.now() }")
            step.run(tab)
            frame = tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done(performance.now())))")
            took_ms = frame - tab.evaluate("window.began")
            tab.wait_for_timeout(QUIET_MS)
            print(row(step.name, tab, took_ms))
        browser.close()


def at_rest(tab: Page) -> None:
    """Until the film is analysed, and every line spoken: their lengths are no estimates any more."""
    while tab.evaluate(
        "fetch('/api/v1/lines').then((a) => a.json())"
        ".then((a) => !a.gaps.length || a.lines.some((one) => one.length_ms === null))"
    ):
        tab.wait_for_timeout(1000)


def row(name: str, tab: Page, took_ms: float) -> str:
    tasks: list[float] = tab.evaluate("window.tasks")
    longest = f"{max(tasks):.0f} ms" if tasks else "under 50 ms"
    return f"{name:32}{longest:>14}{f'{took_ms:.0f} ms' if took_ms else '':>20}"


def steps() -> Iterator[Step]:
    """What a person does."""
    typed = "A woman walks along the empty pier, slowly, then stops again"
    yield Step("scroll the list", _scroll)
    yield Step("choose a line in the middle", _choose(400))
    yield Step("type 60 characters", lambda tab: tab.keyboard.type(typed))
    yield Step("save", _press("Control+s"))
    yield Step("approve, and on to the next", _press("Control+Enter"))
    yield Step("the next ten lines", _press("Alt+ArrowDown", 10))
    yield Step("choose the first line", _choose(0))
    yield Step("choose the last line", _choose(-1))
    yield Step("show the whole film", _click("button[data-action=zoom-all]"))
    yield Step("closer, ten times", _click("button[data-action=zoom-in]", 10))
    yield Step("the whole film again", _click("button[data-action=zoom-all]"))
    yield Step("move the playhead, ten times", _press("ArrowRight", 10, "#timeline"))
    yield Step("only what is not approved", lambda tab: tab.select_option("#filter", "unapproved"))
    yield Step("search", lambda tab: tab.fill("#search", "woman"))
    yield Step("all again", _all_again)
    yield Step("open the table", _click("#table-part summary"))


def _choose(number: int) -> Callable[[Page], object]:
    """Click on a line of the list."""
    return lambda tab: tab.evaluate(f"[...document.querySelectorAll('#line-list .row:not(.gap)')].at({number}).click()")


def _click(selector: str, times: int = 1) -> Callable[[Page], object]:
    def run(tab: Page) -> None:
        for _ in range(times):
            tab.click(selector)

    return run


def _press(keys: str, times: int = 1, within: str = "") -> Callable[[Page], object]:
    def run(tab: Page) -> None:
        if within:
            tab.focus(within)
        for _ in range(times):
            tab.keyboard.press(keys)

    return run


def _all_again(tab: Page) -> None:
    tab.fill("#search", "")
    tab.select_option("#filter", "all")


def _scroll(tab: Page) -> None:
    for _ in range(20):
        tab.evaluate("document.querySelector('#line-list').scrollBy(0, 2000)")
        tab.wait_for_timeout(50)


if __name__ == "__main__":
    main()
