"""A server that nobody vouches for: what it is sent, how much of an answer is taken, and what it cannot make known."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from audiodesc.core.concurrency import within_timeout
from audiodesc.describers.base import Failure
from audiodesc.describers.context import FilmContext
from audiodesc.describers.server import ServerOptions
from audiodesc.describers.server import connection as http
from audiodesc.describers.server.address import connection
from audiodesc.describers.server.client import Server
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.model import Frame, Span, VideoClip

CLIP = VideoClip(Span(0, 1000), (Frame(0, np.zeros((48, 64, 3), np.uint8)),))
KEY, LOGIN = "sk-0123456789abcdef", "anna:p@ssword"
BASIC = base64.b64encode(LOGIN.encode()).decode()


class Hostile:
    """A server that lets `reply` write whatever it likes."""

    def __init__(self, reply: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.ended = threading.Event()
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hostile.asked.append((self.command, self.path, headers))
                with suppress(OSError):
                    reply(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()
        self.host = f"127.0.0.1:{self.http.server_port}"
        self.url = f"http://{self.host}/v1"

    def close(self) -> None:
        self.ended.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], Hostile]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    for name in ("AUDIODESC_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    started: list[Hostile] = []

    def start(reply: Callable[[BaseHTTPRequestHandler], None]) -> Hostile:
        started.append(Hostile(reply))
        return started[-1]

    yield start
    for hostile in started:
        hostile.close()


def send(to: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    to.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        to.send_header(name.replace("_", "-"), value)
    to.end_headers()
    to.wfile.write(body)


def answer(text: Any) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return json.dumps(
        {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    ).encode()


def fault_of(url: str, timeout_s: float = 120) -> AudiodescError:
    with pytest.raises(AudiodescError) as caught:
        list(Server(url, "m", FilmContext(), own=ServerOptions(timeout_s=timeout_s)).observe([CLIP]))
    return caught.value


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["a picture", "the list of models"])
def test_no_redirect_is_followed(serve: Serve, status: int, kind: str) -> None:
    other = serve(lambda to: send(to, 200, answer("seen")))

    def reply(to: BaseHTTPRequestHandler) -> None:
        if kind == "the list of models" and to.command == "POST":
            send(to, 404, b"{}")
        else:
            send(to, status, b"", Location=f"http://{other.host}/v1/x")

    fault = fault_of(serve(reply).url)
    assert isinstance(fault, UsageError)
    assert other.asked == []
    if kind == "a picture":
        assert "another address, which is not followed" in str(fault)


def test_nothing_of_the_environment_is_sent(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-mine")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "admin-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: mine\nUser-Agent-More: mine")
    hostile = serve(lambda to: send(to, 200, answer("seen"), Set_Cookie="id=1"))
    assert list(Server(hostile.url, "m", FilmContext(), parallel=1).observe([CLIP, CLIP])) == [(0, "seen"), (1, "seen")]
    for _, _, headers in hostile.asked:
        assert set(headers) <= http.SENT
        assert "mine" not in str(headers)


def test_a_proxy_is_used_but_not_for_a_server_on_this_machine(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(lambda to: send(to, 200, answer("by the proxy")))
    hostile = serve(lambda to: send(to, 200, answer("seen")))
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
    assert list(Server(hostile.url, "m", FilmContext()).observe([CLIP])) == [(0, "seen")]
    assert proxy.asked == []
    assert list(Server("http://server.test/v1", "m", FilmContext()).observe([CLIP])) == [(0, "by the proxy")]
    assert proxy.asked[0][1] == "http://server.test/v1/chat/completions"


def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy.test:1")
    with pytest.raises(UsageError, match="proxy that the environment names"):
        Server("http://server.test/v1", "m", FilmContext())


@pytest.mark.parametrize("part", ["headers", "body"])
def test_an_answer_that_drips_comes_to_an_end(serve: Serve, part: str) -> None:
    """Each byte comes well within the timeout of a read, and there is no end to them."""

    def reply(to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
        if part == "body":
            to.wfile.write(b"Content-Length: 1000000\r\n\r\n")
        while not hostile.ended.wait(0.05):
            to.wfile.write(b"x")
            to.wfile.flush()

    hostile = serve(reply)
    assert "no whole answer within 0.4 s" in str(fault_of(hostile.url, timeout_s=0.4))
    assert len(hostile.asked) == 1


def endless(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(1024):
        to.wfile.write(b" " * (1 << 20))


def packed(encoding: str) -> Callable[[BaseHTTPRequestHandler], None]:
    body = gzip.compress(b" " * (http.MOST_BYTES + 1))
    return lambda to: send(to, 200, body, Content_Encoding=encoding)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (endless, "more than 4 MB"),
        (packed("gzip"), "more than 4 MB"),
        (packed("br"), "not asked for"),
        (packed("gzip, gzip"), "not asked for"),
        (lambda to: send(to, 200, b"xx", Content_Encoding="gzip"), "damaged"),
        (lambda to: send(to, 200, b"[" * 200_000), "does not speak OpenAI's protocol"),
        (lambda to: send(to, 200, b'{"a":' * 200_000), "does not speak OpenAI's protocol"),
        (lambda to: send(to, 200, b'{"choices":[null]}'), "does not speak OpenAI's protocol"),
        (lambda to: send(to, 200, b'{"choices":5}'), "does not speak OpenAI's protocol"),
        (lambda to: send(to, 200, b"null"), "does not speak OpenAI's protocol"),
        (lambda to: send(to, 400, b"[" * 200_000), "does not take the request"),
        (lambda to: send(to, 400, b'{"error":{"message":' + b"[" * 900 + b"]" * 900 + b"}}"), "does not take"),
    ],
)
def test_an_answer_has_bounds(serve: Serve, reply: Callable[[BaseHTTPRequestHandler], None], said: str) -> None:
    hostile = serve(reply)
    fault = fault_of(hostile.url)
    assert said in str(fault)
    assert len(str(fault)) < 700
    # again without the settings that it may not know, and then without streaming
    assert len(hostile.asked) == (3 if "take" in said else 1)


def test_what_is_packed_with_gzip_unasked_is_read(serve: Serve) -> None:
    hostile = serve(lambda to: send(to, 200, gzip.compress(answer("seen")), Content_Encoding="gzip"))
    assert list(Server(hostile.url, "m", FilmContext()).observe([CLIP])) == [(0, "seen")]


@pytest.mark.parametrize("text", ["a" * 600_000, "a" * 20_001, "<think>" + "word " * 100_001 + "</think>seen"])
def test_an_answer_without_end_is_none(serve: Serve, text: str) -> None:
    hostile = serve(lambda to: send(to, 200, answer(text)))
    ((_, found),) = Server(hostile.url, "m", FilmContext()).observe([CLIP])
    assert isinstance(found, Failure)
    assert found.kind == "loop"


@pytest.mark.parametrize(
    "reply",
    [
        lambda to, said: send(to, 400, json.dumps({"error": {"message": said}}).encode()),
        lambda to, said: send(to, 400, said.encode(), Content_Type="text/plain"),
        lambda to, said: send(to, 500, json.dumps({"error": said}).encode(), retry_after_ms="1"),
        lambda to, said: send(to, 429, json.dumps({"error": {"message": said}}).encode(), retry_after_ms="1"),
        lambda to, said: send(to, 200, answer(said)),
        lambda to, said: send(
            to, 404 if to.command == "POST" else 200, json.dumps({"data": [{"id": said[i:]} for i in (0, 50)]}).encode()
        ),
        lambda to, said: send(to, 400, json.dumps({"error": {"message": "x" * 290 + said}}).encode()),
    ],
)
@pytest.mark.parametrize("opened_by", ["key", "login"])
def test_what_opens_the_server_is_nowhere_when_it_is_repeated(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, reply: Callable[[Any, str], None], opened_by: str
) -> None:
    hostile: Hostile

    def echo(to: BaseHTTPRequestHandler) -> None:
        said = f"{to.headers['Authorization']} for {LOGIN} p%40ssword at http://{hostile.host}{to.path} {KEY}"
        reply(to, said)

    hostile = serve(echo)
    url = hostile.url.replace("/v1", "/token-4711/v1")
    if opened_by == "login":
        url = url.replace("//", "//anna:p%40ssword@")
    monkeypatch.setenv("AUDIODESC_API_KEY", KEY)
    describer = Server(url, "m", FilmContext())
    try:
        told = str(next(iter(describer.observe([CLIP])))[1])
    except AudiodescError as error:
        told = str(error)
    told += describer.fingerprint + repr(describer._to)
    for secret in (KEY, KEY[:9], hostile.host + "/token", "token-4711"):
        assert secret not in told
    if opened_by == "login":
        for secret in (BASIC, BASIC[:9], LOGIN, "p@ssword", "p%40ssword"):
            assert secret not in told


def test_a_short_password_leaves_other_words_alone() -> None:
    to = connection("http://me:door@host.test/v1")
    assert to.hidden("The doorman opens the door (me:door).") == "The doorman opens the … (…)."


def test_a_key_that_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIODESC_API_KEY", "ключ\nx")
    with pytest.raises(UsageError, match="AUDIODESC_API_KEY") as caught:
        Server("http://127.0.0.1:1/v1", "m", FilmContext())
    assert "ключ" not in str(caught.value)


def test_neither_an_address_nor_a_login_is_in_a_message_of_a_bad_one() -> None:
    for url in ("htp://me:pa/ss@host.test/v1", "http://me:secret@host.test/v1?x=1", "http://ho st.test"):
        with pytest.raises(UsageError) as caught:
            Server(url, "m", FilmContext())
        assert not any(word in str(caught.value) for word in ("host", "secret", "me:", "st.test"))


def test_a_thread_that_is_late_is_left_to_itself() -> None:
    ended = threading.Event()
    with pytest.raises(TimeoutError):
        within_timeout(lambda: ended.wait(20), 0.05)
    ended.set()
    assert within_timeout(lambda: 7, 20) == 7
    with pytest.raises(ZeroDivisionError):
        within_timeout(lambda: 1 // 0, 20)
