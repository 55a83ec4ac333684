"""The command `index`: the index of described films is brought up to date, or sent to a server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import AsJson, Quiet, check_kinds, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.progress import progress_shown, stoppable
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import number_of
from audiodesc.errors import UsageError

Folders = Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with described films in them.")]
Anew = Annotated[bool, option("--anew", help="Read all films again, not only those that changed.", panel="Index")]

Server = tuple[str, str]
SendTo = Annotated[
    Server | None,
    option("--to", metavar="opensearch URL", help="Send what changed to an OpenSearch server instead.", panel="Index"),
]


@without_choices
def index(
    folders: Folders, anew: Anew = False, to: SendTo = None, as_json: AsJson = False, quiet: Quiet = False
) -> None:
    """Bring the index of folders of described films up to date; `find` does so by itself for what has changed.

    With --to they are sent to an OpenSearch server, where `find --in` asks; its login is that of the address, or of
    AUDIODESC_OPENSEARCH_LOGIN (USER:PASSWORD).
    """
    from audiodesc.search.index import place_of, update, with_index

    for folder in folders:
        check_kinds("index {film}", folder)
    if to:
        _send(server_address("--to", to), [place_of(folder) for folder in folders], anew, as_json, quiet)
        return
    made = []
    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        for place in map(place_of, folders):
            made.append(with_index(place, partial(update, place, progress=shown, anew=anew)))
    if as_json:
        say_json(json.dumps([asdict(one) | {"path": str(one.path)} for one in made], ensure_ascii=False, indent=1))
        return
    for one in made:
        gone = f", {one.forgotten} forgotten" if one.forgotten else ""
        say(f"{one.path}: {number_of(one.projects, 'film')}, {number_of(one.moments, 'moment')}")
        say(f"  {one.read} read{gone}")
        for why in one.failed:
            say(f"  not read: {why}")


def _send(url: str, places: Sequence[Path], anew: bool, as_json: bool, quiet: bool) -> None:
    from audiodesc.search.opensearch import send

    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        done = send(url, places, shown, anew=anew)
    if as_json:
        say_json(json.dumps(asdict(done), ensure_ascii=False, indent=1))
    else:
        gone = f", {number_of(done.forgotten, 'film')} forgotten" if done.forgotten else ""
        say(f"{number_of(done.projects, 'film')}: {number_of(done.sent, 'moment')} sent, {done.removed} removed{gone}")
        for why in (*done.notes, *done.failed):
            say(f"Note: {why}")
    if done.failed:
        raise typer.Exit(1)


def server_address(option: str, given: Server) -> str:
    kind, url = given
    if kind != "opensearch":
        raise UsageError(f"{option} is {kind!r:.40}", f"give {option} opensearch URL")
    return url
