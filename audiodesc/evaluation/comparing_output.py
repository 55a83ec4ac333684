"""Describers side by side, for people as a table and sentences, and for other programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from audiodesc.core.formatting import number_of
from audiodesc.evaluation.model import Value
from audiodesc.evaluation.output import ROWS, fact, interval, number
from audiodesc.report import as_plain

if TYPE_CHECKING:
    from rich.table import Table

    from audiodesc.evaluation.comparing import Comparison, Described
    from audiodesc.evaluation.tally import Tally


def to_json(comparison: Comparison) -> str:
    """The comparison as text, which ends with a newline."""
    text = json.dumps(as_plain(comparison), ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace").decode()


def table(comparison: Comparison) -> Table:
    """A row for each measure and fact, a column for each describer; with the copied neighbour's score beside."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False)
    shown.add_column("measure")
    for model in comparison.models:
        shown.add_column(Text(model.name), justify="right")
    measured = [model.evaluation for model in comparison.models if model.evaluation]
    if measured and measured[0].scores:
        shown.add_column("copied neighbour", justify="right")
    for place, score in enumerate(measured[0].scores if measured else ()):
        if score.values:
            cells = [_score(model, place) for model in comparison.models]
            shown.add_row(*map(Text, (score.title, *cells, _value(score.values.get("neighbour")))))
    for name, title in ROWS:
        facts = [model.evaluation.facts.get("ours") if model.evaluation else None for model in comparison.models]
        if any(one is not None and getattr(one, name) is not None for one in facts):
            shown.add_row(*map(Text, (title, *(fact(getattr(one, name)) if one else "–" for one in facts))))
    return shown


def summary(comparison: Comparison) -> str:
    """What the table does not say."""
    return "\n".join(_sentences(comparison))


def counted(first: str, second: str, found: Tally) -> str:
    """How often one of two was preferred, and its share, as the rest of a sentence."""
    rest = (("equal", found.equal), ("another in each order", found.order), ("without an answer", found.failed))
    left = "".join(f", {count} {what}" for what, count in rest if count)
    share = f" ({number(found.share.value)} % for {first}, {interval(found.share)})" if found.share else ""
    return f"{first} {found.first}, {second} {found.second}{left}{share}"


def _sentences(comparison: Comparison) -> Iterator[str]:
    measured = [model.evaluation for model in comparison.models if model.evaluation]
    if measured and measured[0].scores and measured[0].resamples:
        yield f"In brackets: {measured[0].level:g} % of {measured[0].resamples} resamples of the cues."
    for found in comparison.preferred:
        yield f"The judge prefers, asked in both orders: {counted(found.first, found.second, found.tally)}."
    yield f"{number_of(len(comparison.moments), 'moment')} with a line of somebody."
    for note in dict.fromkeys((*comparison.notes, *(note for one in measured for note in one.notes))):
        yield f"Note: {note}"


def _score(model: Described, place: int) -> str:
    if model.evaluation is None or not (values := model.evaluation.scores[place].values):
        return "–"
    value = values.get("ours")
    return f"{_value(value)} ({interval(value)})" if value and value.low is not None else _value(value)


def _value(value: Value | None) -> str:
    return number(value.value) if value else "–"
