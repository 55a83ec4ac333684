"""Every rule catches what it is for, leaves alone what differs in that alone, and can be switched."""

from __future__ import annotations

from pathlib import Path

import pytest
from judge.planted import OPENING, PLANTED, lines

from audiodesc import check
from audiodesc.core.style import BROKEN
from audiodesc.judge import Criteria, judge
from audiodesc.judge.rules import RULES
from audiodesc.settings import StyleProfile

OFF = {"progressive", "begins-to", "scene-heading", "pronoun-first"}


def broken(rule: str, case: int, folder: Path, **choices: object) -> list[str]:
    judgement = PLANTED[rule][case].judged(rule, folder, **choices)
    assert rule not in judgement.unjudged
    return [finding.rule for finding in judgement.findings]


def test_every_rule_is_planted() -> None:
    assert set(PLANTED) == set(RULES)
    assert set(BROKEN) <= set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_fault_is_found_once(rule: str, tmp_path: Path) -> None:
    assert broken(rule, 0, tmp_path).count(rule) == 1


@pytest.mark.parametrize("rule", RULES)
def test_what_differs_in_that_alone_is_not(rule: str, tmp_path: Path) -> None:
    assert rule not in broken(rule, 1, tmp_path)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_disabled_is_silent(rule: str, tmp_path: Path) -> None:
    assert rule not in broken(rule, 0, tmp_path, disable=(rule,))


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_says_what_to_do_and_on_whose_word(rule: str, tmp_path: Path) -> None:
    judgement = PLANTED[rule][0].judged(rule, tmp_path)
    (finding,) = (one for one in judgement.findings if one.rule == rule)
    assert finding.message
    assert (finding.advice, finding.source) == (RULES[rule].advice, RULES[rule].source)
    assert finding.severity == RULES[rule].severity
    assert finding.span is not None or finding.line or rule == "fast-overall"


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.group == "style" and rule.on])
def test_a_good_line_breaks_no_rule_at_all(rule: str, tmp_path: Path) -> None:
    assert PLANTED[rule][1].judged(rule, tmp_path, disable=tuple(OFF)).findings == ()


def test_hard_faults_are_errors_everywhere_and_nothing_else_is() -> None:
    for rule in RULES.values():
        assert (rule.severity == "error") == (rule.group == "hard")
        assert rule.group == "style" or rule.on == {"itc", "dcmp", "netflix", "plain"}


def test_some_rules_are_off_unless_asked_for() -> None:
    assert {name for name, rule in RULES.items() if not rule.on} == OFF
    case = lines(OPENING, *(line for rule in OFF for line in PLANTED[rule][0].lines[1:]))
    assert not OFF & set(judge(case.lines).judged)


@pytest.mark.parametrize(("profile", "on"), [("plain", False), ("itc", False), ("netflix", False), ("dcmp", True)])
def test_a_profile_has_its_own_rules(profile: StyleProfile, on: bool) -> None:
    case = PLANTED["active-voice"][0]
    found = {finding.rule for finding in judge(case.lines, criteria=Criteria(profile)).findings}
    assert ("active-voice" in found) is on


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("script.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v espeak-enn>A man waits at the gate.\n"),
        ("script.csv", "In,Out,Text,Voice\n00:00:01.000,00:00:03.000,A man waits at the gate.,espeak-enn\n"),
    ],
)
def test_check_names_a_voice_that_is_not_here_as_render_does(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    (found,) = (one for one in check(path).findings if one.rule == "unknown-voice")
    assert (found.severity, found.words) == ("info", "A man waits at the gate.")
    assert found.message.startswith("there is no voice 'espeak-enn', and the film's speaks instead")
    for other in ("espeak-en-gb", "Narrator", "Anne-Marie"):
        path.write_text(text.replace("espeak-enn", other), "utf-8")
        assert "unknown-voice" not in [one.rule for one in check(path).findings]
