"""A film opened for questions: with its project or alone, and answers that are kept as they come."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from answering import Answering, Replying
from films import make_film, write_srt
from hypothesis import given
from hypothesis import strategies as st
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.describers.base import Failure
from audiodesc.describers.queries import FollowUp, Query, Reply
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.footage import open_footage
from audiodesc.footage.answers import SpanQuery, answer_aloud, answers, clean, cost
from audiodesc.model import FrameRequest, Span
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
BLUE, RED = (0, 0, 220), (220, 0, 0)
TWO = [SpanQuery("what?", Span(0, 2000)), SpanQuery("what?", Span(2000, 4000))]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds of blue, then two of red."""
    import numpy as np

    def picture(time: float) -> np.ndarray:
        return np.full((120, 160, 3), BLUE if time < 2 else RED, np.uint8)

    return make_film(tmp_path / "film.mp4", 4.0, picture)


def colour(query: Query) -> str:
    if query.clip is None:
        return "nothing"
    red, _, blue = query.clip.frames[0].image.mean(axis=(0, 1))
    return "red" if red > blue else "blue"


def test_a_bare_film_has_its_dialogue_and_shots(film: Path) -> None:
    subtitles = write_srt(film.with_suffix(".srt"), [(500, 1500, "Where is it?")])
    with open_footage(film, QUICK, subtitles=subtitles) as footage:
        assert footage.project is None
        assert [cue.text for cue in footage.cues] == ["Where is it?"]
        assert footage.shots == (Span(0, 2000), Span(2000, 4000))
        assert [footage.shot_at(time) for time in (0, 1999, 2000, 3999, 9000)] == [0, 0, 1, 1, 1]
        assert footage.lines == ()


def test_each_query_is_answered_from_its_own_span_and_only_once(film: Path) -> None:
    by = Replying(colour)
    asked = [TWO[1], SpanQuery("and in words?"), TWO[0]]
    with open_footage(film, QUICK) as footage:
        assert cost(footage, asked, by).queries == 3
        assert list(answers(footage, asked, by)) == [Reply("red"), Reply("nothing"), Reply("blue")]
        assert cost(footage, asked, by).queries == 0
    with open_footage(film, QUICK) as footage:  # later, by another command
        assert list(answers(footage, asked, by)) == [Reply("red"), Reply("nothing"), Reply("blue")]
    assert len(by.queries) == 3


def test_other_frames_words_and_follow_ups_are_other_queries(film: Path) -> None:
    by = Replying(lambda query: f"{len(query.clip.frames) if query.clip else 0} {query.text} {query.choices}")
    one = SpanQuery("what?", Span(0, 2000))
    followed = SpanQuery("what?", Span(0, 2000), follow_ups=(FollowUp("Blue.", "Sure?"),))
    with open_footage(film, QUICK) as footage:
        for asked in (one, followed, SpanQuery("who?", Span(0, 2000)), SpanQuery("what?", Span(0, 2000), choices="AB")):
            list(answers(footage, [asked], by))
        list(answers(footage, [one], by, FrameRequest(1, 7, 7, 160 * 120)))
        list(answers(footage, [SpanQuery("what?", Span(0, 2000), portraits=(("Ilsa", b"\xff\xd8\xff"),))], by))
    assert len(by.queries) == 6


def test_what_was_answered_before_a_failure_is_kept_and_the_failure_is_asked_again(film: Path) -> None:
    failing = True

    def reply(query: Query) -> str | Failure:
        return Failure("empty") if failing and colour(query) == "red" else colour(query)

    by = Replying(reply)
    with open_footage(film, QUICK) as footage:
        assert list(answers(footage, TWO, by)) == [Reply("blue"), Failure("empty")]
        failing = False
        assert list(answers(footage, TWO, by)) == [Reply("blue"), Reply("red")]
    assert len(by.queries) == 3


def test_what_came_before_a_crash_is_kept(film: Path) -> None:
    def reply(query: Query) -> str:
        if colour(query) == "red":
            raise RuntimeError("the model died")
        return "blue"

    by = Replying(reply)
    with open_footage(film, QUICK) as footage, pytest.raises(RuntimeError, match="died"):
        list(answers(footage, TWO, by))
    with open_footage(film, QUICK) as footage:
        assert cost(footage, TWO, by).queries == 1


def test_an_answer_is_said_aloud_once_and_then_found_again(film: Path) -> None:
    by, said = Replying(lambda _: "A blue wall."), list[str]()
    with open_footage(film, QUICK) as footage:
        assert answer_aloud(footage, TWO[0], by, said.append) == Reply("A blue wall.")
        assert said == ["A", "A blue"]
        assert answer_aloud(footage, TWO[0], by, said.append) == Reply("A blue wall.")
        assert said == ["A", "A blue", "A blue wall."]
    assert len(by.queries) == 1


def test_a_describer_without_a_model_is_named(film: Path) -> None:
    with open_footage(film, QUICK) as footage, pytest.raises(UsageError, match="no model that could be asked"):
        next(answers(footage, TWO, Answering("A line.")))


def test_a_project_is_opened_by_its_folder_and_by_its_film(tmp_path: Path) -> None:
    film = make_story(tmp_path)
    render(film, write_script(tmp_path / "mine.vtt", SCRIPT), tmp_path / "story.srt", settings=QUICK)
    for place in (tmp_path / "story.ad", film):
        with open_footage(place) as footage:
            assert footage.project is not None
            assert [line.text for line in footage.lines]
            assert footage.store.folder.is_relative_to(tmp_path / "story.ad")


def test_the_project_of_another_film_beside_it_is_left_alone(tmp_path: Path, film: Path) -> None:
    story = make_story(tmp_path)
    render(story, write_script(tmp_path / "mine.vtt", SCRIPT), tmp_path / "story.srt", settings=QUICK)
    shutil.copytree(tmp_path / "story.ad", tmp_path / "film.ad")
    with open_footage(film, QUICK) as footage:
        assert footage.project is None


def test_a_film_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudiodescError, match=r"nothing\.mp4"), open_footage(tmp_path / "nothing.mp4"):
        pass


@given(st.text())
def test_no_control_character_of_a_model_is_left(text: str) -> None:
    cleaned = clean(text)
    assert all(sign == "\n" or sign.isprintable() or sign.isspace() or ord(sign) > 127 for sign in cleaned)
    assert clean(cleaned) == cleaned
