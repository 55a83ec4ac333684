"""An evaluation for people, as a table and sentences, and for other programs, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from audiodesc.core.formatting import number_of
from audiodesc.errors import InputError
from audiodesc.evaluation.model import SYSTEMS, Coverage, Evaluation, System, Value
from audiodesc.report import as_plain

if TYPE_CHECKING:
    from rich.table import Table


def to_json(evaluation: Evaluation) -> str:
    """The evaluation as text, which ends with a newline."""
    text = json.dumps(as_plain(evaluation), ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace").decode()  # file names may hold bytes that are no text


def from_json(content: str | bytes, name: str = "the text") -> Evaluation:
    """An evaluation from its JSON. Raises InputError, which calls it `name`, for anything else."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Evaluation).validate_json(content)
    except ValidationError as error:
        raise InputError(f"{name} is not an evaluation of audiodesc", "make it with `audiodesc evaluate`") from error


def shown_systems(evaluation: Evaluation) -> list[System]:
    """Those that have a score, in their order."""
    return [one for one in SYSTEMS if any(one in (score.values or {}) for score in evaluation.scores)]


def number(value: float) -> str:
    """A score: one digit after the point."""
    return f"{value:.1f}"


def interval(value: Value) -> str:
    """Where a score lies, "" where that was not computed."""
    return "" if value.low is None or value.high is None else f"{number(value.low)} – {number(value.high)}"


def table(evaluation: Evaluation) -> Table:
    """A row for each measure that could be had: the score of each system, and the interval of ours."""
    from rich.table import Table
    from rich.text import Text

    shown, columns = Table(box=None, pad_edge=False), shown_systems(evaluation)
    shown.add_column("measure")
    for system in columns:
        shown.add_column(SYSTEMS[system], justify="right")
        if system == "ours":
            shown.add_column(f"{evaluation.level:g} % interval", justify="right")
    for score in evaluation.scores:
        if score.values:
            cells = [score.title]
            for system in columns:
                value = score.values.get(system)
                cells.append(number(value.value) if value else "–")
                cells += [interval(value) if value else ""] if system == "ours" else []
            shown.add_row(*(Text(cell) for cell in cells))
    return shown


ROWS: Final[tuple[tuple[str, str], ...]] = (
    ("lines", "lines"),
    ("words_per_line", "words a line"),
    ("content_words_per_line", "content words a line"),
    ("words_per_minute", "words a minute, while they last"),
    ("with_name", "lines with a name, %"),
    ("with_pronoun", "lines with a pronoun for somebody, %"),
    ("with_action", "lines with an action, %"),
    ("repeating", "lines that say again what one before says, %"),
    ("errors", "check: errors"),
    ("warnings", "check: warnings"),
    ("hints", "check: hints"),
)
"""The facts that are shown, by the names of their fields."""

BY_ITSELF: Final[Mapping[System, str]] = {"ours": "this script", "second": "second human", "itself": "human"}


def fact(value: float | int | None) -> str:
    """A fact as a person reads it: a dash where it is not known."""
    return "–" if value is None else str(value) if isinstance(value, int) else number(value)


def facts_table(evaluation: Evaluation) -> Table:
    """What shows in each script by itself."""
    from rich.table import Table

    shown, systems = Table(box=None, pad_edge=False), [one for one in BY_ITSELF if one in evaluation.facts]
    shown.add_column("by itself")
    for system in systems:
        shown.add_column(BY_ITSELF[system], justify="right")
    for name, title in ROWS:
        cells = [getattr(evaluation.facts[system], name) for system in systems]
        if any(cell is not None for cell in cells):
            shown.add_row(title, *map(fact, cells))
    return shown


def summary(evaluation: Evaluation) -> str:
    """What the table does not say: coverage, what could not be measured and why, notes."""
    return "\n".join(_sentences(evaluation))


def _sentences(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.coverage:
        yield coverage_sentence(evaluation.coverage, evaluation.window_s)
    for (why, remedy), titles in missing(evaluation).items():
        yield f"Not measured: {', '.join(titles)} ({why}). To get it: {remedy}."
    if evaluation.scores and evaluation.resamples:
        drawn = f"{evaluation.resamples} resamples of the cues, seed {evaluation.seed}"
        yield f"Intervals: {evaluation.level:g} % of {drawn}."
    for note in evaluation.notes:
        yield f"Note: {note}"


def missing(evaluation: Evaluation) -> dict[tuple[str, str], list[str]]:
    """Why measures could not be had, with what would bring them: the titles."""
    found: dict[tuple[str, str], list[str]] = {}
    for score in evaluation.scores:
        if score.missing:
            found.setdefault((score.missing, score.remedy), []).append(score.title)
    return found


def coverage_sentence(found: Coverage, window_s: float) -> str:
    """How much of the human script has a line of ours."""
    share = f"{100 * (found.cues - found.empty) / found.cues:.0f} %"
    if found.human_ms is None or found.both_ms is None:
        return f"{share} of {number_of(found.cues, 'human cue')} have a text."
    part = f"{100 * found.both_ms / found.human_ms:.0f} %" if found.human_ms else ""
    time = f"This script speaks in {part} of their time. " if part else ""
    return (
        f"{share} of {number_of(found.cues, 'human cue')} have a line: {found.overlapped} overlap one, "
        f"{found.near} have one within {window_s:g} s, {found.empty} have none. {time}"
        f"{found.extra} of {number_of(found.lines, 'line')} belong to no human cue."
    )
