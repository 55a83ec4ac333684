"""How good a script is: against a human one by the field's measures, and by itself; always beside what a copy of the
neighbour, chance and a second human reach.

Measures are rows of `measures`; what is shown is made in `output` and `html` from the type in `model`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from audiodesc.core.progress import Progress, silent
from audiodesc.evaluation.baselines import systems
from audiodesc.evaluation.bootstrap import LEVEL, Measured, value_of
from audiodesc.evaluation.material import Given, Material
from audiodesc.evaluation.material import read as read_material
from audiodesc.evaluation.measures import MEASURES, Measure, Texts
from audiodesc.evaluation.model import Evaluation, Line, Options, Pair, Score, System

__all__ = ["Evaluation", "Options", "evaluate"]

DEFAULT = Options()


def evaluate(
    ours: str | Path,
    human: str | Path | None = None,
    film: str | Path | None = None,
    *,
    second: str | Path | None = None,
    options: Options = DEFAULT,
    progress: Progress = silent,
) -> Evaluation:
    """How good a description is, measured.

    `ours` and `human` are scripts in any format that is read, or `ours` the folder of a project; or tables of a data
    set (CMD-AD, MAD-Eval, TV-AD). Without `human`, only what shows in `ours` itself. `second` is another human script
    of the same film. Scores go from 0 to 100, CIDEr's to 1,000; times are ms. Nothing is fetched and nothing written.

    Raises InputError for a file that cannot be read as such, UsageError for what does not go together.
    """
    given = Given(Path(ours), *(Path(one) if one else None for one in (human, film, second)))
    material = read_material(given, options)
    measured = _measured(material.pairs, options, progress) if material.pairs else {}
    return Evaluation(
        ours=str(ours),
        human=str(human or (ours if material.pairs else "")),
        second=str(second or ""),
        film=str(material.film or ""),
        window_s=options.window_s,
        resamples=options.resamples,
        seed=options.seed,
        level=LEVEL,
        coverage=material.coverage,
        scores=tuple(_score(measure, measured, options) for measure in MEASURES) if material.pairs else (),
        lines=_lines(material, measured),
        notes=material.notes,
    )


Found = Mapping[str, Mapping[System, Measured]]


def _measured(pairs: Sequence[Pair], options: Options, progress: Progress) -> Found:
    """What each measure that can be had finds, by its name, for each system."""
    said = systems(pairs, options.seed)
    human, films = [pair.human for pair in pairs], [pair.film for pair in pairs]
    found: dict[str, dict[System, Measured]] = {}
    for number, measure in enumerate(MEASURES):
        progress("measure", number, len(MEASURES))
        if not measure.missing(options):
            found[measure.name] = {
                system: measure.measure(Texts(texts, human, films), options) for system, texts in said.items()
            }
    progress("measure", len(MEASURES), len(MEASURES))
    return found


def _score(measure: Measure, found: Found, options: Options) -> Score:
    if missing := measure.missing(options):
        return Score(measure.name, measure.title, measure.source, missing=missing.why, remedy=missing.remedy)
    values = {system: value_of(one, options.resamples, options.seed) for system, one in found[measure.name].items()}
    return Score(measure.name, measure.title, measure.source, measure.how(options), values)


def _lines(material: Material, found: Found) -> tuple[Line, ...]:
    """The pairs with the scores of ours."""
    each = {name: one["ours"].each for name, one in found.items()}
    return tuple(
        Line(
            number + 1,
            *(pair.human, pair.ours, pair.second, pair.span, pair.film),
            {name: float(values[number]) for name, values in each.items() if values is not None},
        )
        for number, pair in enumerate(material.pairs)
    )
