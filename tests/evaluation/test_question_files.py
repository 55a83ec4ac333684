"""Files of questions: Video-MME's and StoryAD-QA's forms, what is left out of them, and hostile ones."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import InputError
from audiodesc.evaluation.questions import Question, about, read_questions
from audiodesc.model import Span

MME = {
    "video_id": "001",
    "duration": "short",
    "domain": "Film & Television",
    "sub_category": "Movie & TV Show",
    "url": "https://example.org/watch?v=abc",
    "videoID": "abc",
    "question_id": "001-1",
    "task_type": "Attribute Perception",
    "question": "What colour is the coat?",
    "options": ["A. Red.", "B. Blue.", "C. Green.", "D. Grey."],
    "answer": "B",
}
COAT = Question(
    "001-1",
    "What colour is the coat?",
    ("Red.", "Blue.", "Green.", "Grey."),
    "B",
    ("abc", "001"),
    None,
    (("task_type", "Attribute Perception"), ("duration", "short"), ("domain", "Film & Television")),
)


def written(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def story_ad(path: Path, rows: list[list[str]]) -> Path:
    heads = ["file", "raw_response", "question", *(f"option_{one}" for one in "ABCDE"), "correct_answer", "rationale"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return path


def test_video_mme_as_a_list_as_lines_and_with_the_questions_of_each_video(tmp_path: Path) -> None:
    assert read_questions(written(tmp_path / "a.json", [MME])) == ((COAT,), ())
    assert read_questions(written(tmp_path / "a.jsonl", f"{json.dumps(MME)}\n\n{json.dumps(MME)}\n"))[0] == (COAT, COAT)
    inner = {name: MME[name] for name in ("question_id", "task_type", "question", "answer")}
    video = {"video_id": "001", "duration_category": "short", "questions": [{**inner, "choices": MME["options"]}]}
    (found,), notes = read_questions(written(tmp_path / "b.json", [video]))
    assert (found.choices, found.right, found.films, notes) == (COAT.choices, "B", ("001",), ())
    assert dict(found.categories)["duration_category"] == "short"


def test_storyad_qa(tmp_path: Path) -> None:
    rows = [["3031_HG/segment_0032.mp4", "Question:\n…", "Who falls, and why?", *"vwxyz", "C", "The video shows …"]]
    (found,), notes = read_questions(story_ad(tmp_path / "qa.csv", rows))
    assert found == Question("1", "Who falls, and why?", tuple("vwxyz"), "C", ("3031_HG/segment_0032.mp4",))
    assert notes == ()


def test_what_is_no_question_with_one_right_choice_is_left_out_and_said(tmp_path: Path) -> None:
    whole = ["a.mp4", "", "Who?", *"vwxyz", "A", ""]
    last_empty = ["a.mp4", "", "Who?", *"vwxy", "", "D", ""]
    inner_empty = ["a.mp4", "", "Who?", "v", "", "x", "y", "z", "A", ""]
    right_is_gone = ["a.mp4", "", "Who?", *"vwxy", "", "E", ""]
    twice = ["a.mp4", "", "Who?", *"vvxyz", "A", ""]
    unanswered = ["a.mp4", "", "Who?", *"vwxyz", "", ""]
    asked_nothing = ["a.mp4", "", " ", *"vwxyz", "A", ""]
    rows = [whole, last_empty, inner_empty, right_is_gone, twice, unanswered, asked_nothing]
    found, (note,) = read_questions(story_ad(tmp_path / "qa.csv", rows))
    assert [len(one.choices) for one in found] == [5, 4]
    assert note.startswith(
        "5 questions left out: question 3: one of its choices is empty; question 4: its right choice"
    )
    assert note.endswith("…")


@pytest.mark.parametrize(
    ("answer", "right"),
    [("b", "B"), ("(B)", "B"), ("B.", "B"), ("option_B", "B"), ("Option B", "B"), ("Blue.", "B"), ("B. Blue.", "B")],
)
def test_ways_to_give_the_right_one(tmp_path: Path, answer: str, right: str) -> None:
    (found,), _ = read_questions(written(tmp_path / "q.json", [{**MME, "answer": answer}]))
    assert found.right == right


@pytest.mark.parametrize("answer", ["E", "Purple.", 1, ["B"], None, ""])
def test_no_right_one_is_guessed(tmp_path: Path, answer: Any) -> None:
    with pytest.raises(InputError, match="no question that can be asked"):
        read_questions(written(tmp_path / "q.json", [{**MME, "answer": answer}]))


def test_choices_by_letter_and_times(tmp_path: Path) -> None:
    row = {"question": "Who?", "options": {"A": "Anna", "B": "Tom"}, "answer": "B", "start": 12.5, "end": 30}
    (found,), _ = read_questions(written(tmp_path / "q.json", {"questions": [row]}))
    assert (found.choices, found.span) == (("Anna", "Tom"), Span(12_500, 30_000))


def test_choices_that_only_look_lettered_stay_as_they_are(tmp_path: Path) -> None:
    row = {**MME, "options": ["A. Lincoln", "J. F. Kennedy"], "answer": "A"}
    (found,), _ = read_questions(written(tmp_path / "q.json", [row]))
    assert found.choices == ("A. Lincoln", "J. F. Kennedy")


def test_questions_about_one_film(tmp_path: Path) -> None:
    def of(*films: str) -> Question:
        return Question("1", "Who?", ("a", "b"), "A", films)

    path = tmp_path / "q.json"
    mixed = [of("HG/segment_01.mp4"), of("HG/segment_02.mp4"), of()]
    assert about(mixed, ["segment_02.ad"], path) == (mixed[1], mixed[2])
    assert about([of("ABC", "001")], ["/films/abc.mkv"], path) == (of("ABC", "001"),)
    assert len(about([of(), of()], ["any"], path)) == 2
    with pytest.raises(InputError, match=r"asks about HG/segment_01.mp4, none of which is x"):
        about(mixed[:1], ["x"], path)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("q.json", "", "cannot be read as"),
        ("q.json", "[" * 100_000, "cannot be read as"),
        ("q.json", "[1, 2]", "no object"),
        ("q.json", "[]", "it is empty"),
        ("q.jsonl", '{"question": "Who?"}\n{', "cannot be read as"),
        ("q.csv", "a,b\n1,2\n", "no question that can be asked"),
        ("q.csv", 'question,"' + "x" * 200_000, "cannot be read as"),
        ("q.parquet", "PAR1", "Parquet"),
    ],
)
def test_what_is_no_file_of_questions(tmp_path: Path, name: str, content: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read_questions(written(tmp_path / name, content))


def test_bytes_that_are_no_text_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "q.json").write_bytes(b"\xff\xfe\x00[")
    with pytest.raises(InputError, match="not in UTF-8"):
        read_questions(tmp_path / "q.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_questions(tmp_path / "none.json")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*MME, "start", "end", "file"]), inner),
    max_leaves=20,
)


@given(VALUES)
def test_any_json_is_questions_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = written(tmp_path_factory.mktemp("questions") / "q.json", value)
    try:
        found, _ = read_questions(path)
    except InputError:
        return
    assert all(2 <= len(one.choices) <= 10 for one in found)


@given(st.fixed_dictionaries(dict.fromkeys(("question", "options", "answer", "start", "end", "file"), VALUES)))
def test_any_row_is_a_question_or_left_out(tmp_path_factory: pytest.TempPathFactory, row: Any) -> None:
    path = written(tmp_path_factory.mktemp("questions") / "q.json", [row, MME])
    assert read_questions(path)[0][-1] == COAT
