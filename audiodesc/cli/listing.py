"""The commands that list what is there: `gaps`, `tracks`, `voices`, `describers`, `doctor`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import AsJson, Film, check_kinds, option, with_choices, without_choices
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.settings import Settings

Subtitles = Annotated[Path | None, typer.Argument(metavar="SUBS", help="Subtitles. Default: the film's own.")]
FilmOption = Annotated[
    Path | None, option("--film", metavar="FILM", help="Its speech counts, and its length.", panel="Input")
]


@with_choices("dialogue", "plan", "voice.language")
def gaps(settings: Settings, subs: Subtitles = None, film: FilmOption = None, as_json: AsJson = False) -> None:
    """Show the pauses in which a narrator may speak, by subtitles, by the speech in a film, or by both."""
    from audiodesc.cli.tables import gaps_json, gaps_table
    from audiodesc.cli.terminal import progress_shown, stoppable

    check_kinds("gaps {text} --film {film}" if film or not subs else "gaps --film {film}", film, subs)
    with progress_shown(as_json) as screen, stoppable(screen.show) as shown:
        content = gaps_json(subs, film, settings, shown)
    for note in content["notes"]:
        say(f"Note: {note['message']}", error=True)
    say_json(json.dumps(content, ensure_ascii=False, indent=1)) if as_json else show(gaps_table(content))


@with_choices("voice.language")
def tracks(film: Film, settings: Settings, as_json: AsJson = False) -> None:
    """List a film's tracks of sound and of subtitles, and say which are described and read, and why."""
    from audiodesc.cli.tables import subtitles_table, tracks_json, tracks_table

    check_kinds("tracks {film}", film)
    content = tracks_json(film, settings)
    if as_json:
        say_json(json.dumps(content, ensure_ascii=False, indent=1))
        return
    sound, subtitles = ([row for row in content if row["kind"] == kind] for kind in ("sound", "subtitles"))
    if sound:
        show(tracks_table(sound))
    else:
        say(f"{film} has no sound track: what `make` writes has the narrator alone.")
    if subtitles:
        show(subtitles_table(subtitles))


@without_choices
def voices() -> None:
    """List the voices that `--voice` knows, and which of their models are on this disk."""
    from audiodesc.cli.tables import VOICES_NOTE, voices_table

    show(voices_table())
    say(VOICES_NOTE)


@without_choices
def describers() -> None:
    """List the describers that `--describer` knows, and which of their weights are on this disk."""
    from audiodesc.cli.tables import DESCRIBERS_NOTE, describers_table

    show(describers_table())
    say(DESCRIBERS_NOTE)


@without_choices
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what can run here, and how to get what is missing."""
    from audiodesc.cli.doctor import checkup, checkup_table

    checks = checkup()
    say_json(json.dumps(checks, indent=1)) if as_json else show(checkup_table(checks))
    if not all(check["ok"] or check["optional"] for check in checks):
        raise typer.Exit(4)
