"""One film described by several describers, side by side: each in a project of its own, measured alike, and which of
two a judge prefers, line by line.

All is kept in one folder, by default FILM.compare beside the film: the projects, the comparison (`comparison.json`) and
people's votes on it. Running it again asks nothing that was answered.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Final

from audiodesc.core.cache import Store
from audiodesc.core.progress import Progress, silent
from audiodesc.describers import is_describer
from audiodesc.describers.base import Describer
from audiodesc.errors import InputError, UsageError
from audiodesc.evaluation import evaluate
from audiodesc.evaluation.asking import Answerer, cost
from audiodesc.evaluation.comparing_output import to_json
from audiodesc.evaluation.judging import judge_cost, preference_queries, preferred, seen_queries, verdicts, with_judge
from audiodesc.evaluation.model import Evaluation, JudgeRecord, Options
from audiodesc.evaluation.prompts import PROMPTS, VERSION
from audiodesc.evaluation.tally import Tally, Verdict, tally
from audiodesc.footage import Footage
from audiodesc.footage.answers import Cost
from audiodesc.footage.answers import answers as answers_of
from audiodesc.footage.answers import cost as seen_cost
from audiodesc.model import Span
from audiodesc.pipeline import Ask, describe
from audiodesc.project import open_project
from audiodesc.project.lines import ProjectLine
from audiodesc.settings import Settings

SCHEMA_VERSION: Final = 1
FILE: Final = "comparison"
LARGEST: Final = 100_000_000
MOST: Final = 8
"""Describers at once."""


Seen = tuple[Footage, Describer]
"""The film, opened, and a describer that answers from it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A place of the film for which at least one describer wrote a line; `texts` has that of each, "" for none."""

    span: Span
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """What one describer made: its `name` as it was asked for, its `label` for people, the `folder` of its project in
    that of the comparison, how many lines are spoken; and how they measure, None where there are none."""

    name: str
    label: str
    folder: str
    lines: int
    evaluation: Evaluation | None


@dataclass(frozen=True, slots=True)
class Preferred:
    """Whose lines the judge prefers, of two describers by their names: over all human cues."""

    first: str
    second: str
    tally: Tally
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All of it, as it is kept."""

    schema_version: int = SCHEMA_VERSION
    film: str
    human: str = ""
    models: tuple[Described, ...]
    moments: tuple[Moment, ...]
    preferred: tuple[Preferred, ...] = ()
    judge: JudgeRecord | None = None
    notes: tuple[str, ...] = ()


def model_settings(name: str, settings: Settings) -> Settings:
    """The choices with which a describer of that name describes: one of the table, a profile's path (.toml), `server`,
    or, where a server is given, the name of a model there. Raises UsageError for another name."""
    chosen = settings.describer
    if name == "auto" or not name.strip():
        raise UsageError(f"--model {name!r} says nobody to compare", "give the name of a describer or of a model")
    if is_describer(name):
        server = chosen.server if name == "server" else None
        return replace(settings, describer=replace(chosen, name=name, server=server))
    if not chosen.server:
        raise UsageError(
            f"there is no describer {name!r}",
            "see `audiodesc describers`, give the path of a profile (.toml), or --server URL that has such a model",
        )
    return replace(settings, describer=replace(chosen, name="server", model=name))


def folder_name(name: str) -> str:
    """The folder of a describer's project: its name, as far as that can be a file's, and else with a hash of it."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(name).stem if name.endswith(".toml") else name).strip("-.")[:60]
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{plain}.ad" if plain == name else f"{plain}-{digest}.ad"


def described_by(
    film: Path,
    names: Sequence[str],
    settings: Settings,
    folder: Path,
    subtitles: Path | None = None,
    progress: Progress = silent,
    *,
    ask: Ask | None = None,
) -> tuple[tuple[str, str], ...]:
    """Describe the film with each describer into `folder`, as `describe` does; (name, label) of each.

    No project elsewhere is touched, and nothing is asked that an earlier run asked. Raises UsageError for names that
    cannot be compared, before anything is made, and what `describe` raises.
    """
    if not 2 <= len({folder_name(name).casefold() for name in names}) == len(names) <= MOST:
        given = ", ".join(names)
        raise UsageError(f"{len(names)} describers are to be compared ({given})", f"name 2 to {MOST}, each once")
    if film.is_dir():
        raise UsageError(f"{film} is a folder", "give the film: each describer gets a project of its own")
    chosen = [model_settings(name, settings) for name in names]
    made = []
    for name, one in zip(names, chosen, strict=True):
        result = describe(film, subtitles, folder / folder_name(name), one, progress, ask=ask)
        made.append((name, result.report.describer_label or name))
    return tuple(made)


def compared(
    film: Path,
    described: Sequence[tuple[str, str]],
    folder: Path,
    human: Path | None = None,
    options: Options = Options(),  # noqa: B008 — frozen
    progress: Progress = silent,
) -> Comparison:
    """What each describer's lines come to, by every measure that applies, with the moments that they describe."""
    models, spoken, notes = [], [], []
    for name, label in described:
        place = folder / folder_name(name)
        lines = _spoken(place)
        evaluation = None
        if lines:
            found = evaluate(place, human, film, options=options, progress=progress)
            evaluation = replace(found, ours=place.name, film=film.name, human=human.name if human else "")
        else:
            notes.append(f"{name} wrote no line that is spoken")
        models.append(Described(name, label, place.name, len(lines), evaluation))
        spoken.append(lines)
    return Comparison(
        film=film.name,
        human=human.name if human else "",
        models=tuple(models),
        moments=tuple(_moments(spoken)),
        notes=tuple(notes),
    )


def comparison_cost(comparison: Comparison, by: Answerer, store: Store, seen: Seen | None = None) -> Cost:
    """What `judged_comparison` would ask now."""
    costs = []
    if comparison.human:
        measured = [model.evaluation for model in comparison.models if model.evaluation]
        costs += [judge_cost(one, by, store) for one in measured]
        for first, second in combinations(measured, 2):
            costs.append(cost(by, preference_queries(_beside(first, second)), store))
    elif seen:
        for _, _, texts in _two_by_two(comparison):
            costs.append(seen_cost(seen[0], seen_queries(texts), seen[1]))
    times = [one.seconds for one in costs if one.queries]
    total = None if None in times else sum(time or 0.0 for time in times)
    return Cost(sum(one.queries for one in costs), sum(one.pictures for one in costs), total)


def judged_comparison(
    comparison: Comparison,
    by: Answerer,
    store: Store,
    resamples: int,
    progress: Progress = silent,
    seen: Seen | None = None,
) -> Comparison:
    """The comparison with a judge's scores of each describer, and whose lines it prefers, by the human script.

    Without one, the judge looks at the film, which is `seen` with the describer that does, and says for each moment
    whose line tells better what is seen. Raises UsageError where there is neither.
    """
    if comparison.human:
        return _judged_by_script(comparison, by, store, resamples, progress)
    if seen is None:
        raise UsageError("the judge needs a human script", "give --human FILE, or ask people: --vote")
    record, found = JudgeRecord(by.label, {"judge.prefer_seen": PROMPTS["judge.prefer_seen"]}, VERSION), []
    for first, second, texts in _two_by_two(comparison):
        queries = seen_queries(texts)
        answers = answers_of(seen[0], queries, seen[1], progress=progress)
        given = tuple(verdicts([(one, other) for _, one, other in texts], answers))
        found.append(Preferred(first, second, tally(given), given))
        record = replace(record, asked=record.asked + len(queries))
    return replace(comparison, preferred=tuple(found), judge=record)


def _judged_by_script(
    comparison: Comparison, by: Answerer, store: Store, resamples: int, progress: Progress
) -> Comparison:
    models = tuple(
        replace(model, evaluation=with_judge(model.evaluation, by, store, resamples, progress))
        if model.evaluation
        else model
        for model in comparison.models
    )
    found, record = [], JudgeRecord(by.label, {"judge.prefer": PROMPTS["judge.prefer"]}, VERSION)
    for first, second in combinations(models, 2):
        if first.evaluation and second.evaluation:
            texts = _beside(first.evaluation, second.evaluation)
            given = tuple(preferred(texts, by, store, progress))
            found.append(Preferred(first.name, second.name, tally(given), given))
            record = replace(record, asked=record.asked + len(preference_queries(texts)))
    return replace(comparison, models=models, preferred=tuple(found), judge=record)


def _two_by_two(comparison: Comparison) -> Iterator[tuple[str, str, list[tuple[Span, str, str]]]]:
    """Each two describers by their names, with what both say at each moment."""
    names = [model.name for model in comparison.models]
    for first, second in combinations(range(len(names)), 2):
        texts = [(one.span, one.texts[first], one.texts[second]) for one in comparison.moments]
        yield names[first], names[second], texts


def keep(comparison: Comparison, folder: Path) -> Path:
    """Write the comparison into its folder, whole."""
    return Store(folder).put(FILE, ".json", to_json(comparison).encode())


def kept(folder: Path) -> Comparison:
    """The comparison of a folder. Raises InputError where there is none that can be read."""
    from pydantic import TypeAdapter, ValidationError

    from audiodesc.core.files import read_whole

    path = folder / f"{FILE}.json"
    try:
        return TypeAdapter(Comparison).validate_json(read_whole(path, LARGEST))
    except OSError as error:
        remedy = "make one with `audiodesc evaluate FILM --model A --model B`"
        raise InputError(f"{folder} holds no comparison ({error.strerror})", remedy) from error
    except ValidationError as error:
        raise InputError(
            f"{path} is not a comparison of audiodesc", "make it again with `audiodesc evaluate`"
        ) from error


def usual_folder(film: Path) -> Path:
    """Where the comparison of a film is kept, if nobody says where."""
    return film.with_name(f"{film.stem}.compare")


def _spoken(folder: Path) -> dict[str, ProjectLine]:
    """The lines that are spoken, by their ids, which are those of the segments: the same for every describer."""
    with open_project(folder) as project:
        standing = project.snapshot().standing
    return {line.id: line for line in standing if line.text.strip() and not line.reason and not line.deleted}


def _moments(spoken: Sequence[dict[str, ProjectLine]]) -> Iterator[Moment]:
    """The segments for which somebody wrote a line, in order of time."""
    ids = dict.fromkeys(id for lines in spoken for id in lines)
    spans = {id: _around([lines[id].span for lines in spoken if id in lines]) for id in ids}
    for id in sorted(ids, key=lambda id: (spans[id].start_ms, id)):
        yield Moment(spans[id], tuple(lines[id].text if id in lines else "" for lines in spoken))


def _around(spans: Sequence[Span]) -> Span:
    return Span(min(span.start_ms for span in spans), max(span.end_ms for span in spans))


def _beside(first: Evaluation, second: Evaluation) -> list[tuple[str, str, str]]:
    """For each cue of the human script what both say in its place."""
    return [(one.human, one.ours, other.ours) for one, other in zip(first.lines, second.lines, strict=True)]
