"""A judgement as a table, a summary and JSON."""

from __future__ import annotations

import io
import json

from planted import at, said
from rich.console import Console

from audiodesc.judge import Judgement, judge
from audiodesc.judge.output import as_json, clock, summary, table
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
