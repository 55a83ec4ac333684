"""The review page in a browser: by mouse and by keys alone, reloaded and with the server gone in the middle, by two at
a time; nothing that axe-core finds, nothing wider than the window, nothing from elsewhere. Without Chromium these tests
are skipped."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from review.browsing import (
    Server,
    at_rest,
    findings,
    focus,
    kept_tree,
    key_of,
    opened,
    plays,
    rows,
    served,
    tree_of,
    until,
    was_heard,
)
from review.waiting import wait_for

from audiodesc.project import Edit

VIEWS = ("ask", "text", "record", "history", "render")
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"


@pytest.fixture(scope="module")
def server(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(rendered, tmp_path_factory.mktemp("review-page") / "films") as made:
        yield made


def test_the_accessibility_trees_are_as_they_were_read(browser: Any, server: Server) -> None:
    tab, german = opened(browser, server), opened(browser, server, locale="de-DE")
    trees = {"lines": tree_of(tab.locator("body")), "german": tree_of(german.locator("body"))}
    german.context.close()
    rows(tab).nth(0).click()
    tab.wait_for_selector("#fit:not(:empty)")
    trees["edit"] = tree_of(tab.locator("#view-lines"))
    tab.click(".tools button[data-action=shortcuts]")
    trees["shortcuts"] = tree_of(tab.locator("dialog"))
    tab.keyboard.press("Escape")
    for view in VIEWS:
        tab.click(f"#views a[data-view={view}]")
        tab.wait_for_selector(f"#view-{view} .place :nth-child(1)")
        tab.wait_for_timeout(200)
        trees[view] = tree_of(tab.locator(f"#view-{view}"))
    for name, tree in trees.items():
        assert tree == kept_tree(name, tree)
    tab.context.close()


def test_a_line_is_edited_heard_and_approved(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    rows(tab).nth(3).click()
    id = key_of(tab)
    assert focus(tab) == "line-text"
    tab.fill("#line-text", "The sun sinks.")
    tab.wait_for_selector("#fit:has-text('fits')")
    assert "3 words" in tab.inner_text("#left")
    tab.click("#editor [data-action=hear]")
    was_heard(tab, "line-sound")
    length = tab.evaluate("document.getElementById('line-sound').duration")
    assert 4 < length < 8  # two seconds before and after, and three words
    tab.click("#editor [data-action=approve]")
    wait_for(lambda: server.line(id).state == "approved")
    assert server.line(id).text == "The sun sinks."
    until(tab, f"document.querySelector('.row[aria-current]').dataset.key !== '{id}'")
    assert focus(tab) == "row"
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(id).state == "edited")
    tab.click("button[data-action=redo]")
    wait_for(lambda: server.line(id).state == "approved")
    assert tab.faults == []
    tab.context.close()


def test_a_line_is_moved_split_joined_locked_and_deleted(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    rows(tab).nth(1).click()
    id = key_of(tab)
    before = server.line(id)
    tab.click("#editor [data-action=later]")
    wait_for(lambda: server.line(id).start_ms == before.start_ms + 100)
    tab.fill("#start", "0:00.5")
    tab.press("#start", "Enter")
    wait_for(lambda: server.line(id).start_ms == 500)
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(id).start_ms == before.start_ms + 100)
    at_rest(tab)
    count = len(server.lines())
    tab.fill("#line-text", "A lamp is lit. A door shuts.")
    tab.evaluate("document.getElementById('line-text').setSelectionRange(15, 15)")
    tab.press("#line-text", "Control+Shift+Enter")
    wait_for(lambda: server.line(id).text == "A lamp is lit.")
    wait_for(lambda: len(server.lines()) == count + 1)
    at_rest(tab)
    tab.locator(f".row[data-key='{id}']").click()
    tab.click("#editor [data-action=join]")
    wait_for(lambda: server.line(id).text == "A lamp is lit. A door shuts.")
    wait_for(lambda: len(server.lines()) == count)
    at_rest(tab)
    tab.fill("#note", "Is it a lamp?")
    tab.press("#note", "Tab")
    wait_for(lambda: server.line(id).note == "Is it a lamp?")
    at_rest(tab)
    tab.click("#lock")
    wait_for(lambda: server.line(id).locked)
    until(tab, "document.getElementById('line-text').readOnly")
    tab.click("#lock")
    wait_for(lambda: not server.line(id).locked)
    at_rest(tab)
    tab.click("#editor [data-action=delete]")
    wait_for(lambda: server.line(id).deleted)
    at_rest(tab)
    assert focus(tab) == "row"
    tab.click("button[data-action=undo]")
    wait_for(lambda: not server.line(id).deleted)
    assert tab.faults == []
    tab.context.close()


def test_a_row_says_what_its_gap_leaves_for_a_line_that_begins_earlier(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    line = server.lines()[4]
    row = tab.locator(f".row[data-key='{line.id}']")
    row.click()
    until(tab, "!document.querySelector('#fit').textContent.includes('earlier')")
    server.project.edit([Edit(line.id, start_ms=line.end_ms - 700)], "kim", "command line")
    tab.wait_for_selector(f".row[data-key='{line.id}']:has-text('fits, begins')")
    length_s, room_s = map(float, re.search(r"([\d.]+) of ([\d.]+) s", row.inner_text()).groups())  # type: ignore[union-attr]
    assert length_s <= room_s
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(line.id).start_ms == line.start_ms)
    assert tab.faults == []
    tab.context.close()


def test_a_line_is_given_a_voice_of_its_own(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    rows(tab).nth(3).click()
    id = key_of(tab)
    choice = tab.get_by_label("Voice of this line")
    assert choice.input_value() == ""
    choice.focus()
    until(tab, "document.querySelectorAll('#voice option').length > 5")
    assert "the film's (espeak-en-gb)" in choice.inner_text()
    choice.select_option("espeak-de")
    wait_for(lambda: server.line(id).voice == "espeak-de")
    until(tab, f"document.querySelector('.row[data-key=\"{id}\"]').textContent.includes('voice espeak-de')")
    assert focus(tab) == "voice"
    at_rest(tab)
    tab.click("#editor [data-action=hear]")
    was_heard(tab, "line-sound")
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(id).voice == "")
    until(tab, "document.getElementById('voice').value === ''")
    count = server.project.last()
    choice.focus()
    for _ in range(2):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")  # of what keys go past nothing is saved
    wait_for(lambda: server.project.last() > count)
    assert (server.line(id).voice != "", server.project.last()) == (True, count + 1)
    at_rest(tab)
    tab.click("button[data-action=undo]")
    wait_for(lambda: server.line(id).voice == "")
    assert findings(tab) == []
    assert tab.faults == []
    tab.context.close()


def test_everything_of_a_line_by_keys_alone(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    keys = tab.keyboard
    keys.press("Tab")
    assert focus(tab) == "skip"
    keys.press("Enter")
    assert focus(tab) == "row"
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Home")
    id = key_of(tab)
    start = server.line(id).start_ms
    keys.press("]")
    wait_for(lambda: server.line(id).start_ms == start + 100)
    keys.press("[")
    wait_for(lambda: server.line(id).start_ms == start)
    keys.press("p")
    was_heard(tab, "line-sound")
    keys.press("Escape")
    until(tab, "document.getElementById('line-sound').paused")
    keys.press("Enter")
    assert focus(tab) == "line-text"
    keys.press("Control+a")
    keys.type("a p ? x")  # single keys are text here
    assert tab.input_value("#line-text") == "a p ? x"
    keys.press("Control+s")
    wait_for(lambda: server.line(id).text == "a p ? x")
    keys.press("Control+Enter")
    wait_for(lambda: server.line(id).state == "approved")
    until(tab, f"document.querySelector('.row[aria-current]').dataset.key !== '{id}'")
    assert focus(tab) == "line-text"  # where one writes one goes on writing
    keys.press("Alt+ArrowUp")
    keys.press("Alt+ArrowDown")
    keys.press("Shift+Tab")  # to the row of the line
    assert focus(tab) == "row"
    keys.press("x")
    wait_for(lambda: server.line(key_of(tab)).locked)
    keys.press("Control+z")
    wait_for(lambda: not server.line(key_of(tab)).locked)
    at_rest(tab)
    keys.press("?")
    tab.wait_for_selector("dialog[open] #keys-search")
    tab.fill("#keys-search", "lock")
    assert tab.locator("dialog tbody tr").count() == 1
    tab.click("dialog tbody button")
    keys.press("q")
    assert "q" in tab.inner_text("dialog tbody kbd")
    keys.press("Escape")
    assert focus(tab) == "row"
    keys.press("q")
    wait_for(lambda: server.line(key_of(tab)).locked)
    at_rest(tab)
    keys.press("q")
    wait_for(lambda: not server.line(key_of(tab)).locked)
    keys.press("b")
    assert focus(tab) == "timeline"
    keys.press("Home")
    keys.press("ArrowRight")
    keys.press("Shift+ArrowRight")
    until(tab, "Math.abs(document.getElementById('timeline').getAttribute('aria-valuenow') - 1.1) < 0.06")
    keys.press("Space")
    plays(tab, "video")
    keys.press("k")
    until(tab, "document.getElementById('video').paused")
    seen = set()
    for _ in range(120):  # there is a way out of everything
        keys.press("Tab")
        seen.add(tab.evaluate("document.activeElement === document.body ? 'out' : document.activeElement.tagName"))
        if "out" in seen:
            break
    assert "out" in seen
    assert tab.faults == []
    tab.context.close()


def test_find_and_replace_and_the_script_as_text(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    rows(tab).nth(2).click()
    id = key_of(tab)
    tab.fill("#line-text", "A zebra and a zebra wait.")
    tab.click("button[data-action=replace]")
    tab.fill("#find", "zebra")
    tab.fill("#by", "horse")
    tab.click("dialog button[type=submit]")
    tab.wait_for_selector("dialog .preview ins")
    assert tab.locator("dialog del").all_inner_texts() == ["zebra", "zebra"]
    assert server.line(id).text == "A zebra and a zebra wait."
    assert findings(tab) == []
    tab.click("dialog button.main")
    wait_for(lambda: server.line(id).text == "A horse and a horse wait.")
    tab.click("#views a[data-view=text]")
    until(tab, "document.getElementById('script-text')?.value.includes('A horse and a horse')")
    text = tab.input_value("#script-text")
    assert text.startswith("WEBVTT")
    at = text.split("\n").index("A horse and a horse wait.")  # the line of the times is the one before it
    broken = text.split("\n")
    broken[at - 1] = "00:00:99 --> nowhere"
    tab.fill("#script-text", "\n".join(broken))
    tab.wait_for_selector("#script-faults li")
    assert f"Line {at}:" in tab.inner_text("#script-faults")
    assert findings(tab) == []
    tab.click("#script-faults button")
    assert tab.evaluate("document.getSelection().toString()") == broken[at - 1]
    tab.fill("#script-text", text.replace("A horse and a horse", "Two horses"))
    tab.press("#script-text", "Control+s")
    wait_for(lambda: server.line(id).text == "Two horses wait.")
    tab.click("#views a[data-view=history]")
    tab.wait_for_selector("#view-history li:has-text('Two horses')")
    now = datetime.now().astimezone()
    dates = {f"{day:%d/%m/%Y}" for day in (now, now - timedelta(days=1))}  # as they are written in Britain
    assert any(day in tab.inner_text("#view-history") for day in dates)
    tab.locator("#view-history li button").first.click()
    wait_for(lambda: server.line(id).text == "A horse and a horse wait.")
    assert [one for one in tab.faults if "422" not in one] == []
    tab.context.close()


def test_two_people_see_each_other_and_no_text_is_lost(browser: Any, server: Server) -> None:
    ann, bob = opened(browser, server), opened(browser, server)
    ann.wait_for_selector("#people:has-text('2 open')")
    rows(ann).nth(1).click()
    id = key_of(ann)
    bob.locator(f".row[data-key='{id}']").click()
    ann.fill("#line-text", "Ann writes this.")
    bob.fill("#line-text", "Bob writes this.")
    ann.press("#line-text", "Control+s")
    wait_for(lambda: server.line(id).text == "Ann writes this.")
    bob.wait_for_selector("#meanwhile:has-text('Ann writes this.')")
    assert bob.input_value("#line-text") == "Bob writes this."
    bob.press("#line-text", "Control+s")
    bob.wait_for_selector("dialog.conflict")
    assert {"Ann writes this.", "Bob writes this."} <= set(bob.locator("dialog .quote").all_inner_texts())
    assert findings(bob) == []
    bob.click("dialog button.main")
    wait_for(lambda: server.line(id).text == "Bob writes this.")
    ann.wait_for_selector(f".row[data-key='{id}']:has-text('Bob writes this.')")
    rows(bob).nth(2).click()  # another line: nobody is asked
    other = key_of(bob)
    ann.fill("#line-text", "Ann again.")
    bob.fill("#line-text", "Bob elsewhere.")
    bob.press("#line-text", "Control+s")
    ann.press("#line-text", "Control+s")
    wait_for(lambda: (server.line(id).text, server.line(other).text) == ("Ann again.", "Bob elsewhere."))
    assert ann.locator("dialog").count() == bob.locator("dialog").count() == 0
    for tab in (ann, bob):
        tab.context.close()


def test_what_is_typed_outlives_a_reload_and_the_server(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    rows(tab).nth(1).click()
    id = key_of(tab)
    tab.fill("#line-text", "Typed before the reload.")
    tab.reload()
    tab.wait_for_selector("body[data-ready]")
    assert key_of(tab) == id
    assert tab.input_value("#line-text") == "Typed before the reload."
    tab.press("#line-text", "Control+s")
    wait_for(lambda: server.line(id).text == "Typed before the reload.")
    server.stop()
    tab.wait_for_selector("#saving:has-text('does not answer')")
    tab.fill("#line-text", "Typed without a server.")
    tab.press("#line-text", "Control+s")
    tab.wait_for_selector("#said:has-text('kept in this browser')")
    assert tab.inner_text("#alert") == ""  # it is no error of the person
    server.start()
    tab.goto(server.address)
    tab.wait_for_selector("body[data-ready]")
    wait_for(lambda: server.line(id).text == "Typed without a server.")
    tab.context.close()


def test_a_gap_is_filled_and_the_film_rendered_and_taken_away(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    tab.locator(".row:has-text('One by one')").click()
    tab.click("#editor [data-action=delete]")
    tab.select_option("#filter", "gaps")
    tab.locator(".row.gap").first.click()
    at_rest(tab)
    count = len(server.lines())
    tab.fill("#line-text", "<img src=x onerror=alert(1)>")
    tab.click("#editor [data-action=add-here]")
    wait_for(lambda: len(server.lines()) == count + 1)
    tab.select_option("#filter", "all")
    tab.wait_for_selector(".row:has-text('<img src=x')")
    assert tab.locator("#line-list img").count() == 0
    tab.click("button[data-action=undo]")
    wait_for(lambda: len(server.lines()) == count)
    tab.click("#views a[data-view=render]")
    tab.click("#render-start")
    tab.wait_for_selector("#render-work:not([hidden])")
    tab.wait_for_selector("#render-work[hidden]", state="attached", timeout=60_000)
    tab.wait_for_selector("#view-render:has-text('Nothing was changed')")
    with tab.expect_download() as download:
        tab.click("#view-render a[download$='.vtt']")
    assert Path(download.value.path()).read_text("utf-8").startswith("WEBVTT")
    assert tab.faults == []
    tab.context.close()


def test_a_measured_length_that_comes_after_the_line_was_closed_is_ignored(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    held: list[Any] = []
    tab.route("**/measure", lambda route: held.append(route))
    rows(tab).first.click()
    tab.fill("#line-text", "Words that take a while to be measured")
    wait_for(lambda: bool(held) or tab.wait_for_timeout(20))
    tab.select_option("#filter", "gaps")
    tab.wait_for_selector("#line-text", state="detached")
    with tab.expect_response("**/measure"):
        held[0].continue_()
    tab.wait_for_timeout(100)
    assert tab.faults == []


def test_a_line_is_recorded_from_the_microphone(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    rows(tab).nth(3).click()
    id = key_of(tab)
    tab.click("#editor [data-action=record-line]")
    tab.click("#view-record .bar .main")  # opens the microphone; Chromium's own beeps
    until(tab, "document.activeElement.id === 'take'")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#view-record .count:has-text('Speak now')")
    tab.wait_for_timeout(1000)
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".takes audio", state="attached")
    assert focus(tab) == "take"
    until(tab, "document.querySelector('.takes audio').duration > 0.5")
    assert findings(tab) == []
    tab.click(".takes button.main")
    wait_for(lambda: server.line(id).recording)
    kept = next(server.folder.rglob(Path(server.line(id).recording).name)).read_bytes()
    assert (kept[:4], kept[8:12]) == (b"RIFF", b"WAVE")
    at = kept.index(b"fmt ") + 10
    assert struct.unpack("<HIIHH", kept[at : at + 14]) == (1, 48_000, 144_000, 3, 24)
    assert tab.faults == []
    tab.context.close()


def test_the_sounds_of_the_film(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    tab.select_option("#sound", "mix")
    tab.click("#play")
    plays(tab, "other-sound")
    assert tab.evaluate("document.getElementById('video').muted")
    drift = (
        "Math.abs(document.getElementById('other-sound').currentTime - document.getElementById('video').currentTime)"
    )
    until(tab, f"{drift} < 0.1")
    tab.click("#play")
    tab.check("#captions")
    assert tab.evaluate("document.getElementById('video').textTracks[0].mode") == "showing"
    tab.click("#table-part summary")
    tab.wait_for_selector("#table-place tbody tr")
    assert "dialogue" in tab.inner_text("#table-place tbody")
    assert findings(tab) == []
    assert tab.faults == []
    tab.context.close()


@pytest.mark.parametrize(
    ("width", "scheme", "forced", "states"),
    [
        (1280, "light", "none", (*VIEWS, "shortcuts", "settings")),
        (1280, "dark", "none", ()),
        (320, "dark", "none", ("ask", "record", "render")),
        (1280, "light", "active", ()),
    ],
)
def test_each_state_is_accessible_and_fits_the_window(
    browser: Any, server: Server, width: int, scheme: str, forced: str, states: tuple[str, ...]
) -> None:
    tab = opened(browser, server, (width, 700), color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")
    rows(tab).nth(0).click()
    if width == 320:
        tab.evaluate(
            "css => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s] }", SPACED
        )
    assert findings(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    for state in states:
        if state in VIEWS:
            tab.click(f"#views a[data-view={state}]")
            until(tab, f"document.activeElement.id === '{state}-title'")
            tab.wait_for_timeout(150)
        else:
            tab.click(f".tools button[data-action={state}]")
        assert (state, findings(tab)) == (state, [])
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        if state not in VIEWS:
            tab.keyboard.press("Escape")
    assert tab.faults == []
    tab.context.close()
