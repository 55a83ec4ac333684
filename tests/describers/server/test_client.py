"""Against a real HTTP server in this process."""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from describers.server.fake import SOON, Pieces, Reply, Serve, answer, fault, number, text_of
from hanging import LONG_S

from audiodesc.core.cache import Store
from audiodesc.describers.base import Failure, FailureKind, LineRequest, NoAnswerError
from audiodesc.describers.context import FilmContext, Person
from audiodesc.describers.server import ServerOptions, chat
from audiodesc.describers.server.client import Server
from audiodesc.errors import AudiodescError, MissingToolError, UsageError
from audiodesc.model import Frame, Span, VideoClip

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def clip(i: int, *colours: tuple[int, int, int]) -> VideoClip:
    """Clip number i lasts i + 1 seconds; its frames are a second apart."""
    frames = [Frame(i * 10_000 + 1000 * n, np.full((48, 64, 3), c, np.uint8)) for n, c in enumerate(colours or [RED])]
    return VideoClip(Span(i * 10_000, i * 10_000 + (i + 1) * 1000), tuple(frames))


def drain(looked: Iterator[tuple[int, str | Failure]]) -> tuple[list[tuple[int, Any]], Exception | None]:
    """What was yielded, and then raised."""
    got: list[tuple[int, Any]] = []
    try:
        got.extend(looked)
    except AudiodescError as error:
        return got, error
    return got, None


def test_answers_come_as_they_arrive_with_their_numbers(serve: Serve) -> None:
    last_is_out = threading.Event()

    def reply(i: int) -> Reply:
        if i == 0:
            last_is_out.wait(5)
        if i == 2:
            last_is_out.set()
        return answer(f" facts {i}\n")

    fake = serve(reply)
    got = list(Server(fake.url, "m", FilmContext(), parallel=2).observe(clip(i) for i in range(3)))
    assert sorted(got) == [(0, "facts 0"), (1, "facts 1"), (2, "facts 2")]
    assert got[0] == (1, "facts 1")
    assert fake.requests[0]["path"] == "/v1/chat/completions"
    assert fake.requests[0]["model"] == "m"


def test_the_bound_is_kept_and_clips_are_taken_as_requests_become_free(serve: Serve) -> None:
    taken: list[int] = []

    def clips() -> Iterator[VideoClip]:
        for i in range(12):
            taken.append(i)
            yield clip(i)

    meeting = threading.Barrier(3, timeout=LONG_S)

    def reply(i: int) -> Reply:
        meeting.wait()  # three at a time, or it is never answered
        return answer("x")

    fake = serve(reply)
    looked = Server(fake.url, "m", FilmContext(), parallel=3).observe(clips())
    for count, _ in enumerate(looked, 1):
        assert len(taken) <= count + 2
    assert fake.most == 3
    assert len(fake.requests) == 12


def test_a_busy_server_is_asked_again(serve: Serve) -> None:
    replies = [fault(429, "slow down"), fault(503), answer("facts")]
    fake = serve(lambda i: replies.pop(0))
    assert list(Server(fake.url, "m", FilmContext()).observe([clip(0)])) == [(0, "facts")]
    assert len(fake.requests) == 3


def test_after_a_failure_the_answers_under_way_are_yielded_first(serve: Serve) -> None:
    failed = threading.Event()
    tries: list[int] = []

    def reply(i: int) -> Reply:
        if i == 1:
            tries.append(i)
            if len(tries) > chat.RETRIES:
                failed.set()
            return fault(500, "out of memory")
        failed.wait(LONG_S)
        while any(thread.name == "work 1" for thread in threading.enumerate()):  # until the failure has arrived
            time.sleep(0.01)
        return answer(f"facts {i}")

    fake = serve(reply)
    got, error = drain(Server(fake.url, "m", FilmContext(), parallel=3).observe(clip(i) for i in range(9)))
    assert sorted(got) == [(0, "facts 0"), (2, "facts 2")]
    assert type(error) is AudiodescError
    assert str(error) == "the server fails: out of memory: look at its log, then run again"
    assert {number(request) for request in fake.requests} == {0, 1, 2}
    assert len(tries) == 1 + chat.RETRIES


def test_a_film_that_breaks_off_loses_no_answer(serve: Serve) -> None:
    def clips() -> Iterator[VideoClip]:
        yield clip(0)
        yield clip(1)
        raise OSError("disk")

    fake = serve(lambda i: answer("x"))
    looked = Server(fake.url, "m", FilmContext()).observe(clips())
    assert {next(looked), next(looked)} == {(0, "x"), (1, "x")}
    with pytest.raises(OSError, match="disk"):
        next(looked)


def test_a_server_that_dies_half_way(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 0)
    fake = serve(lambda i: answer("x") if i < 2 else None)
    got, error = drain(Server(fake.url, "m", FilmContext(), parallel=1).observe(clip(i) for i in range(5)))
    assert got == [(0, "x"), (1, "x")]
    assert isinstance(error, MissingToolError)
    assert len(fake.requests) == 3


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 0)
    with pytest.raises(MissingToolError, match=r"the server cannot be reached.*vllm serve"):
        list(Server("http://127.0.0.1:1/v1", "m", FilmContext()).observe([clip(0)]))


def test_a_server_that_never_answers(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "RETRIES", 0)
    ended = threading.Event()

    def reply(i: int) -> None:
        ended.wait(5)

    fake = serve(reply)
    with pytest.raises(AudiodescError, match=r"no whole answer within 0\.1 s"):
        list(Server(fake.url, "m", FilmContext(), own=ServerOptions(timeout_s=0.1)).observe([clip(0)]))
    ended.set()


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(("key", "said"), [("", "asks for a key"), ("secret-1", "refuses the key")])
def test_a_refused_key(serve: Serve, monkeypatch: pytest.MonkeyPatch, status: int, key: str, said: str) -> None:
    monkeypatch.setenv("AUDIODESC_API_KEY", key)
    fake = serve(lambda i: fault(status, "bad key secret-1"))
    with pytest.raises(UsageError, match=rf"the server {said}.*AUDIODESC_API_KEY") as caught:
        list(Server(fake.url, "m", FilmContext()).observe([clip(0)]))
    assert "secret-1" not in str(caught.value)
    assert len(fake.requests) == 1


def test_a_model_that_the_server_does_not_have(serve: Serve) -> None:
    fake = serve(lambda i: fault(404))
    with pytest.raises(UsageError, match="has no model 'huge': choose one of: small, large"):
        list(Server(fake.url, "huge", FilmContext()).observe([clip(0)]))
    fake.models = (404, {})
    with pytest.raises(UsageError, match=r"or the address is wrong.*/v1"):
        list(Server(fake.url, "huge", FilmContext()).observe([clip(0)]))


def test_what_a_server_does_not_take_is_said_in_its_words_without_the_key(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIODESC_API_KEY", "secret-2")
    fake = serve(lambda i: fault(400, "no\npictures for secret-2"))
    with pytest.raises(UsageError, match="does not take the request: no pictures for …"):
        list(Server(fake.url, "m", FilmContext()).observe([clip(0)]))


def test_a_page_instead_of_an_answer(serve: Serve) -> None:
    fake = serve(lambda i: (200, "<html>Welcome</html>"))
    with pytest.raises(UsageError, match="does not speak OpenAI's protocol"):
        list(Server(fake.url, "m", FilmContext()).observe([clip(0)]))


REPEATED = "The man walks along the street and " * 30

FAULTY: list[tuple[Reply, FailureKind, int]] = [
    (answer(""), "empty", 3),
    (answer(None), "empty", 3),
    (answer(" \n"), "empty", 3),
    ((200, {"choices": []}), "empty", 3),
    (answer("a man", "content_filter"), "refused", 1),
    (answer(None, refusal="I will not."), "refused", 1),
    (answer("I'm sorry, but I can't assist with that."), "refused", 1),
    (fault(400, "filtered", code="content_filter"), "refused", 1),
    (answer("<think>the man is"), "thoughts", 3),
    (answer("<think>the man is", "length"), "thoughts", 3),
    (answer("", reasoning_content="the man is"), "thoughts", 3),
    (answer(None, "length", reasoning="the man is"), "thoughts", 3),
    (answer("A man walks along the", "length"), "cut", 3),
    (answer(None, "length"), "cut", 3),
    (answer(REPEATED, "length"), "loop", 3),
    (answer(REPEATED), "loop", 3),
    (answer("走" * 90, "length"), "loop", 3),
]
"""Each answer that is none, its kind, and how often the question is put."""


@pytest.mark.parametrize(("reply", "kind", "times"), FAULTY)
def test_an_answer_that_is_none_is_a_failure_of_its_kind_after_it_was_asked_for_again(
    serve: Serve, reply: Reply, kind: FailureKind, times: int
) -> None:
    fake = serve(lambda i: reply)
    describer = Server(fake.url, "m", FilmContext())
    ((_, found),) = describer.observe([clip(0)])
    assert isinstance(found, Failure)
    assert (found.kind, len(fake.requests)) == (kind, times)
    assert found.remedy
    with pytest.raises(NoAnswerError) as caught:
        describer.write_lines(LineRequest("A man.", 9, "en"))
    assert caught.value.failure.kind == kind


@pytest.mark.parametrize(("reply", "kind", "times"), [row for row in FAULTY if row[2] > 1])
def test_a_second_answer_is_taken_in_the_place_of_one_that_is_none(
    serve: Serve, reply: Reply, kind: FailureKind, times: int
) -> None:
    replies = [reply, answer("A man in a red coat.")]
    fake = serve(lambda i: replies.pop(0))
    assert list(Server(fake.url, "m", FilmContext()).observe([clip(0)])) == [(0, "A man in a red coat.")]
    first, second = fake.requests
    if kind in ("cut", "thoughts"):
        assert second["max_tokens"] == 2 * first["max_tokens"]
    else:
        assert (first["temperature"], second["temperature"]) == (0, 0.7)
        assert second["presence_penalty"] == 1.5


def test_what_an_answer_was_cut_off_at_is_said(serve: Serve) -> None:
    fake = serve(lambda i: answer("A man walks along the", "length"))
    own = ServerOptions(observe_tokens=3_000)
    ((_, found),) = Server(fake.url, "m", FilmContext(), own=own).observe([clip(0)])
    assert isinstance(found, Failure)
    assert (found.limit, found.words) == ("8,192 tokens", "finish_reason: length")
    assert [request["max_tokens"] for request in fake.requests] == [3_000, 6_000, 8_192]


def test_reasoning_is_turned_off_and_never_an_answer(serve: Serve) -> None:
    fake = serve(lambda i: answer("<think>It is red.</think>A red coat.", reasoning_content="It is red."))
    assert list(Server(fake.url, "m", FilmContext()).observe([clip(0)])) == [(0, "A red coat.")]
    assert fake.requests[0]["chat_template_kwargs"] == {"enable_thinking": False, "thinking": False}


def test_a_model_may_reason_where_that_is_wanted_and_is_kept_from_it_where_nothing_comes_of_it(serve: Serve) -> None:
    replies = [answer("<think>It is", "length"), answer("A red coat.")]
    fake = serve(lambda i: replies.pop(0))
    own = ServerOptions(thinking=True)
    assert list(Server(fake.url, "m", FilmContext(), own=own).observe([clip(0)])) == [(0, "A red coat.")]
    assert ["chat_template_kwargs" in request for request in fake.requests] == [False, True]


@pytest.mark.parametrize(
    ("owner", "sent"),
    [
        ("library", {"reasoning_effort": "none", "think": False}),
        ("vllm", {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}),
        ("openai", {}),
    ],
)
def test_each_kind_of_server_is_told_not_to_reason_in_its_own_way(
    serve: Serve, tmp_path: Path, owner: str, sent: dict[str, Any]
) -> None:
    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"object": "list", "data": [{"id": "m", "owned_by": owner}]})
    with Server(fake.url, "m", FilmContext()).session(Store(tmp_path)):
        pass
    extras = ("reasoning_effort", "think", "chat_template_kwargs")
    assert {name: fake.requests[-1][name] for name in extras if name in fake.requests[-1]} == sent


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("said", ["Unrecognized request argument: chat_template_kwargs", "no"])
def test_settings_that_a_server_does_not_know_are_left_out_from_then_on(serve: Serve, status: int, said: str) -> None:
    def reply(i: int) -> Reply:
        return fault(status, said) if "chat_template_kwargs" in fake.requests[-1] else answer("x")

    fake = serve(reply)
    assert list(Server(fake.url, "m", FilmContext(), parallel=1).observe([clip(0), clip(1)])) == [(0, "x"), (1, "x")]
    assert ["chat_template_kwargs" in request for request in fake.requests] == [True, False, False]
    assert all("temperature" in request for request in fake.requests)


def test_a_model_that_takes_no_settings_is_asked_without(serve: Serve) -> None:
    def reply(i: int) -> Reply:
        return fault(400, param="max_tokens") if "max_tokens" in fake.requests[-1] else answer("x")

    fake = serve(reply)
    assert list(Server(fake.url, "m", FilmContext(), parallel=1).observe([clip(0), clip(1)])) == [(0, "x"), (1, "x")]
    assert ["max_tokens" in request for request in fake.requests] == [True, False, False]


def test_a_clip_without_frames_is_not_asked_about(serve: Serve) -> None:
    fake = serve(lambda i: answer("x"))
    assert list(Server(fake.url, "m", FilmContext()).observe([VideoClip(Span(0, 9), ())])) == [(0, "")]
    assert fake.requests == []


def test_the_line_is_asked_for_without_pictures(serve: Serve) -> None:
    fake = serve(lambda i: answer('"Anna waves."'))
    assert Server(fake.url, "m", FilmContext()).write_lines(LineRequest("A woman waves.", 9, "en")) == ("Anna waves.",)
    assert [part["type"] for part in fake.requests[0]["messages"][0]["content"]] == ["text"]
    assert "A woman waves." in text_of(fake.requests[0])


def content(part: dict[str, Any], kind: str) -> bytes:
    head, _, data = part[part["type"]]["url"].partition(";base64,")
    assert head == f"data:{kind}"
    return base64.b64decode(data)


def colour(picture: Any) -> tuple[int, ...]:
    return tuple(int(round(value, -1)) for value in np.asarray(picture).mean(axis=(0, 1)))


def test_frames_arrive_after_their_times_and_portraits_before_all(serve: Serve) -> None:
    _, portrait = cv2.imencode(".png", np.full((8, 8, 3), GREEN[::-1], np.uint8))
    context = FilmContext("", (Person("Anna", "tall", portrait.tobytes()), Person("Omar")))
    fake = serve(lambda i: answer("x"))
    list(Server(fake.url, "m", context).observe([clip(2, RED, BLUE)]))
    parts = fake.requests[0]["messages"][0]["content"]
    assert [part["text"] for part in parts[:-1] if part["type"] == "text"] == ["Portrait of Anna:", "0.0 s:", "1.0 s:"]
    assert [part["type"] for part in parts] == ["text", "image_url"] * 3 + ["text"]
    assert content(parts[1], "image/png") == portrait.tobytes()
    for part, wanted in ((parts[3], RED), (parts[5], BLUE)):
        picture = cv2.imdecode(np.frombuffer(content(part, "image/jpeg"), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (48, 64, 3)
        assert colour(picture[:, :, ::-1]) == wanted


def test_a_video_holds_the_frames_at_their_times(serve: Serve) -> None:
    fake = serve(lambda i: answer("x"))
    odd = VideoClip(
        Span(500, 9000), tuple(Frame(f.time_ms + 500, f.image[:47, :63]) for f in clip(0, RED, GREEN, BLUE).frames)
    )
    list(Server(fake.url, "m", FilmContext(), video=True).observe([odd, clip(0)]))
    by_length = {len(frames): frames for frames in map(decoded, fake.requests)}
    three, one = by_length[3], by_length[1]
    assert [time_s for time_s, _ in three] == [0, 1, 2]
    for (_, picture), wanted in zip(three, (RED, GREEN, BLUE), strict=True):
        assert picture.shape == (46, 62, 3)
        assert np.abs(picture.mean(axis=(0, 1)) - wanted).max() < 8
    assert np.abs(one[0][1].mean(axis=(0, 1)) - RED).max() < 8


def decoded(request: dict[str, Any]) -> list[tuple[float, Any]]:
    parts = request["messages"][0]["content"]
    assert [part["type"] for part in parts] == ["video_url", "text"]
    with av.open(io.BytesIO(content(parts[0], "video/mp4"))) as film:
        assert isinstance(film, av.container.InputContainer)
        assert film.streams.video[0].codec_context.name == "h264"
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in film.decode(video=0)]


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ({"AUDIODESC_API_KEY": "k1", "OPENAI_API_KEY": "k2"}, "Bearer k1"),
        ({"OPENAI_API_KEY": "k2"}, "Bearer none"),
        ({}, "Bearer none"),
    ],
)
def test_the_key_is_sent_and_not_told(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], sent: str
) -> None:
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    fake = serve(lambda i: answer("x"))
    describer = Server(fake.url, "m", FilmContext())
    list(describer.observe([clip(0)]))
    assert fake.headers[0]["authorization"] == sent
    assert not any(key in describer.fingerprint for key in keys.values())


def test_credentials_in_the_address_are_sent_and_not_told(serve: Serve) -> None:
    fake = serve(lambda i: fault(401))
    url = fake.url.replace("http://", "http://anna:p%40ss@")
    describer = Server(url, "m", FilmContext())
    with pytest.raises(UsageError) as caught:
        list(describer.observe([clip(0)]))
    assert fake.headers[0]["authorization"] == f"Basic {base64.b64encode(b'anna:p@ss').decode()}"
    assert "anna" not in str(caught.value) + describer.fingerprint
    assert describer.fingerprint == Server(fake.url, "m", FilmContext()).fingerprint


def test_the_fingerprint_changes_with_all_that_answers_depend_on() -> None:
    url = "http://127.0.0.1:1/v1"
    all_ = [
        Server(url, "m", FilmContext()),
        Server("http://127.0.0.1:2/v1", "m", FilmContext()),
        Server(url, "n", FilmContext()),
        Server(url, "m", FilmContext("A ship.")),
        Server(url, "m", FilmContext(), video=True),
    ]
    assert len({describer.fingerprint for describer in all_}) == len(all_)
    assert Server(url + "/", "m", FilmContext(), parallel=9).fingerprint == all_[0].fingerprint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000/v1",
        "ftp://host/v1",
        "http://",
        "http://h:99999/v1",
        "http://[::1/v1",
        "http://h/v1?key=secret",
    ],
)
def test_only_addresses_of_the_web_are_taken(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of a server") as caught:
        Server(url, "m", FilmContext())
    assert "secret" not in str(caught.value)


def test_credentials_in_a_bad_address_are_not_told() -> None:
    with pytest.raises(UsageError) as caught:
        Server("ftp://anna:pass@host/v1", "m", FilmContext())
    assert "pass" not in str(caught.value)


def test_at_least_one_request_at_a_time() -> None:
    with pytest.raises(UsageError, match="0 requests"):
        Server("http://127.0.0.1:1/v1", "m", FilmContext(), parallel=0)


def test_an_answer_keeps_words_that_a_weak_key_or_the_users_name_is_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIODESC_API_KEY", "EMPTY")
    fake = serve(lambda i: answer("Anna stands in an empty room."))
    url = fake.url.replace("http://", "http://anna:p%40ssword@")
    server = Server(url, "ANNA/empty-7b", FilmContext())
    assert list(server.observe([clip(0)])) == [(0, "Anna stands in an empty room.")]
    assert fake.requests[0]["model"] == "ANNA/empty-7b"
    assert server.label == "server, ANNA/empty-7b"
    fake.reply = lambda i: answer("The key is p@ssword.")
    assert list(server.observe([clip(0)])) == [(0, "The key is ….")]


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "A white "}, {"type": "text", "text": "ferry."}],
        [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A white ferry."}],
    ],
)
def test_an_answer_in_parts_is_their_text(serve: Serve, content: Any) -> None:
    fake = serve(lambda i: answer(content))
    assert list(Server(fake.url, "m", FilmContext()).observe([clip(0)])) == [(0, "A white ferry.")]


DISGUISED = [
    ({"message": "the provider is down", "code": 502}, AudiodescError, "the server fails: the provider is down"),
    ("the provider is down", AudiodescError, "the server fails: the provider is down"),
    ({"message": "slow down", "code": "429"}, AudiodescError, "allows no more requests: slow down"),
    ({"message": "Rate limit reached", "type": "tokens"}, AudiodescError, "allows no more requests: Rate limit"),
    ({"message": "User not found.", "code": 401}, UsageError, "AUDIODESC_API_KEY"),
    ({"message": "Incorrect API key provided", "code": "invalid_api_key"}, UsageError, "AUDIODESC_API_KEY"),
    ({"message": "No such thing", "code": "model_not_found"}, UsageError, "has no model 'm'; choose|has no model 'm'"),
    ("model 'm' not found, try pulling it first", UsageError, "has no model 'm'"),
    ({"message": "The model `m` does not exist."}, UsageError, "has no model 'm'"),
]


@pytest.mark.parametrize("of_choice", [False, True])
@pytest.mark.parametrize(("error", "kind", "said"), DISGUISED)
def test_an_error_with_the_status_of_an_answer_is_that_error(
    serve: Serve, error: Any, kind: type[Exception], said: str, of_choice: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "RETRIES", 1)
    body = {"choices": [{"index": 0, "finish_reason": "error", "error": error}]} if of_choice else {"error": error}
    fake = serve(lambda i: (200, body, SOON))
    with pytest.raises(kind, match=said):
        list(Server(fake.url, "m", FilmContext()).observe([clip(0)]))
    assert len(fake.requests) == (2 if kind is AudiodescError else 1)


FLAT = {"object": "error", "message": "the provider is down", "code": 502}
DETAIL = {"detail": "the provider is down"}
HALF = {"choices": [{"index": 0, "finish_reason": "error", "message": {"content": "A man in"}}]}
FORMS = [
    (FLAT, "the provider is down"),
    (DETAIL, "the provider is down"),
    ([{"error": {"message": "the provider is down", "code": 502}}], "the provider is down"),
    (HALF, "the answer ends in an error"),
]


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize(("body", "said"), FORMS)
def test_an_error_with_the_status_of_an_answer_has_many_forms(
    serve: Serve, body: Any, said: str, pieces: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "RETRIES", 1)
    fake = serve(lambda i: (200, Pieces([body, "[DONE]"]), SOON) if pieces else (200, body, SOON))
    with pytest.raises(AudiodescError, match=f"the server fails: {said}"):
        list(Server(fake.url, "m", FilmContext()).observe([clip(0)]))
    assert len(fake.requests) == 2


def test_the_word_error_in_an_answer_is_none(serve: Serve) -> None:
    fake = serve(lambda i: answer('A screen shows "error".'))
    assert list(Server(fake.url, "m", FilmContext()).observe([clip(0)])) == [(0, 'A screen shows "error".')]


def test_a_limit_with_the_status_of_an_answer_is_met_with_fewer_frames(serve: Serve) -> None:
    def reply(i: int) -> Reply:
        few = str(fake.requests[-1]["messages"]).count("image_url") // 2 <= 2
        return answer("Snow.") if few else (200, {"error": {"message": "At most 2 image(s) may be provided"}})

    fake = serve(reply)
    assert list(Server(fake.url, "m", FilmContext()).observe([clip(0, RED, GREEN, BLUE, RED)])) == [(0, "Snow.")]


def test_the_fingerprint_says_whether_the_model_may_reason() -> None:
    url = "http://127.0.0.1:1/v1"
    plain = Server(url, "m", FilmContext()).fingerprint
    assert Server(url, "m", FilmContext(), own=ServerOptions(thinking=True)).fingerprint != plain
