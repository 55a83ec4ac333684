"""Place, pace, empty pauses and silence, to the millisecond where the answer is known to the millisecond."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.planted import at, said

from audiodesc.judge import Criteria, judge
from audiodesc.judge.rules import RULES, Finding
from audiodesc.judge.timing_rules import FRAME_MS, MIN_OVERLAP_MS, OVERHANG_MS, TOLERANCE
from audiodesc.model import Cue, Span
from audiodesc.planning.costs import REST_MS, WAIT_MS
from audiodesc.scripts import ScriptLine

HARD = {name for name, rule in RULES.items() if rule.group == "hard"}


def hard(lines: list[ScriptLine], cues: list[Cue] | None = None, **known: Any) -> list[Finding]:
    return [one for one in judge(lines, cues, **known).findings if one.rule in HARD]


def rules(lines: list[ScriptLine], cues: list[Cue] | None = None, **known: Any) -> list[str]:
    return [one.rule for one in hard(lines, cues, **known)]


def test_the_finding_says_how_long_and_over_what() -> None:
    (finding,) = hard([at(5, 8, number=12)], [said(7, 9, "Where have\nyou been?")])
    assert finding.line == 12
    assert finding.span == Span(5_000, 8_000)
    assert "1000 ms" in finding.message
    assert "Where have you been?" in finding.message


def test_dialogue_that_is_cut_short_says_so() -> None:
    said_all, said_more = ("word " * 12).strip() + "!", ("word " * 12).strip() + "!!"
    (whole,), (cut,) = (hard([at(5, 8)], [said(7, 9, text)]) for text in (said_all, said_more))
    assert said_all in whole.message
    assert "…" not in whole.message
    assert "word…'" in cut.message


@pytest.mark.parametrize(
    ("start", "end", "rule"),
    [
        (6.0, 8, "cue-edge"),  # 6 letters take 0.4 s; begun half a second late and unhurried, done at 5.1 s
        (5.0, 8, "cue-edge"),
        (4.9, 8, "over-dialogue"),
        (2.0, 4.1, "cue-edge"),
        (2.0, 4.2, "over-dialogue"),
        (4.0, 4.05, "over-dialogue"),
    ],
)
def test_the_edge_of_a_subtitle_is_no_error(start: float, end: float, rule: str) -> None:
    """Two words in a cue of 2.3 s, from 4 s on; nobody listened to the film."""
    found = judge([at(start, end, "Rain.")], [said(4, 6.3, "Oh no.")]).findings
    assert [one.rule for one in found if one.rule in ("over-dialogue", "cue-edge")] == [rule]


def test_where_the_film_was_heard_a_subtitle_counts_to_its_end() -> None:
    known: dict[str, Any] = {"heard": [], "subtitles": [said(4, 6.3, "Oh no.")]}
    assert rules([at(6, 8, "Rain.")], [said(4, 6.3, "Oh no.")], **known) == ["over-dialogue"]


def test_two_cues_that_are_spoken_over_are_one_finding() -> None:
    (finding,) = hard([at(5, 10)], [said(6, 8), said(7, 9)])
    assert "3000 ms" in finding.message


@pytest.mark.parametrize(("kind", "over"), [("speech", True), ("on_screen", True), ("lyrics", False), ("sound", False)])
def test_songs_and_sounds_may_be_spoken_over(kind: Any, over: bool) -> None:
    assert ("over-dialogue" in rules([at(5, 8)], [said(6, 7, kind=kind)])) is over


def test_a_line_of_no_length_stands_where_it_starts() -> None:
    assert rules([at(5, 5)], [said(4, 6)]) == ["over-dialogue"]
    assert rules([at(5, 5)], [said(3, 5), said(9, 10)]) == []


def test_no_subtitles_are_not_no_dialogue() -> None:
    assert "over-dialogue" in judge([at(5, 8)]).unjudged
    assert "over-dialogue" in judge([at(5, 8)], ()).judged


SPANS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90)).map(lambda one: Span(one[0], sum(one))), max_size=6)


@given(SPANS, SPANS)
def test_every_line_that_shares_a_millisecond_with_dialogue_is_found(lines: list[Span], cues: list[Span]) -> None:
    spoken = {ms for cue in cues for ms in range(cue.start_ms, cue.end_ms)}
    over = [line for line in sorted(lines) if spoken.intersection(range(line.start_ms, line.end_ms))]
    script = [ScriptLine(line.start_ms, line.end_ms, "Rain.") for line in lines]
    found = judge(script, sorted((Cue(cue, "So.") for cue in cues), key=lambda cue: cue.span)).findings
    assert [one.span for one in found if one.rule in ("over-dialogue", "cue-edge")] == over


def test_speech_that_is_heard_counts_from_what_a_detector_can_tell() -> None:
    edge = 8_000 - MIN_OVERLAP_MS
    assert rules([at(5, 8)], [], heard=[Span(edge, 9_000)]) == []
    assert rules([at(5, 8)], [], heard=[Span(9_500, 9_600), Span(edge - 1, 9_000)]) == ["over-speech"]


def test_what_is_over_a_cue_is_not_told_again_as_heard() -> None:
    assert rules([at(5, 8)], [said(6, 8)], heard=[Span(6_000, 8_000)]) == ["over-dialogue"]


def test_a_line_that_ends_behind_its_own_cue_fits_if_there_is_room() -> None:
    text = "A man in a long grey coat waits alone at the gate."  # 12 words: 3.6 s at 200 a minute, less by its letters
    assert rules([at(5, 5.1, text)], [said(9, 10)]) == []
    assert rules([at(5, 5.1, text)], [said(6, 7)]) == ["does-not-fit"]
    assert rules([at(5, 5.1, text), at(6, 9, "Rain falls.")]) == ["does-not-fit"]
    assert rules([at(5, 5.1, text)], duration_ms=6_000) == ["does-not-fit"]


def test_a_line_that_an_estimate_may_wrong_is_not_said_not_to_fit() -> None:
    text = " ".join(["everybody"] * 20)  # 6 s at 200 words a minute
    assert rules([at(5, 6, text)], [said(5 + 6 / TOLERANCE + 0.01, 20)]) == []
    assert rules([at(5, 6, text)], [said(5 + 6 / TOLERANCE - 0.01, 20)]) == ["does-not-fit"]


def test_speech_that_goes_on_past_its_subtitle_counts_as_what_is_heard() -> None:
    """The subtitle ends at 6 s; the sound made it longer."""
    known: dict[str, Any] = {"heard": [], "subtitles": [said(4, 6)]}
    assert rules([at(6, 8)], [said(4, 6 + MIN_OVERLAP_MS / 1000)], **known) == []
    assert rules([at(6, 8)], [said(4, 6.001 + MIN_OVERLAP_MS / 1000)], **known) == ["over-speech"]
    assert rules([at(5.999, 8)], [said(4, 7)], **known) == ["over-dialogue"]


def test_a_subtitle_in_which_nobody_is_heard_is_no_dialogue() -> None:
    """It stands until 9 s; who speaks is silent from 7 s on."""
    known: dict[str, Any] = {"heard": [], "subtitles": [said(4, 9, "Who is there?")]}
    over, under = judge([at(6.5, 8, "Rain falls."), at(8.5, 10)], [said(4, 7)], **known).findings
    assert (over.rule, over.severity) == ("over-dialogue", "error")
    assert (under.rule, under.severity) == ("under-subtitle", "info")
    assert "500 ms" in over.message
    assert "500 ms under a subtitle in which nobody is heard: 'Who is there?'" in under.message
    assert "under-subtitle" in judge([at(8.5, 10)], [said(4, 7)]).unjudged


def test_a_slower_listener_needs_more_room() -> None:
    text = "A man in a long grey coat waits alone at the gate."
    assert rules([at(5, 8, text)], [said(8, 10)]) == []
    assert rules([at(5, 8, text)], [said(8, 10)], criteria=Criteria(fastest_wpm=120)) == ["does-not-fit"]


def test_cues_that_overlap_by_a_frame_were_rounded_so() -> None:
    assert rules([at(5, 7 + FRAME_MS / 1000), at(7, 9)]) == []
    assert rules([at(5, 7 + FRAME_MS / 1000 + 0.001), at(7, 9)]) == ["overlapping-lines"]


def test_order_is_that_of_the_file() -> None:
    found = hard([at(30, 32, number=3), at(10, 12, number=6), at(20, 22, number=9), at(40, 42, number=12)])
    assert [(one.rule, one.line) for one in found] == [("out-of-order", 6), ("out-of-order", 9)]


@pytest.mark.parametrize(
    ("start", "end", "past"),
    [(89, 90, False), (89, 90 + OVERHANG_MS / 1000, False), (87, 91.1, True), (90, 91, True), (95, 96, True)],
)
def test_the_end_of_the_film(start: float, end: float, past: bool) -> None:
    found = rules([at(start, end, "Rain.")], duration_ms=90_000)
    assert found == (["past-end"] if past else [])


def test_an_extended_description_may_stand_anywhere() -> None:
    lines = [at(5, 5.01, "A man in a long grey coat waits alone at the gate."), at(5.02, 5.1, "Rain falls.")]
    assert rules(lines, [said(4, 9)]) != []
    assert rules(lines, [said(4, 9)], criteria=Criteria(extended=True)) == []


def test_an_extended_line_must_start_within_the_film() -> None:
    extended = Criteria(extended=True)
    assert rules([at(89, 95)], duration_ms=90_000, criteria=extended) == []
    assert rules([at(90, 95)], duration_ms=90_000, criteria=extended) == ["past-end"]


def test_a_fault_in_one_line_is_told_once() -> None:
    late = hard([at(95, 99, "A man in a long grey coat waits alone at the gate.")], [said(96, 97)], duration_ms=90_000)
    assert [one.rule for one in late] == ["past-end"]


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
