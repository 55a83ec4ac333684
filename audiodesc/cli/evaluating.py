"""The command `evaluate`: how good a script is, measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.evaluating_options import Asking, Files, Form, check_asking
from audiodesc.cli.options import FILMS, Subs, option, with_choices
from audiodesc.cli.own_options import grouped
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.evaluation.model import Options

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
    option(
        *("--second",),
        metavar="FILE",
        help="What another person wrote for the same film: the score to reach.",
        panel="Input",
    ),
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


JUDGES = tuple(
    f"describer.{name}" for name in ("name", "server", "parallel", "video", "serve", "local_server", "cast", "context")
)
"""The choices of who judges, answers and describes; --model is an option of its own, which may be given several times.
"""


@with_choices(*JUDGES, "voice.name", "voice.language", "run.yes", "run.offline", "options")
@grouped
def evaluate(
    ours: Ours,
    settings: Settings,
    measuring: Measuring,
    asking: Asking,
    form: Form,
    human: Human = None,
    film: OfFilm = None,
    second: Second = None,
    subs: Subs = None,
) -> None:
    """Measure how good a script is: against a human one, and by itself.

    Each score stands beside that of the human cue before (copied neighbour), of cues drawn at random (chance), of a
    second human script, and of the human script itself. What cannot be measured here is named, with what would bring
    it.

    A model can judge the lines (--judge), or answer questions from the description (--questions). Several describers
    are compared on one film: `audiodesc evaluate FILM --model A --model B`.
    """
    from audiodesc.cli import evaluating_models

    if human and not film and human.suffix.lower() in FILMS:
        human, film = None, human
    options, files = _options(measuring), Files(ours, human, film, subs)
    check_asking(asking, files)
    if form.html and (asking.questions or asking.compares or asking.vote):
        raise UsageError("--html is a page of one script's scores", "leave it out here")
    if asking.compares or asking.vote:
        folder = evaluating_models.compare(files, asking, settings, options, form) if asking.compares else ours
        if asking.vote:
            evaluating_models.vote(folder, asking, options)
        return
    if (ours / "comparison.json").is_file():
        evaluating_models.show_kept(ours, asking, options, form)
        return
    for text in (ours, human, second):
        if text and text.suffix.lower() in FILMS:
            raise UsageError(f"{text} is a film, not a script", "give the script first, and the film last")
    if asking.questions:
        evaluating_models.quiz(files, asking, settings, options, form)
    else:
        _measure(files, second, asking, settings, options, form)


def _options(measuring: Measuring) -> Options:
    from audiodesc.evaluation.model import Options

    for name, value, most in (("--window", measuring.window, 60), ("--resamples", measuring.resamples, 100_000)):
        if not 0 <= value <= most:
            raise UsageError(f"{name} is {value:g}", f"give 0 to {most}")
    if measuring.seed < 0:
        raise UsageError(f"--seed is {measuring.seed}", "give 0 or more")
    return Options(measuring.window, measuring.resamples, measuring.seed, measuring.text_model)


def _measure(
    files: Files, second: Path | None, asking: Asking, settings: Settings, options: Options, form: Form
) -> None:
    from audiodesc.cli.evaluating_models import with_judgement
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.evaluation import evaluate as evaluated
    from audiodesc.evaluation.html import write_page
    from audiodesc.evaluation.output import facts_table, summary, table, to_json
    from audiodesc.project.output_file import check_free

    if form.html:
        check_free(form.html, force=form.force)
    with progress_shown(form.hidden) as screen, stoppable(screen.show) as shown:
        given = (files.ours, files.human or asking.human_script, files.film)
        found = evaluated(*given, second=second, subs=files.subs, options=options, progress=shown)
        if asking.judge:
            found = with_judgement(found, asking, settings, screen, shown)
        if form.html:
            shown("stills", 0, 0)
            write_page(found, form.html, force=form.force)
    if form.as_json:
        say_json(to_json(found))
    elif not form.quiet:
        if any(score.values for score in found.scores):
            show(table(found))
            say("")
        show(facts_table(found))
        say("")
        say(summary(found))
        if form.html:
            say(f"Page: {form.html}")
