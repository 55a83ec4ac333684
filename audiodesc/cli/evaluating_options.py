"""The options of `evaluate` by which models and people are asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from audiodesc.cli.editing import Author
from audiodesc.cli.options import AsJson, Quiet, option
from audiodesc.cli.reviewing import NoBrowser, Port
from audiodesc.errors import UsageError

JUDGE, QUIZ, COMPARE, VOTE = "Judge", "Questions", "Several describers", "Votes"

IsJudged = Annotated[
    bool,
    option("--judge", help="Have a model say how far each line says what the human's says, 0 to 5.", panel=JUDGE),
]
JudgeModel = Annotated[
    str,
    option(
        "--judge-model",
        metavar="NAME",
        help="The judge at --server, where --model says what is compared.",
        panel=JUDGE,
    ),
]
Models = Annotated[
    list[str] | None,
    option(
        "--model",
        metavar="NAME",
        help="The model that judges or answers, at --server. Several, with a FILM in place of OURS, are compared: "
        "describers, profiles (.toml), `server`, or models at --server.",
        panel="Describer",
    ),
]
Questions = Annotated[
    Path | None,
    option("--questions", metavar="FILE", help="Have a model answer these (JSON, JSON Lines, CSV).", panel=QUIZ),
]
From = Annotated[
    list[str] | None,
    option(
        "--from",
        metavar="description|film|both",
        help="What it answers from, besides nothing; can be repeated. Default: the description.",
        panel=QUIZ,
    ),
]
Of = Annotated[
    str,
    option("--of", metavar="NAME", help="What the questions call this film. Default: the files' names.", panel=QUIZ),
]
KeepOrder = Annotated[bool, option("--keep-order", help="Do not shuffle the choices.", panel=QUIZ)]
HumanScript = Annotated[
    Path | None, option("--human", metavar="FILE", help="A person's script of the film.", panel=COMPARE)
]
Folder = Annotated[
    Path | None,
    option(
        *("-o", "--output"),
        metavar="DIR",
        help="Where the comparison is kept. Default: STEM.compare beside the film.",
        panel=COMPARE,
    ),
]
Vote = Annotated[
    bool,
    option(
        "--vote",
        help="Open a page to vote, blind, on the lines of several describers; OURS may be the folder of a comparison.",
        panel=VOTE,
    ),
]
MostVotes = Annotated[int, option("--most-votes", metavar="N", help="Moments to vote on, drawn at random.", panel=VOTE)]

Page = Annotated[
    Path | None,
    option("--html", metavar="FILE", help="Write a page: the worst lines side by side, with frames.", panel="Results"),
]
ForcePage = Annotated[bool, option("--force", help="Replace the page.", panel="Results")]


@dataclass(frozen=True, slots=True)
class Asking:
    """What models and people are asked."""

    judge: IsJudged = False
    judge_model: JudgeModel = ""
    model: Models = None
    questions: Questions = None
    sources: From = None
    of: Of = ""
    keep_order: KeepOrder = False
    human_script: HumanScript = None
    folder: Folder = None
    vote: Vote = False
    most_votes: MostVotes = 40
    port: Port = 0
    no_browser: NoBrowser = False
    author: Author = ""

    @property
    def compares(self) -> bool:
        return len(self.model or ()) > 1


@dataclass(frozen=True, slots=True)
class Form:
    """How it is said."""

    html: Page = None
    force: ForcePage = False
    as_json: AsJson = False
    quiet: Quiet = False

    @property
    def hidden(self) -> bool:
        """Whether progress is not shown."""
        return self.as_json or self.quiet


@dataclass(frozen=True, slots=True)
class Files:
    """The files that are given."""

    ours: Path
    human: Path | None
    film: Path | None
    subs: Path | None


def check_asking(asking: Asking, files: Files) -> None:
    """Raises UsageError for what does not go together."""
    if asking.questions and (asking.judge or asking.compares or asking.vote):
        raise UsageError("--questions with --judge, --vote or several models", "ask one thing at a time")
    if not asking.questions and (asking.sources or asking.of or asking.keep_order):
        raise UsageError("--from, --of and --keep-order are for questions", "give --questions FILE too")
    if asking.judge_model and not (asking.judge and asking.compares):
        raise UsageError("--judge-model is for comparing several models", "name the judge with --model")
    if files.human and asking.human_script:
        raise UsageError(f"{files.human} and {asking.human_script} are both human scripts", "give one of them")
    if asking.vote and not asking.compares and not files.ours.is_dir():
        raise UsageError("--vote is about several describers", "give FILM --model A --model B, or FILM.compare")
