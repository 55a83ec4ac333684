"""The command `candidates`: what the describer offers for a line, or is asked for; and one of them taken."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from audiodesc.cli.editing import moment_ms, show_changes
from audiodesc.cli.options import AsJson, option, with_choices
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import seconds, shell
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.project import Project
    from audiodesc.project.asking import Wanted
    from audiodesc.project.history import Entry
    from audiodesc.project.kept_candidates import FittedCandidate
    from audiodesc.project.spots import Spot

Folder = Annotated[Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote.")]
LineOrTime = Annotated[
    str,
    typer.Argument(metavar="ID|TIME", help="Which line, as the script names it; or a time in an empty gap: 2:03.5."),
]
Another = Annotated[bool, option("--another", help="Ask the describer for others.", panel="Ask")]
Shorter = Annotated[bool, option("--shorter", help="Ask it for shorter ones than the line is.", panel="Ask")]
Most = Annotated[
    str,
    option("--most", metavar="N|SECONDS", help="Ask for ones of N words at most, or of so long: 2.5s.", panel="Ask"),
]
Hint = Annotated[
    str, option("--hint", metavar="TEXT", help="Ask for what you wish: 'mention the letter'.", panel="Ask")
]
LookAgain = Annotated[
    bool,
    option("--look-again", help="Have it look closer at the film, for what it did not see before.", panel="Ask"),
]
Take = Annotated[
    int | None, option("--take", metavar="N", help="Have the line say number N, and approve it.", panel="Edit")
]

LENGTH: Final = re.compile(r"(?:(?P<words>\d{1,3})|(?P<seconds>\d{1,3}(?:[.,]\d{1,3})?) ?s)")


@with_choices("describer", "run.yes", "run.offline", "run.author", "options")
def candidates(
    film: Folder,
    line: LineOrTime,
    settings: Settings,
    another: Another = False,
    shorter: Shorter = False,
    most: Most = "",
    hint: Hint = "",
    look_again: LookAgain = False,
    take: Take = None,
    as_json: AsJson = False,
) -> None:
    """List what the describer offers for a line, ask it for others, shorter ones or with a hint, and take one.

    The describer is that of the last run, if no other is named; the address of a server is given again, as for `make`.
    What it offers is kept in the project, and no line is changed until one is taken.
    """
    from audiodesc.project import open_project
    from audiodesc.project.asking import Wanted, is_shorter

    is_time = not line.isalnum()
    words, lasts = _length_of(most) if most else (None, None)
    at = Wanted(start_ms=moment_ms(line)) if is_time else Wanted(line)
    wanted = replace(at, shorter=shorter, words=words, seconds=lasts, hint=hint, look_again=look_again)
    asks = another or look_again or bool(wanted.hint) or is_shorter(wanted)
    with open_project(film) as project:
        spot, offers = _offered(project, wanted, settings, asks)
        if take is None:
            _show(offers, asks, as_json, f"audiodesc candidates {shell(str(film))} {line}")
        else:
            show_changes(_taken(project, spot, offers, take, settings.run.author or ""), as_json)


def _length_of(text: str) -> tuple[int | None, float | None]:
    """Words, or seconds. Raises UsageError for neither."""
    found = LENGTH.fullmatch(text.strip())
    if not found:
        raise UsageError(f"--most is {text!r:.40}", "give a number of words, as 6, or seconds, as 2.5s")
    if found["words"]:
        return int(found["words"]), None
    return None, float(found["seconds"].replace(",", "."))


def _offered(
    project: Project, wanted: Wanted, settings: Settings, asks: bool
) -> tuple[Spot, Sequence[FittedCandidate]]:
    """Which line is meant, and what is offered for it, after the describer was asked where that is wanted."""
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.core.cache import Store
    from audiodesc.core.downloads import Downloads
    from audiodesc.project.asking import ask, asking, unmeasured
    from audiodesc.project.folder import HIDDEN
    from audiodesc.project.kept_candidates import candidates_of, fitted_candidate
    from audiodesc.project.known import analysed
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
        offers = candidates_of(project, spot)
        return spot, [fitted_candidate(one, spot, known, snapshot, unmeasured) for one in offers]


def _taken(
    project: Project, spot: Spot, offers: Sequence[FittedCandidate], number: int, author: str
) -> tuple[Entry, ...]:
    from audiodesc.project.kept_candidates import take, take_new

    if not 1 <= number <= len(offers):
        raise UsageError(f"there is no candidate {number}", f"there are {len(offers)}: --another asks for more")
    text = offers[number - 1].candidate.text
    if spot.line.id:
        return take(project, spot.line.id, text, author, "command line")
    return take_new(project, spot, text, author, "command line")


def _show(offers: Sequence[FittedCandidate], asked: bool, as_json: bool, again: str) -> None:
    if as_json:
        shown = [_plain(number, one) for number, one in enumerate(offers, 1)]
        say_json(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for number, one in enumerate(offers, 1):
        new = ", new" if one.is_new else ""
        say(f"{number}  {_takes(one)}{new}: “{one.candidate.text}”")
        for finding in one.findings:
            say(f"   {finding.severity}: {finding.message}: {finding.advice}")
        for doubt in one.candidate.doubts:
            say(f"   doubt: {doubt}")
    if asked and not any(one.is_new for one in offers):
        say("The describer offers nothing new.")
    elif not offers:
        say(f"Nothing is offered yet: {again} --another asks.")
    if offers:
        say(f"To take one: {again} --take N")


def _takes(one: FittedCandidate) -> str:
    """Such as "2.1 of 3.4 s"."""
    if one.length_ms is None:
        return f"not spoken ({one.reason})"
    fit = "" if one.rate == 1.0 else f", spoken {one.rate:g} times as fast" if one.rate else ", too long"
    return f"{seconds(one.length_ms)} of {seconds(one.room_ms)} s{fit}"


def _plain(number: int, one: FittedCandidate) -> dict[str, Any]:
    values = {**asdict(one), **asdict(one.candidate)}
    del values["candidate"]
    return {"number": number, **values, "fits": one.rate is not None}
