"""What is there: pauses, voices, describers, and what is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import (
    AsJson,
    AudioTrack,
    Debug,
    Encoding,
    Lang,
    Margin,
    NoHear,
    NoSubs,
    ProtectLyrics,
    ProtectSounds,
    Shift,
    Shortest,
    SubsTrack,
    Sync,
    TrustSubs,
    chosen,
)
from audiodesc.cli.screen import say, say_json, show
from audiodesc.cli.stopping import stoppable
from audiodesc.cli.usage import check_kinds


def gaps(
    subs: Annotated[Path | None, typer.Argument(metavar="SUBS", help="Subtitles. Default: the film's own.")] = None,
    film: Annotated[
        Path | None, typer.Option("--film", metavar="FILM", help="What is heard in it counts, and its length.")
    ] = None,
    audio_track: AudioTrack = None,
    subs_track: SubsTrack = None,
    no_subs: NoSubs = False,
    no_hear: NoHear = False,
    shift: Shift = 0.0,
    sync: Sync = False,
    trust_subs: TrustSubs = False,
    encoding: Encoding = None,
    protect_lyrics: ProtectLyrics = False,
    protect_sounds: ProtectSounds = False,
    margin: Margin = 150,
    shortest: Shortest = 1200,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the pauses in which a narrator may speak, by subtitles, by what is heard in a film, or by both."""
    from audiodesc.cli.bars import progress_shown
    from audiodesc.cli.tables import gaps_json, gaps_table

    check_kinds("gaps {text} --film {film}" if film or not subs else "gaps --film {film}", film, subs)
    settings = chosen(
        audio_track=audio_track, subs=not no_subs, subs_track=subs_track,
        margin_ms=margin, shortest_ms=shortest,
        hear=not no_hear, shift_s=shift, sync=sync, trust_subs=trust_subs, encoding=encoding,
        protect_lyrics=protect_lyrics, protect_sounds=protect_sounds,
    )  # fmt: skip
    with progress_shown(as_json) as screen, stoppable(screen.show) as shown:
        content = gaps_json(subs, film, settings, shown)
    for note in content["notes"]:
        say(f"Note: {note['message']}", error=True)
    say_json(json.dumps(content, ensure_ascii=False, indent=1)) if as_json else show(gaps_table(content))


def tracks(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film.")],
    lang: Lang = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List a film's tracks of sound and of subtitles, and say which are described and read, and why."""
    from audiodesc.cli.tables import subtitles_json, subtitles_table, tracks_json, tracks_table

    check_kinds("tracks {film}", film)
    content, subtitles = tracks_json(film, lang or ""), subtitles_json(film, lang or "")
    if as_json:
        say_json(json.dumps([*content, *subtitles], ensure_ascii=False, indent=1))
        return
    if content:
        show(tracks_table(content))
    else:
        say(f"{film} has no sound track: what `make` writes has the narrator alone.")
    if subtitles:
        show(subtitles_table(subtitles))


def voices() -> None:
    """List the voices that `--voice` knows, and which of their models are on this disk."""
    from audiodesc.cli.stock import VOICES
    from audiodesc.cli.tables import voices_table

    show(voices_table())
    say(VOICES)


def describers() -> None:
    """List the describers that `--describer` knows, and which of their weights are on this disk."""
    from audiodesc.cli.stock import DESCRIBERS
    from audiodesc.cli.tables import describers_table

    show(describers_table())
    say(DESCRIBERS)


def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what can run here, and how to get what is missing."""
    from audiodesc.cli.doctor import checkup, checkup_table

    checks = checkup()
    say_json(json.dumps(checks, indent=1)) if as_json else show(checkup_table(checks))
    if not all(check["ok"] or check["optional"] for check in checks):
        raise typer.Exit(4)
