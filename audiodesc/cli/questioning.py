"""The command `ask`: questions about films and pictures, one or in a conversation, and the conversations that are
kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.cli.options import AsJson, Quiet, Subs, option, with_choices
from audiodesc.cli.own_options import grouped
from audiodesc.cli.terminal import progress_shown, say, say_json, stoppable
from audiodesc.core.formatting import clock
from audiodesc.errors import AudiodescError, InputError, UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.describers.base import Describer
    from audiodesc.questions.question import Answer, Detail
    from audiodesc.questions.talk import Conversation

Film = Annotated[
    Path, typer.Argument(metavar="FILM", help="A film, or a folder FILM.ad; several may stand before the question.")
]
Words = Annotated[
    list[str] | None, typer.Argument(metavar="QUESTION", help="What you want to know, in quotes; with --chat optional.")
]
At = Annotated[
    str | None, option("--at", metavar="TIME", help="Which moment: 12:30, 1:02:03.5, or timecode.", panel="Moment")
]
From = Annotated[str | None, option("--from", metavar="TIME", help="Ask about the part from here on.", panel="Moment")]
To = Annotated[str | None, option("--to", metavar="TIME", help="Ask about the part up to here.", panel="Moment")]
Spoilers = Annotated[bool, option("--spoilers", help="Answer from what comes later in the film too.", panel="Moment")]
Image = Annotated[
    Path | None,
    option("--image", metavar="FILE", help="Ask about a picture (PNG, JPEG), not a film.", panel="Input"),
]
Short = Annotated[bool, option("--short", help="Answer in a few words.", panel="Answer")]
Detailed = Annotated[bool, option("--detail", help="Answer in a paragraph.", panel="Answer")]
Choices = Annotated[
    str, option("--choices", metavar="A|B|C", help="Answer with one of these: 'red|blue|green'.", panel="Answer")
]
Speak = Annotated[bool, option("--speak", help="Say the answer in the film's voice too.", panel="Answer")]
Chat = Annotated[
    bool,
    option(
        "--chat", help="Ask one question after the other; each line of standard input is one.", panel="Conversation"
    ),
]
Number = Annotated[
    int | None,
    option("--conversation", metavar="N", help="Go on with this one, see --list.", panel="Conversation"),
]
Listed = Annotated[bool, option("--list", help="List the conversations that the project keeps.", panel="Conversation")]
Shown = Annotated[int | None, option("--show", metavar="N", help="Show one of them.", panel="Conversation")]
Exported = Annotated[
    int | None, option("--export", metavar="N", help="Write one to -o FILE: .md or .json.", panel="Conversation")
]
Deleted = Annotated[int | None, option("--delete", metavar="N", help="Delete one for good.", panel="Conversation")]
Output = Annotated[
    Path | None,
    option(
        *("-o", "--output"),
        metavar="FILE",
        help="Where --export writes; or a WAV file for --speak, which is not played then.",
        panel="Results",
    ),
]

DESCRIBER = tuple(
    f"describer.{name}"
    for name in ("name", "server", "model", "parallel", "video", "serve", "local_server", "cast", "context")
)
HELPS = {
    "run.force": "Replace FILE.",
    "run.author": "Who asks, in kept conversations. Default: your login name.",
    "voice.name": "Who says the answer with --speak; see `voices`. Default, or auto: as the film's lines.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Which moment is asked about."""

    at: At = None
    start: From = None
    end: To = None
    spoilers: Spoilers = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is answered."""

    short: Short = False
    detail: Detailed = False
    choices: Choices = ""
    speak: Speak = False

    @property
    def length(self) -> Detail:
        """Raises UsageError for both."""
        if self.short and self.detail:
            raise UsageError("--short and --detail are two lengths", "give one of them")
        return "short" if self.short else "detail" if self.detail else "normal"


@dataclass(frozen=True, slots=True)
class Files:
    """What is read besides the film, and written."""

    image: Image = None
    output: Output = None
    subs: Subs = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is done with conversations."""

    chat: Chat = False
    number: Number = None
    listed: Listed = False
    shown: Shown = None
    exported: Exported = None
    deleted: Deleted = None

    @property
    def is_asked(self) -> bool:
        """Whether only kept ones are wanted, and no answer."""
        return self.listed or any(one is not None for one in (self.shown, self.exported, self.deleted))


@with_choices(
    *("dialogue", *DESCRIBER, "voice.name", "voice.lexicon"),
    *("run.yes", "run.offline", "run.author", "run.force", "options"),
    helps=HELPS,
)
@grouped
def ask(
    film: Film,
    settings: Settings,
    words: Words = None,
    moment: Moment = Moment(),
    manner: Manner = Manner(),
    kept: Kept = Kept(),
    files: Files = Files(),
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
    asking = Asking(settings, moment, manner, kept, files.subs, files.output, as_json, quiet)
    if kept.chat:
        with opened(places[0], asking) as talk:
            talking.chat(talk, asking, question)
        return
    _each(places, question, asking)


@dataclass(frozen=True, slots=True)
class Asking:
    """All that was chosen for the questions of a command; `settings` None: those of the project's last run."""

    settings: Settings | None
    moment: Moment
    manner: Manner
    kept: Kept
    subs: Path | None = None
    output: Path | None = None
    as_json: bool = False
    quiet: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Of each question but for its time."""
        choices = tuple(filter(None, (one.strip() for one in self.manner.choices.split("|"))))
        return {"detail": self.manner.length, "spoilers": self.moment.spoilers, "choices": choices}

    @property
    def times(self) -> dict[str, Any]:
        return {"at": self.moment.at, "start": self.moment.start, "end": self.moment.end}


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
    if len(given) == 1 and not chat:
        raise UsageError(
            f"there is no question about {film}", f'give one: audiodesc ask {film} "What is seen?" --at 1:00'
        )
    if chat and len(given) == 1:
        return [film], ""
    return [Path(one) for one in given[:-1]], given[-1]


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
        if talk.no_model and not asking.quiet:
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
        yield f"(moment: {clock(found.moment.start_ms)} to {clock(found.moment.end_ms)}, for {found.found_by})"


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
