"""What is evaluated, read: two scripts paired by time, or a data set whose rows are pairs already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audiodesc.errors import InputError, UsageError
from audiodesc.evaluation.datasets import is_dataset, read_pairs
from audiodesc.evaluation.model import Coverage, Options, Pair, System
from audiodesc.evaluation.pairing import coverage, in_order, lines_beside
from audiodesc.project import open_project
from audiodesc.project.saved import saved_film
from audiodesc.scripts import ScriptLine, read_script
from audiodesc.scripts.lines import as_sentence

MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Given:
    """The files; all but the first may be None."""

    ours: Path
    human: Path | None = None
    film: Path | None = None
    second: Path | None = None
    subtitles: Path | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """The pairs, none where there is no human script; the lines of each script by themselves; whether all are of one
    film, and that film, where it is known; and what was read otherwise than it stands."""

    pairs: tuple[Pair, ...]
    scripts: Mapping[System, tuple[ScriptLine, ...]]
    coverage: Coverage | None = None
    one_film: bool = True
    film: Path | None = None
    notes: tuple[str, ...] = ()


def read(given: Given, options: Options) -> Material:
    """The material of an evaluation. Raises InputError for a file that cannot be read as what it is given for."""
    if is_dataset(given.ours):
        return _of_dataset(given)
    for path in (given.human, given.second):
        if path and is_dataset(path):
            fault = f"{path} is a data set of many films, and {given.ours} is the script of one"
            raise UsageError(fault, "give the predictions as CSV, with a column text_gen")
    ours, film, notes = _script(given.ours)
    human, _, more = _script(given.human) if given.human else ((), None, ())
    second, _, others = _script(given.second) if given.second else ((), None, ())
    if given.second and not given.human:
        raise UsageError(f"{given.second} is a second human script without a first", "give that after the first file")
    pairs, covered = paired(ours, human, second if given.second else None, options) if human else ((), None)
    notes = (*notes, *more, *others)
    scripts: dict[System, tuple[ScriptLine, ...]] = {"ours": ours, "second": second, "itself": human}
    return Material(
        pairs,
        {system: lines for system, lines in scripts.items() if lines},
        covered,
        film=given.film or film,
        notes=notes[:MOST_NOTES],
    )


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
    refused = ((given.film, "a film"), (given.second, "a second human script"), (given.subtitles, "subtitles of one"))
    for path, what in refused:
        if path:
            raise UsageError(f"{given.ours} is a data set of many films, and {path} {what}", "leave it out")
    pairs, notes = read_pairs(given.ours, given.human)
    said = [pair for pair in pairs if pair.ours]
    return Material(
        pairs,
        {
            "ours": tuple(_line(pair, pair.ours) for pair in said),
            "itself": tuple(_line(pair, pair.human) for pair in pairs),
        },
        Coverage(len(pairs), len(said), 0, len(pairs) - len(said), len(said), 0),
        one_film=False,
        notes=(*notes, "`check` judges one film, and not a data set"),
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
