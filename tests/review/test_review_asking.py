"""The describer is asked from the page, by mouse and by keys: what it offers is shown with its length and doubts, said,
and taken; a newer question counts, a failure is said, and nothing of it is a fault of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from answering import Answering
from hanging import LONG_S
from review.browsing import (
    Server,
    at_rest,
    findings,
    focus,
    kept_tree,
    key_of,
    opened,
    rows,
    served,
    tree_of,
    until,
)
from review.waiting import wait_for

from audiodesc.describers import ChosenDescriber

LINES = ["A woman folds a coat into a suitcase.", "A sign reads 5 < 6 & 7.", "She fills a bag."]


@pytest.fixture
def server(rendered: Path, tmp_path: Path) -> Iterator[Server]:
    with served(rendered, tmp_path / "films") as made:
        yield made


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """The describer that the project's choices ask for."""
    made = Answering(LINES[::2], facts="1. WHO: a woman 2. DOES: folds a coat into a suitcase, fills a bag")
    monkeypatch.setattr("audiodesc.project.asking.chosen_describer", lambda *_, **__: ChosenDescriber(made))
    return made


def said(tab: Any, text: str) -> None:
    """Until the live region of the candidates says it."""
    try:
        until(tab, f"document.getElementById('asking').textContent.includes({text!r})")
    except AssertionError as error:
        where = tab.evaluate("[location.hash, document.activeElement.outerHTML.slice(0, 200)]")
        raise AssertionError(f"it says {tab.locator('#asking').all_inner_texts()}, at {where}") from error


def texts(tab: Any) -> list[str]:
    found: list[str] = tab.locator("#offered .candidate").all_inner_texts()
    return found


def test_others_are_asked_for_with_a_hint_and_one_is_taken(browser: Any, server: Server, by: Answering) -> None:
    tab = opened(browser, server)
    rows(tab).nth(2).click()
    id = key_of(tab)
    before = server.line(id)
    tab.click("#candidates summary")
    tab.click("#candidates [data-action=ask-another]")
    said(tab, "2 lines to choose from")
    until(tab, "document.querySelectorAll('#offered .candidate').length === 2")
    assert tab.evaluate("document.activeElement.dataset.action") == "ask-another"  # the focus stays where it was
    assert texts(tab) == LINES[::2]
    assert " of " in tab.inner_text("#offered li:first-child")
    assert "fits" in tab.inner_text("#offered li:last-child")
    assert server.line(id) == before
    by.answers = [["The woman packs a red coat."]]
    tab.click("#ask-hint")
    assert focus(tab) == "hint"
    assert findings(tab) == []
    tab.fill("#hint", "mention the coat's colour")
    tab.keyboard.press("Enter")
    said(tab, "1 line to choose from")
    until(tab, "document.querySelectorAll('#offered .candidate').length === 3")
    assert "“red”: not in what was seen" in tab.inner_text("#offered li:last-child")
    tree = tree_of(tab.locator("#candidates"))
    assert tree == kept_tree("candidates", tree)
    assert '"mention the coat\'s colour"' in by.prompts[-1]
    assert findings(tab) == []
    tab.fill("#line-text", "What a person typed.")
    tab.locator("#offered li").nth(1).get_by_role("button", name="Take").click()
    wait_for(lambda: server.line(id).text == LINES[2])
    assert (server.line(id).state, server.line(id).author) == ("approved", by.fingerprint)
    at_rest(tab)
    assert focus(tab) == "line-text"
    assert tab.input_value("#line-text") == LINES[2]
    until(tab, "document.getElementById('said').textContent.startsWith('Taken and approved')")
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(id).text == "What a person typed.")
    assert tab.faults == []
    tab.context.close()


def test_a_gap_is_described_by_keys_alone(browser: Any, server: Server, by: Answering) -> None:
    tab = opened(browser, server, locale="de-DE")
    tab.locator(".row:has-text('One by one')").click()
    tab.click("#editor [data-action=delete]")
    at_rest(tab)
    tab.select_option("#filter", "gaps")
    gap = tab.locator(".row.gap").first
    gap.focus()
    keys = tab.keyboard
    keys.press("Enter")
    assert focus(tab) == "line-text"
    keys.press("Shift+Tab")
    assert focus(tab) == "row"
    keys.press("d")
    said(tab, "2 Zeilen zur Auswahl")
    until(tab, "document.querySelectorAll('#offered .candidate').length === 2")
    assert focus(tab) == "row"
    assert findings(tab) == []
    count = len(server.lines())
    for _ in range(30):
        keys.press("Tab")
        if tab.evaluate("document.activeElement.textContent") == "Nehmen":
            break
    keys.press("Enter")
    wait_for(lambda: len(server.lines()) == count + 1)
    made = next(line for line in server.lines() if line.text == LINES[0])
    assert made.state == "approved"
    assert tab.faults == []
    tab.context.close()


def test_a_newer_question_counts_and_a_failure_is_said(browser: Any, server: Server, by: Answering) -> None:
    begun, go_on = Event(), Event()

    def meanwhile() -> None:
        begun.set()
        assert go_on.wait(LONG_S)

    tab = opened(browser, server)
    rows(tab).nth(2).click()
    by.meanwhile = meanwhile
    by.answers = [[LINES[1]]]
    tab.click("#candidates summary")
    tab.click("#candidates [data-action=ask-another]")
    said(tab, "it writes")
    assert begun.wait(LONG_S)
    tab.click("#candidates [data-action=ask-another]")
    go_on.set()
    said(tab, "1 line to choose from")
    until(tab, "document.querySelectorAll('#offered .candidate').length === 1")
    assert texts(tab) == [LINES[1]]  # as it is
    assert len(by.prompts) == 1  # what the model had answered is not asked for again
    by.answers = ["I'm sorry, but I can't help with that."]
    tab.click("#candidates [data-action=ask-shorter]")
    said(tab, "refused")
    assert findings(tab) == []
    rows(tab).nth(3).click()
    assert tab.inner_text("#asking") == ""
    assert tab.faults == []
    tab.context.close()


def test_at_400_per_cent_it_fits_the_window(browser: Any, server: Server, by: Answering) -> None:
    tab = opened(browser, server, (320, 700), color_scheme="dark")
    rows(tab).nth(2).click()
    tab.click("#candidates summary")
    tab.click("#candidates [data-action=ask-another]")
    said(tab, "2 lines to choose from")
    until(tab, "document.querySelectorAll('#offered .candidate').length === 2")
    tab.click("#ask-hint")
    assert findings(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    tab.context.close()
