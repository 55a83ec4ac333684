"""The command `inspect`: what is in a file or folder about description, and what players will make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import AsJson, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say_json, show

Inspected = Annotated[
    Path, typer.Argument(metavar="FILE|FOLDER", help="A film, a sound, a playlist, a script; or a folder of these.")
]
NoLoudness = Annotated[bool, option("--no-loudness", help="Do not measure the sounds: quicker.", panel="Input")]


@without_choices
def inspect(path: Inspected, no_loudness: NoLoudness = False, as_json: AsJson = False) -> None:
    """Say what a file holds of description: tracks, marks, loudness, lengths; and what players will make of it.

    Which sound is description and why, which sound mpv, VLC, Apple's players, browsers and televisions take unasked,
    whether the description can be chosen, and what is wrong, with its remedy.
    """
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.inspection import inspect as inspected
    from audiodesc.inspection import to_json
    from audiodesc.inspection.output import shown

    with progress_shown(quiet=as_json) as screen, stoppable(screen.show) as progress:
        found = inspected(path, loudness=not no_loudness, progress=progress)
    if as_json:
        say_json(to_json(found))
        return
    for part in shown(found):
        show(part)
