"""What is evaluated, read: two scripts paired by time, or a data set whose rows are pairs already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audiodesc.errors import InputError, UsageError
from audiodesc.evaluation.datasets import is_dataset, read_pairs
from audiodesc.evaluation.model import Coverage, Options, Pair
from audiodesc.evaluation.pairing import coverage, in_order, lines_beside
from audiodesc.project import open_project
from audiodesc.project.saved import saved_film
from audiodesc.scripts import ScriptLine, read_script
from audiodesc.scripts.lines import as_sentence

MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Given:
    """The files: `human`, `second` and `film` may be None."""

    ours: Path
    human: Path | None = None
    film: Path | None = None
    second: Path | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """The pairs, none where there is no human script; the lines of each script by themselves; the film, where it is
    known; and what was read otherwise than it stands."""

    pairs: tuple[Pair, ...]
    ours: tuple[ScriptLine, ...]
    human: tuple[ScriptLine, ...] = ()
    second: tuple[ScriptLine, ...] = ()
    coverage: Coverage | None = None
    film: Path | None = None
    notes: tuple[str, ...] = ()


def read(given: Given, options: Options) -> Material:
    """The material of an evaluation. Raises InputError for a file that cannot be read as what it is given for."""
    if is_dataset(given.ours):
        return _of_dataset(given)
    ours, film, notes = _script(given.ours)
    human, _, more = _script(given.human) if given.human else ((), None, ())
    second, _, others = _script(given.second) if given.second else ((), None, ())
    if given.second and not given.human:
        raise UsageError(f"{given.second} is a second human script without a first", "give that after the first file")
    pairs, covered = paired(ours, human, second if given.second else None, options) if human else ((), None)
    notes = (*notes, *more, *others)
    return Material(pairs, ours, human, second, covered, given.film or film, notes[:MOST_NOTES])


def paired(
    ours: Sequence[ScriptLine], human: Sequence[ScriptLine], second: Sequence[ScriptLine] | None, options: Options
) -> tuple[tuple[Pair, ...], Coverage]:
    """The human cues in order of time, each with what the others say in its place; and how many of them have a line."""
    cues, lines = in_order(human), in_order(ours)
    spans, window_ms = [cue.span for cue in cues], round(options.window_s * 1000)
    beside = lines_beside(spans, [line.span for line in lines], window_ms)
    texts = list(_joined(lines, beside))
    others: list[str | None] = [None] * len(cues)
    if second is not None:
        more = in_order(second)
        others = [*_joined(more, lines_beside(spans, [line.span for line in more], window_ms))]
    pairs = (Pair(cue.text, text, other, cue.span) for cue, text, other in zip(cues, texts, others, strict=True))
    return tuple(pairs), coverage(spans, [line.span for line in lines], beside)


def _joined(lines: Sequence[ScriptLine], beside: Sequence[Sequence[int]]) -> Iterator[str]:
    return (" ".join(lines[number].text for number in numbers) for numbers in beside)


def _of_dataset(given: Given) -> Material:
    for path, what in ((given.film, "a film"), (given.second, "a second human script")):
        if path:
            raise UsageError(f"{given.ours} is a data set of many films, and {path} {what}", "leave it out")
    pairs, notes = read_pairs(given.ours, given.human)
    timed = [pair for pair in pairs if pair.span]
    said = sum(bool(pair.ours) for pair in pairs)
    covered = Coverage(len(pairs), said, 0, len(pairs) - said, said, 0)
    return Material(
        pairs,
        tuple(_line(pair, pair.ours) for pair in pairs if pair.ours),
        tuple(_line(pair, pair.human) for pair in pairs),
        coverage=covered,
        notes=notes if timed else (*notes, "the rows have no times"),
    )


def _line(pair: Pair, text: str) -> ScriptLine:
    return ScriptLine(pair.span.start_ms if pair.span else 0, pair.span.end_ms if pair.span else 0, text)


def _script(path: Path) -> tuple[tuple[ScriptLine, ...], Path | None, tuple[str, ...]]:
    """The lines of a script file or of a project, the project's film if it is there, and notes."""
    if path.is_dir():
        return _project(path)
    found = read_script(path)
    return found.lines, None, tuple(as_sentence(fault, path) for fault in found.faults if fault.kind == "unread")


def _project(folder: Path) -> tuple[tuple[ScriptLine, ...], Path | None, tuple[str, ...]]:
    """The lines of a project that are spoken, as they stand."""
    film = None
    with open_project(folder) as project:
        lines = [line for line in project.snapshot().standing if line.text.strip() and not line.reason]
        with suppress(InputError):
            film = saved_film(project)
    if not lines:
        raise InputError(f"{folder} has no line that is spoken", "give a script, or a folder with lines")
    return tuple(ScriptLine(line.start_ms, line.span.end_ms, line.text) for line in lines), film, ()
