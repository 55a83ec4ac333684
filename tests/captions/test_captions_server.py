"""Captions and summaries of a server's model, over real HTTP: killed and gone on with; a model that need not see."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from captions.replies import FIELDS, film_of
from commandline import audiodesc
from describers.server.fake import Fake, Reply, answer, number, text_of

from audiodesc.captions.output import read_captions

LETTERS = {1: "red", 2: "blue", 3: "green"}
"""What is seen in a shot, by its length in seconds less one, which the question says."""


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[int], Reply | None]], Fake]]:
    started: list[Fake] = []

    def start(reply: Callable[[int], Reply | None]) -> Fake:
        started.append(Fake(reply))
        started[-1].models = (200, {"object": "list", "data": [{"id": "m"}]})
        return started[-1]

    yield start
    for fake in started:
        fake.close()


def pictures(request: dict[str, Any]) -> int:
    content = request["messages"][0]["content"]
    return sum(part["type"] != "text" for part in content) if isinstance(content, list) else 0


def test_a_killed_run_asks_only_for_what_is_missing_and_gives_the_same_file(
    tmp_path: Path, serve: Callable[[Callable[[int], Reply | None]], Fake]
) -> None:
    film_of(tmp_path)
    running: list[subprocess.Popen[bytes]] = []

    def dies(clip: int) -> Reply | None:
        if clip == 3:
            running[0].send_signal(signal.SIGKILL)
            return None
        return answer(f"A {LETTERS.get(clip, 'white')} wall.")

    fake = serve(dies)
    command = [
        "caption",
        "film.mp4",
        "--no-hear",
        "--server",
        fake.url,
        "--parallel",
        "1",
        "-q",
        "-o",
        "captions.jsonl",
    ]
    running.append(subprocess.Popen([sys.executable, "-m", "audiodesc", *command], cwd=tmp_path))
    assert running[0].wait(120) == -signal.SIGKILL
    assert not (tmp_path / "captions.jsonl").exists()
    asked = len(fake.requests)
    fake.reply = lambda clip: answer(f"A {LETTERS.get(clip, 'white')} wall.")
    done = audiodesc(*command, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [number(one) for one in fake.requests[asked:] if number(one) > 0] == [3]
    found = read_captions(tmp_path / "captions.jsonl")
    assert [one.text for one in found] == ["A red wall.", "A blue wall.", "A green wall."]


def test_a_server_that_need_not_see_writes_summaries_and_fuses_fields(
    tmp_path: Path, serve: Callable[[Callable[[int], Reply | None]], Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = film_of(tmp_path)
    monkeypatch.setattr("describers.server.fake.number", lambda request: -1)  # no clip is asked about

    def reply(clip: int) -> Reply:
        text = text_of(fake.requests[-1])
        if "what was noted" in text:
            return answer("A woman turns a key.")
        story = {"sentences": [{"text": "Anna wants the key.", "from": [1]}]}
        return answer(json.dumps(story if "Write the story" in text else {"title": "A key"}))

    fake = serve(reply)
    of = ("--no-hear", "--server", fake.url, "-q")
    done = audiodesc("summary", film, "--subs", film.with_suffix(".srt"), *of)
    assert done.stdout.splitlines() == ["Anna wants the key. (0:01)", "", "1  0:00 – 0:09  A key (Anna)"]
    rows = io.StringIO()
    csv.writer(rows).writerows([["path", "structural_caption"], ["film.mp4", json.dumps(FIELDS)]])
    (tmp_path / "fields.csv").write_text(rows.getvalue(), "utf-8")
    done = audiodesc("caption", tmp_path / "fields.csv", "--fuse", "t2v", *of)
    assert done.stderr == ""
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [
        "A woman turns a key. The camera pans left."
    ]
    assert [pictures(one) for one in fake.requests] == [0] * 3
