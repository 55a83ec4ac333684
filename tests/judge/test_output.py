"""A judgement as a table, a summary and JSON."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from planted import at, said
from rich.console import Console

from audiodesc.judge import Judgement, judge
from audiodesc.judge.output import MOST_ROWS, as_json, clock, summary, table
from audiodesc.judge.rules import found
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
    hints = [found("there-is", "a hint", number=number) for number in range(1, 2_000)]
    errors = [found("over-dialogue", "an error", number=number) for number in (1_500, 1_990)]
    many = replace(judgement(), findings=tuple(sorted((*hints, *errors), key=lambda one: one.line)))
    rows = [row.split() for row in shown(many).splitlines()[1:]]
    assert len(rows) == MOST_ROWS
    assert [row[0] for row in rows[-2:]] == ["1500", "1990"]
    assert f"Shown: the gravest {MOST_ROWS} of 2001 findings; --json, --sarif and --junit have all." in summary(many)
    assert "Shown:" not in summary(judgement())
    assert len(as_json(many)["findings"]) == 2_001


def test_no_finding_is_an_empty_table() -> None:
    assert table(judge([at(5, 8)])).row_count == 0


def test_the_summary_counts_and_says_what_was_not_judged() -> None:
    text = summary(judgement())
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
    assert clock(Span(3_725_400, 3_725_400)) == "1:02:05.4"
    assert clock(Span(59_960, 60_000)) == "1:00.0"
    assert clock(None) == ""
