"""What is said of a person's lines that do not begin when they were to."""

from __future__ import annotations

from pathlib import Path

from audiodesc.model import Gap, Line, Outcome, Segment, Span, SpokenLine
from audiodesc.narration.outcomes import moved


def spoken(written_ms: int, start_ms: int | None) -> Outcome:
    """A line that is written for one time and spoken from another, or left out."""
    segment = Segment(Gap(Span(0, 60_000)), Span(0, 60_000), 0, 9, written=Span(written_ms, written_ms + 900))
    if start_ms is None:
        return Outcome(segment, "", "Snow.", "human", None, "it does not fit")
    speech = SpokenLine(Line(segment, "Snow.", "human"), Path("a.wav"), Span(start_ms, start_ms + 900), 1.0)
    return Outcome(segment, "", "Snow.", "human", speech)


def test_lines_that_begin_at_other_times_are_told() -> None:
    still, late, out = spoken(1_000, 1_000), spoken(6_000, 6_540), spoken(8_000, None)
    assert list(moved([still, out, spoken(9_000, 9_000)])) == []
    (note,) = moved([still, late, out])
    assert note.message == "1 line was moved from 0:06.0 to 0:06.5: the script has the times of all"
    (note,) = moved([spoken(1_100, 1_120), late])
    assert note.message.startswith("2 lines were moved, the first from 0:01.100 to 0:01.120: ")
    assert note.span == Span(1_120, 2_020)


def test_a_line_that_nobody_wrote_is_not_moved() -> None:
    segment = Segment(Gap(Span(0, 60_000)), Span(0, 60_000), 0, 9)
    speech = SpokenLine(Line(segment, "Snow.", "basic"), Path("a.wav"), Span(500, 900), 1.0)
    assert list(moved([Outcome(segment, "", "Snow.", "basic", speech)])) == []
