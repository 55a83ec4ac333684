"""`audiodesc candidates` against a real HTTP server: what it offers is listed, and taken by its number."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commandline import audiodesc
from describers.server.fake import Fake, Reply, answer, fault, text_of
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.project import Edit, open_project
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings

NIGHT = "000007400"
LINES = ["A woman opens a letter.", "A woman in a red coat opens the letter."]  # what was seen comes first
FACTS = "1. WHO: a woman 2. DOES: opens a letter"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    settings = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
    render(make_story(folder), write_script(folder / "mine.vtt", SCRIPT), folder / "story.srt", settings=settings)
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "films")
    return tmp_path / "films/story.ad"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """A model that sees a red picture, then a woman with a letter; what it writes is `LINES`."""
    monkeypatch.setenv("AUDIODESC_API_KEY", "sk-0123456789")

    def reply(number: int) -> Reply:
        asked = text_of(fake.requests[-1])
        if "What is seen" in asked:
            return answer(json.dumps({"lines": LINES}))
        return answer(FACTS if number >= 0 else "Red.")

    fake = Fake(reply)
    yield fake
    fake.close()


def prompts(server: Fake) -> list[str]:
    return [text for one in server.requests if "What is seen" in (text := text_of(one))]


def test_others_are_asked_for_listed_and_taken_by_number(folder: Path, server: Fake) -> None:
    at = ("--server", server.url, "--model", "small")
    asked = audiodesc("candidates", folder, NIGHT, "--hint", "mention the\nletter", *at)
    assert asked.returncode == 0, asked.stderr
    rows = asked.stdout.splitlines()
    assert [row.partition("“")[2].rstrip("”") for row in rows if row[0].isdigit()] == LINES
    assert all(" of 4.0 s, " in row and "new" in row for row in rows if row[0].isdigit())
    assert "   doubt: “red”, “coat”: not in what was seen" in rows
    assert '"mention the letter"' in prompts(server)[0]
    with open_project(folder) as project:
        assert next(one for one in project.lines() if one.id == NIGHT).text == SCRIPT[1][2]
    server.close()
    listed = audiodesc("candidates", folder, NIGHT, "--json")  # needs no server
    found = json.loads(listed.stdout)
    assert [(one["number"], one["text"]) for one in found] == list(enumerate(LINES, 1))
    assert not any(one["is_new"] for one in found)
    assert found[1]["doubts"]
    assert found[0]["fits"] is True
    assert found[0]["length_ms"] <= found[0]["room_ms"] == 3_950
    taken = audiodesc("candidates", folder, NIGHT, "--take", 1, "--author", "ann")
    assert f"is now “{LINES[0]}”" in taken.stdout
    with open_project(folder) as project:
        line = next(one for one in project.lines() if one.id == NIGHT)
        assert (line.text, line.state) == (LINES[0], "approved")
        assert line.author.startswith("server ")
        assert (project.history()[-1].author, project.history()[-1].source) == ("ann", "command line")
    assert not [one for one in folder.rglob("*") if one.is_file() and b"sk-0123456789" in one.read_bytes()]


def test_a_gap_is_described(folder: Path, server: Fake) -> None:
    with open_project(folder) as project:
        project.edit([Edit(NIGHT, deleted=True)])
    at = ("0:08", "--server", server.url, "--model", "small")
    asked = audiodesc("candidates", folder, *at, "--most", 5, "--take", 1)
    assert asked.returncode == 0, asked.stderr
    with open_project(folder) as project:
        line = next(one for one in project.lines() if one.start_ms == 8_000)
    assert line.text == LINES[0]  # the other has more than five words


def test_a_server_that_fails_is_one_line(folder: Path, server: Fake) -> None:
    server.reply = lambda number: fault(401, "no such key")
    failed = audiodesc("candidates", folder, NIGHT, "--another", "--server", server.url, "--model", "small")
    assert failed.returncode == 2
    assert "the server refuses the key" in failed.stderr.strip().splitlines()[-1]
    assert failed.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((NIGHT, "--another", "--describer", "basic"), "basic has no language model"),
        ((NIGHT, "--take", "1"), "there is no candidate 1"),
        (("000000001",), "there is no line 000000001"),
        (("0:99.5",), "is no time"),
        (("0:05.5",), "dialogue there"),
        ((NIGHT, "--most", "0"), "a line of 0 words"),
        ((NIGHT, "--most", "short"), "--most is 'short'"),
        ((NIGHT, "--hint", "a" * 201), "the hint has 201 characters"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_line(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = audiodesc("candidates", folder, *arguments)
    assert refused.returncode == 2
    assert said in refused.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("given", ["folder", "film"])
def test_the_page_asks_the_describer_that_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """The address of a server is not kept; all else is as in the last run."""
    chosen: list[Settings] = []

    @contextmanager
    def serving(project: object, author: str, port: int, lan: object, settings: Settings) -> Iterator[Any]:
        chosen.append(settings)
        yield SimpleNamespace(address="http://127.0.0.1:1/", run=lambda: None)

    monkeypatch.setattr("audiodesc.review.server.serving", serving)
    place = folder if given == "folder" else folder.with_name("story.mp4")
    at = ("--server", "http://127.0.0.1:9/v1", "--model", "small", "--writer-model", "large")
    for arguments in ((), at):
        assert audiodesc("review", place, "--no-browser", *arguments).returncode == 0
    kept, named = chosen
    assert (kept.describer.server, kept.voice.name) == (None, "espeak-en-gb")
    assert (named.describer.server, named.describer.model) == ("http://127.0.0.1:9/v1", "small")
    assert (named.describer.writer_model, named.voice.name) == ("large", "espeak-en-gb")
