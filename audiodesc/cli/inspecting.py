"""The command `inspect`: what is in a file or folder about description, and what players will make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import AsJson, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say_json, show
from audiodesc.errors import UsageError

Inspected = Annotated[
    Path, typer.Argument(metavar="FILE|FOLDER", help="A film, a sound, a playlist, a script; or a folder of these.")
]
NoLoudness = Annotated[bool, option("--no-loudness", help="Do not measure the sounds: quicker.", panel="Input")]


Against = Annotated[
    str,
    option(
        "--against",
        metavar="NAME",
        help="Hold it against a preset: netflix, amazon, apple, bbc, ard, youtube, web. Code 8 where it fails.",
        panel="Checks",
    ),
]
OfFilm = Annotated[
    Path | None,
    option("--film", metavar="FILM", help="Whose length a sound by itself is held against.", panel="Checks"),
]


@without_choices
def inspect(
    path: Inspected,
    no_loudness: NoLoudness = False,
    against: Against = "",
    film: OfFilm = None,
    as_json: AsJson = False,
) -> None:
    """Say what a file holds of description: tracks, marks, loudness, lengths; and what players will make of it.

    Which sound is description and why, which sound mpv, VLC, Apple's players, browsers and televisions take unasked,
    whether the description can be chosen, and what is wrong, with its remedy. With --against, whether it is what a
    platform asks for in public.
    """
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.inspection import inspect as inspected
    from audiodesc.inspection import to_json
    from audiodesc.inspection.against import against as held_against
    from audiodesc.inspection.output import qc_shown, shown
    from audiodesc.presets import preset

    if film and not against:
        raise UsageError("--film is for --against", "name a preset too")
    if against:
        preset(against)
    with progress_shown(quiet=as_json) as screen, stoppable(screen.show) as progress:
        found = inspected(path, loudness=not no_loudness, progress=progress)
        report = held_against(found, against, film) if against else None
    if as_json:
        say_json(to_json({"inspection": found, "qc": report} if report else found))
    else:
        for part in qc_shown(report) if report else shown(found):
            show(part)
    if report:
        raise typer.Exit(report.exit_code)
