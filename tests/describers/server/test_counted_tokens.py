"""Tokens are counted as the server says them, of questions and answers, whole or in pieces, and of the writer too."""

from __future__ import annotations

from typing import Any

import pytest
from describers.server.fake import Pieces, Reply, Serve, answer, fault, in_pieces
from describers.server.test_client import clip

from audiodesc.describers.base import LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.server import ServerOptions
from audiodesc.describers.server.chat import Chat
from audiodesc.describers.server.client import Server
from audiodesc.describers.server.writer import ServerWriter, WantedWriter, tokens_of


def with_usage(reply: Reply, total: Any) -> Reply:
    """An answer with what a server says of its tokens."""
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": total}
    if isinstance(body := reply[1], Pieces):
        *events, end = body.events
        return reply[0], Pieces([*events, {"id": "1", "choices": [], "usage": usage}, end])
    return reply[0], {**body, "usage": usage}


@pytest.mark.parametrize("pieces", [False, True])
def test_tokens_of_all_clips_and_lines_are_counted(serve: Serve, *, pieces: bool) -> None:
    def reply(i: int) -> Reply:
        made = answer("A man walks." if i >= 0 else "He walks.")
        return with_usage(in_pieces(made) if pieces else made, 1000 + i)

    fake = serve(reply)
    server = Server(fake.url, "m", FilmContext(), parallel=4)
    assert server.tokens is None
    list(server.observe(clip(i) for i in range(10)))
    assert server.tokens == 10_045
    server.write_lines(LineRequest("a man", 8, "en"))
    assert server.tokens == 10_045 + 999 * (len(fake.requests) - 10) > 10_045
    assert all(one["stream_options"] == {"include_usage": True} for one in fake.requests)


def test_answers_that_are_none_are_counted_too(serve: Serve) -> None:
    fake = serve(lambda i: with_usage(answer("", "length"), 7))
    server = Server(fake.url, "m", FilmContext())
    list(server.observe([clip(0)]))
    assert server.tokens == 7 * len(fake.requests) > 7


@pytest.mark.parametrize("total", [None, -1, "many", 1.5, 10**30, [3]])
def test_what_is_no_number_of_tokens_is_not_counted(serve: Serve, total: Any) -> None:
    fake = serve(lambda i: with_usage(answer("A man walks."), total))
    server = Server(fake.url, "m", FilmContext())
    assert list(server.observe([clip(0)])) == [(0, "A man walks.")]
    assert server.tokens is None


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        ("unknown field stream_options", {"stream_options"}),
        ("streaming is not supported", {"stream", "stream_options"}),
    ],
)
def test_a_server_that_counts_no_tokens_of_streams_is_asked_without(
    serve: Serve, words: str, left_out: set[str]
) -> None:
    refused = min(left_out)
    fake = serve(lambda i: fault(400, words) if refused in fake.requests[-1] else answer("A man walks."))
    server = Server(fake.url, "m", FilmContext(), own=ServerOptions())
    assert list(server.observe([clip(0)])) == [(0, "A man walks.")]
    first, second = fake.requests
    assert set(first) - set(second) == left_out


def test_a_writer_of_its_own_is_counted_once(serve: Serve) -> None:
    server = Server(serve(lambda i: answer("")).url, "m", FilmContext(), writer=WantedWriter())
    to: Any = server._to
    chats = [Chat(to, name, timeout_s=1) for name in "ab"]
    for chat, tokens in zip(chats, (5, 20), strict=True):
        chat.tokens = tokens
    free: Any = None
    writers = [ServerWriter(chat, FilmContext(), free, 1) for chat in chats]
    assert [tokens_of(chats[0], writer) for writer in writers] == [5, 25]
