"""JUnit XML: a case for each rule, valid by Jenkins' schema (`junit-10.xsd`) and read back by junitparser."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import junitparser
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from planted import PLANTED, at

from audiodesc.judge import judge
from audiodesc.judge.output import junit
from audiodesc.judge.rules import RULES

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit-10.xsd"))


def suite(text: str) -> ElementTree.Element:
    SCHEMA.validate(text)
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
    assert not SCHEMA.is_valid(text)


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
