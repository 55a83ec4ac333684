"""A part of a film: what of its lines, gaps and deliverables is the part's, so that the whole's stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from audiodesc.core.formatting import clock
from audiodesc.deliver import DELIVERABLES, Rows
from audiodesc.deliver.built_in import ExtraScript
from audiodesc.errors import UsageError
from audiodesc.judge.rules import Judgement
from audiodesc.model import Gap, Note, Outcome, Span
from audiodesc.planning import Verdict
from audiodesc.report.reasons import CROSSES


def part_rows(rows: Rows, asked: Iterable[str]) -> Rows:
    """Those of the deliverables that there are of a part: not of other packages, which know of none. Raises UsageError
    for one of these that was asked for by name."""
    kept = {name: row for name, row in rows.items() if name in DELIVERABLES or isinstance(row, ExtraScript)}
    if wrong := [name for name in asked if name in rows and name not in kept]:
        raise UsageError(f"{wrong[0]} is made of a whole film", "leave out --from and --to")
    return kept


def part_outcomes(outcomes: Iterable[Outcome], part: Span) -> tuple[Outcome, ...]:
    """What came of the lines of a part. A line that is heard inside and outside of it is not spoken in it, rather than
    cut; the film's other lines are no part of it."""
    made = []
    for one in outcomes:
        if one.speech is None:
            if part.start_ms <= one.segment.wanted_ms < part.end_ms:
                made.append(one)
        elif one.speech.span.overlap_ms(part) or part.start_ms < one.speech.span.end_ms <= part.end_ms:
            inside = part.start_ms <= one.speech.span.start_ms and one.speech.span.end_ms <= part.end_ms
            made.append(one if inside else replace(one, speech=None, reason=CROSSES))
    return tuple(made)


def part_gaps(gaps: Iterable[Gap], part: Span) -> tuple[Gap, ...]:
    """What of the gaps lies in a part."""
    return tuple(Gap(within(gap.span, part), gap.kind) for gap in gaps if gap.span.overlap_ms(part))


def within(span: Span, part: Span) -> Span:
    """What of a span lies in a part, which it reaches into."""
    return Span(max(span.start_ms, part.start_ms), min(span.end_ms, part.end_ms))


def part_verdicts(verdicts: Sequence[Verdict], outcomes: Iterable[Outcome], part: Span) -> tuple[Verdict, ...]:
    """Those of the gaps that reach into a part, and of those in which its lines were planned."""
    planned = [one.segment.wanted_ms for one in outcomes]
    return tuple(
        one
        for one in verdicts
        if one.gap.span.overlap_ms(part) or any(one.gap.span.start_ms <= at < one.gap.span.end_ms for at in planned)
    )


def part_judgement(judgement: Judgement, part: Span) -> Judgement:
    """What was found in a part."""
    findings = tuple(one for one in judgement.findings if one.span is None or one.span.overlap_ms(part))
    return replace(judgement, findings=findings)


def part_note(part: Span) -> Note:
    """What is to be known of the results of a part."""
    times = f"{clock(part.start_ms, 1)} to {clock(part.end_ms, 1)}"
    how = "dialogue, plan and levels are those of the whole film; loudness after the mix is measured over the part"
    return Note("part", f"only the part from {times} was described and mixed: {how}", part)
