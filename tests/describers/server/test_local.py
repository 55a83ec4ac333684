"""A server that already runs on this machine is found at once, and taken where nobody names a describer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from describers.server.fake import Fake, Serve, answer
from hanging import LONG_S, within

from audiodesc.core.cache import Store
from audiodesc.describers import all_describers, choose, describer
from audiodesc.describers.base import DescriberOptions
from audiodesc.describers.server import local
from audiodesc.describers.server.client import Server
from audiodesc.describers.server.local import LocalServer, local_server, may_see, models_at
from audiodesc.errors import UsageError


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    local.forget()
    yield
    local.forget()


def running(monkeypatch: pytest.MonkeyPatch, fake: Fake, *names: str) -> None:
    """The fake is an Ollama with these models."""
    fake.models = (200, {"object": "list", "data": [{"id": name, "owned_by": "library"} for name in names]})
    monkeypatch.setattr(local, "PORTS", {"vLLM": closed(), "Ollama": fake.http.server_port})


def closed() -> int:
    """A port at which nothing runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_first_model_that_sees_is_found(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve(lambda i: answer("Red."))
    running(monkeypatch, fake, "llama3:8b", "qwen2.5vl:7b", "qwen3-vl:8b")
    found = local_server()
    assert found == LocalServer("Ollama", f"http://127.0.0.1:{fake.http.server_port}/v1", "qwen2.5vl:7b")
    assert fake.requests == []


def test_auto_takes_it_and_says_so(serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = serve(lambda i: answer("Red."))
    running(monkeypatch, fake, "qwen2.5vl:7b")
    monkeypatch.setenv("AUDIODESC_API_KEY", "sk-of-another-server")
    chosen = describer(None, DescriberOptions())
    assert isinstance(chosen.describer, Server)
    assert chosen.describer.label == "server, qwen2.5vl:7b"
    assert "qwen2.5vl:7b on the Ollama server that runs on this machine" in chosen.why
    assert "--no-local-server" in chosen.why
    with chosen.describer.session(Store(tmp_path)):
        pass
    assert fake.requests
    assert "sk-of" not in str(fake.headers)


def test_it_is_not_taken_where_that_is_not_wanted(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, serve(lambda i: answer("Red.")), "qwen2.5vl:7b")
    choice = choose(all_describers(), DescriberOptions(local_server=False))
    assert choice.name != "server"
    assert dict(choice.considered)["server"] == "not looked for on this machine"


def test_server_without_an_address_is_the_one_that_runs(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, serve(lambda i: answer("Red.")), "qwen2.5vl:7b")
    assert describer("server", DescriberOptions()).describer.label == "server, qwen2.5vl:7b"
    with pytest.raises(UsageError, match="--server URL"):
        describer("server", DescriberOptions(local_server=False))


def test_nothing_is_taken_where_no_model_sees(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, serve(lambda i: answer("Red.")), "llama3:8b")
    assert local_server() is None
    choice = choose(all_describers(), DescriberOptions())
    assert choice.name != "server"
    assert "no model that sees is served on this machine" in dict(choice.considered)["server"]
    assert "server" not in choice.why


def test_the_search_takes_a_third_of_a_second_at_most(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that accepts and never answers, and one that drips without end; the third is found all the same."""
    assert local.SEARCH_S <= 1 / 3
    ended = threading.Event()

    class Drips(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while not ended.wait(0.05):
                self.wfile.write(b"x")

    fake = serve(lambda i: answer("Red."))
    fake.models = (200, {"data": [{"id": "gemma3:4b"}]})
    drips = ThreadingHTTPServer(("127.0.0.1", 0), Drips)
    threading.Thread(target=drips.serve_forever, args=(0.01,), daemon=True).start()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        ports = {"vLLM": silent.getsockname()[1], "SGLang": drips.server_port, "Ollama": fake.http.server_port}
        monkeypatch.setattr(local, "PORTS", ports)
        found = within(LONG_S, local_server)
    ended.set()
    drips.shutdown()
    drips.server_close()
    assert found is not None
    assert found.model == "gemma3:4b"


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, "null", "[]", '{"data": 5}', '{"data": [null, {"id": 3}]}', '{"data": [{"id": "vl\\n\\u001b["}]}',
     '{"data": [{"id": "' + "vl" * 99 + '"}]}', "<html>"],
)  # fmt: skip
def test_what_is_no_list_of_models_is_none(serve: Serve, body: str) -> None:
    fake = serve(lambda i: None)
    fake.models = 200, body
    assert models_at(fake.http.server_port) == []


@pytest.mark.parametrize("name", [
    "qwen2.5vl:7b", "Qwen/Qwen3-VL-8B-Instruct", "qwen3.5:4b", "llava:13b", "gemma3:12b", "llama3.2-vision",
    "minicpm-v", "moondream", "mistral-small3.1", "OpenGVLab/InternVL3_5-8B-HF", "xiaosu-zhu/Qwen-VL-Narrator",
    "glm-4.6v-flash",
])  # fmt: skip
def test_families_that_see(name: str) -> None:
    assert may_see(name)


@pytest.mark.parametrize("name", ["llama3:8b", "qwen2.5:7b", "Qwen/Qwen3-8B", "gpt-oss:20b", "nomic-embed", "phi4"])
def test_families_that_do_not(name: str) -> None:
    assert not may_see(name)


def test_a_machine_without_servers_is_searched_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each port is asked once, and nothing is waited for when all have refused."""
    asked: list[int] = []

    def refused(port: int) -> list[str]:
        asked.append(port)
        return models_at(port)

    monkeypatch.setattr(local, "PORTS", {str(number): closed() for number in range(4)})
    monkeypatch.setattr(local, "SEARCH_S", 3600)
    monkeypatch.setattr(local, "models_at", refused)
    assert within(LONG_S, local_server) is None
    assert sorted(asked) == sorted(local.PORTS.values())
