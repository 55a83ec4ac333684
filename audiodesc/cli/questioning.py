"""The command `ask`: questions about films and pictures, one or in a conversation, and the conversations that are
kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from audiodesc.cli.options import AsJson, Quiet, with_choices
from audiodesc.cli.own_options import grouped
from audiodesc.cli.progress import progress_shown, stoppable
from audiodesc.cli.questioning_options import DESCRIBER, HELPS, Asking, Files, Film, Kept, Manner, Moment, Words
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import clock, shell
from audiodesc.errors import AudiodescError, InputError, UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.describers.base import Describer
    from audiodesc.questions.question import Answer
    from audiodesc.questions.talk import Conversation


@with_choices(
    *("dialogue", *DESCRIBER, "voice.name", "voice.lexicon"),
    *("run.yes", "run.offline", "run.author", "run.force", "options"),
    helps=HELPS,
)
@grouped
def ask(
    film: Film,
    settings: Settings,
    moment: Moment,
    manner: Manner,
    kept: Kept,
    files: Files,
    words: Words = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Ask a question about a film: `ask film.mp4 "What is she holding?" --at 12:30`.

    Without a time, the moment is found by the words of the question and named. What comes later in the film is not
    used. Without a model, what is known around the moment is said: text on screen, dialogue, lines.
    """
    from audiodesc.cli import talking

    if kept.is_asked:
        from audiodesc.cli.conversing import kept_conversations

        kept_conversations(film, kept, files.output, force=settings.run.force, as_json=as_json)
        return
    places, question = _places(film, words or (), files.image, chat=kept.chat)
    if files.subs and len(places) > 1:
        raise UsageError("--subs is of one film, and there are several", "leave it out, or ask one film at a time")
    if len(places) > 1 and (kept.chat or kept.number is not None):
        raise UsageError("a conversation is about one film", "give one")
    if files.output and not manner.speak:
        raise UsageError("-o is where --speak or --export writes", "give one of them")
    if files.output:
        from audiodesc.cli.playback import check_wav

        check_wav(files.output, settings.run.force)  # before a model is asked, which may cost
    asking = Asking(settings, moment, manner, kept, files.subs, files.output, as_json, quiet)
    if kept.chat:
        with opened(places[0], asking) as talk:
            talking.chat(talk, asking, question)
        return
    _each(places, question, asking)


def _places(film: Path, words: Sequence[str], image: Path | None, *, chat: bool) -> tuple[list[Path], str]:
    """What is asked about, and the question, which is last; in a conversation it may be left out."""
    from audiodesc.questions.pictures import is_picture

    given = [str(film), *words]
    if image:
        if len(given) > 1:
            raise UsageError("--image is asked about in the place of a film", "give the question, and no film")
        if not is_picture(image):
            raise InputError(f"{image} is no picture in PNG or JPEG", "give one that is there")
        return [image], given[0]
    if not _is_there(given[-1]) and len(given) > 1:
        return [Path(one) for one in given[:-1]], given[-1]
    if chat:
        return [Path(one) for one in given], ""
    example = f'audiodesc ask {shell(given[0])} "What is seen?" --at 1:00'
    raise UsageError(f"there is no question about {given[0]}", f"give one: {example}")


def _is_there(name: str) -> bool:
    """Whether there is a file or folder of that name; a question is longer than names may be."""
    with suppress(OSError, ValueError):
        return Path(name).exists()
    return False


def _each(places: Sequence[Path], question: str, asking: Asking) -> None:
    """One question to each; where there are several films, the fault of one keeps the others from nothing."""
    code = 0
    with ExitStack() as held:
        describer = None
        for number, place in enumerate(places):
            try:
                settings = None if number and place.is_dir() else asking.settings
                talk = held.enter_context(opened(place, replace(asking, settings=settings), describer))
                describer = describer or talk.describer
                answer_one(talk, question, asking, name=str(place) if len(places) > 1 else "")
            except AudiodescError as error:
                if len(places) == 1:
                    raise
                say(f"audiodesc: {place}: {error}", error=True)
                code = error.exit_code
    if code:
        raise typer.Exit(code)


@contextmanager
def opened(place: Path, asking: Asking, describer: Describer | None = None) -> Iterator[Conversation]:
    """The conversation about a film or picture; what it takes to open it is shown."""
    from audiodesc.core.downloads import Downloads
    from audiodesc.questions.talk import Conversation

    with ExitStack() as held:
        with progress_shown(asking.quiet) as screen, stoppable(screen.show) as shown:
            run = (asking.settings or Settings()).run
            talk = held.enter_context(
                Conversation(
                    place,
                    asking.settings,
                    number=asking.kept.number,
                    keep=asking.kept.chat or asking.kept.number is not None,
                    subtitles=asking.subs,
                    downloads=Downloads(run.yes, run.offline, screen.ask),
                    progress=shown,
                    describer=describer,
                    author=run.author or "",
                )
            )
        if talk.no_model:
            say(f"audiodesc: no model is asked: {talk.no_model}", error=True)
        yield talk


def answer_one(talk: Conversation, question: str, asking: Asking, name: str = "") -> None:
    """Ask, and print the answer."""
    with progress_shown(asking.quiet) as screen, stoppable(screen.show) as shown:
        shown("ask", 0, 1)
        found = talk.ask(question, **asking.times, **asking.options)
    print_answer(talk, question, found, asking, name)


def print_answer(
    talk: Conversation, question: str, found: Answer, asking: Asking, name: str = "", *, is_said: bool = False
) -> None:
    """An answer for a person, or as JSON; `is_said`: its text was printed while it was written."""
    if asking.as_json:
        say_json(json.dumps(as_values(talk, question, found), ensure_ascii=False))
    else:
        if name:
            say(f"{name}:")
        if not is_said:
            say(found.text)
        for remark in remarks(found):
            say(remark)
    if asking.manner.speak:
        from audiodesc.cli.talking import speak

        speak(talk, found.text, asking)


def remarks(found: Answer) -> Iterator[str]:
    """What is to be known of an answer besides its words: how sure it is, what it rests on, who answered."""
    if found.letter:
        from audiodesc.questions.question import LETTERS

        shares = (f"{letter} {share:.0%}" for letter, share in zip(LETTERS, found.shares, strict=False))
        yield f"How sure: {', '.join(shares)}." if found.shares else "How sure it is, is not known of this model."
    if found.by:
        rests = f"rests on {found.rests_on}; " if found.rests_on else ""
        yield f"({rests}answered by {found.by})"
    if found.found_by and found.moment:
        yield f"(moment: {clock(found.moment.start_ms)} to {clock(found.moment.end_ms)}; {found.found_by})"


def as_values(talk: Conversation, question: str, found: Answer) -> dict[str, Any]:
    """An answer as JSON has it; times in ms."""
    moment = [found.moment.start_ms, found.moment.end_ms] if found.moment else None
    return {
        "film": str(talk.film),
        "question": question,
        **asdict(found),
        "moment": moment,
        "conversation": talk.number,
    }
