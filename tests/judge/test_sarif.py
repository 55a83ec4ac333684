"""SARIF 2.1.0, by the structure that the OASIS schema asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from planted import PLANTED, at

from audiodesc.judge import judge
from audiodesc.judge.rules import RULES
from audiodesc.judge.sarif import sarif

ALLOWED: dict[str, set[str]] = {
    "log": {"$schema", "version", "runs"},
    "run": {"tool", "invocations", "results", "columnKind", "properties"},
    "driver": {"name", "version", "rules"},
    "rule": {"id", "shortDescription", "help", "defaultConfiguration", "properties"},
    "result": {"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "properties"},
    "invocation": {"executionSuccessful", "toolConfigurationNotifications"},
    "notification": {"level", "message", "associatedRule"},
}
LEVELS = {"none", "note", "warning", "error"}


def only(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """The object, of whose properties each is one of SARIF's: the schema allows no others."""
    assert set(value) <= ALLOWED[kind]
    return value


def run(rule: str, tmp_path: Path) -> dict[str, Any]:
    log = only("log", json.loads(json.dumps(sarif(PLANTED[rule][0].judged(rule, tmp_path)))))
    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    return only("run", one)


@pytest.mark.parametrize("rule", RULES)
def test_the_structure(rule: str, tmp_path: Path) -> None:
    one = run(rule, tmp_path)
    rules = [only("rule", row) for row in only("driver", one["tool"]["driver"])["rules"]]
    assert all(row["defaultConfiguration"]["level"] in LEVELS and row["help"]["text"] for row in rules)
    assert len({row["id"] for row in rules}) == len(rules)
    for result in one["results"]:
        only("result", result)
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert place["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
    assert rule in [result["ruleId"] for result in one["results"]]


def test_what_was_not_judged_is_a_notification(tmp_path: Path) -> None:
    (invocation,) = run("there-is", tmp_path)["invocations"]
    only("invocation", invocation)
    told = [only("notification", one) for one in invocation["toolConfigurationNotifications"]]
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
