"""A line is dragged on the timeline by mouse: it snaps to where a gap begins or ends and to cuts, says where it would
start and whether it fits, and is one edit. (By keys and by one click it moves too: test_review_page.)"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from review.browsing import Server, at_rest, opened, rows, served, until
from review.waiting import wait_for

from audiodesc.errors import UsageError

PLAYHEAD = "document.getElementById('timeline').getAttribute('aria-valuenow')"
LANE = 143
"""Pixels from the top of the timeline to the middle of the lines."""


@pytest.fixture(scope="module")
def server(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(rendered, tmp_path_factory.mktemp("review-drag") / "films") as made:
        yield made


class Timeline:
    """The timeline of a tab, four times as close as the whole film, around the playhead at the start of a line."""

    def __init__(self, tab: Any, start_ms: int) -> None:
        self.tab = tab
        tab.click("button[data-action=zoom-all]")
        self.span_ms: float = asked(tab, "/project")["duration_ms"]
        self.from_ms = 0.0
        self._click(start_ms)
        until(tab, f"Math.abs({PLAYHEAD} * 1000 - {start_ms}) < 60")
        playhead_ms = 1000 * float(tab.evaluate(PLAYHEAD))
        for _ in range(2):
            tab.click("button[data-action=zoom-in]")
        self.span_ms /= 4
        self.from_ms = playhead_ms * 3 / 4

    @property
    def px_ms(self) -> float:
        """How long a pixel is."""
        return float(self.span_ms / self._box()["width"])

    def take(self, start_ms: int) -> None:
        """The pointer goes down on the line that begins there, a little behind its start."""
        self.to(start_ms)
        self.tab.mouse.down()

    def to(self, start_ms: float) -> None:
        """What is held starts there now."""
        self.tab.mouse.move(self._x(start_ms), self._box()["y"] + LANE, steps=4)

    def _click(self, start_ms: int) -> None:
        self.take(start_ms)
        self.tab.mouse.up()

    def _x(self, ms: float) -> float:
        return self._box()["x"] + (ms - self.from_ms) / self.px_ms + 6

    def _box(self) -> dict[str, float]:
        return dict(self.tab.locator("#canvas").bounding_box())


def asked(tab: Any, path: str) -> Any:
    return tab.evaluate(f"fetch('/api/v1{path}').then((answer) => answer.json())")


@pytest.fixture
def tab(browser: Any, server: Server) -> Iterator[Any]:
    """What is done in it is undone at the end."""
    made, before = opened(browser, server), server.project.last()
    until(made, "fetch('/api/v1/lines').then((a) => a.json()).then((a) => a.lines.every((one) => one.length_ms))")
    yield made
    assert made.faults == []
    made.context.close()
    with suppress(UsageError):
        server.project.undo(to=before)


def alone(server: Server, tab: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line that is the only one of its gap, and the gap; the line with all that is known of it."""
    found = asked(tab, "/lines")
    for gap in found["gaps"]:
        view = next((one for one in found["lines"] if one["line"]["id"] in gap["line_ids"]), None)
        if view and len(gap["line_ids"]) == 1 and gap["end_ms"] - gap["start_ms"] > view["length_ms"] + 600:
            return view, gap
    raise AssertionError("the sample has a gap with one line")


def changes(tab: Any) -> int:
    return len(asked(tab, "/history")["entries"])


def test_a_line_snaps_to_the_edges_of_its_gap_and_is_one_edit(tab: Any, server: Server) -> None:
    view, gap = alone(server, tab)
    id, start_ms = view["line"]["id"], view["line"]["start_ms"]
    timeline, before = Timeline(tab, start_ms), changes(tab)
    latest_ms = gap["end_ms"] - view["length_ms"]
    timeline.take(start_ms)
    timeline.to(gap["start_ms"] + 3 * timeline.px_ms)
    timeline.to(latest_ms + 3 * timeline.px_ms)  # its end is near the end of the gap
    assert "fits" in tab.inner_text("#drag-said")
    assert server.line(id).start_ms == start_ms
    tab.mouse.up()
    wait_for(lambda: server.line(id).start_ms == latest_ms)
    at_rest(tab)
    assert changes(tab) == before + 1
    assert tab.locator("#drag-said").is_hidden()
    timeline.take(latest_ms)
    timeline.to(gap["start_ms"] - 3 * timeline.px_ms)
    tab.mouse.up()
    wait_for(lambda: server.line(id).start_ms == gap["start_ms"])
    at_rest(tab)
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(id).start_ms == latest_ms)


def test_with_alt_a_line_snaps_to_nothing_and_in_no_gap_it_is_said(tab: Any, server: Server) -> None:
    view, gap = alone(server, tab)
    id, start_ms = view["line"]["id"], view["line"]["start_ms"]
    timeline = Timeline(tab, start_ms)
    timeline.take(start_ms)
    tab.keyboard.down("Alt")
    timeline.to(gap["end_ms"] + 4 * timeline.px_ms)
    assert "in no gap" in tab.inner_text("#drag-said")
    timeline.to(gap["start_ms"] + 4 * timeline.px_ms)
    tab.mouse.up()
    tab.keyboard.up("Alt")
    wait_for(lambda: server.line(id).start_ms != start_ms)
    assert abs(server.line(id).start_ms - (gap["start_ms"] + 4 * timeline.px_ms)) <= 2 * timeline.px_ms


def test_escape_gives_up_and_a_locked_line_stays(tab: Any, server: Server) -> None:
    view, gap = alone(server, tab)
    id, start_ms = view["line"]["id"], view["line"]["start_ms"]
    timeline, before = Timeline(tab, start_ms), changes(tab)
    timeline.take(start_ms)
    timeline.to(gap["start_ms"] + 40 * timeline.px_ms)
    tab.keyboard.press("Escape")
    assert tab.locator("#drag-said").is_hidden()
    tab.mouse.up()
    tab.locator(f".row[data-key='{id}']").click()
    tab.click("#lock")
    wait_for(lambda: server.line(id).locked)
    until(tab, "document.getElementById('line-text').readOnly")
    timeline.take(start_ms)
    timeline.to(gap["start_ms"] + 40 * timeline.px_ms)
    assert "locked" in tab.inner_text("#drag-said")
    tab.mouse.up()
    at_rest(tab)
    assert server.line(id).start_ms == start_ms
    assert changes(tab) == before + 1  # the lock


def test_a_click_on_a_line_chooses_it_and_goes_there(tab: Any, server: Server) -> None:
    rows(tab).nth(0).click()
    view, _ = alone(server, tab)
    Timeline(tab, view["line"]["start_ms"])  # clicks on it, and waits for the playhead
    assert tab.locator(".row[aria-current]").get_attribute("data-key") == view["line"]["id"]
