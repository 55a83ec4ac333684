"""A project knows the dialogue and the shots of its film without the film; an older one has the dialogue's report."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import SCRIPT, make_story, write_script

from audiodesc import render
from audiodesc.model import Span
from audiodesc.project.project import made_project, open_project
from audiodesc.project.timeline import TIMELINE, Timeline, saved_timeline
from audiodesc.report import read_report
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("timeline")
    render(make_story(place), write_script(place / "mine.vtt", SCRIPT), place / "story.srt", settings=QUICK)
    return place / "story.ad"


def timeline(folder: Path, **facts: object) -> Timeline:
    with open_project(folder) as project:
        project.put_facts(facts)
        return saved_timeline(project)


def test_a_run_keeps_what_it_found(folder: Path) -> None:
    made = read_report(folder / "story.ad.json")
    found = timeline(folder)
    assert [(one.span.start_ms, one.kind, one.text) for one in found.cues] == [
        (one.start_ms, one.kind, one.text) for one in made.cues if one.text
    ]
    assert found.cues
    assert (found.language, found.duration_ms) == (made.language, made.film.duration_ms)


def test_a_project_that_did_not_keep_it_reads_the_report(folder: Path) -> None:
    kept = timeline(folder)
    read = timeline(folder, **{TIMELINE: None})
    assert (read.cues, read.language, read.duration_ms) == (kept.cues, kept.language, kept.duration_ms)


def test_shots_lie_between_the_cuts() -> None:
    assert Timeline(cuts=(2_000, 5_000), duration_ms=9_000).shots == (
        Span(0, 2_000),
        Span(2_000, 5_000),
        Span(5_000, 9_000),
    )
    assert Timeline(duration_ms=9_000).shots == ()


@pytest.mark.parametrize("wrong", [[], "text", {"cues": [[5, 1, "speech", "", "x"]], "cuts": [], "language": ""}, {}])
def test_what_is_damaged_is_left_out(folder: Path, wrong: object) -> None:
    assert timeline(folder, **{TIMELINE: wrong}) == Timeline()


def test_a_project_of_no_film_knows_nothing(tmp_path: Path) -> None:
    (tmp_path / ".audiodesc").mkdir()
    with made_project(tmp_path) as project:
        assert saved_timeline(project) == Timeline()
