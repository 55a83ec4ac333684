"""Answers that hold the same facts, well or badly written, are read alike; a listener is told the story alone."""

from __future__ import annotations

import json
from dataclasses import fields
from time import thread_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.models.shot_facts import (
    LONGEST_TEXT,
    MOST_MESSAGES,
    MOST_SUBJECTS,
    SHOT_ANGLES,
    SHOT_POSITIONS,
    SHOT_TYPES,
    ShotFacts,
    Subject,
    facts_for_line,
    read_shot_facts,
    story_in,
)
from audiodesc.describers.prompts import OBSERVE_FIELDS, filled

WOMAN = {
    "TYPES": {"type": "Human", "sub_type": "Woman"},
    "appearance": "A grey plait and a red coat.",
    "action": 'She lifts a sign that says "EXIT" and doesn\'t look back.',
    "expression": "Tears in her eyes.",
    "position": "On the pier, beside a bollard.",
    "is_main_subject": True,
}
GULL = {"TYPES": {"type": "Animal", "sub_type": "Gull"}, "action": "It circles.", "is_main_subject": False}
WHOLE: dict[str, Any] = {
    "subjects": [WOMAN, GULL],
    "shot_type": "close_up",
    "shot_angle": "eye_level",
    "shot_position": "front_view",
    "camera_motion": "The camera pans left.",
    "environment": "A pier in fog.",
    "lighting": "Dim.",
}
FACTS = ShotFacts(
    (
        Subject(
            "Human",
            "Woman",
            "A grey plait and a red coat.",
            'She lifts a sign that says "EXIT" and doesn\'t look back.',
            "Tears in her eyes.",
            "On the pier, beside a bollard.",
            True,
        ),
        Subject("Animal", "Gull", action="It circles."),
    ),
    "close_up",
    "eye_level",
    "front_view",
    "The camera pans left.",
    "A pier in fog.",
    "Dim.",
)
TEXT = json.dumps(WHOLE)
REPAIRED = ("broken JSON: repaired",)


def with_fields(**changed: Any) -> str:
    return json.dumps(WHOLE | changed)


def one_subject(**changed: Any) -> str:
    return json.dumps({"subjects": [GULL | changed]})


def facts_of(answer: str) -> ShotFacts:
    return read_shot_facts(answer)[0]


def messages(answer: str) -> str:
    return "; ".join(read_shot_facts(answer)[1])


@pytest.mark.parametrize(
    "answer",
    [
        TEXT,
        json.dumps(WHOLE, indent=2),
        f"```json\n{TEXT}\n```",
        f"Here's the JSON that you asked for:\n```\n{TEXT}\n```\nIt's what I see {{briefly}}!",
        f'<think>First {{"subjects": []}} …</think>{TEXT}',
        f'{{"note": "as asked"}} {TEXT}',
        f"[{TEXT}]",
        json.dumps({"caption": WHOLE}),
        TEXT.replace('"shot_type"', '"Shot Type"').replace('"TYPES"', '"types"'),
        TEXT.replace('"eye_level"', '"Eye level"'),
        TEXT.replace("true", '"yes"').replace('"yes"', "true"),
    ],
)
def test_a_valid_answer_is_read_without_a_message(answer: str) -> None:
    assert read_shot_facts(answer) == (FACTS, ())


@pytest.mark.parametrize(
    "answer",
    [
        repr(WHOLE),
        TEXT[:-1] + ",}",
        TEXT[:-1],
        TEXT.replace('", "', '" "'),
        TEXT.replace('\\"EXIT\\"', '"EXIT"'),
        TEXT.replace('"shot_type"', '// of the whole\n"shot_type"'),
        TEXT.replace('"subjects"', "subjects").replace('"lighting"', "lighting"),
        json.dumps(TEXT),
    ],
)
def test_broken_json_is_repaired_and_said_to_be(answer: str) -> None:
    assert read_shot_facts(answer) == (FACTS, REPAIRED)


def test_curly_quotes_are_quotes() -> None:
    assert facts_of("{“subjects”: [], “environment”: “A pier.”}") == ShotFacts(environment="A pier.")


def test_of_an_answer_that_is_cut_off_half_a_clause_is_left_out() -> None:
    cut = TEXT[: TEXT.index("beside a bol") + 12]
    facts, wrong = read_shot_facts(cut)
    assert wrong == REPAIRED
    assert facts.subjects[0].action == FACTS.subjects[0].action
    assert facts.subjects[0].position == "On the pier"


@given(st.integers(0, len(TEXT)))
def test_an_answer_cut_off_anywhere_says_nothing_that_the_whole_does_not(at: int) -> None:
    facts = facts_of(TEXT[:at])
    pairs: list[tuple[Any, Any]] = [(facts, FACTS), *zip(facts.subjects, FACTS.subjects, strict=False)]
    for part, whole in pairs:
        for field in fields(part):
            value = getattr(part, field.name)
            assert not isinstance(value, str) or getattr(whole, field.name).startswith(value)
    assert len(facts.subjects) <= len(FACTS.subjects)


def test_of_two_answers_the_first_is_used() -> None:
    facts, wrong = read_shot_facts(f"{TEXT}\n{with_fields(environment='A barn.')}")
    assert facts == FACTS
    assert wrong == ("more than one object: the first is used",)


def test_subjects_alone_are_read() -> None:
    facts, wrong = read_shot_facts(json.dumps([WOMAN, GULL]))
    assert facts == ShotFacts(FACTS.subjects)
    assert wrong == ("subjects without the object around them",)


def test_a_single_subject_without_a_list_is_read() -> None:
    assert facts_of(with_fields(subjects=WOMAN)).subjects == FACTS.subjects[:1]
    assert messages(with_fields(subjects=WOMAN)) == "subjects is no list"


@pytest.mark.parametrize("types", [["Animal", "Gull"], "Animal/Gull", "Animal / Gull"])
def test_types_that_are_no_object_are_read(types: Any) -> None:
    assert facts_of(one_subject(TYPES=types)).subjects == FACTS.subjects[1:]
    assert "TYPES is no object" in messages(one_subject(TYPES=types))


def test_a_list_of_texts_is_one_text() -> None:
    assert facts_of(one_subject(action=["It circles.", "It dives."])).subjects[0].action == "It circles.; It dives."
    assert messages(one_subject(action=["It dives."])) == "action is a list"


@pytest.mark.parametrize(
    ("value", "main", "valid"),
    [
        *((True, True, True), (False, False, True), (None, False, True)),
        *(("true", True, False), ("Yes", True, False), (1, True, False)),
        *(("false", False, False), (0, False, False), ("perhaps", False, False), ([], False, False)),
    ],
)
def test_whether_a_subject_is_main(value: Any, main: bool, valid: bool) -> None:
    assert facts_of(one_subject(is_main_subject=value)).subjects[0].main is main
    assert (messages(one_subject(is_main_subject=value)) == "") is valid


@pytest.mark.parametrize("value", [7, 1.5, True, {"a": "b"}, float("nan")])
def test_what_is_no_text_is_left_out(value: Any) -> None:
    assert facts_of(with_fields(lighting=value)).lighting == ""
    assert messages(with_fields(lighting=value)) == "lighting is no text"


@pytest.mark.parametrize("value", [None, "", " ", "None", "none.", "N/A", "Unknown"])
def test_null_and_words_for_nothing_are_nothing(value: Any) -> None:
    assert read_shot_facts(with_fields(lighting=value))[0].lighting == ""
    assert messages(with_fields(lighting=value)) == ""


@pytest.mark.parametrize("field", ["shot_type", "shot_angle", "shot_position"])
def test_a_choice_that_is_not_known_is_left_out(field: str) -> None:
    assert getattr(facts_of(with_fields(**{field: "sideways"})), field) == ""
    assert messages(with_fields(**{field: "sideways"})) == f"{field} has no known value"
    assert getattr(facts_of(with_fields(**{field: "Other"})), field) == "other"


def test_fields_that_nobody_asked_for_are_named() -> None:
    assert messages(with_fields(mood="sad", zoom=1)) == "unknown fields: mood, zoom"
    assert messages(one_subject(name="Anna")) == "unknown fields: name"


def test_the_same_subject_is_there_once() -> None:
    assert facts_of(json.dumps({"subjects": [GULL] * 9})).subjects == FACTS.subjects[1:]


def test_endless_answers_are_read_up_to_a_bound() -> None:
    many = json.dumps({"subjects": [GULL | {"action": f"Circle {i}."} for i in range(MOST_SUBJECTS + 1)]})
    facts, wrong = read_shot_facts(many)
    assert [subject.action for subject in facts.subjects] == [f"Circle {i}." for i in range(MOST_SUBJECTS)]
    assert wrong == (f"{MOST_SUBJECTS + 1} subjects: the first {MOST_SUBJECTS} are used",)
    long = facts_of(with_fields(environment="gulls " * 900)).environment
    assert len(long) <= LONGEST_TEXT
    assert long.endswith("gulls")
    facts, wrong = read_shot_facts('{"subjects": [' + ", ".join([json.dumps(GULL)] * 9000))
    assert facts.subjects[0] == FACTS.subjects[1]
    assert len(facts.subjects) <= 2  # the last one is cut off
    assert wrong == ("the answer is too long: its end is not read", *REPAIRED)


@pytest.mark.parametrize(
    "answer", ["", "  ", "A woman in red walks away.", "{}", "[]", "null", '{"a": 1}', "[he] {runs}"]
)
def test_an_answer_without_facts_is_empty_and_said_to_be(answer: str) -> None:
    assert read_shot_facts(answer) == (ShotFacts(), ("no facts in the answer",))
    assert facts_for_line(ShotFacts(), dense=True) == ""


MEAN = [
    "[",
    "{",
    '{"a":',
    '{"',
    '"',
    "\\",
    '\\"',
    "(",
    "{'",
    "[{",
    "{}",
    '{"subjects":',
    "/*",
    "9",
    ",",
    "\x00",
    "\ud800",
]


@pytest.mark.parametrize("mean", MEAN)
@pytest.mark.parametrize("start", ["", '{"subjects": [{"action": "'])
def test_a_megabyte_of_anything_is_read_at_once(mean: str, start: str) -> None:
    began = thread_time()
    facts, wrong = read_shot_facts(start + mean * (1_000_000 // len(mean)))
    assert wrong
    facts_for_line(facts, dense=True).encode()
    assert thread_time() - began < 5


PIECES = st.sampled_from(
    [*"{}[]\":,'\\ \n", *MEAN, "subjects", "TYPES", "true", "```", "“", "<think>", "is_main_subject"]
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=60))
def test_nothing_raises_and_what_is_told_can_be_written(soup: str) -> None:
    for answer in (soup, TEXT[:90] + soup, TEXT.replace("pier", soup)):
        facts, wrong = read_shot_facts(answer)
        assert len(wrong) <= MOST_MESSAGES
        assert all(len(message) < 120 for message in wrong)
        "".join([facts_for_line(facts, dense=True), *wrong]).encode()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WOMAN, *WHOLE, "x"]), inner),
    max_leaves=9,
)


@given(st.dictionaries(st.sampled_from([*WHOLE, *WOMAN, "x"]), VALUES))
def test_any_kind_of_value_in_any_field_is_borne(answer: dict[str, Any]) -> None:
    facts, _ = read_shot_facts(json.dumps(answer))
    facts_for_line(facts, dense=True).encode()


def test_told_densely_it_is_all_but_the_camera() -> None:
    assert facts_for_line(FACTS, dense=True).splitlines() == [
        "WHO: Woman. LOOKS: A grey plait and a red coat. "
        'DOES: She lifts a sign that says "EXIT" and doesn\'t look back. '
        "FACE: Tears in her eyes. WHERE: On the pier, beside a bollard.",
        "WHO: Gull. DOES: It circles.",
        "PLACE: A pier in fog.",
        "LIGHT: Dim.",
    ]


def test_told_briefly_it_is_what_main_subjects_do_and_the_place() -> None:
    assert facts_for_line(FACTS, dense=False).splitlines() == [
        "WHO: Woman. LOOKS: A grey plait and a red coat. "
        'DOES: She lifts a sign that says "EXIT" and doesn\'t look back.',
        "PLACE: A pier in fog.",
    ]


def test_main_subjects_come_first_and_the_first_stands_in_for_a_main_one() -> None:
    gull, cat, dog = (Subject("Animal", name, main=name == "Dog") for name in ("Gull", "Cat", "Dog"))
    assert facts_for_line(ShotFacts((gull, cat, dog)), dense=True) == "WHO: Dog.\nWHO: Gull.\nWHO: Cat."
    assert facts_for_line(ShotFacts((gull, cat)), dense=False) == "WHO: Gull."


@pytest.mark.parametrize(
    ("kind", "sub_kind", "told"),
    [
        ("Human", "Other", "Person"),
        ("Human", "", "Person"),
        ("Human", "Accessory", "Person"),
        ("Scenery", "Other", "Scenery"),
    ],
)
def test_a_kind_stands_in_for_a_name(kind: str, sub_kind: str, told: str) -> None:
    assert facts_for_line(ShotFacts((Subject(kind, sub_kind),)), dense=True) == f"WHO: {told}."


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("She looks sad and lonely.", ""),
        ("A neutral expression. There are no tears and no smile.", ""),
        ("She is happy, with a broad smile that conveys warmth.", "with a broad smile."),
        (
            "A neutral expression, characterized by slightly open lips and a soft gaze.",
            "slightly open lips and a soft gaze.",
        ),
        ("A serious expression with furrowed brows, suggesting anger.", "furrowed brows."),
        ("Her brown hair is seen.", ""),
    ],
)
def test_of_a_face_only_the_signs_are_told(expression: str, told: str) -> None:
    facts = ShotFacts((Subject(expression=expression),))
    assert facts_for_line(facts, dense=True) == (f"FACE: {told}" if told else "")


@pytest.mark.parametrize(
    ("position", "told"),
    [
        ("Centered in the frame, beside a horse.", "beside a horse."),
        ("At the window, facing the camera.", "At the window."),
        ("In the middle of the video.", ""),
        ("Behind a picture frame.", "Behind a picture frame."),
    ],
)
def test_a_place_in_the_picture_is_no_place_in_the_story(position: str, told: str) -> None:
    facts = ShotFacts((Subject(position=position),))
    assert facts_for_line(facts, dense=True) == (f"WHERE: {told}" if told else "")


def test_the_prompt_asks_for_the_fields_that_are_read() -> None:
    asked = filled(OBSERVE_FIELDS, seconds="2.0", names="")
    assert all(f'"{name}"' in asked for name in [*WHOLE, *WOMAN, *WOMAN["TYPES"]])  # type: ignore[misc]
    assert all(value in asked for value in SHOT_TYPES + SHOT_ANGLES + SHOT_POSITIONS)


def test_the_question_itself_is_the_form_of_the_answer() -> None:
    """What SkyCaptioner was trained on: one JSON object in its own order of fields, and ours after it."""
    asked = filled(OBSERVE_FIELDS, seconds="2.0", names="- Name nobody")
    shown, end = json.JSONDecoder(strict=False).raw_decode(asked, asked.index("{"))
    whole = ["appearance", "action", "expression", "position", "TYPES", "is_main_subject"]
    assert [list(subject) for subject in shown["subjects"]] == [whole, whole]
    assert [subject["is_main_subject"] for subject in shown["subjects"]] == [True, False]
    assert list(shown) == [
        "subjects",
        "shot_type",
        "shot_angle",
        "shot_position",
        "camera_motion",
        "environment",
        "lighting",
    ]
    assert asked.index("2.0 seconds") > end
    assert asked.index("- Name nobody") > end


def test_a_paragraph_is_told_without_camera_mood_and_race() -> None:
    paragraph = (
        "A young Asian woman in a black coat opens a gate. The camera pans left. The mood is tense and sombre. "
        "Two white men wait by a white van. A low-angle shot shows the house."
    )
    assert story_in(paragraph) == "A young woman in a black coat opens a gate. Two men wait by a white van."
    assert story_in("A sign reads: Hall of Records.") == "A sign reads: Hall of Records."
