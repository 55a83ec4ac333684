"""What is judged and what is not, in which order, and that a judgement is a plain function of its data."""

from __future__ import annotations

import pickle

import pytest
from judge.planted import OPENING, PLANTED, at, said

from audiodesc.errors import UsageError
from audiodesc.judge import Criteria, judge, with_reasons
from audiodesc.judge.rules import FOUND, RULES
from audiodesc.model import Gap, Line, Segment, Span, SpokenLine
from audiodesc.scripts import Fault, ScriptLine, spoken_lines

LINES = [at(5, 8, "There is a dog.", 3), at(20, 23, "We see a man who seems sad.", 6)]
EVERYTHING = {"duration_ms": 60_000, "cuts": [12_000], "heard": [], "subtitles": [said(300, 301)]}


def test_what_is_not_known_is_named_with_its_reason() -> None:
    judgement = judge(LINES)
    assert judgement.unjudged["over-dialogue"] == "no subtitles were given"
    assert "past-end" in judgement.unjudged
    assert "over-speech" in judgement.unjudged
    assert not set(judgement.unjudged) & set(judgement.judged)


def test_with_everything_known_everything_is_judged() -> None:
    judgement = judge(LINES, [said(300, 301)], **EVERYTHING)  # type: ignore[arg-type]
    assert judgement.unjudged == {}
    assert set(judgement.judged) == {name for name, rule in RULES.items() if "plain" in rule.on}


def test_what_is_switched_off_is_neither_judged_nor_named() -> None:
    judgement = judge(LINES, criteria=Criteria(disable=("over-dialogue", "there-is")))
    assert {"over-dialogue", "there-is"}.isdisjoint({*judgement.judged, *judgement.unjudged})


def test_findings_come_in_order_of_time_and_those_without_one_first() -> None:
    fault = Fault("unread", "no times", 9)
    judgement = judge(reversed(LINES), faults=[fault])
    assert [one.rule for one in judgement.findings] == [
        "unreadable",
        "out-of-order",
        "there-is",
        "third-person",
        "guesses",
    ]


def test_the_same_script_is_judged_the_same_and_left_as_it_is() -> None:
    lines, cues = list(LINES), [said(6, 7)]
    first, second = judge(lines, cues), judge(lines, cues)
    assert first == second
    assert lines == LINES
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301


def test_shifting_script_and_dialogue_together_changes_no_rule_that_is_broken() -> None:
    lines, cues = [at(5, 8), at(7, 9), at(20, 20.5, "A man in a long grey coat waits.")], [said(8.5, 9), said(21, 22)]
    later = [ScriptLine(one.start_ms + 10_000, one.end_ms + 10_000, one.text) for one in lines]
    moved = [said(18.5, 19), said(31, 32)]
    assert [one.rule for one in judge(later, moved).findings] == [one.rule for one in judge(lines, cues).findings]


@pytest.mark.parametrize(
    ("rule", "code", "strict"), [("over-dialogue", FOUND, FOUND), ("there-is", 0, FOUND), ("vivid-verb", 0, 0)]
)
def test_the_exit_code_goes_by_the_gravest_finding(rule: str, code: int, strict: int) -> None:
    case = PLANTED[rule][0]
    judgement = judge(case.lines, case.cues)
    assert (judgement.exit_code(), judgement.exit_code(strict=True)) == (code, strict)


def test_an_empty_script_is_judged() -> None:
    assert judge([], []).pace.lines == 0


def test_what_make_speaks_is_judged_as_it_is_heard() -> None:
    segment = Segment(Gap(Span(0, 9_000)), Span(0, 9_000), 0, 20)
    text = "A man in a long grey coat waits alone at the gate."
    spoken = [SpokenLine(Line(segment, text, "x"), None, Span(1_000, 4_000), 1.0)]  # type: ignore[arg-type]
    lines = spoken_lines(spoken)
    assert lines == (ScriptLine(1_000, 4_000, text),)
    assert judge(lines, [said(4, 6)]).count("error") == 0
    assert judge(lines, [said(3.8, 6)]).count("error") == 1


def test_only_an_empty_pause_with_a_reason_gets_one() -> None:
    case = PLANTED["empty-pause"][0]
    plain = judge(case.lines, case.cues, **case.known)
    told = with_reasons(plain, lambda span: f"nothing seen at {span.start_ms}")
    for before, after in zip(plain.findings, told.findings, strict=True):
        is_empty = before.rule == "empty-pause" and before.span is not None
        reason = f"; nothing seen at {before.span.start_ms}" if is_empty and before.span else ""
        assert after.message == f"{before.message}{reason}"
    assert "empty-pause" in [one.rule for one in told.findings]
    assert with_reasons(plain, lambda span: "") == plain


def test_a_script_of_short_cues_is_doubted() -> None:
    short = [at(10 * n, 10 * n + 0.1, "A dog barks at a man.") for n in range(4)]
    assert "--extended" in judge(short).notes[0]
    assert judge(short, criteria=Criteria(extended=True)).notes == ()
    assert judge([OPENING], notes=["read so"]).notes == ("read so",)


@pytest.mark.parametrize(
    "choices",
    [
        {"profile": "bbc"},
        {"disable": ("no-such-rule",)},
        {"enable": ("there-is", "")},
        {"fastest_wpm": 0},
        {"usable_ms": 10},
        {"silent_min": 0.0},
        {"margin_ms": -1},
    ],
)
def test_criteria_that_do_not_exist_are_refused(choices: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"choose one of|give"):
        Criteria(**choices)  # type: ignore[arg-type]


def test_disabling_wins() -> None:
    both = Criteria(enable=("progressive",), disable=("progressive",))
    assert "progressive" not in judge(LINES, criteria=both).judged
