"""`audiodesc evaluate` with models: a judge and answers by a server, several describers, and what does not go."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from answering import Replying
from commandline import audiodesc
from describers.server.fake import Fake, Reply, answer, text_of
from evaluation.judges import by_words, data_of
from evaluation.scripts_of import HUMAN, webvtt
from evaluation.test_comparing import BAD, GOOD, Entry, Writing
from evaluation.test_comparing import HUMAN as STORY
from stories import make_story, write_script

from audiodesc.describers import DESCRIBERS
from audiodesc.describers.queries import Query
from audiodesc.evaluation.comparing import kept
from audiodesc.evaluation.votes import Poll


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
    again = audiodesc("evaluate", tmp_path / "story.compare")
    assert again.stdout == made.stdout


def test_without_a_human_script_the_judge_looks_at_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make_story(tmp_path)
    for name, lines in (("good", GOOD), ("bad", BAD)):
        monkeypatch.setitem(DESCRIBERS, name, Entry(Writing(name, lines)))
    looks = Replying(lambda query: "A" if query.clip and data_of(query)["A"] in GOOD else "B")
    monkeypatch.setitem(DESCRIBERS, "looks", Entry(looks))
    job = tmp_path / "job.toml"
    job.write_text('[dialogue]\nhear = false\n[voice]\nname = "espeak-en-gb"\n[plan]\nshortest_ms = 500\n', "utf-8")
    compare = (
        "evaluate",
        film,
        "--model",
        "good",
        "--model",
        "bad",
        "--judge",
        "--describer",
        "looks",
        "--config",
        job,
    )
    made = audiodesc(*compare, "--subs", tmp_path / "story.srt")
    assert made.returncode == 0, made.stderr
    assert "answering: 4 questions about" in made.stderr
    assert "The judge prefers, asked in both orders: good 2, bad 0 (100.0 % for good, 34.2 – 100.0)." in made.stdout
    assert all(query.clip and query.clip.frames for query in looks.queries)
    assert audiodesc(*compare, "--subs", tmp_path / "story.srt").stdout == made.stdout
    assert len(looks.queries) == 4
    poll = Poll(kept(tmp_path / "story.compare"), tmp_path / "story.compare", 0, 40)
    for number, one in enumerate(poll.ballots("ann")):
        poll.vote("ann", number, "left" if one.shown[0] in GOOD else "right")
    shown = audiodesc("evaluate", tmp_path / "story.compare").stdout
    assert "Votes of 1 person: good 2, bad 0 (100.0 % for good, 34.2 – 100.0)." in shown


def test_what_a_killed_run_was_answered_is_not_asked_again(ours: Path, human: Path, server: Fake) -> None:
    arguments = ["evaluate", ours, human, "--judge", "--server", server.url, "--model", "big", "--parallel", "1"]
    code = f"import sys; sys.argv = {['audiodesc', *map(str, arguments)]!r}; from audiodesc import cli; cli.main()"
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    replied, reply = 0, server.reply

    def until_killed(number: int) -> Reply | None:
        nonlocal replied
        if len(server.requests) == 5:
            running.kill()
            running.wait()
            return None
        replied += running.poll() is None
        return reply(number)

    server.reply = until_killed
    running.wait(timeout=120)
    assert running.returncode == -signal.SIGKILL
    asked, server.reply = len(server.requests), reply
    again = audiodesc(*arguments, "--resamples", "0")
    assert again.returncode == 0, again.stderr
    whole = len({json.dumps(one["messages"]) for one in server.requests})
    assert (asked, replied) == (5, 4)
    assert whole <= len(server.requests) <= whole + 2  # the one that was under way, and one that was not written yet
