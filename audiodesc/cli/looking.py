"""`find --look` and `--like`: the options, what it costs, and the films looked through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from audiodesc.cli.options import option
from audiodesc.cli.progress import progress_shown, stoppable
from audiodesc.cli.terminal import say
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.describers.base import Describer
    from audiodesc.footage.answers import Cost
    from audiodesc.search.finding import Answer, Where

Look = Annotated[
    str | None,
    option(
        "--look",
        metavar="TEXT",
        help="Have a model look at every shot for this: 'a man in a yellow raincoat'. All arguments are then films and "
        "folders.",
        panel="Look",
    ),
]
Like = Annotated[
    Path | None,
    option("--like", metavar="FILE", help="The same for the person of this portrait, PNG or JPEG.", panel="Look"),
]
First = Annotated[
    int | None,
    option(
        "--first",
        metavar="N",
        help="Look at N shots of each film only: those that the index offers first for the words of --look.",
        panel="Look",
    ),
]

DESCRIBER: Final = tuple(
    f"describer.{name}"
    for name in ("name", "server", "model", "parallel", "failed_share", "video", "serve", "local_server")
)
CHOICES: Final = (*DESCRIBER, "run.yes", "run.offline", "options")
HELPS: Final = {
    "run.yes": "Fetch a model that is not on this disk, and ask it any number of questions, without asking first."
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a model looks for, None for nothing."""

    look: Look = None
    like: Like = None
    first: First = None

    @property
    def is_wanted(self) -> bool:
        return self.look is not None or self.like is not None

    @property
    def title(self) -> str:
        """What is looked for, in words."""
        return " ".join(filter(None, [self.look, f"(like {self.like.name})" if self.like else ""]))


def seen_in_films(
    wanted: Recognised, places: Sequence[Path], settings: Settings, where: Where, limit: int, quiet: bool
) -> Answer:
    """What the describer sees, after it was said what that costs. Raises UsageError where that is much and nobody can
    be asked, and for an option without a value."""
    from audiodesc.core.downloads import Downloads
    from audiodesc.search import look_films
    from audiodesc.search.look_questions import sought_of

    if wanted.first is not None and wanted.first < 1:
        raise UsageError(f"--first is {wanted.first}", "give 1 or more")
    if wanted.look is not None and not wanted.look.strip():
        raise UsageError("--look is empty", "say what is looked for, as --look 'a man in a yellow raincoat'")
    if wanted.like == Path():  # what an empty name is read as
        raise UsageError("--like is empty", "give a portrait, PNG or JPEG")
    sought = sought_of(wanted.look or "", wanted.like)
    try:
        with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
            downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
            agreed = _agreed(settings.run.yes, screen.ask, quiet)
            looking = look_films.Looking(sought, settings, where, wanted.first, limit, downloads, shown, agreed)
            return look_films.seen_in_films(places, looking)
    except KeyboardInterrupt:
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130) from None


def _agreed(yes: bool, ask: Callable[[str], bool] | None, quiet: bool) -> Callable[[Cost, Describer], None]:
    """Says what it costs, and asks the user where that is much."""
    from audiodesc.search.looking import allowed

    def agreed(cost: Cost, by: Describer) -> None:
        if not quiet:
            say(f"{by.label}: {cost}", error=True)
        if not allowed(cost, yes, ask):
            say("Nothing is asked.", error=True)
            raise typer.Exit(1)

    return agreed
