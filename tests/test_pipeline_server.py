"""A film described by a model behind a real HTTP server, from the frames to the words in the script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest
import webvtt
from describers.models.modelfolders import model_folder
from describers.server.fakevllm import all_end, fake_tool, started
from stories import make_story

from audiodesc.describers.prompts import VERSION
from audiodesc.describers.server.limits import QUESTION
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.pipeline import describe, make
from audiodesc.settings import DescriberSettings, RunSettings, Settings

LINES = ["A ferry waits.", "Snow falls.", "She walks away.", "A gull lands.", "The lamp goes out.", "Waves roll in."]


class LocalModel:
    """Tells from frames that a ferry is seen, and then a line after the other; `fails_after` so many requests."""

    def __init__(self) -> None:
        self.looked: list[list[dict[str, Any]]] = []
        self.told: list[str] = []
        self.fails_after: int | None = None
        self.lock = Lock()

    def answer(self, content: list[dict[str, Any]]) -> str | None:
        with self.lock:
            if content[-1]["text"] == QUESTION:
                return "Red."
            if self.fails_after is not None and len(self.looked) + len(self.told) >= self.fails_after:
                return None
            if any(part["type"] != "text" for part in content):
                self.looked.append(content)
                return "1. A white ferry at a pier."
            self.told.append(content[0]["text"])
            return LINES[(len(self.told) - 1) % len(LINES)]


@pytest.fixture
def model() -> Iterator[tuple[LocalModel, str]]:
    fake = LocalModel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = request["messages"][-1]["content"]
            said = fake.answer(content if isinstance(content, list) else [{"type": "text", "text": content}])
            status = 200 if said is not None else 401
            message = {"role": "assistant", "content": said}
            body = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}
            body["choices"] = [{"index": 0, "finish_reason": "stop", "message": message}]
            data = json.dumps(body if said is not None else {"error": {"message": "no"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield fake, f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_the_models_words_are_spoken_and_asked_for_once(tmp_path: Path, model: tuple[LocalModel, str]) -> None:
    fake, url = model
    film, settings = (
        make_story(tmp_path),
        Settings(describer=DescriberSettings(server=url, model="m", context="A film about a ferry.")),
    )
    made = make(film, tmp_path / "story.srt", settings=settings)
    spoken = [caption.text for caption in webvtt.read(str(made.files["script"])).captions]
    assert spoken == [line for line in LINES if line in spoken]
    assert spoken[0] == LINES[0]
    assert made.report.overlap_ms == 0
    assert f"prompts/{VERSION}" in made.report.describer
    assert all("A film about a ferry." in prompt for prompt in fake.told)
    asked = len(fake.looked), len(fake.told)
    make(film, tmp_path / "story.srt", settings=settings)
    assert (len(fake.looked), len(fake.told)) == asked


def test_what_was_answered_before_the_server_failed_is_not_asked_again(
    tmp_path: Path, model: tuple[LocalModel, str]
) -> None:
    fake, url = model
    film, settings = (
        make_story(tmp_path),
        Settings(describer=DescriberSettings(server=url, model="m", parallel=1)),
    )
    fake.fails_after = 2
    with pytest.raises(AudiodescError, match="key"):
        make(film, tmp_path / "story.srt", settings=settings)
    before = len(fake.looked) + len(fake.told)
    assert before == 2
    fake.fails_after = None
    made = make(film, tmp_path / "story.srt", settings=settings)
    segments = len(made.report.segments)
    assert len(fake.looked) == segments


def test_a_server_that_does_not_say_which_models_it_has_needs_a_model(
    tmp_path: Path, model: tuple[LocalModel, str]
) -> None:
    _, url = model
    with pytest.raises(UsageError, match="--model"):
        make(make_story(tmp_path), tmp_path / "story.srt", settings=Settings(describer=DescriberSettings(server=url)))


def test_a_project_that_a_server_described_asks_for_its_address(tmp_path: Path, model: tuple[LocalModel, str]) -> None:
    _, url = model
    chosen = DescriberSettings(server=url, model="no/such-model")
    film = make_story(tmp_path)
    folder = make(film, tmp_path / "story.srt", settings=Settings(describer=chosen)).files["report"].parent
    settings = Settings(describer=replace(chosen, server=None), run=RunSettings(offline=True))
    for run in (make, describe):
        for one in (folder, film):
            with pytest.raises(UsageError, match="no project keeps the address") as error:
                run(one, tmp_path / "story.srt", settings=settings)
            assert "give --server again" in error.value.remedy
    with pytest.raises(AudiodescError) as other:
        make(film, tmp_path / "story.srt", tmp_path / "new.ad", settings)
    assert "address" not in str(other.value)


def test_nothing_that_leads_to_the_server_is_written_down(
    tmp_path: Path, model: tuple[LocalModel, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the address, nor its login, nor the key: in no file of the folder, and in no file's name."""
    _, url = model
    monkeypatch.setenv("AUDIODESC_API_KEY", "sk-0123456789")
    settings = Settings(
        describer=DescriberSettings(
            server=url.replace("//", "//me:secret@").replace("/v1", "/token-4711/v1"), model="m"
        )
    )
    made = make(make_story(tmp_path), tmp_path / "story.srt", settings=settings)
    folder = made.files["report"].parent
    port = url.rpartition(":")[2].partition("/")[0]
    hidden = [b"secret", b"sk-0123456789", b"127.0.0.1", b"token-4711", f":{port}".encode()]
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".wav", ".flac", ".m4a", ".mp4", ".npy", ".npz"):
            content = path.name.encode() + path.read_bytes()
            assert not [secret for secret in hidden if secret in content], path


def test_a_model_is_served_for_the_run_and_not_started_again_where_all_answers_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = fake_tool(tmp_path / "bin", monkeypatch)
    chosen = DescriberSettings(name="model", model=str(model_folder(tmp_path / "weights")), serve=True)
    film, settings = make_story(tmp_path), Settings(describer=chosen)
    made = make(film, tmp_path / "story.srt", settings=settings)
    assert any(segment.line == "A man waits." for segment in made.report.segments)
    assert all_end(started(program)["pids"])
    log = made.files["report"].parent / ".audiodesc" / "cache" / "server.log"
    assert log.read_text("utf-8") == "loading\n"
    assert made.report.describer.startswith("server vllm ")
    (program / "started.json").unlink()
    make(film, tmp_path / "story.srt", settings=settings)
    assert not (program / "started.json").exists()


def test_a_server_that_is_started_ends_with_a_run_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_tool(tmp_path / "bin", monkeypatch)
    chosen = DescriberSettings(name="model", model=str(model_folder(tmp_path / "weights")), serve=True)

    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("audiodesc.pipeline.observe", fails)
    with pytest.raises(KeyboardInterrupt):
        make(make_story(tmp_path), tmp_path / "story.srt", settings=Settings(describer=chosen))
    assert all_end(started(program)["pids"])


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (DescriberSettings(serve=True, server="http://127.0.0.1:1/v1"), "--serve starts a server"),
        (DescriberSettings(name="server", serve=True), "no model to serve"),
    ],
)
def test_what_is_served_has_to_be_plain(tmp_path: Path, chosen: DescriberSettings, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make(make_story(tmp_path), tmp_path / "story.srt", settings=Settings(describer=chosen))
