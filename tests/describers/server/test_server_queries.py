"""A server's model asked in words: with the pictures first, a conversation after them, and an answer in pieces."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from describers.server.fake import Pieces, Serve, answer, in_pieces, piece, text_of
from describers.server.test_client import clip

from audiodesc.describers.base import Failure
from audiodesc.describers.context import FilmContext
from audiodesc.describers.queries import AnswersQueries, FollowUp, Query, Reply, letter_in, whole_words
from audiodesc.describers.server.client import Server
from audiodesc.model import Span, VideoClip

LETTER = "She holds a letter."


def test_each_query_gets_its_own_answer(serve: Serve) -> None:
    fake = serve(lambda i: answer(text_of(fake.requests[-1]).upper()))
    server = Server(fake.url, "m", FilmContext(), parallel=1)
    assert isinstance(server, AnswersQueries)
    assert server.query_kind == "chat"
    asked = [Query("one", clip(0)), Query("two"), Query("three", VideoClip(Span(0, 1000), ()))]
    answers = dict(server.answer_queries(asked))
    assert answers[0] == Reply("ONE")
    assert answers[1] == Reply("TWO")
    assert isinstance(answers[2], Failure)
    assert len(fake.requests) == 2


def test_a_conversation_is_sent_in_its_order_after_the_pictures(serve: Serve) -> None:
    fake = serve(lambda i: answer("He sits."))
    query = Query("Who is it?", clip(0), follow_ups=(FollowUp("A woman.", "And the man beside her?"),))
    dict(Server(fake.url, "m", FilmContext()).answer_queries([query]))
    first, *rest = fake.requests[-1]["messages"]
    assert [part["type"] for part in first["content"]].count("image_url") == len(clip(0).frames)
    assert first["content"][-1]["text"] == "Who is it?"
    assert [(one["role"], one["content"]) for one in rest] == [
        ("assistant", "A woman."),
        ("user", "And the man beside her?"),
    ]


def test_an_answer_is_said_while_it_arrives_in_whole_words_without_thoughts(serve: Serve) -> None:
    heard, said = threading.Event(), list[str]()

    def hear(text: str) -> None:
        said.append(text)
        if text:
            heard.set()

    def events() -> Iterator[Any]:
        yield from (piece(content=text) for text in ("<thi", "nk>It may be a letter.</think>She ho", "lds a le"))
        assert heard.wait(10)  # the rest comes once the beginning was heard
        yield from (piece(content="tter."), piece("stop"), "[DONE]")

    fake = serve(lambda i: (200, Pieces(events())))
    assert Server(fake.url, "m", FilmContext()).answer_aloud(Query("What?", clip(0)), hear) == Reply(LETTER)
    assert "She holds a" in said
    assert all(LETTER.startswith(one) for one in said)


def test_a_secret_that_a_server_repeats_is_not_said_even_in_part(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-1234567890abcdef"
    monkeypatch.setenv("AUDIODESC_API_KEY", key)
    fake = serve(lambda i: in_pieces(answer(f"Your key is {key} and more."), 2))
    said: list[str] = []
    found = Server(fake.url, "m", FilmContext()).answer_aloud(Query("What?", clip(0)), said.append)
    assert isinstance(found, Reply)
    assert "sk-" not in found.text
    assert "more" in found.text
    assert not any("sk-" in one for one in said)


def test_a_choice_is_the_letter_of_the_answer(serve: Serve) -> None:
    answers = iter(["(b) a dog", "I cannot choose between these"])
    fake = serve(lambda i: answer(next(answers)))
    server = Server(fake.url, "m", FilmContext())
    asked = Query("Which?", clip(0), choices="ABCDE")
    assert dict(server.answer_queries([asked])) == {0: Reply("B")}
    (found,) = dict(server.answer_queries([replace(asked, text="Which then?")])).values()
    assert isinstance(found, Failure)
    assert found.kind == "unreadable"


def test_a_portrait_that_a_server_was_not_sent_gives_no_answer(serve: Serve) -> None:
    def takes_no_portrait(number: int) -> Any:
        parts = fake.requests[-1]["messages"][0]["content"]
        if any(part.get("text", "").startswith("Portrait of") for part in parts):
            return 400, {"error": {"message": "At most 1 image(s) may be provided in one prompt."}}
        return answer("yes")

    fake = serve(takes_no_portrait)
    shown = Query("Is it she?", clip(0), portraits=(("her", b"\xff\xd8\xff"),))
    server = Server(fake.url, "m", FilmContext(), parallel=1)
    for _ in range(2):
        (found,) = dict(server.answer_queries([shown])).values()
        assert isinstance(found, Failure)
        assert "takes no portraits" in found.words
    assert dict(server.answer_queries([Query("Is it red?", clip(0))])) == {0: Reply("yes")}
    assert not server.gives_shares


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("b.", "B"),
        ("(C) a dog", "C"),
        ("**D**", "D"),
        ("A) yes", "A"),
        ("The answer is E, for it is red.", "E"),
        ("Option B", "B"),
        ("A man walks in", ""),
        ("F", ""),
        ("none of these", ""),
        ("", ""),
    ],
)
def test_the_letter_in_an_answer(text: str, letter: str) -> None:
    assert letter_in(text, "ABCDE") == letter


def test_a_word_that_is_being_written_is_left_out() -> None:
    assert [whole_words(one) for one in ("", "A", "A ", "A man", "A man.\n")] == ["", "", "A", "A", "A man."]
