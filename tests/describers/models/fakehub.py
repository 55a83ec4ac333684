"""A model hub of one repository, over HTTP, in the tests' own process."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `files` as `repository` at COMMIT, which `main` names; `status` and `code` refuse everything.

    `got` lists the files whose content was asked for.
    """

    def __init__(self, repository: str, files: Mapping[str, bytes]) -> None:
        self.repository, self.files = repository, dict(files)
        self.status, self.code = 200, ""
        self.broken: set[str] = set()  # files whose content ends half-way
        self.requests: list[str] = []
        self.got: list[str] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def answer(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """What is sent for a path: status, content, headers."""
        if self.status != 200:
            return self.status, b"{}", {"X-Error-Code": self.code}
        api, kind = f"/api/models/{self.repository}", ""
        if path.startswith((f"{api}/revision/", f"{api}/tree/")):
            kind, _, revision = path.removeprefix(f"{api}/").partition("/")
            if revision not in ("main", COMMIT):
                return 404, b"{}", {"X-Error-Code": "RevisionNotFound"}
        if kind == "revision":
            siblings = [{"rfilename": name, "size": len(content)} for name, content in self.files.items()]
            return 200, _json({"id": self.repository, "sha": COMMIT, "siblings": siblings}), {}
        if kind == "tree":
            return 200, _json([_entry(name, content) for name, content in self.files.items()]), {}
        if path.startswith(f"/{self.repository}/resolve/{COMMIT}/"):
            return self.content(path.partition(f"{COMMIT}/")[2])
        return 404, b"{}", {"X-Error-Code": "RepoNotFound"}

    def content(self, name: str) -> tuple[int, bytes, dict[str, str]]:
        if name not in self.files:
            return 404, b"{}", {"X-Error-Code": "EntryNotFound"}
        content = self.files[name]
        return 200, content, {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}

    def handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                path = unquote(urlsplit(self.path).path)
                hub.requests.append(path)
                status, content, headers = hub.answer(path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    name = path.partition(f"/resolve/{COMMIT}/")[2]
                    hub.got += [name] if name else []
                    self.wfile.write(content[: len(content) // 2] if name in hub.broken else content)
                    self.close_connection = name in hub.broken

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@contextmanager
def served(repository: str, folder: Path) -> Iterator[Hub]:
    """A running hub with the files of a folder."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    hub = Hub(repository, files)
    thread = threading.Thread(target=hub.http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.http.shutdown()
        hub.http.server_close()
        thread.join()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _entry(name: str, content: bytes) -> dict[str, Any]:
    return {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}  # noqa: S324
