"""The options of the command `ask`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.cli.options import Subs, option
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.questions.question import Detail

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
        help="Where --export writes; or a WAV file for --speak, which is not played then (with --chat FILE-2.wav … for "
        "further answers).",
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
        if self.manner.choices and not choices:
            raise UsageError(f"--choices is {self.manner.choices!r:.40}", "give 2 to 10, as 'red|blue|green'")
        return {"detail": self.manner.length, "spoilers": self.moment.spoilers, "choices": choices}

    @property
    def times(self) -> dict[str, Any]:
        return {"at": self.moment.at, "start": self.moment.start, "end": self.moment.end}
