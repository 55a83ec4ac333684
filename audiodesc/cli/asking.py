"""The command `candidates`: what the describer offers for a line, or is asked for; and one of them taken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.cli.editing import Author, LineId, Start, moment_ms, show_changes
from audiodesc.cli.options import AsJson, option, with_choices
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import seconds, shell
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.project import Project
    from audiodesc.project.asking import Wanted
    from audiodesc.project.history import Entry
    from audiodesc.project.offers import FittedOffer
    from audiodesc.project.spots import Spot

Folder = Annotated[Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote.")]
Another = Annotated[bool, option("--another", help="Ask the describer for others.", panel="Ask")]
Shorter = Annotated[bool, option("--shorter", help="Ask it for shorter ones than the line is.", panel="Ask")]
Words = Annotated[int | None, option("--words", metavar="N", help="Ask for ones of N words at most.", panel="Ask")]
Lasts = Annotated[
    float | None,
    option("--seconds", metavar="S", help="Ask for ones that the voice says in S seconds at most.", panel="Ask"),
]
Hint = Annotated[
    str, option("--hint", metavar="TEXT", help="Ask for what you wish: 'mention the letter'.", panel="Ask")
]
LookAgain = Annotated[
    bool,
    option(
        "--look-again",
        help="Have it look closer at the film, where the hint asks for what it did not see.",
        panel="Ask",
    ),
]
Take = Annotated[
    int | None,
    option("--take", metavar="N", help="Have the line say number N, and approve it.", panel="Edit"),
]


@with_choices("describer", "run.yes", "run.offline", "options")
def candidates(
    film: Folder,
    line: LineId,
    settings: Settings,
    start: Start = None,
    another: Another = False,
    shorter: Shorter = False,
    words: Words = None,
    lasts: Lasts = None,
    hint: Hint = "",
    look_again: LookAgain = False,
    take: Take = None,
    author: Author = "",
    as_json: AsJson = False,
) -> None:
    """List what the describer offers for a line, ask it for others, shorter ones or with a hint, and take one.

    For a gap without a line: `candidates film.ad new --start 2:03.5 --another`. The describer is that of the last run,
    if no other is named; the address of a server is given again, as for `make`. What it offers is kept in the project,
    and no line is changed until one is taken.
    """
    from audiodesc.project import open_project
    from audiodesc.project.asking import Wanted, is_shorter

    is_new = line == "new"
    start_ms = None if start is None else moment_ms(start)
    if is_new != (start is not None):
        raise UsageError("--start goes with `new`", "give both for a line in an empty gap, else neither")
    wanted = Wanted("" if is_new else line, start_ms, shorter, words, lasts, hint, look_again)
    asks = another or look_again or bool(hint.strip()) or is_shorter(wanted)
    with open_project(film) as project:
        spot, offers = _offered(project, wanted, settings, asks)
        if take is None:
            again = f"audiodesc candidates {shell(str(film))} {line}"
            _show(offers, asks, as_json, f"{again} --start {start}" if start else again)
        else:
            show_changes(_taken(project, spot, offers, take, author), as_json)


def _offered(project: Project, wanted: Wanted, settings: Settings, asks: bool) -> tuple[Spot, Sequence[FittedOffer]]:
    """Which line is meant, and what is offered for it, after the describer was asked where that is wanted."""
    from audiodesc.cli.terminal import progress_shown, stoppable
    from audiodesc.core.cache import Store
    from audiodesc.core.downloads import Downloads
    from audiodesc.project.asking import ask, asking, unmeasured
    from audiodesc.project.folder import HIDDEN
    from audiodesc.project.known import analysed
    from audiodesc.project.offers import fitted_offer, offers_of
    from audiodesc.project.spots import spot_of

    store = Store(project.folder / HIDDEN / "cache")
    with progress_shown(quiet=False) as screen, stoppable(screen.show) as shown:
        known = analysed(project, store, shown, settings)
        snapshot = project.snapshot()
        spot = spot_of(snapshot, wanted.id, wanted.start_ms, known, unmeasured)
        if asks:
            downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
            with asking(project, settings, known, store, downloads, shown) as of:
                return spot, ask(project, wanted, of, progress=shown)
        offers = offers_of(project, spot)
        return spot, [fitted_offer(one, spot, known, snapshot, unmeasured) for one in offers]


def _taken(project: Project, spot: Spot, offers: Sequence[FittedOffer], number: int, author: str) -> tuple[Entry, ...]:
    from audiodesc.project.offers import take, take_new

    if not 1 <= number <= len(offers):
        raise UsageError(f"there is no candidate {number}", f"there are {len(offers)}: --another asks for more")
    text = offers[number - 1].offer.text
    if spot.line.id:
        return take(project, spot.line.id, text, author, "command line")
    return take_new(project, spot, text, author, "command line")


def _show(offers: Sequence[FittedOffer], asked: bool, as_json: bool, again: str) -> None:
    if as_json:
        shown = [_plain(number, one) for number, one in enumerate(offers, 1)]
        say_json(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for number, one in enumerate(offers, 1):
        new = ", new" if one.is_new else ""
        say(f"{number}  {_length(one)}{new}: “{one.offer.text}”")
        for finding in one.findings:
            say(f"   {finding.severity}: {finding.message}: {finding.advice}")
        for doubt in one.offer.doubts:
            say(f"   doubt: {doubt}")
    if asked and not any(one.is_new for one in offers):
        say("The describer offers nothing new.")
    elif not offers:
        say(f"Nothing is offered yet: {again} --another asks.")
    if offers:
        say(f"To take one: {again} --take N")


def _length(one: FittedOffer) -> str:
    """Such as "2.1 of 3.4 s"."""
    if one.length_ms is None:
        return f"not spoken ({one.reason})"
    fit = "" if one.rate == 1.0 else f", spoken {one.rate:g} times as fast" if one.rate else ", too long"
    return f"{seconds(one.length_ms)} of {seconds(one.room_ms)} s{fit}"


def _plain(number: int, one: FittedOffer) -> dict[str, Any]:
    values = {**asdict(one), **asdict(one.offer)}
    del values["offer"]
    return {"number": number, **values, "fits": one.rate is not None}
