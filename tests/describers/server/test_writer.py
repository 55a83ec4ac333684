"""Questions of text that are too long for the writer's context are put once more with less in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from describers.server.fake import Reply, Serve, answer, fault, text_of

from audiodesc.describers.base import LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.server.client import Server
from audiodesc.model import Cue, Span

TOO_LONG = fault(400, "This model's maximum context length is 4096 tokens. However, you requested 15000 tokens")
LINE = LineRequest("1. A ferry at a pier.", 12, "en", ("Snow falls on the town.",), summary="Anna left home.")
STORY = StoryRequest("en", "", tuple(Cue(Span(i * 1000, i * 1000 + 900), f"Word {i}.") for i in range(10)))


def limited(serve: Serve, word: str, said: str) -> tuple[Server, list[str]]:
    """A server for which each question with the word in it is too long, and what it was asked."""
    asked: list[str] = []

    def reply(_: int) -> Reply:
        asked.append(text_of(fake.requests[-1]))
        return TOO_LONG if word in asked[-1] else answer(said)

    fake = serve(reply)
    return Server(fake.url, "m", FilmContext()), asked


@pytest.mark.parametrize("word", ["Snow falls on the town.", "Anna left home."])
def test_a_line_is_asked_for_without_what_came_before(serve: Serve, word: str) -> None:
    server, asked = limited(serve, word, "A white ferry waits.")
    assert server.write_lines(LINE) == ("A white ferry waits.",)
    assert [word in one for one in asked[:2]] == [True, False]


def test_a_line_that_was_said_before_is_not_said_again_by_a_model_that_was_not_told(serve: Serve) -> None:
    server, _ = limited(serve, "Snow falls on the town.", "Snow falls on the town.")
    assert server.write_lines(LINE) == ()


def test_the_story_is_asked_for_with_the_later_half_of_the_dialogue(serve: Serve) -> None:
    server, asked = limited(serve, "Word 0.", "Anna goes.")
    assert server.summarise(STORY) == "Anna goes."
    assert [(f"Word {i}." in asked[1]) for i in (4, 5, 9)] == [False, True, True]


def test_what_stays_too_long_is_one_answer_that_is_none_with_a_remedy_for_text(serve: Serve) -> None:
    server, asked = limited(serve, "", "")
    asks: list[Callable[[], object]] = [lambda: server.write_lines(LINE), lambda: server.summarise(STORY)]
    for ask in asks:
        with pytest.raises(NoAnswerError) as caught:
            ask()
        assert caught.value.failure.kind == "cut"
        assert "maximum context length" in caught.value.failure.words
        assert "longer context" in caught.value.remedy
        assert "frames" not in caught.value.remedy
    assert len(asked) == 4
