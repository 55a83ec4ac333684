"""How good a script is: against a human one by the field's measures, and by itself; always beside what a copy of the
neighbour, chance and a second human reach.

Measures are rows of `measures`; what is shown is made in `output` and `html` from the type in `model`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from audiodesc.core.progress import Progress, silent
from audiodesc.evaluation.baselines import systems
from audiodesc.evaluation.bootstrap import LEVEL, Measured, value_of
from audiodesc.evaluation.facts import UNCOUNTED, facts, line_facts
from audiodesc.evaluation.material import Given, Material
from audiodesc.evaluation.material import read as read_material
from audiodesc.evaluation.measure import Measure, Missing, Texts
from audiodesc.evaluation.measures import MEASURES
from audiodesc.evaluation.model import Evaluation, Line, LineFacts, Options, Pair, Score, System
from audiodesc.judge import Judgement, check_lines

__all__ = ["Evaluation", "Options", "evaluate"]

DEFAULT = Options()


def evaluate(
    ours: str | Path,
    human: str | Path | None = None,
    film: str | Path | None = None,
    *,
    second: str | Path | None = None,
    subs: str | Path | None = None,
    options: Options = DEFAULT,
    progress: Progress = silent,
) -> Evaluation:
    """How good a description is, measured.

    `ours` and `human` are scripts in any format that is read, or `ours` the folder of a project; or tables of a data
    set (CMD-AD, MAD-Eval, TV-AD). Without `human`, only what shows in `ours` itself. `second` is another human script
    of the same film. `film` and `subs` (or the film's own) are for `check`, which judges each script. Scores go from 0
    to 100, CIDEr's to 1,000; times are ms. Nothing is fetched and nothing written.

    Raises InputError for a file that cannot be read as such, UsageError for what does not go together.
    """
    given = Given(Path(ours), *(Path(one) if one else None for one in (human, film, second, subs)))
    material = read_material(given, options)
    measured = _measured(material.pairs, options, progress) if material.pairs else {}
    judgements = (
        check_lines(material.scripts, given.film, given.subtitles, progress=progress) if material.one_film else {}
    )
    own = _facts_of_lines(material, judgements)
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
        scores=tuple(_score(measure, measured[measure.name], options) for measure in MEASURES) if measured else (),
        lines=_lines(material, measured),
        facts={system: facts(found, judgements.get(system)) for system, found in own.items()},
        own=tuple(own.get("ours", ())),
        notes=(*material.notes, *_uncounted(own)),
    )


def _facts_of_lines(material: Material, judgements: Mapping[System, Judgement]) -> dict[System, list[LineFacts]]:
    """What shows in each line of each script; the texts of all of them show what is a name."""
    texts = [line.text for lines in material.scripts.values() for line in lines]
    return {system: line_facts(lines, judgements.get(system), texts) for system, lines in material.scripts.items()}


def _uncounted(own: Mapping[System, Sequence[LineFacts]]) -> Iterator[str]:
    if any(line.actions is None for lines in own.values() for line in lines):
        yield UNCOUNTED


Found = Mapping[str, Mapping[System, Measured] | Missing]


def _measured(pairs: Sequence[Pair], options: Options, progress: Progress) -> Found:
    """What each measure finds, by its name, for each system; or why it cannot be had."""
    said = systems(pairs, options.seed)
    human, films = [pair.human for pair in pairs], [pair.film for pair in pairs]
    found: dict[str, Mapping[System, Measured] | Missing] = {}
    for number, measure in enumerate(MEASURES):
        progress("measure", number, len(MEASURES))
        of_all: dict[System, Measured] = {}
        for system, texts in said.items():
            one = measure.measure(Texts(texts, human, films), options)
            if isinstance(one, Missing):
                found[measure.name] = one
                break
            of_all[system] = one
        else:
            found[measure.name] = of_all
    progress("measure", len(MEASURES), len(MEASURES))
    return found


def _score(measure: Measure, found: Mapping[System, Measured] | Missing, options: Options) -> Score:
    about = Score(measure.name, measure.title, measure.source)
    if isinstance(found, Missing):
        return replace(about, missing=found.why, remedy=found.remedy)
    values = {system: value_of(one, options.resamples, options.seed) for system, one in found.items()}
    return replace(about, how=measure.how(options), values=values)


def _lines(material: Material, found: Found) -> tuple[Line, ...]:
    """The pairs with the scores of ours."""
    each = {name: one["ours"].each for name, one in found.items() if not isinstance(one, Missing)}
    return tuple(
        Line(
            number + 1,
            *(pair.human, pair.ours, pair.second, pair.span, pair.film),
            {name: float(values[number]) for name, values in each.items() if values is not None},
        )
        for number, pair in enumerate(material.pairs)
    )
