"""An evaluation as the command line and the library give it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from commandline import audiodesc
from evaluation.scripts_of import HUMAN, webvtt
from stories import make_story

from audiodesc import evaluate
from audiodesc.errors import InputError, UsageError
from audiodesc.evaluation import Options
from audiodesc.evaluation.html import frames_of
from audiodesc.evaluation.model import Score, Value
from audiodesc.evaluation.output import from_json, to_json
from audiodesc.project import Edit, open_project

QUICK = Options(resamples=50)


@pytest.fixture(scope="module")
def human(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return webvtt(tmp_path_factory.mktemp("evaluation") / "human.vtt", HUMAN)


def values(scores: tuple[Score, ...], system: str) -> dict[str, Value]:
    return {score.measure: value for score in scores for name, value in (score.values or {}).items() if name == system}


def test_a_script_against_itself_is_as_good_as_can_be(human: Path) -> None:
    found = evaluate(human, human, options=QUICK)
    ours, most = values(found.scores, "ours"), values(found.scores, "itself")
    assert ours == most
    assert ours["bleu4"].value == pytest.approx(100)
    assert ours["rouge_l"] == Value(pytest.approx(100), pytest.approx(100), pytest.approx(100))  # type: ignore[arg-type]
    assert ours["cider"].value == pytest.approx(1000, rel=0.05)
    assert found.coverage is not None
    assert (found.coverage.empty, found.coverage.extra) == (0, 0)


def test_a_copy_of_the_neighbour_has_the_scores_of_that_row(human: Path, tmp_path: Path) -> None:
    copied = [(*cue[:2], before[2]) for before, cue in pairwise(HUMAN)]
    found = evaluate(webvtt(tmp_path / "copied.vtt", copied), human, options=QUICK)
    assert values(found.scores, "ours") == values(found.scores, "neighbour")
    assert found.coverage is not None
    assert found.coverage.empty == 1


def test_a_second_human_is_a_row_of_its_own(human: Path, tmp_path: Path) -> None:
    second = webvtt(tmp_path / "second.vtt", [(*cue[:2], cue[2].replace("the", "a")) for cue in HUMAN])
    ours = webvtt(tmp_path / "ours.vtt", [(*HUMAN[0][:2], "A dog barks.")])
    found = evaluate(ours, human, second=second, options=QUICK)
    assert values(found.scores, "second") == values(evaluate(second, human, options=QUICK).scores, "ours")
    assert all(line.second for line in found.lines)
    assert values(found.scores, "ours")["rouge_l"].value < 10


def test_lines_have_their_scores_and_their_cues(human: Path, tmp_path: Path) -> None:
    found = evaluate(webvtt(tmp_path / "ours.vtt", HUMAN[1:2]), human, options=QUICK)
    assert [line.ours for line in found.lines] == ["", HUMAN[1][2], "", "", "", ""]
    assert [line.human for line in found.lines] == [text for *_, text in HUMAN]
    assert [round(line.scores["rouge_l"]) for line in found.lines] == [0, 100, 0, 0, 0, 0]


def test_the_same_is_found_again_and_read_back_from_its_json(human: Path) -> None:
    found = evaluate(human, human, options=QUICK)
    assert found == evaluate(human, human, options=QUICK)
    assert from_json(to_json(found)) == found
    assert json.loads(to_json(found))["schema_version"] == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"ours": 3}'])
def test_what_is_no_evaluation_is_refused(content: str) -> None:
    with pytest.raises(InputError, match="not an evaluation"):
        from_json(content, "x.json")


def test_a_second_human_needs_a_first(human: Path) -> None:
    with pytest.raises(UsageError, match="without a first"):
        evaluate(human, second=human)


def test_a_project_is_evaluated_as_it_stands(tmp_path: Path) -> None:
    """With a person's edits, without the lines that were deleted; its film gives the frames of the page."""
    make_story(tmp_path)
    made = audiodesc("describe", "story.mp4", "--subs", "story.srt", "--describer", "basic", "-q", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    with open_project(tmp_path / "story.ad") as project:
        first, *others = [line for line in project.lines() if not line.reason]
        project.edit([Edit(id=first.id, text="Anna opens the door."), Edit(text="Rain falls.", start_ms=9_000)])
        project.edit([Edit(id=line.id, deleted=True) for line in others])
    human = webvtt(tmp_path / "human.vtt", [(first.start_ms / 1000, 3.0, "A ferry."), (9.0, 10.0, "It rains.")])
    found = evaluate(tmp_path / "story.ad", human, options=QUICK)
    assert [line.ours for line in found.lines] == ["Anna opens the door.", "Rain falls."]
    assert found.film == str((tmp_path / "story.mp4").resolve())
    assert sorted(frames_of(found)) == [1, 2]


def test_the_command_says_it_in_a_table(human: Path) -> None:
    done = audiodesc("evaluate", human, human, "--resamples", 20)
    assert done.returncode == 0, done.stderr
    for word in ("BLEU-4", "ROUGE-L", "CIDEr", "this script", "copied neighbour", "chance", "human itself", "100.0"):
        assert word in done.stdout
    assert "100 % of 6 human cues have a line" in done.stdout


def test_the_command_gives_json(human: Path) -> None:
    done = audiodesc("evaluate", human, human, "--resamples", 0, "--json")
    assert done.returncode == 0, done.stderr
    assert from_json(done.stdout) == evaluate(human, human, options=Options(resamples=0))


@pytest.mark.parametrize(
    ("arguments", "fault", "code"),
    [
        (["missing.vtt", "HUMAN"], "missing.vtt", 3),
        (["HUMAN", "missing.vtt"], "missing.vtt", 3),
        (["HUMAN", "HUMAN", "--window", "-1"], "--window is -1: give 0 to 60", 2),
        (["HUMAN", "HUMAN", "--resamples", "1000000000"], "--resamples", 2),
        (["HUMAN", "HUMAN", "--seed", "-5"], "--seed is -5", 2),
    ],
)
def test_faults_are_one_line(arguments: list[str], fault: str, code: int, human: Path, tmp_path: Path) -> None:
    done = audiodesc("evaluate", *(str(human) if one == "HUMAN" else one for one in arguments), cwd=tmp_path)
    assert done.returncode == code
    assert fault in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
