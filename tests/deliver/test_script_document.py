"""A report as a script: lines that are not spoken keep their own place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports import report, segment

from audiodesc.core.timecode import Timecode
from audiodesc.deliver.document import script_document
from audiodesc.model import Span
from audiodesc.scripts.document import DocumentLine

HOUR_MS = 3_600_000


def unspoken(text: str, written: Span | None = None) -> DocumentLine:
    """The line of a text that was to be spoken a second into a pause of an hour, and is not."""
    one = replace(segment((0, HOUR_MS), text, None, "too long"), wanted_ms=1_000, written=written)
    (line,) = script_document(report(HOUR_MS, [one]), (Timecode(), False)).lines
    return line


@pytest.mark.parametrize(("text", "least_ms", "most_ms"), [("Rain falls.", 300, 2500), ("word " * 150, 40_000, 90_000)])
def test_a_line_that_is_not_spoken_lasts_as_long_as_its_words_take(text: str, least_ms: int, most_ms: int) -> None:
    """150 words take about a minute."""
    line = unspoken(text)
    assert line.span.start_ms == 1_000
    assert least_ms < line.span.duration_ms < most_ms
    assert line.gap == Span(0, HOUR_MS)


def test_a_line_that_a_person_wrote_keeps_the_times_that_it_was_given() -> None:
    assert unspoken("Rain falls.", Span(2_000, 9_000)).span == Span(2_000, 9_000)
