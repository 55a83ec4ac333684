"""An answer that arrives in pieces: put together as if it had come whole, and left where it goes round in a loop."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from describers.server.fake import SOON, Pieces, Reply, Serve, answer, fault, in_pieces, piece
from describers.server.test_client import FAULTY, clip
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.base import Failure, FailureKind
from audiodesc.describers.context import FilmContext
from audiodesc.describers.server import ServerOptions, chat
from audiodesc.describers.server.client import Server
from audiodesc.describers.server.streaming import LOOP, StreamedAnswer
from audiodesc.errors import AudiodescError, MissingToolError

SENTENCE = "The man walks along the street and "
FACTS = "A man in a red coat."


def asked(url: str, **own: Any) -> Any:
    """What a server's model says of one clip."""
    ((_, found),) = Server(url, "m", FilmContext(), own=ServerOptions(**own)).observe([clip(0)])
    return found


def endless(**delta: str) -> Iterator[dict[str, Any]]:
    """A model that never ends: some thousand times as much as a loop needs to be seen."""
    return (piece(**delta) for _ in range(20_000))


def whole(*events: Any) -> Any:
    """What is made of these events, sent in one piece; None where the answer broke off."""
    made = StreamedAnswer()
    made.feed("".join(f"data: {e if isinstance(e, str) else json.dumps(e)}\n\n" for e in events).encode())
    content = made.whole()
    return None if content is None else json.loads(content)


def test_an_answer_in_pieces_is_asked_for_and_put_together(serve: Serve) -> None:
    fake = serve(lambda i: in_pieces(answer(FACTS)))
    assert asked(fake.url) == FACTS
    assert fake.requests[0]["stream"] is True


@pytest.mark.parametrize(("reply", "kind", "times"), [row for row in FAULTY if row[0][1].get("choices")])
def test_an_answer_that_is_none_is_the_same_failure_in_pieces(
    serve: Serve, reply: Reply, kind: FailureKind, times: int
) -> None:
    fake = serve(lambda i: in_pieces(reply))
    found = asked(fake.url)
    assert isinstance(found, Failure)
    assert (found.kind, len(fake.requests)) == (kind, times)


@pytest.mark.parametrize("delta", [{"content": SENTENCE}, {"content": "他走过街道。" * 3}])
def test_a_loop_is_left_while_it_is_written_and_asked_for_again_by_sampling(
    serve: Serve, delta: dict[str, str]
) -> None:
    looping = Pieces(endless(**delta))
    replies: list[Reply] = [(200, looping), in_pieces(answer(FACTS))]
    fake = serve(lambda i: replies.pop(0))
    assert asked(fake.url) == FACTS
    assert looping.read < 10_000
    first, second = fake.requests
    assert (first["temperature"], second["temperature"], second["presence_penalty"]) == (0, 0.7, 1.5)


def test_thoughts_that_go_round_in_a_loop_are_left_and_turned_off(serve: Serve) -> None:
    looping = Pieces(endless(reasoning=SENTENCE))
    replies: list[Reply] = [(200, looping), in_pieces(answer(FACTS, reasoning_content="It is red."))]
    fake = serve(lambda i: replies.pop(0))
    assert asked(fake.url, thinking=True) == FACTS
    assert looping.read < 10_000
    assert ["chat_template_kwargs" in request for request in fake.requests] == [False, True]


def test_an_answer_that_is_always_a_loop_is_a_failure(serve: Serve) -> None:
    fake = serve(lambda i: (200, Pieces(endless(content=SENTENCE))))
    found = asked(fake.url)
    assert isinstance(found, Failure)
    assert (found.kind, len(fake.requests)) == ("loop", chat.ATTEMPTS)


@pytest.mark.parametrize(
    "refusal", [fault(400, "Streaming is not supported"), fault(422, "no", param="stream"), fault(400, "no")]
)
def test_a_server_that_cannot_stream_is_asked_for_the_whole_from_then_on(serve: Serve, refusal: Reply) -> None:
    fake = serve(lambda i: refusal if fake.requests[-1].get("stream") else answer(FACTS))
    server = Server(fake.url, "m", FilmContext(), parallel=1)
    assert list(server.observe([clip(0), clip(1)])) == [(0, FACTS), (1, FACTS)]
    streamed = ["stream" in request for request in fake.requests]
    assert streamed == [True] * (len(streamed) - 2) + [False, False]


def test_a_setting_that_a_server_does_not_know_leaves_the_streaming(serve: Serve) -> None:
    def reply(i: int) -> Reply:
        known = "chat_template_kwargs" not in fake.requests[-1]
        return in_pieces(answer(FACTS)) if known else fault(400, "the upstream server knows no such thing")

    fake = serve(reply)
    assert asked(fake.url) == FACTS
    assert [request["stream"] for request in fake.requests] == [True, True]


def test_an_error_among_the_pieces_is_that_error(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 1)
    events = [piece(content="A man in"), {"error": {"message": "the provider is down", "code": 502}}]
    fake = serve(lambda i: (200, Pieces(events), SOON))
    with pytest.raises(AudiodescError, match="the server fails: the provider is down"):
        asked(fake.url)
    assert len(fake.requests) == 2


@pytest.mark.parametrize(
    "sent", [b'error: {"message": "down", "code": 500}\n\n', b'{"error": {"message": "down", "code": 500}}']
)
def test_an_error_that_is_no_event_is_that_error(sent: bytes) -> None:
    made = StreamedAnswer()
    made.feed(sent)
    assert json.loads(made.whole() or b"") == {"error": {"message": "down", "code": 500}}


def test_an_answer_that_is_sent_whole_as_events_is_read() -> None:
    made = StreamedAnswer()
    made.feed(json.dumps(answer(FACTS)[1]).encode())
    assert json.loads(made.whole() or b"")["choices"][0]["message"]["content"] == FACTS


def test_a_limit_among_the_pieces_is_met_with_fewer_frames(serve: Serve) -> None:
    def reply(i: int) -> Reply:
        few = str(fake.requests[-1]["messages"]).count("image_url") // 2 <= 2
        error = {"error": {"message": "At most 2 image(s) may be provided"}}
        return in_pieces(answer(FACTS)) if few else (200, Pieces([error]))

    fake = serve(reply)
    four = clip(0, *[(9, 9, 9)] * 4)
    assert list(Server(fake.url, "m", FilmContext()).observe([four])) == [(0, FACTS)]


def test_an_answer_that_breaks_off_is_asked_for_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 1)
    replies: list[Reply] = [(200, Pieces([piece(content="A man in")])), in_pieces(answer(FACTS))]
    fake = serve(lambda i: replies.pop(0))
    assert asked(fake.url) == FACTS
    fake.reply = lambda i: (200, Pieces([piece(content="A man in")]))
    with pytest.raises(MissingToolError, match="its answer breaks off"):
        asked(fake.url)


def test_an_answer_that_comes_too_slowly_is_left(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 0)
    ended = threading.Event()

    def slowly() -> Iterator[dict[str, Any]]:
        for number in itertools.takewhile(lambda _: not ended.is_set(), range(200)):
            time.sleep(0.03)
            yield piece(content=f"word {number} ")

    fake = serve(lambda i: (200, Pieces(slowly())))
    try:
        with pytest.raises(AudiodescError, match=r"no whole answer within 0\.3 s"):
            asked(fake.url, timeout_s=0.3)
    finally:
        ended.set()


def test_what_comes_beside_the_text_is_kept() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    made = whole(piece(content="A "), piece("length", content="man"), {"choices": [], "usage": usage}, "[DONE]")
    assert (made["usage"], made["choices"][0]["finish_reason"]) == (usage, "length")
    assert made["choices"][0]["message"]["content"] == "A man"


def test_parts_and_whole_messages_among_the_pieces() -> None:
    parts = [{"type": "thinking", "text": "Hm. "}, {"type": "text", "text": "A ferry."}]
    message = whole(piece("stop", content=parts))["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("A ferry.", "Hm. ")
    event = {"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "A ferry."}}]}
    assert whole(event)["choices"][0]["message"]["content"] == "A ferry."


@pytest.mark.parametrize(
    "event", ["<html>", "[[", "7", {"choices": 7}, {"choices": [None]}, {"choices": [{"delta": 7}]}, "[" * 100_000]
)
def test_events_of_another_form_are_passed_over(event: Any) -> None:
    made = whole(piece(content="A "), event, {"choices": [{"index": 1, "delta": {"content": "no"}}]},
                 piece("stop", content="man"))  # fmt: skip
    assert made["choices"][0]["message"]["content"] == "A man"
    assert whole(event) is None


def test_one_event_without_end_is_left() -> None:
    made = StreamedAnswer()
    for _ in range(40):
        made.feed(b"x" * 50_000)
    assert made.ended
    assert json.loads(made.whole() or b"")["choices"][0]["finish_reason"] == LOOP


@given(st.text(max_size=80), st.lists(st.integers(1, 60), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_where_the_bytes_are_cut_does_not_matter(text: str, cuts: list[int], end: str) -> None:
    events = [piece(content=text[: len(text) // 2]), piece("stop", content=text[len(text) // 2 :])]
    sent = "".join(f": comment{end}data: {json.dumps(event)}{end}{end}" for event in events).encode()
    made, at = StreamedAnswer(), 0
    for size in itertools.cycle(cuts):
        made.feed(sent[at : at + size])
        at += size
        if at >= len(sent):
            break
    assert json.loads(made.whole() or b"")["choices"][0]["message"]["content"] == (text or None)
