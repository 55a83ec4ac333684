"""Questions about a film that a server's model answers: pictures first, then what is asked, and the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from describers.server.fake import Fake, answer, in_pieces
from films import make_film

from audiodesc.describers.context import FilmContext
from audiodesc.describers.server.client import Server
from audiodesc.footage import open_footage
from audiodesc.model import Span
from audiodesc.project.conversations import Turn
from audiodesc.questions import Question
from audiodesc.questions import answer as answer_of
from audiodesc.settings import DialogueSettings, Settings


@pytest.fixture
def fake() -> Iterator[Fake]:
    made = Fake(lambda _: in_pieces(answer("A grey wall. [0:02]")))
    yield made
    made.close()


def test_a_server_gets_pictures_and_answers_in_pieces(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    film = make_film(tmp_path / "film.mp4", 4.0)
    by, said = Server(fake.url, "m", FilmContext()), list[str]()
    with open_footage(film, Settings(dialogue=DialogueSettings(hear=False))) as footage:
        found = answer_of(footage, Question("What is it?", at_ms=2_000), by, said=said.append)
        assert (found.text, found.times_ms, found.by) == ("A grey wall.", (2_000,), by.label)
        assert said
        assert all("A grey wall.".startswith(text) for text in said)
        fake.reply = lambda _: answer("(b) a wall")
        chosen = answer_of(footage, Question("And?", choices=("a dog", "a wall")), by, [Turn("Q", "A", Span(0, 4_000))])
        assert (chosen.letter, chosen.shares) == ("B", ())
        asked = len(fake.requests)
        answer_of(footage, Question("What is it?", at_ms=2_000), by)
        assert len(fake.requests) == asked
    first, second = (request["messages"] for request in fake.requests[-2:])
    assert {part["type"] for part in first[0]["content"][:-1]} <= {"image_url", "text"}
    assert '"What is it?"' in first[0]["content"][-1]["text"]
    assert [message["role"] for message in second] == ["user", "assistant", "user"]
    assert '(A) "a dog"' in second[2]["content"]
