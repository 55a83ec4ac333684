"""`audiodesc summary`: the story in sentences that rest on what is said and described, and the scenes by their rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from captions.replies import answers_with, film_of
from commandline import audiodesc
from films import write_srt
from hypothesis import given
from hypothesis import strategies as st
from stories import SCRIPT, make_story, write_script

from audiodesc import render, summary
from audiodesc.captions.entries import Entry
from audiodesc.captions.prompts import entry_text
from audiodesc.captions.scenes import QUIET_MS, SHORTEST_MS, scenes
from audiodesc.captions.story import CHUNK_LETTERS, chunks
from audiodesc.captions.summaries import Summary
from audiodesc.describers.base import Failure
from audiodesc.describers.queries import Query
from audiodesc.errors import AudiodescError
from audiodesc.footage import Footage
from audiodesc.model import Cue, Span
from audiodesc.settings import DescriberSettings, DialogueSettings, Settings, VoiceSettings

SETTINGS = Settings(dialogue=DialogueSettings(hear=False), describer=DescriberSettings(name="replying"))
QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
SCENE = {"title": "A key is looked for.", "place": "a harbour", "people": ["Anna", "Napoleon"]}


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return film_of(tmp_path)


def replying(*sentences: object, scene: object = SCENE) -> Callable[[Query], str]:
    def reply(query: Query) -> str:
        return json.dumps({"sentences": sentences} if "sentences" in query.text else scene)

    return reply


def summarised(film: Path, words: int = 50, **settings: Any) -> Summary:
    chosen = Settings(dialogue=SETTINGS.dialogue, describer=SETTINGS.describer, **settings)
    return summary(film, words, film.with_suffix(".srt"), settings=chosen)


def test_each_sentence_names_the_times_that_it_rests_on(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = {"text": "A film is ignored.", "from": ["0:06"]}
    by = answers_with(monkeypatch, replying({"text": "Anna wants the key.", "from": [1]}, second))
    made = summarised(film)
    assert [(one.text, one.times) for one in made.sentences] == [
        ("Anna wants the key.", (Span(500, 1500),)),
        ("A film is ignored.", (Span(5500, 7000),)),
    ]
    assert (made.notes, made.model, made.language) == ((), "answering", "en")
    asked = by.queries[0].text
    assert '{"n": 1, "at": "0:01", "said": "Where is the key?", "by": "Anna"}' in asked
    assert "at most 50 words" in asked


@pytest.mark.parametrize("rests_on", [[], [3], [0], [-1], "x", None, [[1]], {"n": 1}, True, ["9:59"]])
def test_a_sentence_that_rests_on_nothing_is_left_out(
    film: Path, monkeypatch: pytest.MonkeyPatch, rests_on: object
) -> None:
    answers_with(
        monkeypatch, replying({"text": "HACKED.", "from": rests_on}, {"text": "Anna wants the key.", "from": [1, 99]})
    )
    made = summarised(film)
    assert [(one.text, one.times) for one in made.sentences] == [("Anna wants the key.", (Span(500, 1500),))]
    assert made.notes == ("1 sentence left out: what they rest on is not in the film",)


def test_names_that_nobody_says_are_in_doubt(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_with(monkeypatch, replying({"text": "Then Napoleon looks for the key with Anna.", "from": [1]}))
    (one,) = summarised(film).sentences
    assert "Napoleon" in one.doubts[0]
    assert "Anna" not in one.doubts[0]


def test_the_scene_is_called_by_the_model_and_has_only_people_who_are_named(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers_with(monkeypatch, replying({"text": "Anna wants the key.", "from": [1]}))
    (scene,) = summarised(film).scenes
    assert (scene.span, scene.title, scene.place, scene.people) == (
        Span(0, 9000), "A key is looked for", "a harbour", ("Anna",)
    )  # fmt: skip


@pytest.mark.parametrize("answer", ["HACKED", "", "[]", '{"sentences": "x"}', '{"sentences": [', "x" * 100_000])
def test_an_answer_without_a_story_is_an_error_that_says_so(
    film: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    answers_with(monkeypatch, lambda _: answer)
    with pytest.raises(AudiodescError, match="summary gave no answer") as raised:
        summarised(film)
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("answer", ["HACKED", '{"title": 7, "people": "all", "place": ["x"]}', "x" * 100_000])
def test_a_scene_without_an_answer_stands_without_a_name(
    film: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    def reply(query: Query) -> str | Failure:
        if "sentences" in query.text:
            return json.dumps({"sentences": [{"text": "Anna wants the key.", "from": [1]}]})
        return answer

    answers_with(monkeypatch, reply)
    (scene,) = summarised(film).scenes
    assert (scene.title, scene.place, scene.people, scene.first) == ("", "", ("Anna",), "Where is the key?")


def test_a_long_film_is_made_of_notes_on_its_parts(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cues = [(20 * n, 20 * n + 15, f"Word {n} " + "says nothing at all " * 15) for n in range(1, 200)]
    write_srt(film.with_suffix(".srt"), cues)

    def reply(query: Query) -> str:
        if "sentences" not in query.text:
            return json.dumps(SCENE)
        assert len(query.text) < CHUNK_LETTERS + 2_000
        numbers = [int(one) for one in re.findall(r'"n": (\d+)', query.text)]
        words = re.findall(r"Word (\d+)", query.text)
        return json.dumps({"sentences": [{"text": f"Somebody says Word {words[-1]}.", "from": [numbers[-1]]}]})

    by = answers_with(monkeypatch, reply)
    made = summarised(film)
    parts = [one for one in by.queries if "of it, in order" in one.text.replace("\n", " ")]
    assert len(parts) > 3
    (one,) = made.sentences
    number = int(re.findall(r"\d+", one.text)[0])
    assert [span.start_ms for span in one.times] == [20 * number]  # of the dialogue, through the notes
    assert any(f"{len(parts)} parts" in note for note in made.notes)


def test_a_projects_lines_are_entries_and_its_captions_name_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = make_story(tmp_path)
    render(story, write_script(tmp_path / "mine.vtt", SCRIPT), tmp_path / "story.srt", settings=QUICK)
    by = answers_with(monkeypatch, replying({"text": "A ferry waits.", "from": [1]}))
    done = audiodesc("summary", tmp_path / "story.ad", "--describer", "replying", "--no-hear", "-q")
    assert done.stdout.splitlines()[0] == "A ferry waits. (0:01)"
    assert '"seen": "A ferry waits at the pier."' in by.queries[0].text
    assert '"said": "What brings you here?"' in by.queries[0].text
    done = audiodesc("caption", tmp_path / "story.ad", "--describer", "replying", "--no-hear", "-q", "--style", "line")
    assert {json.loads(line)["film"] for line in done.stdout.splitlines()} == {str(story)}
    (tmp_path / "other").mkdir()
    for here, place, named in (
        (tmp_path, "story.ad", "story.mp4"),
        (tmp_path / "other", "../story.ad", "../story.mp4"),
    ):
        done = audiodesc("caption", place, "--describer", "replying", "--no-hear", "-q", "--style", "line", cwd=here)
        assert {json.loads(line)["film"] for line in done.stdout.splitlines()} == {named}
        assert (here / named).samefile(story)


def test_it_is_asked_once_and_resumes(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by = answers_with(monkeypatch, replying({"text": "Anna wants the key.", "from": [1]}))
    first = summarised(film)
    assert summarised(film) == first
    assert len(by.queries) == 2


def test_the_language_is_the_films_or_the_one_that_is_asked_for(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by = answers_with(monkeypatch, replying({"text": "Anna sucht den Schlüssel.", "from": [1]}))
    made = summarised(film, voice=VoiceSettings(language="de"))
    assert (made.language, "in German" in by.queries[0].text) == ("de", True)


def test_the_command_prints_text_and_json(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_with(monkeypatch, replying({"text": "Anna wants the key.", "from": [1]}))
    asked = ("summary", film, "--subs", film.with_suffix(".srt"), "--describer", "replying", "--no-hear", "-q")
    done = audiodesc(*asked, "--words", "50")
    assert done.stdout.splitlines() == [
        "Anna wants the key. (0:01)",
        "",
        "1  0:00 – 0:09  A key is looked for, a harbour (Anna)",
    ]
    content = json.loads(audiodesc(*asked, "--words", "50", "--json").stdout)
    assert content["sentences"] == [
        {"text": "Anna wants the key.", "times": [{"start_ms": 500, "end_ms": 1500}], "doubts": []}
    ]
    assert (content["version"], content["scenes"][0]["people"]) == (1, ["Anna"])
    assert audiodesc(*asked, "--words", "7").returncode == 2


@pytest.mark.parametrize("kind", ["", "base"])
def test_without_a_model_that_is_asked_the_scenes_are_listed_and_that_is_said(
    film: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    by = answers_with(monkeypatch, replying(), query_kind=kind)
    made = summarised(film)
    assert (made.sentences, made.model, by.queries) == ((), "", [])
    assert [(one.title, one.people, one.first) for one in made.scenes] == [("", ("Anna",), "Where is the key?")]
    assert "has no model that could write the story" in made.notes[0]


def test_a_film_of_which_nothing_is_known_is_named(film: Path) -> None:
    film.with_suffix(".srt").unlink()
    done = audiodesc("summary", film, "--describer", "basic", "--no-hear", "-q")
    assert (done.returncode, done.stdout) == (3, "")
    assert "neither dialogue nor lines are known" in done.stderr


@dataclass
class Cutting:
    """What `scenes` reads of a film."""

    film: Any
    found: Any
    cues: list[Cue] = field(default_factory=list)


def cutting(length_ms: int, cuts: Sequence[int], spoken: Sequence[tuple[int, int]]) -> Footage:
    cues = [Cue(Span(start, end), "word") for start, end in spoken]
    return cast(Footage, Cutting(SimpleNamespace(duration_ms=length_ms), SimpleNamespace(cuts=tuple(cuts)), cues))


def starts(footage: Footage) -> list[int]:
    return [scene.start_ms for scene in scenes(footage)]


def test_a_scene_begins_at_the_quiet_cut() -> None:
    spoken = [(1_000, 50_000), (60_000, 100_000)]
    assert starts(cutting(120_000, [30_000, 52_000, 55_000, 80_000], spoken)) == [0, 55_000]
    assert starts(cutting(120_000, [51_000, 59_000], spoken)) == [0]  # too near to dialogue
    assert starts(cutting(70_000, [55_000], spoken)) == [0]  # the last scene would be too short
    assert starts(cutting(200_000, [], spoken)) == [0]


def test_without_dialogue_scenes_are_as_short_as_they_may_be() -> None:
    assert starts(cutting(120_000, range(10_000, 120_000, 10_000), [])) == [0, 30_000, 60_000, 90_000]


MS = st.integers(0, 300_000)


@given(st.lists(MS), st.lists(st.tuples(MS, MS)))
def test_scenes_cover_the_film_and_keep_to_their_rule(cuts: list[int], spoken: list[tuple[int, int]]) -> None:
    inside = sorted({cut for cut in cuts if 0 < cut < 300_000})
    speech = [(min(both), max(both)) for both in spoken]
    found = scenes(cutting(300_000, inside, sorted(speech)))
    assert [found[0].start_ms, *(one.end_ms for one in found)] == [*(one.start_ms for one in found), 300_000]
    assert len(found) == 1 or all(one.duration_ms >= SHORTEST_MS for one in found)
    for one in found[1:]:
        assert one.start_ms in inside
        assert all(end <= one.start_ms - QUIET_MS or start >= one.start_ms + QUIET_MS for start, end in speech)


@given(st.lists(st.text(max_size=400), max_size=200))
def test_parts_have_every_entry_once_and_fit(texts: list[str]) -> None:
    entries = [Entry(number, Span(number, number), "said", text) for number, text in enumerate(texts, 1)]
    parts = list(chunks(entries))
    assert [one for part in parts for one in part] == entries
    assert all(sum(len(entry_text(one)) + 2 for one in part) <= CHUNK_LETTERS or len(part) == 1 for part in parts)
    assert all(parts)
    assert _none_too_short(parts)


def _none_too_short(parts: Sequence[Sequence[Entry]]) -> bool:
    """Two parts that follow each other would not fit in one."""
    lengths = [sum(len(entry_text(one)) + 2 for one in part) for part in parts]
    return all(one + other > CHUNK_LETTERS for one, other in pairwise(lengths))
