"""Pace, empty pauses and silence, on scripts whose numbers are plain."""

from __future__ import annotations

from typing import Any

import pytest
from planted import at, said

from audiodesc.judge import Criteria, judge
from audiodesc.judge.rules import Finding
from audiodesc.model import Cue, Span
from audiodesc.planning.costs import REST_MS, WAIT_MS
from audiodesc.scripts import ScriptLine

TALK = [said(0, 1), said(7, 9), said(20, 60)]
CUTS = [12_000, 15_000, 21_000]


def found(rule: str, lines: list[ScriptLine], cues: list[Cue] | None = None, **known: Any) -> list[Finding]:
    return [one for one in judge(lines, cues, **known).findings if one.rule == rule]


def test_the_numbers_of_a_script() -> None:
    pace = judge([at(0, 3, "A man waits at the gate."), at(30, 33, "Rain falls on the roof.")], duration_ms=60_000).pace
    assert (pace.lines, pace.words, pace.spoken_ms) == (2, 11, 6_000)
    assert pace.wpm == 110
    assert pace.lines_per_minute == 2.0


def test_the_numbers_of_an_empty_script() -> None:
    pace = judge([]).pace
    assert (pace.lines, pace.wpm, pace.fastest_wpm, pace.lines_per_minute) == (0, 0, 0, 0.0)


def test_a_fast_line_says_how_fast() -> None:
    text = "A man in a long grey coat waits alone at the gate."
    (finding,) = found("fast-line", [at(5, 6, text)])
    assert "12 words in 1.0 s" in finding.message
    assert found("fast-line", [at(5, 6, text)], criteria=Criteria(fastest_wpm=399)) != []
    assert found("fast-line", [at(5, 9, text)]) == []


def test_a_line_has_its_breath_besides() -> None:
    text = "A man in a long grey coat waits alone at the gate."  # 50 letters and blanks: 8.33 words, 2.5 s at 200
    assert len(found("fast-line", [at(5, 7.24, text)])) == 1
    assert found("fast-line", [at(5, 7.25, text)]) == []


def test_what_does_not_fit_at_all_is_not_also_fast() -> None:
    assert found("fast-line", [at(5, 6, "A man in a long grey coat waits alone at the gate.")], [said(6, 7)]) == []


def test_an_empty_pause_with_cuts_is_found_with_its_span() -> None:
    (finding,) = found("empty-pause", [at(2, 5)], TALK, duration_ms=61_000, cuts=CUTS)
    assert finding.span == Span(9_150, 19_850)
    assert "10.7 s" in finding.message
    assert "twice" in finding.message


@pytest.mark.parametrize(
    ("lines", "cuts"),
    [
        ([at(2, 5), at(12, 18)], CUTS),
        ([at(2, 5), at(11, 13), at(15, 16)], CUTS),
        ([at(2, 5)], [8_000, 21_000]),
        ([at(2, 5)], []),
    ],
)
def test_a_pause_with_a_line_or_without_change_is_not(lines: list[ScriptLine], cuts: list[int]) -> None:
    assert found("empty-pause", lines, TALK, duration_ms=61_000, cuts=cuts) == []


LONG = [said(0, 1), said(7, 9), said(40, 60)]
RAIN = at(20, 21, "Rain.")


def test_what_a_line_leaves_of_a_pause_is_judged_by_itself() -> None:
    """The line, with a breath on both sides, parts the pause; each part has a cut."""
    known: dict[str, Any] = {"duration_ms": 61_000, "cuts": [9_500, 25_000]}
    before, after = found("empty-pause", [at(2, 5), RAIN], LONG, **known)
    assert (before.span, after.span) == (Span(9_150, 19_750), Span(21_250, 39_850))
    assert "10.6 s of a pause of 30.7 s have no line, and the picture changes once in it" in before.message
    known["criteria"] = Criteria(usable_ms=10_601)
    assert found("empty-pause", [at(2, 5), RAIN], LONG, **known) == [after]


@pytest.mark.parametrize(("line_ms", "empty"), [(35_850 - 250 - REST_MS, False), (35_850 - 251 - REST_MS, True)])
def test_a_rest_behind_a_line_is_none_that_is_missed(line_ms: int, empty: bool) -> None:
    lines = [at(2, 5), ScriptLine(20_000, line_ms, "Rain falls on the roof.")]
    talk = [said(0, 1), said(7, 9), said(36, 60)]
    assert bool(found("empty-pause", lines, talk, duration_ms=61_000, cuts=[33_000])) is empty


@pytest.mark.parametrize(("start_ms", "empty"), [(12_000 + WAIT_MS, False), (12_001 + WAIT_MS, True)])
def test_a_change_that_a_line_tells_soon_is_not_missed(start_ms: int, empty: bool) -> None:
    cues = [said(0, 1), said(7, 9), said(20, 21)]
    lines = [at(2, 5), ScriptLine(start_ms, start_ms + 2_000, "Rain falls on the roof.")]
    assert bool(found("empty-pause", lines, cues, duration_ms=61_000, cuts=[12_000])) is empty


@pytest.mark.parametrize(("end_ms", "empty"), [(12_000 + WAIT_MS, False), (12_001 + WAIT_MS, True)])
def test_nobody_waits_longer_than_the_film(end_ms: int, empty: bool) -> None:
    assert bool(found("empty-pause", [at(2, 5)], [said(0, 1), said(7, 9)], duration_ms=end_ms, cuts=[12_000])) is empty


def test_a_cut_within_3_seconds_of_another_is_no_change_of_its_own() -> None:
    """The line from 12 s on tells of what is seen from there on, but not of the place that is new at 18 s."""
    lines, known = [at(2, 5), at(12, 14)], {"duration_ms": 61_000}
    assert found("empty-pause", lines, LONG, cuts=[12_000, 18_000], **known) != []
    assert found("empty-pause", lines, LONG, cuts=[13_000, 15_999], **known) == []
    assert found("empty-pause", lines, LONG, cuts=[13_000, 16_000], **known) != []


def test_a_cue_too_short_for_its_words_takes_the_time_of_them() -> None:
    """Twenty words of six letters and blanks: 6 s at 200 a minute."""
    text = " ".join(["ripens"] * 20)
    (finding,) = found("empty-pause", [at(2, 5), at(10, 10, text)], LONG, duration_ms=61_000, cuts=[12_000, 18_000])
    assert finding.span
    assert finding.span.start_ms == pytest.approx(16_250 + 950, abs=1_000)
    assert found("empty-pause", [at(10, 10, text)], LONG, cuts=CUTS, criteria=Criteria(extended=True)) == []


def test_how_short_a_pause_is_usable_can_be_set() -> None:
    cues = [said(0, 5), said(7, 16)]
    assert found("empty-pause", [at(17, 18)], cues, cuts=[5_150]) == []
    shorter = Criteria(usable_ms=1_700)
    assert len(found("empty-pause", [at(17, 18)], cues, cuts=[5_150], criteria=shorter)) == 1


def test_without_cuts_or_subtitles_pauses_are_not_judged() -> None:
    assert "empty-pause" in judge([at(2, 5)], TALK).unjudged
    assert "empty-pause" in judge([at(2, 5)], cuts=CUTS).unjudged


def test_silence_at_the_start_and_at_the_end_counts() -> None:
    spans = [one.span for one in found("long-silence", [at(130, 133)], duration_ms=260_000)]
    assert spans == [Span(0, 130_000), Span(133_000, 260_000)]
    assert found("long-silence", [at(110, 113)], duration_ms=230_000) == []


def test_a_line_past_the_films_end_makes_no_silence() -> None:
    assert found("long-silence", [at(20, 23), at(300, 303)], duration_ms=71_000) == []
    (finding,) = found("long-silence", [at(20, 23), at(300, 303)], duration_ms=150_000)
    assert finding.span == Span(23_000, 150_000)


def test_the_speed_of_cues_far_too_short_is_not_known() -> None:
    short = [at(5, 5.1), at(20, 20.1)]
    assert judge(short).pace.wpm == 0
    assert judge([*short, at(30, 33), at(40, 43)]).pace.wpm > 0


def test_silence_is_no_fault_where_there_is_no_pause() -> None:
    talk = [said(8 + 2 * n, 10 + 2 * n) for n in range(104)]
    assert found("long-silence", [at(5, 8), at(215, 218)], talk) == []
    assert len(found("long-silence", [at(5, 8), at(215, 218)])) == 1


def test_how_long_a_silence_may_be_can_be_set() -> None:
    lines = [at(5, 8), at(100, 103)]
    assert found("long-silence", lines) == []
    assert len(found("long-silence", lines, criteria=Criteria(silent_min=1.5))) == 1


def test_a_film_without_a_line_is_one_silence() -> None:
    (finding,) = found("long-silence", [], duration_ms=300_000)
    assert finding.span == Span(0, 300_000)


def test_cues_that_follow_each_other_without_a_gap_are_not_close() -> None:
    """Such a cue ends where the next begins, whatever its words take; one that has too many is a fast line."""
    text = "A man in a long grey coat waits alone at the gate."
    for gap in (0, 0.001, 0.04):
        lines = [at(5, 7.2, text), at(7.2 + gap, 10, "Rain falls on the roof.")]
        assert found("lines-close", lines) == []
        assert len(found("fast-line", lines)) == 1
    assert len(found("lines-close", [at(5, 7.2, text), at(7.3, 10, "Rain falls on the roof.")])) == 1
