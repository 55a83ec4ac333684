"""What the report says of lines in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audiodesc.core.formatting import clock, number_of
from audiodesc.model import Outcome
from audiodesc.narration.doubts import Doubt, DoubtKind
from audiodesc.report.dialogue import Ms

FIRST = 3
"""So many stand in a summary; the report has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDoubt:
    """Why a person should look at a line: it has `words` that are not in the facts ("not_in_facts") or were not seen at
    a second look ("not_seen_again"); only one of two looks has something ("seen_once"); or the describer doubts its own
    answer ("answer"). `segment` is the id of the line's segment, `number` the line's in its script (None where it is in
    none), `start_ms` where it is spoken or was planned."""

    segment: str
    number: int | None
    start_ms: Ms
    kind: DoubtKind
    line: str
    words: tuple[str, ...]
    message: str


def doubts_report(
    doubts: Iterable[Doubt], outcomes: Sequence[Outcome], numbers: Sequence[int | None]
) -> Iterator[ReportDoubt]:
    """The doubts as they stand in the report, in their order; `numbers` are those of the outcomes' lines."""
    found = {one.segment.id: (one, number) for one, number in zip(outcomes, numbers, strict=True)}
    for doubt in doubts:
        outcome, number = found[doubt.segment.id]
        yield ReportDoubt(
            segment=doubt.segment.id,
            number=number,
            start_ms=outcome.speech.span.start_ms if outcome.speech else doubt.segment.wanted_ms,
            kind=doubt.kind,
            line=outcome.text,
            words=doubt.words,
            message=doubt.message,
        )


def doubts_in_short(doubts: Sequence[ReportDoubt]) -> Iterator[str]:
    """How many lines are in doubt, and the gravest doubts about those that are spoken."""
    if not doubts:
        return
    lines = len({one.segment for one in doubts})
    yield f"In doubt: {number_of(lines, 'line')}; the report and the page have them first."
    for one in [one for one in doubts if one.number is not None][:FIRST]:
        yield f"  at {clock(one.start_ms, 1)}: {one.message}{f'. “{one.line}”' if one.line else ''}"
