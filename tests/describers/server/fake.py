"""A server for the tests: real HTTP, in this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Pieces:
    """Server-sent events, each a JSON value or text as it is; `read` counts those that somebody took."""

    events: Iterable[Any]
    read: int = 0


SOON = {"retry-after-ms": "1"}
Reply = tuple[int, Any] | tuple[int, Any, dict[str, str]]


class Fake:
    """A server that answers by `reply`, given the number of the clip asked about (or −1); None hangs up."""

    def __init__(self, reply: Callable[[int], Reply | None]) -> None:
        self.reply = reply
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.models: tuple[int, Any] = (200, {"object": "list", "data": [{"id": "small"}, {"id": "large"}]})
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def close(self) -> None:
        if self.thread.is_alive():
            self.http.shutdown()
            self.thread.join()
            self.http.server_close()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send(*fake.models)

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with fake.lock:
                    fake.requests.append(request | {"path": self.path})
                    fake.headers.append({name.lower(): value for name, value in self.headers.items()})
                    fake.now += 1
                    fake.most = max(fake.most, fake.now)
                reply = fake.reply(number(request))
                with fake.lock:
                    fake.now -= 1
                if reply:
                    self.send(*reply)

            def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
                if isinstance(body, Pieces):
                    self.stream(body, headers or {})
                    return
                content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                kind = "text/html" if isinstance(body, str) else "application/json"
                for name, value in {
                    "Content-Type": kind,
                    "Content-Length": str(len(content)),
                    **(headers or {}),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def stream(self, body: Pieces, headers: dict[str, str]) -> None:
                self.send_response(200)
                for name, value in {"Content-Type": "text/event-stream; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # nobody reads on
                    for event in body.events:
                        content = event if isinstance(event, str) else json.dumps(event)
                        self.wfile.write(f"data: {content}\n\n".encode())
                        self.wfile.flush()
                        body.read += 1

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def number(request: dict[str, Any]) -> int:
    """The clip's number, told by its length in seconds; −1 for a request without pictures."""
    found = text_of(request).partition("stretch of a film, ")[2].partition(" ")[0]
    return int(float(found)) - 1 if found else -1


def text_of(request: dict[str, Any]) -> str:
    return str(request["messages"][0]["content"][-1]["text"])


def answer(text: Any, finish: str = "stop", **message: Any) -> Reply:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    return 200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


def piece(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One event of an answer in pieces."""
    choice = {"index": 0, "finish_reason": finish, "delta": delta}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


def in_pieces(reply: Reply, letters: int = 7) -> Reply:
    """The same answer, streamed so many letters at a time."""
    choice = reply[1]["choices"][0]
    message = {name: text for name, text in choice["message"].items() if isinstance(text, str) and name != "role"}
    events: list[Any] = [piece(role="assistant", content="")]
    for name, text in message.items():
        events += [piece(**{name: text[at : at + letters]}) for at in range(0, len(text), letters)]
    return 200, Pieces([*events, piece(choice["finish_reason"]), "[DONE]"])


def fault(status: int, message: str = "no", **more: Any) -> Reply:
    return status, {"error": {"message": message, **more}}, SOON


Serve = Callable[[Callable[[int], Reply | None]], Fake]
