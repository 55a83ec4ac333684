"""The command that lets a line be heard in the mix: `listen`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import Debug
from audiodesc.cli.screen import say

Folder = Annotated[Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote.")]
Number = Annotated[int, typer.Option("--line", metavar="N", help="Which line, from 1, as the page counts them.")]
Seconds = Annotated[float, typer.Option("--seconds", metavar="S", help="How much is heard before and after.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write a WAV file instead of playing.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace FILE.")]


def listen(
    folder: Folder,
    line: Number,
    seconds: Seconds = 3.0,
    output: Output = None,
    force: Force = False,
    debug: Debug = False,
) -> None:
    """Play a line in the mix, with what is around it; where nothing can play, write it as a WAV file."""
    from audiodesc.cli import playback

    heard = playback.find_line(folder, line, seconds)
    say(playback.heard_line(heard.line))
    try:
        written = playback.write(heard, output, force) if output else playback.play(heard)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if written and not output:
        say("No sound can be played here: there is no sound device, or no program for it, such as aplay or ffplay.")
        say("To write the line to a file of your choice, give -o FILE.wav.")
    if written:
        say(f"Written to {written}")
