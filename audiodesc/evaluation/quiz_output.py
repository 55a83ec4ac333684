"""Answers to questions for people, as a table and sentences, and for other programs, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from audiodesc.core.formatting import number_of
from audiodesc.evaluation.model import Value
from audiodesc.evaluation.output import interval, number
from audiodesc.evaluation.quiz import SOURCES, QuizScores
from audiodesc.report import as_plain

if TYPE_CHECKING:
    from rich.table import Table


FEW: Final = 10
"""Of fewer questions one answer is over 10 points, and where all are answered alike, resamples agree."""


def to_json(found: QuizScores) -> str:
    """The scores as text, which ends with a newline."""
    text = json.dumps(as_plain(found), ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace").decode()


def table(found: QuizScores) -> Table:
    """A row for each source: how much is right, in percent, and how sure that is."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    heads = ("answered from", "right", f"{found.level:g} % interval", "more than guessing", "interval", "unanswered")
    for place, head in enumerate(heads):
        shown.add_column(head, justify="left" if not place else "right")
    for score in found.scores:
        gain = _signed(score.gain) if score.gain else ""
        cells = (SOURCES[score.source], _percent(score.accuracy), *_interval(score.accuracy), gain)
        shown.add_row(*map(Text, (*cells, *_interval(score.gain), str(score.unanswered) if score.unanswered else "")))
    shown.add_row(*map(Text, ("chance", f"{number(found.chance)} %", "", "", "", "")))
    return shown


def categories(found: QuizScores) -> Table:
    """A row for each kind of question: how much is right from each source."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    sources = [score.source for score in found.scores]
    for place, head in enumerate(("kind of question", "questions", *(SOURCES[one] for one in sources))):
        shown.add_column(head, justify="left" if not place else "right")
    for one in found.categories:
        values = [_percent(one.accuracy.get(source)) for source in sources]
        shown.add_row(*map(Text, (f"{one.category}: {one.name}", str(one.questions), *values)))
    return shown


def summary(found: QuizScores) -> str:
    """What the table does not say."""
    return "\n".join(_sentences(found))


def _sentences(found: QuizScores) -> Iterator[str]:
    order = "in the file's order" if found.seed is None else f"shuffled (seed {found.seed})"
    yield f"{number_of(len(found.answers), 'question')}, answered by {found.answerer.name}; choices {order}."
    if found.answerer.failures:
        why = ", ".join(f"{kind} {count}" for kind, count in found.answerer.failures.items())
        yield f"Unanswered questions ({why}) count in no share."
    if found.resamples:
        yield f"Intervals: {found.level:g} % of {found.resamples} resamples of the questions."
    if len(found.answers) < FEW:
        yield "So few questions tell nothing of the description, and their intervals do not show that."
    for note in found.notes:
        yield f"Note: {note}"


def _percent(value: Value | None) -> str:
    return f"{number(value.value)} %" if value else "–"


def _interval(value: Value | None) -> tuple[str]:
    return (interval(value) if value else "",)


def _signed(value: Value) -> str:
    return f"{value.value:+.1f}".replace("-", "−")
