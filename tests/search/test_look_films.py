"""Projects, folders of them and bare films looked through together."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from answering import Replying
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.describers.base import Describer
from audiodesc.errors import InputError, UsageError
from audiodesc.footage.answers import Cost
from audiodesc.model import Span
from audiodesc.search import look_films
from audiodesc.search.finding import Where
from audiodesc.search.look_films import Looking, films_in, seen_in_films
from audiodesc.search.look_questions import sought_of
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    settings = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
    render(make_story(folder), write_script(folder / "mine.vtt", SCRIPT), folder / "story.srt", settings=settings)
    return folder


@pytest.fixture
def films(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a project, and a copy of its film that nobody described."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(begun, tmp_path / "films")
    shutil.copy(tmp_path / "films/story.mp4", tmp_path / "bare.mp4")
    return tmp_path / "films"


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> Replying:
    """Who looks, and says yes to all."""
    one = Replying(lambda query: "yes")

    @contextmanager
    def of(*rest: Any) -> Iterator[Describer]:
        yield one

    monkeypatch.setattr(look_films, "describer_of", of)
    return one


def test_a_folder_stands_for_the_projects_in_it(films: Path) -> None:
    bare = films.parent / "bare.mp4"
    assert films_in([films, bare, films / "story.ad"]) == (films / "story.ad", bare)
    (films.parent / "empty").mkdir()
    for place in (films.parent / "nothing", films.parent / "empty"):
        with pytest.raises(InputError, match=place.name):
            films_in([place])


def test_a_project_and_a_bare_film_are_looked_through_and_the_cost_is_of_both(films: Path, by: Replying) -> None:
    costs: list[Cost] = []
    looking = Looking(sought_of("a letter"), agreed=lambda cost, _: costs.append(cost))
    found = seen_in_films([films, films.parent / "bare.mp4"], looking)
    assert [cost.queries for cost in costs] == [len(by.queries)]
    described, bare = found.hits
    assert (described.project, bare.project) == (films / "story.ad", films.parent / "bare.mp4")
    assert described.line
    assert bare.line == ""
    assert described.reasons[0].text == "yes"
    assert described.span.start_ms == 0
    assert seen_in_films([films], Looking(sought_of("a letter"), where=Where(film="other"))).hits == ()


def test_what_the_index_offers_comes_first(films: Path, by: Replying) -> None:
    seen_in_films([films], Looking(sought_of("somebody who walks"), first=1))
    (query,) = by.queries
    assert query.clip
    assert query.clip.span.overlap_ms(Span(13_300, 15_000))  # "She walks away."
    found = seen_in_films([films.parent / "bare.mp4"], Looking(sought_of("the letter"), first=1))
    assert "looked at from its beginning" in found.notes[0]


def test_no_cost_that_is_refused_is_asked(films: Path, by: Replying) -> None:
    def refuse(cost: Cost, describer: Describer) -> None:
        raise UsageError("too much")

    with pytest.raises(UsageError, match="too much"):
        seen_in_films([films], Looking(sought_of("a letter"), agreed=refuse))
    assert by.queries == []


def test_the_limit_leaves_out_and_says_so(films: Path, by: Replying) -> None:
    found = seen_in_films([films, films.parent / "bare.mp4"], Looking(sought_of("a letter"), limit=1))
    assert len(found.hits) == 1
    assert "2 moments seen, of which 1 are shown" in found.notes[0]
    with pytest.raises(UsageError, match="--limit"):
        seen_in_films([films], Looking(sought_of("a letter"), limit=0))
