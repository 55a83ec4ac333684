"""The command `evaluate`: how good a script is, measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import FILMS, AsJson, Quiet, Subs, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.errors import UsageError

Ours = Annotated[
    Path,
    typer.Argument(
        metavar="OURS", help="A description script of any format, a folder FILM.ad, or a data set's predictions (CSV)."
    ),
]
Human = Annotated[
    Path | None, typer.Argument(metavar="HUMAN", help="A script that a person wrote, or a data set's annotations.")
]
OfFilm = Annotated[Path | None, typer.Argument(metavar="FILM", help="For frames beside the lines, and for `check`.")]
Second = Annotated[
    Path | None,
    option("--second", metavar="FILE", help="What another person wrote for the same film: the score to reach."),
]
Window = Annotated[
    float,
    option(
        "--window",
        metavar="S",
        help="A line that overlaps no human cue counts for one that it is at most so far away from.",
        panel="Measures",
    ),
]
TextModel = Annotated[
    Path | None,
    option("--text-model", metavar="DIR", help="A text encoder's weights, for BERTScore and Recall.", panel="Measures"),
]
Resamples = Annotated[
    int, option("--resamples", metavar="N", help="Of the cues, for the intervals; 0: no intervals.", panel="Measures")
]
Seed = Annotated[int, option("--seed", metavar="N", help="Of chance and of the resamples.", panel="Measures")]


@dataclass(frozen=True, slots=True)
class Measuring:
    """How it is measured."""

    window: Window = 3.0
    text_model: TextModel = None
    resamples: Resamples = 1_000
    seed: Seed = 0


@without_choices
def evaluate(
    ours: Ours,
    measuring: Measuring,
    human: Human = None,
    film: OfFilm = None,
    second: Second = None,
    subs: Subs = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure how good a script is: against a human one, and by itself.

    Each score stands beside that of the human cue before (copied neighbour), of cues drawn at random (chance), of a
    second human script, and of the human script itself. What cannot be measured here is named, with what would bring
    it.
    """
    from audiodesc.cli.terminal import progress_shown, stoppable
    from audiodesc.evaluation import evaluate as evaluated
    from audiodesc.evaluation.model import Options
    from audiodesc.evaluation.output import facts_table, summary, table, to_json

    for name, value, most in (("--window", measuring.window, 60), ("--resamples", measuring.resamples, 100_000)):
        if not 0 <= value <= most:
            raise UsageError(f"{name} is {value:g}", f"give 0 to {most}")
    if measuring.seed < 0:
        raise UsageError(f"--seed is {measuring.seed}", "give 0 or more")
    if human and not film and human.suffix.lower() in FILMS:
        human, film = None, human
    for text in (ours, human, second):
        if text and text.suffix.lower() in FILMS:
            raise UsageError(f"{text} is a film, not a script", "give the script first, and the film last")
    options = Options(measuring.window, measuring.resamples, measuring.seed, measuring.text_model)
    with progress_shown(quiet or as_json) as screen, stoppable(screen.show) as shown:
        found = evaluated(ours, human, film, second=second, subs=subs, options=options, progress=shown)
    if as_json:
        say_json(to_json(found))
    elif not quiet:
        if any(score.values for score in found.scores):
            show(table(found))
            say("")
        show(facts_table(found))
        say("")
        say(summary(found))
