"""Without a network, and with a server that ends and starts: what is typed is kept, said in a calm line, and sent when
the server is back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review.browsing import Server, findings, key_of, opened, rows, served, until
from review.waiting import wait_for


@pytest.fixture
def server(rendered: Path, tmp_path: Path) -> Iterator[Server]:
    with served(rendered, tmp_path / "films") as made:
        yield made


def type_everywhere(tab: Any) -> str:
    """A text and a note of the second line, and a text of the fifth; the id of the second."""
    rows(tab).nth(1).click()
    id = key_of(tab)
    tab.fill("#line-text", "Typed alone.")
    tab.fill("#note", "Is this right?")
    rows(tab).nth(4).click()
    tab.fill("#line-text", "This too.")
    return id


def test_without_a_network_what_is_typed_is_kept_and_sent_later(browser: Any, server: Server) -> None:
    tab = opened(browser, server)
    before = [line.text for line in server.lines()]
    tab.context.set_offline(True)
    id = type_everywhere(tab)
    other = key_of(tab)
    tab.wait_for_selector("#saving:has-text('does not answer')")
    tab.wait_for_selector("#saving:has-text('3 texts wait')")
    tab.keyboard.press("Control+Enter")  # to approve is not done, and said
    tab.wait_for_selector("#said:has-text('Not saved')")
    assert tab.inner_text("#alert") == ""
    assert findings(tab) == []
    assert tab.locator(".row:has-text('not saved yet')").count() == 2
    rows(tab).nth(1).click()
    assert tab.input_value("#line-text") == "Typed alone."
    assert tab.input_value("#note") == "Is this right?"
    assert [line.text for line in server.lines()] == before
    tab.context.set_offline(False)
    wait_for(lambda: (server.line(id).text, server.line(other).text) == ("Typed alone.", "This too."))
    wait_for(lambda: server.line(id).note == "Is this right?")
    until(tab, "!document.querySelector('#saving').textContent")
    tab.wait_for_selector("#said:has-text('is back')")
    assert tab.locator(".row:has-text('not saved yet')").count() == 0
    tab.context.close()


def test_a_server_that_starts_again_gets_what_was_typed_when_its_address_is_opened(
    browser: Any, server: Server
) -> None:
    tab = opened(browser, server)
    server.stop()
    id = type_everywhere(tab)
    tab.wait_for_selector("#saving:has-text('3 texts wait')")
    server.start()
    tab.wait_for_selector("#saving:has-text('started anew')")
    again = tab.context.new_page()
    again.goto(server.address)  # what was typed here is in the browser, for both tabs
    wait_for(lambda: (server.line(id).text, server.line(id).note) == ("Typed alone.", "Is this right?"))
    until(tab, "!document.querySelector('#saving').textContent")
    assert again.locator("dialog").count() == tab.locator("dialog").count() == 0
    tab.context.close()


def test_another_project_of_that_name_at_the_same_address_gets_nothing_of_it(
    browser: Any, server: Server, rendered: Path, tmp_path: Path
) -> None:
    own, other = server.folder, tmp_path / "others" / rendered.name
    shutil.copytree(rendered.parent, other.parent)
    tab = opened(browser, server)
    before = [(line.text, line.note) for line in server.lines()]
    server.stop()
    id = type_everywhere(tab)
    tab.wait_for_selector("#saving:has-text('3 texts wait')")
    server.folder = other
    server.start()
    tab.wait_for_selector("#saving:has-text('started anew')")
    again = tab.context.new_page()
    with tab.expect_event("load"):  # the first shows the other project then, too
        again.goto(server.address)
    for page in (again, tab):
        page.wait_for_selector("body[data-ready]")
        until(page, "!document.querySelector('#saving').textContent")
        assert page.locator(".row:has-text('not saved yet')").count() == 0
    assert [(line.text, line.note) for line in server.lines()] == before
    server.stop()
    server.folder = own
    server.start()
    again.goto(server.address)
    wait_for(lambda: (server.line(id).text, server.line(id).note) == ("Typed alone.", "Is this right?"))
    tab.context.close()


def test_what_somebody_changed_meanwhile_is_not_overwritten(browser: Any, server: Server) -> None:
    ann, bob = opened(browser, server), opened(browser, server)
    ann.context.set_offline(True)
    id = type_everywhere(ann)
    bob.locator(f".row[data-key='{id}']").click()
    bob.fill("#line-text", "Bob was here.")
    bob.press("#line-text", "Control+s")
    wait_for(lambda: server.line(id).text == "Bob was here.")
    ann.context.set_offline(False)
    wait_for(lambda: server.line(id).note == "Is this right?")
    until(ann, "!document.querySelector('#saving').textContent")
    assert server.line(id).text == "Bob was here."
    ann.locator(f".row[data-key='{id}']").click()
    assert ann.input_value("#line-text") == "Typed alone."
    ann.wait_for_selector("#meanwhile:has-text('Bob was here.')")
    for tab in (ann, bob):
        tab.context.close()
