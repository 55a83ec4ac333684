"""What a project knows comes back as documents: each thing once, under the same id, in the fields that it is of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search.filmstock import draft, made

from audiodesc.model import Span
from audiodesc.project.editing import Edit
from audiodesc.project.project import Project, open_project
from audiodesc.project.timeline import TIMELINE
from audiodesc.search.documents import FIELDS, Document, documents

FACTS = {
    "subjects": [
        {
            "TYPES": {"type": "Human", "sub_type": "Woman"},
            "appearance": "a red coat",
            "action": "she runs",
            "expression": "",
            "position": "",
            "is_main_subject": True,
        }
    ],
    "shot_type": "close_up",
    "environment": "a harbour at night",
    "lighting": "lamps",
}
TIMELINE_FACT = {
    "cues": [
        [1_000, 2_000, "speech", "Anna", "I never said that."],
        [1_000, 2_500, "sound", "", "door slams"],
        [9_000, 9_500, "on_screen", "", "Hamburg, 1962"],
    ],
    "cuts": [4_000],
    "language": "en",
    "duration_ms": 10_000,
}


def by_id(project: Project) -> dict[str, Document]:
    found = list(documents(project))
    assert len({one.id for one in found}) == len(found)
    return {one.id: one for one in found}


def test_each_thing_that_is_known_is_a_document(tmp_path: Path) -> None:
    shown = "text from 0.500 to 2.000 s, 8 % high: FERRY TO OSLO"
    drafts = [draft(3_000, "Anna, a woman in a red coat, runs.", json.dumps(FACTS)), draft(7_000, "", shown)]
    with made(tmp_path / "film.ad", drafts, {TIMELINE: TIMELINE_FACT}) as project:
        found = by_id(project)
    assert found["line-000003000"].texts == {"line": "Anna, a woman in a red coat, runs."}
    assert found["observation-000003000"].texts == {
        "who": "Woman, a red coat",
        "seen": "she runs · lamps",
        "place": "a harbour at night",
        "shot": "close up",
    }
    assert found["observation-000003000"].span == Span(1_000, 4_000)
    assert found["text-000007000-1"].texts == {"text": "FERRY TO OSLO"}
    assert found["text-000007000-1"].span == Span(500, 2_000)
    assert found["dialogue-000001000-1"].texts == {"said": "I never said that.", "who": "Anna"}
    assert found["dialogue-000001000-2"].texts == {"sound": "door slams"}
    assert (found["dialogue-000009000-1"].kind, found["dialogue-000009000-1"].texts) == (
        "text",
        {"text": "Hamburg, 1962"},
    )
    assert found["person-000003000-1"].texts == {"who": "Anna, the woman in a red coat"}
    assert [one.span for one in found.values() if one.kind == "shot"] == [Span(0, 4_000), Span(4_000, 10_000)]
    assert {one.film for one in found.values()} == {"film.mp4"}
    assert found["line-000003000"].language == "en"


def test_a_line_that_calls_somebody_by_looks_is_found_by_the_name(tmp_path: Path) -> None:
    lines = ["Anna, a woman in a red coat, runs.", "The woman in the red coat falls.", "A dog barks."]
    with made(tmp_path / "film.ad", [draft(at * 5_000, line) for at, line in enumerate(lines, 1)]) as project:
        found = by_id(project)
    assert [found[f"line-{at * 5_000:09d}"].texts.get("who") for at in (1, 2, 3)] == [None, "Anna", None]


def test_a_person_s_lines_stand_in_the_place_of_the_describer_s(tmp_path: Path) -> None:
    with made(tmp_path / "film.ad", [draft(1_000, "A ferry."), draft(5_000, "Night.", "a dark sky")]) as project:
        project.edit([Edit("000001000", text="Two ferries."), Edit("000005000", deleted=True)])
        found = by_id(project)
    assert found["line-000001000"].texts == {"line": "Two ferries."}
    assert "line-000005000" not in found
    assert found["observation-000005000"].texts == {"seen": "a dark sky"}


def test_a_project_that_knows_no_dialogue_has_what_it_has(tmp_path: Path) -> None:
    with made(tmp_path / "film.ad", [draft(1_000, "A ferry.")]) as project:
        assert set(by_id(project)) == {"line-000001000"}
        project.put_facts({TIMELINE: {"cues": "damaged"}})
        assert set(by_id(project)) == {"line-000001000"}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_whatever_texts_say_they_are_only_texts(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("hostile") / "film.ad"
    drafts = [draft(at * 5_000, line, facts) for at, (line, facts) in enumerate(texts)]
    with made(folder, drafts):
        pass
    with open_project(folder) as project:
        for one in by_id(project).values():
            assert set(one.texts) <= set(FIELDS)
            assert all(text == " ".join(text.split()) != "" for text in one.texts.values())
