"""What `evaluate` asks models, and people: a judge, questions with choices, several describers, votes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.cli.evaluating_options import Asking, Files, Form
from audiodesc.cli.progress import Screen, progress_shown, stoppable
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.core.formatting import shell
from audiodesc.errors import UsageError
from audiodesc.settings import DescriberSettings, Settings

if TYPE_CHECKING:
    from audiodesc.core.cache import Store
    from audiodesc.core.progress import Progress
    from audiodesc.evaluation.asking import Answerer
    from audiodesc.evaluation.comparing import Comparison, Seen
    from audiodesc.evaluation.model import Evaluation, Options
    from audiodesc.evaluation.questions import Question
    from audiodesc.evaluation.quiz import Source
    from audiodesc.footage.answers import Cost
    from audiodesc.scripts.lines import ScriptLine


def chosen_model(asking: Asking, settings: Settings) -> Settings:
    """The choices with the model that judges or answers."""
    name = asking.judge_model if asking.compares else (asking.model or [""])[0]
    return replace(settings, describer=replace(settings.describer, model=name or None))


@contextmanager
def answerer(settings: Settings, screen: Screen, shown: Progress) -> Iterator[tuple[Answerer, Store]]:
    """The model that is asked in words alone, in its session, and where its answers are kept. Raises UsageError where
    it has none."""
    from audiodesc.core.downloads import Downloads
    from audiodesc.describers.base import DescriberOptions
    from audiodesc.describers.chosen import chosen_describer, film_context
    from audiodesc.evaluation.asking import as_answerer
    from audiodesc.footage import user_store

    chosen = settings.describer
    with ExitStack() as held:
        store = user_store(held, "evaluations")
        by: Answerer
        if chosen.server and chosen.name in (None, "auto", "server"):
            from audiodesc.describers.server.texts import TextServer

            at, own = chosen.server, settings.options
            by = TextServer(DescriberOptions(server=at, model=chosen.model or "", parallel=chosen.parallel, own=own))
        else:
            downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
            by = as_answerer(chosen_describer(settings, film_context(settings), downloads, shown, 0.0).describer)
        held.enter_context(by.session(store))
        yield by, store


def with_judgement(
    found: Evaluation, asking: Asking, settings: Settings, screen: Screen, shown: Progress
) -> Evaluation:
    """The evaluation with the judge's scores; what they cost is said before."""
    from audiodesc.evaluation.judging import judge_cost, with_judge

    with answerer(chosen_model(asking, settings), screen, shown) as (by, store):
        _say_cost(by, judge_cost(found, by, store))
        return with_judge(found, by, store, found.resamples, shown)


def quiz(files: Files, asking: Asking, settings: Settings, options: Options, form: Form) -> None:
    """Have a model answer questions about a film, and say how many it gets right."""
    from audiodesc.evaluation import quiz_output
    from audiodesc.evaluation.quiz import Quiz, quiz_cost, quiz_scores

    wanted, sources = chosen_model(asking, settings), _sources(asking)
    with progress_shown(form.hidden) as screen, stoppable(screen.show) as shown, ExitStack() as held:
        questions, lines, notes = _asked_of(files, asking)
        seen = None
        if {"film", "both"} & set(sources):
            place = files.film or (files.ours if files.ours.is_dir() else None)
            seen = held.enter_context(_seen(place, files.subs, wanted, screen, shown))
        by, store = held.enter_context(_by(seen, wanted, screen, shown))
        given = Quiz(questions, sources, lines, seen, None if asking.keep_order else options.seed)
        _say_cost(by, quiz_cost(given, by, store))
        scores = quiz_scores(given, by, store, options.resamples, shown)
    film = str(files.film or "")
    found = replace(scores, questions=str(asking.questions), ours=str(files.ours), film=film, notes=notes)
    if form.as_json:
        say_json(quiz_output.to_json(found))
    elif not form.quiet:
        show(quiz_output.table(found))
        if found.categories:
            say("")
            show(quiz_output.categories(found))
        say("")
        say(quiz_output.summary(found))


def _asked_of(files: Files, asking: Asking) -> tuple[tuple[Question, ...], tuple[ScriptLine, ...], tuple[str, ...]]:
    """The questions about this film, the lines of its description, and notes."""
    from audiodesc.evaluation.material import Given, read
    from audiodesc.evaluation.model import Options
    from audiodesc.evaluation.questions import about, read_questions

    path = asking.questions or Path()
    questions, notes = read_questions(path)
    names = [asking.of] if asking.of else [str(one) for one in (files.film, files.ours) if one]
    material = read(Given(files.ours), Options())
    return about(questions, names, path), material.scripts["ours"], (*notes, *material.notes)


def _sources(asking: Asking) -> tuple[Source, ...]:
    from audiodesc.evaluation.quiz import SOURCES

    wanted = asking.sources or ["description"]
    if unknown := [one for one in wanted if one not in SOURCES]:
        raise UsageError(f"--from is {unknown[0]!r:.40}", f"give one of: {', '.join(SOURCES)}")
    return tuple(one for one in SOURCES if one in wanted or one == "nothing")


@contextmanager
def _seen(place: Path | None, subs: Path | None, settings: Settings, screen: Screen, shown: Progress) -> Iterator[Seen]:
    """The film, opened, and the describer that answers from it: that of the project's last run, if nobody is named."""
    from audiodesc.core.downloads import Downloads
    from audiodesc.footage import describer_of, open_footage

    if place is None:
        raise UsageError("nothing says which film the questions are about", "give it after the script")
    with open_footage(place, progress=shown, subtitles=subs) as found:
        named = settings.describer != DescriberSettings()
        describer = settings.describer if named else found.settings.describer
        chosen = replace(found.settings, describer=describer, run=settings.run, options=settings.options)
        footage = replace(found, settings=chosen)
        with describer_of(footage, Downloads(settings.run.yes, settings.run.offline, screen.ask), shown) as by:
            yield footage, by


@contextmanager
def _by(seen: Seen | None, settings: Settings, screen: Screen, shown: Progress) -> Iterator[tuple[Answerer, Store]]:
    """Who answers what is asked without the film: the same that sees it, where somebody does."""
    from audiodesc.evaluation.asking import as_answerer

    if seen:
        yield as_answerer(seen[1]), seen[0].store
        return
    with answerer(settings, screen, shown) as found:
        yield found


def compare(files: Files, asking: Asking, settings: Settings, options: Options, form: Form) -> Path:
    """Have several describers describe one film, and say how their lines measure. The folder of the comparison."""
    from audiodesc.evaluation.comparing import (
        compared,
        comparison_cost,
        described_by,
        judged_comparison,
        keep,
        usual_folder,
    )

    film, human = files.ours, files.human or asking.human_script
    folder = asking.folder or usual_folder(film)
    named = asking.judge_model or settings.describer.name
    if asking.judge and not named:
        raise UsageError("nobody is named who judges", "give --judge-model NAME of --server, or --describer NAME")
    with progress_shown(form.hidden) as screen, stoppable(screen.show) as shown:
        made = described_by(film, asking.model or (), settings, folder, files.subs, shown, ask=screen.ask)
        found = compared(film, made, folder, human, options, shown)
        if asking.judge:
            wanted = chosen_model(asking, settings)
            with ExitStack() as held:
                place = folder / found.models[0].folder
                seen = None if human else held.enter_context(_seen(place, files.subs, wanted, screen, shown))
                by, store = held.enter_context(_by(seen, wanted, screen, shown))
                _say_cost(by, comparison_cost(found, by, store, seen))
                found = judged_comparison(found, by, store, options.resamples, shown, seen)
        keep(found, folder)
    if asking.vote:
        form = replace(form, quiet=True)
    _show_comparison(found, folder, options, asking, form)
    return folder


def show_kept(folder: Path, asking: Asking, options: Options, form: Form) -> None:
    """Say how the comparison in a folder came out, and the votes on it."""
    from audiodesc.evaluation.comparing import kept

    _show_comparison(kept(folder), folder, options, asking, form)


def _show_comparison(found: Comparison, folder: Path, options: Options, asking: Asking, form: Form) -> None:
    from audiodesc.evaluation.comparing_output import counted, summary, table, to_json
    from audiodesc.evaluation.votes import Poll

    if form.as_json:
        say_json(to_json(found))
    elif not form.quiet:
        show(table(found))
        say("")
        say(summary(found))
        if (folder / "votes.json").exists():
            for one in Poll(found, folder, options.seed, asking.most_votes).outcomes():
                voters = "1 person" if one.voters == 1 else f"{one.voters} people"
                say(f"Votes of {voters}: {counted(one.first, one.second, one.tally)}.")
        say(f"Kept in {folder}; to vote on the lines: audiodesc evaluate {shell(str(folder))} --vote")


def _say_cost(by: Answerer, cost: Cost) -> None:
    say(f"{by.label}: {cost}", error=True)


def vote(folder: Path, asking: Asking, options: Options) -> None:
    """Open a page on this computer to vote, blind, on the lines of a comparison."""
    from audiodesc.core.formatting import plain
    from audiodesc.project.project import login_name
    from audiodesc.review.server import open_browser
    from audiodesc.review.voting import opened_voting, vote_serving

    voter = plain(asking.author or login_name()).strip()[:80]
    voting = opened_voting(folder, voter, options.seed, asking.most_votes)
    with vote_serving(voting, folder, asking.port) as server:
        say(f"Open {server.address}")
        say(f"{voter} votes. Each vote is kept as it is given; press Ctrl+C to end, and go on any time.")
        if not asking.no_browser:
            open_browser(server.address)
        server.run()
