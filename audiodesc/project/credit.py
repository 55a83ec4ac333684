"""A closing credit: a person's line at the film's end, where there is room after the last line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from audiodesc.core.formatting import clock
from audiodesc.model import Gap, Line, Note, Outcome, Segment, Span, SpokenLine
from audiodesc.narration.failures import in_one_line
from audiodesc.narration.place import Stage, fitting
from audiodesc.planning import words_in
from audiodesc.planning.fit import Fitted
from audiodesc.project.editing import Edit
from audiodesc.project.lines import HUMAN
from audiodesc.project.placing import in_order
from audiodesc.project.project import Project

CREDIT = "credit"
"""The name of what the project knows of it: the id of its line, and the text that was asked for."""

SOURCE = "--credit"
REST_MS = 1_000
"""So long after the last line it begins at the earliest."""


def credit_id(project: Project) -> str:
    """The id of its line; "" where there is none."""
    return str((project.fact(CREDIT) or {}).get("id", ""))


def update_credit(project: Project, text: str, author: str) -> None:
    """Have the line that is there say another text, where another is asked for. One that a person deleted is forgotten
    then, and may be added anew."""
    known: dict[str, Any] | None = project.fact(CREDIT)
    text = in_one_line(text)
    if not text or not known or known["text"] == text:
        return
    stands = any(line.id == known["id"] for line in project.lines())
    if stands:
        project.edit([Edit(known["id"], text=text)], author, SOURCE)
    project.put_facts({CREDIT: {"id": known["id"], "text": text} if stands else None})


def with_credit(
    project: Project, outcomes: tuple[Outcome, ...], on: Stage, text: str, author: str, number: int
) -> tuple[tuple[Outcome, ...], tuple[Note, ...], int]:
    """What is spoken with the credit, where the project has none yet; a note of where it is, or that there is no room;
    and the number of the last change, `number` before."""
    text, spoken = in_one_line(text), [one.speech.span for one in outcomes if one.speech]
    if not text or not spoken or project.fact(CREDIT):
        return outcomes, (), number
    made = _placed(text, max(span.end_ms for span in spoken) + REST_MS, on)
    if made is None or made.speech is None:
        return (
            outcomes,
            (Note("credit", "there is no room for the credit after the last line: it is not spoken"),),
            number,
        )
    span = made.speech.span
    (entry,) = project.edit([Edit(text=text, start_ms=span.start_ms, end_ms=span.end_ms)], author, SOURCE)
    project.put_facts({CREDIT: {"id": entry.id, "text": text}})
    segment = replace(made.segment, line_id=entry.id)
    line = Line(segment, made.text, HUMAN)
    made = replace(made, segment=segment, speech=replace(made.speech, line=line))
    note = Note("credit", f"the credit is spoken at {clock(span.start_ms, 1)}", span)
    return in_order([*outcomes, made]), (note,), entry.number if entry.number == number + 1 else number


def _placed(text: str, from_ms: int, on: Stage) -> Outcome | None:
    """The credit in the last gap that has room for it from a time on; None where none has."""
    for gap in reversed(on.gaps):
        start_ms = max(gap.span.start_ms, from_ms)
        if start_ms >= gap.span.end_ms:
            continue
        room = Span(start_ms, gap.span.end_ms)
        segment = Segment(Gap(room, gap.kind), room, start_ms, words_in(room.duration_ms), written=room)
        try:
            fitted = fitting([text], room, segment, on)
        except ValueError:  # nothing is heard of it
            return None
        if isinstance(fitted, Fitted):
            segment = replace(segment, written=fitted.span, wanted_ms=fitted.span.start_ms)
            speech = SpokenLine(Line(segment, text, HUMAN), on.speak(text, fitted.rate), fitted.span, fitted.rate)
            return Outcome(segment, "", text, HUMAN, speech, state="edited")
    return None
