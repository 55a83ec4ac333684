"""The film is asked about from the page: a moment, a line, once more; stopped, found again, taken away, deleted;
with the server gone in the middle. What is heard of it is the answer, once; nothing of it is a fault of the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from answering import Replying
from hanging import LONG_S
from review.browsing import (
    Server,
    findings,
    kept_tree,
    opened,
    rows,
    served,
    tree_of,
    until,
)
from review.waiting import wait_for

from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.basic import Basic
from audiodesc.describers.queries import Query
from audiodesc.model import Span
from audiodesc.project.conversations import Conversation, Turn, add_turn, begin, conversation, conversations, delete
from audiodesc.review.state import Review

COUNT = count()
MARKUP = "<img src=x onerror=alert('x')> **not bold**"


def chosen(by: Describer) -> pytest.MonkeyPatch:
    """It is the describer that every project's choices ask for, until that is undone."""
    patched = pytest.MonkeyPatch()
    patched.setattr("audiodesc.project.asking.chosen_describer", lambda *_, **__: ChosenDescriber(by))
    return patched


@pytest.fixture(scope="module")
def shared(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Replying]]:
    """A server, and its describer, for tests that leave it as it was."""
    by = Replying(lambda query: "")
    patched = chosen(by)
    with served(rendered, tmp_path_factory.mktemp("conversations") / "films") as made:
        yield made, by
    patched.undo()


@pytest.fixture
def by(shared: tuple[Server, Replying]) -> Replying:
    """The describer, which answers no test as it did before."""
    _, by = shared
    by.reply = lambda query: "She holds a letter. [0:07.5]"
    by.__dict__.pop("answer_aloud", None)
    by.fingerprint = f"{Replying.fingerprint} {next(COUNT)}"  # of another describer no answer is kept
    return by


@pytest.fixture
def server(shared: tuple[Server, Replying], by: Replying) -> Server:
    """The server, without a conversation."""
    made, _ = shared
    for head in conversations(made.project):
        delete(made.project, head.number)
    return made


class Held:
    """Has a describer wait behind each word that it says, until it is let go."""

    def __init__(self, by: Replying) -> None:
        self.begun, self.go_on, self.aloud = Event(), Event(), by.answer_aloud
        by.answer_aloud = self  # type: ignore[method-assign]

    def __call__(self, query: Query, said: Callable[[str], None]) -> Any:
        def word(text: str) -> None:
            said(text)
            self.begun.set()
            assert self.go_on.wait(LONG_S)

        return self.aloud(query, word)


def newest(server: Server) -> Conversation:
    """The conversation that was changed last."""
    return conversation(server.project, conversations(server.project)[0].number)


def turns(tab: Any, count: int) -> None:
    """Until so many stand in the conversation."""
    until(tab, f"document.querySelectorAll('.turns > li').length === {count}")


def said(tab: Any, text: str) -> None:
    """Until the polite live region says it."""
    until(tab, f"document.getElementById('said').textContent.includes({text!r})")


def state(tab: Any, text: str) -> None:
    """Until the line under the question says it."""
    until(tab, f"document.getElementById('question-state').textContent.includes({text!r})")


def ask(tab: Any, text: str) -> None:
    tab.fill("#question", text)
    tab.press("#question", "Enter")


HEARD = """() => {
  window.heard = [];
  const note = () => { const text = document.getElementById('said').textContent; if (text) window.heard.push(text); };
  new MutationObserver(note).observe(document.getElementById('said'), { childList: true, subtree: true });
}"""


def test_a_moment_is_asked_about_and_a_time_of_the_answer_is_gone_to(
    browser: Any, server: Server, by: Replying
) -> None:
    tab = opened(browser, server)
    tab.evaluate(HEARD)
    tab.focus("#timeline")
    tab.keyboard.press("Home")
    for _ in range(8):
        tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("Shift+A")
    until(tab, "document.activeElement.id === 'question'")
    tab.keyboard.type("What is she holding?")
    tab.keyboard.press("Enter")
    turns(tab, 1)
    said(tab, "She holds a letter.")
    until(tab, "document.activeElement.id === 'question'")
    assert tab.input_value("#question") == ""
    assert tab.evaluate("window.heard") == ["She holds a letter."]  # once, and none of its words before
    by.reply = lambda query: f"{MARKUP} [0:07.5]"
    ask(tab, f"And the man?\n{MARKUP}")
    turns(tab, 2)
    said(tab, "not bold")
    assert "She holds a letter." in str(by.queries[-1])  # it goes on with the conversation
    (_, second) = newest(server).turns
    assert second.answer == MARKUP
    assert tab.locator(".turns img, .turns b, .turns strong").count() == 0
    assert MARKUP in tab.inner_text(".turns > li:last-child .answer")
    tree = tree_of(tab.locator("#view-ask"))
    assert tree == kept_tree("conversation", tree)
    assert findings(tab) == []
    tab.locator(".turns > li").nth(0).get_by_role("button", name="Go to 0:07.5", exact=True).click()
    until(tab, "Math.abs(document.getElementById('timeline').getAttribute('aria-valuenow') - 7.5) < 0.01")
    said(tab, "At 0:07.5")
    assert tab.faults == []
    tab.context.close()


def test_a_line_and_a_gap_are_asked_about(browser: Any, server: Server, by: Replying) -> None:
    tab = opened(browser, server)
    rows(tab).nth(3).click()
    line = server.lines()[3]
    tab.click("#editor [data-action=ask-line]")
    until(tab, "document.activeElement.id === 'question'")
    assert line.text in tab.inner_text("#question-about option:checked")
    ask(tab, "What is that?")
    turns(tab, 1)
    (turn,) = newest(server).turns
    assert turn.span == line.span
    tab.click("#views a[data-view=lines]")
    tab.locator(".row:has-text('One by one')").click()
    tab.click("#editor [data-action=delete]")
    tab.select_option("#filter", "gaps")
    tab.locator(".row.gap").first.click()
    tab.click("#editor [data-action=ask-gap]")
    until(tab, "document.activeElement.id === 'question'")
    assert "the gap at" in tab.inner_text("#question-about option:checked")
    ask(tab, "And there?")
    turns(tab, 2)
    assert newest(server).turns[1].span != line.span
    tab.select_option("#conversation", "")
    assert tab.locator(".turns > li").count() == 0
    assert tab.input_value("#question-about") == "here"
    tab.select_option("#question-about", "")
    ask(tab, "Where is the lantern?")
    turns(tab, 1)
    assert newest(server).turns[0].found_by
    assert tab.faults == []
    tab.context.close()


def test_an_answer_is_stopped_by_escape_and_its_question_stands_there_again(
    browser: Any, server: Server, by: Replying
) -> None:
    held = Held(by)
    tab = opened(browser, server)
    tab.click("#views a[data-view=ask]")
    ask(tab, "What is she holding?")
    until(tab, "document.querySelector('#answer-now .answer').textContent === 'She'")
    state(tab, "it writes")
    assert findings(tab) == []
    tab.keyboard.press("Enter")  # an empty question is none
    ask(tab, "Another one?")
    said(tab, "An answer is being written")
    tab.fill("#question", "")
    tab.focus("#question-stop")
    tab.keyboard.press("Escape")
    state(tab, "Stopped")
    until(tab, "document.activeElement.id === 'question'")
    assert tab.input_value("#question") == "What is she holding?"
    assert not tab.is_visible("#question-stop")
    held.go_on.set()
    tab.press("#question", "Enter")
    turns(tab, 1)
    assert [len(conversation(server.project, head.number).turns) for head in conversations(server.project)] == [1]
    assert tab.faults == []
    tab.context.close()


def test_a_conversation_is_there_after_a_reload_and_on_a_second_page(
    browser: Any, server: Server, by: Replying, tmp_path: Path
) -> None:
    tab, other = opened(browser, server), opened(browser, server)
    tab.click("#views a[data-view=ask]")
    ask(tab, "What is she holding?")
    turns(tab, 1)
    tab.reload()
    tab.wait_for_selector("body[data-ready]")
    turns(tab, 1)
    other.click("#views a[data-view=ask]")
    until(other, "document.querySelectorAll('#conversation option').length === 2")
    number = newest(server).number
    other.select_option("#conversation", str(number))
    turns(other, 1)
    ask(tab, "And the man?")
    turns(other, 2)
    said(other, "Somebody asked more")
    for form, begins in (("markdown", "# What is she holding?"), ("json", "{")):
        with other.expect_download() as download:
            other.click(f"#as-{form}")
        assert Path(download.value.path()).read_text("utf-8").startswith(begins)
    other.click("#delete-conversation")
    assert "2 questions" in other.inner_text("dialog")
    assert findings(other) == []
    other.keyboard.press("Escape")
    assert len(newest(server).turns) == 2
    other.click("#delete-conversation")
    other.click("dialog button.main")
    wait_for(lambda: conversations(server.project) == ())
    turns(tab, 0)
    said(tab, "The conversation was deleted.")
    assert tab.input_value("#conversation") == ""
    until(other, "document.activeElement.id === 'question'")
    begin(server.project, Turn("What is that?", "A ship."))  # on the command line
    until(tab, "document.querySelectorAll('#conversation option').length === 2")
    tab.select_option("#conversation", str(number + 1))
    turns(tab, 1)
    add_turn(server.project, number + 1, Turn("And that?", "A gull."))
    turns(tab, 2)
    delete(server.project, number + 1)
    turns(tab, 0)
    assert tab.faults == other.faults == []
    tab.context.close()
    other.context.close()


def test_a_page_that_is_loaded_again_goes_on_with_the_answer(browser: Any, server: Server, by: Replying) -> None:
    held = Held(by)
    tab = opened(browser, server)
    tab.click("#views a[data-view=ask]")
    ask(tab, "What is she holding?")
    assert held.begun.wait(LONG_S)
    tab.reload()
    tab.wait_for_selector("body[data-ready]")
    until(tab, "document.querySelector('#answer-now .answer').textContent === 'She'")
    held.go_on.set()
    turns(tab, 1)
    assert tab.faults == []
    tab.context.close()


def test_no_question_is_lost_with_the_server(browser: Any, rendered: Path, tmp_path: Path) -> None:
    by = Replying(lambda query: "She holds a letter. [0:07.5]")
    held, patched = Held(by), chosen(by)
    with served(rendered, tmp_path / "films") as server:
        tab = opened(browser, server)
        tab.click("#views a[data-view=ask]")
        begin(server.project, Turn("What is she holding?", "A letter.", Span(7_000, 9_000)))
        until(tab, "document.querySelectorAll('#conversation option').length === 2")
        tab.select_option("#conversation", "1")
        turns(tab, 1)
        ask(tab, "And the man?")
        assert held.begun.wait(LONG_S)
        review: Review = server.serving.server.config.app.state.review  # type: ignore[union-attr]

        def let_go() -> None:
            wait_for(lambda: review.describing.is_ended)
            held.go_on.set()

        ending = Thread(target=let_go)
        ending.start()
        server.stop()
        ending.join()
        tab.wait_for_selector("#saving:has-text('does not answer')")
        server.start()
        tab.goto(server.address)
        tab.wait_for_selector("body[data-ready]")
        tab.click("#views a[data-view=ask]")
        state(tab, "does not know the question")
        turns(tab, 1)
        assert tab.input_value("#question") == "And the man?"
        tab.press("#question", "Enter")
        turns(tab, 2)
        assert [turn.question for turn in newest(server).turns] == ["What is she holding?", "And the man?"]
        tab.context.close()
    patched.undo()


def test_without_a_model_the_page_says_what_is_known(browser: Any, rendered: Path, tmp_path: Path) -> None:
    patched = chosen(Basic())
    with served(rendered, tmp_path / "films") as server:
        tab = opened(browser, server)
        tab.click("#views a[data-view=ask]")
        at_ms = server.lines()[3].start_ms
        tab.evaluate("ms => import('/page/player.js').then((player) => player.seek(ms))", at_ms)
        ask(tab, "What is she holding?")
        turns(tab, 1)
        said(tab, "No model was asked.")
        assert "Answered by" not in tab.inner_text(".turns")
        tab.locator(".answer .time").first.click()
        said(tab, "At 0:")
        assert findings(tab) == []
        assert tab.faults == []
        tab.context.close()
    patched.undo()


def test_a_failure_is_said_where_one_reads(browser: Any, server: Server, by: Replying) -> None:
    by.reply = lambda query: Failure("empty")
    tab = opened(browser, server, locale="de-DE")
    tab.click("#views a[data-view=ask]")
    ask(tab, "Was hält sie?")
    state(tab, "Keine Antwort: ")
    assert tab.input_value("#question") == "Was hält sie?"
    assert tab.inner_text("#alert") == ""
    assert conversations(server.project) == ()
    tab.context.close()


def test_at_400_per_cent_a_conversation_fits_the_window(browser: Any, server: Server) -> None:
    long = "Whatisthat" * 20
    begin(server.project, Turn(f"{long}? What else?", f"{long} {json.dumps(MARKUP)} (0:07)", by="tiny"))
    tab = opened(browser, server, (320, 700), color_scheme="dark")
    rows(tab).nth(3).click()
    tab.click("#views a[data-view=ask]")
    tab.select_option("#conversation", str(newest(server).number))
    turns(tab, 1)
    assert findings(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    tab.context.close()
