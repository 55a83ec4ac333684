"""`audiodesc evaluate` with models: a judge and answers by a server, several describers, and what does not go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import audiodesc
from describers.server.fake import Fake, Reply, answer, text_of
from evaluation.judges import by_words
from evaluation.scripts_of import HUMAN, webvtt
from evaluation.test_comparing import BAD, GOOD, Entry, Writing
from evaluation.test_comparing import HUMAN as STORY
from stories import make_story, write_script

from audiodesc.describers import DESCRIBERS
from audiodesc.describers.queries import Query


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AUDIODESC_API_KEY", "sk-0123456789")


@pytest.fixture
def server() -> Iterator[Fake]:
    """A model that judges by common words, and reads answers out of the description; it sees nothing."""

    def reply(number: int) -> Reply:
        text = text_of(fake.requests[-1])
        data = json.loads(next(line for line in text.splitlines() if line.startswith("{")))
        return answer(_letter(data) if "choices" in data else by_words(Query(text)))

    fake = Fake(reply)
    yield fake
    fake.close()


def _letter(data: dict[str, Any]) -> str:
    said = " ".join(line["line"] for line in data.get("description", ()))
    return next((letter for letter, choice in data["choices"].items() if choice in said), "A")


@pytest.fixture
def human(tmp_path: Path) -> Path:
    return webvtt(tmp_path / "human.vtt", HUMAN)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return webvtt(tmp_path / "ours.vtt", HUMAN[:3])


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Three that the description answers, and one that it does not."""
    asked = [
        ("What does Anna open?", ["a red door", "a window", "the red door", "a box"], "C"),
        ("What crosses the street?", ["a dog", "A grey cat", "a car", "nobody"], "B"),
        ("What does she pick up?", ["a coin", "the cat", "a lamp", "a letter"], "D"),
        ("What do they stare at?", ["a mirror", "the moon", "the sea", "the broken clock"], "D"),
    ]
    rows = [{"question": text, "options": options, "answer": right} for text, options, right in asked]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_judge_is_a_row_and_what_it_costs_is_said_before(ours: Path, human: Path, server: Fake) -> None:
    at = ("--server", server.url, "--model", "big")
    made = audiodesc("evaluate", ours, human, "--judge", *at, "--resamples", "50", "--quiet", "--json")
    assert made.returncode == 0, made.stderr
    asked = len(server.requests)
    assert f"server, big: {asked} questions" in made.stderr
    found = json.loads(made.stdout)
    score = found["scores"][-1]
    assert (score["measure"], score["values"]["itself"]["value"], score["values"]["ours"]["value"]) == ("judge", 5, 2.5)
    assert found["judge"]["name"] == "server, big"
    assert "Answer with one digit" in found["judge"]["prompts"]["judge.score"]
    again = audiodesc("evaluate", ours, human, "--judge", *at, "--resamples", "50")
    assert "nothing has to be asked" in again.stderr
    assert re.search(r"LLM judge, 0 to 5 +2\.5 +", again.stdout)
    assert len(server.requests) == asked
    assert not any("image" in json.dumps(one) for one in server.requests)


def test_a_judge_needs_a_human_script_and_a_model(ours: Path, human: Path, server: Fake) -> None:
    alone = audiodesc("evaluate", ours, "--judge", "--server", server.url, "--model", "big")
    assert (alone.returncode, "no human script" in alone.stderr) == (2, True)
    basic = audiodesc("evaluate", ours, human, "--judge", "--describer", "basic")
    assert basic.returncode == 2
    assert "basic has no model that could be asked: give --describer or --server" in basic.stderr
    several = audiodesc("evaluate", ours, human, "--judge", "--server", server.url)
    assert (several.returncode, "the server has 2 models" in several.stderr) == (2, True)


def test_questions_from_the_description_beside_guessing(ours: Path, questions: Path, server: Fake) -> None:
    at = ("--server", server.url, "--model", "big", "--resamples", "50")
    made = audiodesc("evaluate", ours, "--questions", questions, *at)
    assert made.returncode == 0, made.stderr
    rows = {row.split("  ")[0]: row for row in made.stdout.splitlines()}
    assert "chance" in rows
    assert "25.0 %" in rows["chance"]
    assert "4 questions, answered by server, big; choices shuffled (seed 0)." in made.stdout
    found = json.loads(audiodesc("evaluate", ours, "--questions", questions, *at, "--json").stdout)
    description = next(one for one in found["scores"] if one["source"] == "description")
    assert description["right"] >= 3
    assert [one["chosen"]["description"] for one in found["answers"]][:3] == ["C", "B", "D"]
    kept = json.loads(audiodesc("evaluate", ours, "--questions", questions, *at, "--json", "--keep-order").stdout)
    assert kept["seed"] is None
    assert all("rightly" not in text_of(one) and '"answer"' not in text_of(one) for one in server.requests)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["--questions", "q.json", "--judge"], "ask one thing at a time"),
        (["--from", "film"], "give --questions FILE too"),
        (["--questions", "questions.jsonl", "--from", "smell"], "--from is 'smell'"),
        (["--questions", "questions.jsonl", "--from", "film"], "which film the questions are about"),
        (["--questions", "none.json"], "none.json cannot be read"),
        (["--judge-model", "x"], "--judge-model is for comparing"),
        (["--vote"], "--vote is about several describers"),
        (["human.vtt", "--human", "human.vtt"], "are both human scripts"),
        (["--model", "basic", "--model", "nobody"], "there is no describer 'nobody'"),
        (["--model", "basic", "--model", "server", "--judge"], "nobody is named who judges"),
        (["--model", "basic", "--model", "server", "--judge", "--judge-model", "x"], "the judge needs a human script"),
    ],
)
def test_what_does_not_go_together(
    ours: Path, human: Path, questions: Path, tmp_path: Path, given: list[str], fault: str
) -> None:
    made = audiodesc("evaluate", ours, *given, cwd=tmp_path)
    assert made.returncode in (2, 3), made.stdout
    assert fault in made.stderr
    assert len(made.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("*.compare"))


def test_describers_are_compared_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Fake) -> None:
    film, human = make_story(tmp_path), write_script(tmp_path / "human.vtt", STORY)
    for name, lines in (("good", GOOD), ("bad", BAD)):
        monkeypatch.setitem(DESCRIBERS, name, Entry(Writing(name, lines)))
    job = tmp_path / "job.toml"
    job.write_text('[dialogue]\nhear = false\n[voice]\nname = "espeak-en-gb"\n[plan]\nshortest_ms = 500\n', "utf-8")
    compare = ("evaluate", film, "--model", "bad", "--model", "good", "--human", human, "--config", job)
    at = ("--judge", "--server", server.url, "--judge-model", "big", "--subs", tmp_path / "story.srt")
    made = audiodesc(*compare, *at)
    assert made.returncode == 0, made.stderr
    head = made.stdout.splitlines()[0].split()
    assert head[:3] == ["measure", "bad", "good"]
    assert "The judge prefers, asked in both orders: bad 0, good 2, 1 equal" in made.stdout
    assert "story.compare --vote" in made.stdout
    assert {path.name for path in (tmp_path / "story.compare").iterdir()} == {"bad.ad", "good.ad", "comparison.json"}
    asked = len(server.requests)
    found = json.loads(audiodesc(*compare, *at, "--json").stdout)
    assert len(server.requests) == asked
    assert [model["label"] for model in found["models"]] == ["the bad one", "the good one"]
    assert found["preferred"][0]["tally"]["second"] == 2
    assert not (tmp_path / "story.ad").exists()
