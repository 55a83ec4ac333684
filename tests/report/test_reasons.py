"""Why each pause is used or not, by hand; and why no line is spoken, with what helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audiodesc.model import Gap, Line, Outcome, Segment, Span, SpokenLine
from audiodesc.planning import Verdict
from audiodesc.report.model import ReportGap
from audiodesc.report.reasons import NOTHING, explained_gaps, silence_reason, unspoken
from audiodesc.settings import DialogueSettings, PlanSettings, Settings, StopSettings

GAPS = [Gap(Span(1_000, 3_000)), Gap(Span(5_000, 9_000)), Gap(Span(20_000, 24_000))]


def verdicts(*starts: tuple[int, ...], described_ms: int | None = None) -> list[Verdict]:
    return [
        Verdict(gap, one, f"reason {i}", None if one else described_ms)
        for i, (gap, one) in enumerate(zip(GAPS, starts, strict=True))
    ]


def outcome(wanted_ms: int, said_ms: int | None, reason: str = "", text: str = "Rain.") -> Outcome:
    gap = next(gap for gap in GAPS if gap.span.start_ms <= wanted_ms < gap.span.end_ms)
    segment = Segment(gap, Span(wanted_ms - 1_000, wanted_ms + 2_500), wanted_ms, 9)
    speech = None
    if said_ms is not None:
        speech = SpokenLine(Line(segment, "Rain.", "m"), Path("a.wav"), Span(said_ms, said_ms + 900), 1.0)
    return Outcome(segment, "", text, "m", speech, reason)


def told_of(gap: ReportGap) -> tuple[list[int], list[int], str | None]:
    return list(gap.planned_ms or ()), list(gap.spoken_ms or ()), gap.why


def test_a_pause_that_is_used_and_one_that_is_not_keep_the_reason_of_the_plan() -> None:
    made = list(
        explained_gaps(verdicts((1_000,), (), (20_000, 22_000)), [outcome(ms, ms) for ms in (1_000, 20_000, 22_000)])
    )
    assert [told_of(gap) for gap in made] == [
        ([1_000], [1_000], "reason 0"),
        ([], [], "reason 1"),
        ([20_000, 22_000], [20_000, 22_000], "reason 2"),
    ]


def test_a_line_that_is_said_in_a_later_pause_is_told_of_in_both() -> None:
    first, second, _ = explained_gaps(verdicts((1_000,), (), ()), [outcome(1_000, 5_250)])
    assert told_of(first) == ([1_000], [], "the line planned here is said at 0:05.3")
    assert told_of(second)[:2] == ([], [5_250])
    assert second.why == "the line planned at 0:01.0 is said here: it needs the room"


def test_a_pause_whose_line_is_left_out_says_why() -> None:
    (first, *_) = explained_gaps(verdicts((1_000,), (), ()), [outcome(1_000, None, "it takes 4.0 s")])
    assert first.why == "the line planned here is left out: it takes 4.0 s"


def test_a_pause_in_which_nothing_was_seen_says_what_was_watched() -> None:
    silent = [outcome(ms, None, "nothing worth saying", "") for ms in (20_000, 22_000)]
    *_, last = explained_gaps(verdicts((), (), (20_000, 22_000)), silent)
    assert last.why == "the describer saw nothing worth saying (watched 0:19.0 to 0:24.5)"


def test_a_line_that_tells_of_another_pause_is_named_where_it_is_said_and_only_if_it_is() -> None:
    def why(said_ms: int | None) -> str:
        return str(
            list(explained_gaps(verdicts((1_000,), (), (20_000,), described_ms=20_000), [outcome(20_000, said_ms)]))[
                1
            ].why
        )

    assert why(20_000) == "reason 1; the line at 0:20.0 describes it"
    assert why(20_700) == "reason 1; the line at 0:20.7 describes it"
    assert why(None) == "reason 1; a line was planned at 0:20.0 to describe it, but is not spoken"


def test_one_of_two_lines_is_enough() -> None:
    *_, last = explained_gaps(verdicts((), (), (20_000, 22_000)), [outcome(20_000, None, "x"), outcome(22_000, 21_900)])
    assert told_of(last) == ([20_000, 22_000], [21_900], "reason 2")


def test_without_pauses_there_is_nothing_to_tell() -> None:
    assert list(explained_gaps([], [])) == []


def test_a_span_in_which_nothing_is_said_has_the_reason_of_the_line_that_was_to_tell_of_it() -> None:
    span, said = Span(1_000, 3_000), outcome(1_000, 1_000)
    assert silence_reason(span, [said]) == ""
    assert silence_reason(span, [said, outcome(2_000, None, "nothing worth saying", "")]) == (
        "a line was planned at 0:02.0, but the describer saw nothing worth saying"
    )
    left_out = outcome(5_000, None, "it takes 4.0 s")
    assert silence_reason(span, [said, left_out]) == "a line was planned at 0:05.0, and is left out: it takes 4.0 s"
    assert silence_reason(span, [outcome(5_000, 20_500)]) == "a line was planned at 0:05.0, and is said at 0:20.5"


def test_lines_planned_long_before_or_after_a_span_are_no_reason() -> None:
    silent = [outcome(ms, None, "nothing worth saying", "") for ms in (1_000, 22_000)]
    assert silence_reason(Span(5_000, 12_000), silent) == ""
    assert silence_reason(Span(5_000, 12_001), silent) != ""


PAUSE = Gap(Span(0, 5_000))
BASIC = "basic only reads the text on the screen"


def drafted(text: str, reason: str = "", spoken: bool = False) -> Outcome:
    segment = Segment(PAUSE, PAUSE.span, 0, 9)
    speech = SpokenLine(Line(segment, text, "m"), Path("clip.wav"), Span(0, 900), 1.0) if spoken else None
    return Outcome(segment, "", text, "m", speech, reason)


def told(
    outcomes: list[Outcome],
    pauses: int = 2,
    settings: Settings | None = None,
    limits: str = "",
) -> str:
    """The message, without how it begins."""
    used = settings or Settings()
    (message,) = unspoken([PAUSE] * pauses, outcomes, used.plan, used.dialogue, limits, used.stops)
    assert message.startswith(f"{NOTHING}: ")
    return message


def test_where_one_line_is_spoken_nothing_is_said() -> None:
    outcomes = [drafted(""), drafted("Snow.", spoken=True), drafted("Ice.", "it does not fit")]
    assert list(unspoken([PAUSE], outcomes, PlanSettings(), DialogueSettings(), BASIC)) == []


def test_a_film_without_a_pause() -> None:
    message = told([], pauses=0, settings=Settings(plan=PlanSettings(shortest_ms=1_500, margin_ms=250)))
    assert "no pause of 1.5 s with 0.25 s" in message
    assert "--shortest" in message
    assert "--protect" not in message


def test_a_film_without_a_pause_that_is_extended_already_is_not_sent_to_be_so() -> None:
    assert "only an extended description" in told([], pauses=0)
    message = told([], pauses=0, settings=Settings(stops=StopSettings(extended=True)))
    assert "extended description" not in message
    assert "between two subtitles" in message


def test_songs_and_sounds_that_are_protected_may_be_why_there_is_no_pause() -> None:
    assert "leave out --protect-lyrics;" in told([], 0, Settings(dialogue=DialogueSettings(protect_lyrics=True)))
    both = Settings(dialogue=DialogueSettings(protect_lyrics=True, protect_sounds=True))
    assert "leave out --protect-lyrics or --protect-sounds;" in told([], 0, both)


def test_a_describer_that_saw_nothing() -> None:
    message = told([drafted(""), drafted("")], limits=BASIC)
    assert "nothing that it was sure of in 2 looks (basic" in message
    assert "--describer" in message
    assert "in 1 look;" in told([drafted("")])


@pytest.mark.parametrize(("limits", "is_said"), [(BASIC, True), ("", False)])
def test_that_basic_only_reads_is_said(limits: str, is_said: bool) -> None:
    assert ("only reads the text on the screen" in told([drafted("")], limits=limits)) == is_said


def test_a_plan_that_asks_for_no_line() -> None:
    assert "--density full" in told([], pauses=1)
    assert "in 1 pause nothing" in told([], pauses=1)


def test_lines_that_are_all_left_out_with_the_commonest_reason() -> None:
    one = drafted("Snow.", "dialogue there")
    assert "the only line is left out (dialogue there)" in told([one])
    assert "all 3 lines are left out (2 of them: dialogue there)" in told([one, drafted("Ice.", "too long"), one])
    assert "all 2 lines are left out (dialogue there)" in told([one, drafted(""), one])


def test_a_describer_that_gave_no_answer_is_not_said_to_have_seen_nothing() -> None:
    failed = [
        replace(outcome(ms, None, "the describer gave no answer (empty)", ""), failure="empty")
        for ms in (20_000, 22_000)
    ]
    *_, last = explained_gaps(verdicts((), (), (20_000, 22_000)), failed)
    assert last.why == "the describer gave no answer (empty)"
    assert silence_reason(Span(18_000, 21_000), failed).endswith("but the describer gave no answer (empty)")
    (message,) = unspoken(GAPS, failed, PlanSettings(), DialogueSettings(), "")
    assert message == f"{NOTHING}: the describer gave no answer in 2 of 2 looks; run again"


def test_looks_and_lines_without_an_answer_are_told_apart() -> None:
    failed = replace(outcome(20_000, None, "the describer gave no answer (empty)", ""), failure="empty")
    line = replace(failed, facts="A ferry.")
    silent = replace(line, failure="")
    (message,) = unspoken(GAPS, [line, silent, silent], PlanSettings(), DialogueSettings(), "")
    assert message == f"{NOTHING}: the describer gave no answer in 1 of 3 lines; run again"
    (message,) = unspoken(GAPS, [failed, line, silent], PlanSettings(), DialogueSettings(), "")
    assert message == f"{NOTHING}: the describer gave no answer in 1 of 3 looks and 1 of 2 lines; run again"
