"""The commands `index` and `find`: films are searched, by words and by meaning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from audiodesc.cli.editing import moment_ms
from audiodesc.cli.options import AsJson, Quiet, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import progress_shown, say, say_json, show, stoppable
from audiodesc.core.formatting import clock, number_of
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from audiodesc.search.finding import Answer, Reason, Where

MOST_REASONS: Final = 3
"""Are shown of a hit in the table."""

Question = Annotated[
    str,
    typer.Argument(metavar="QUESTION", help='Words, "a phrase", prefix*, -without, OR, who:, text:, said:, place:.'),
]
Places = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILM.ad|FOLDER]...", help="Where to look. Default: the current folder."),
]
Folders = Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with described films in them.")]
OfFilm = Annotated[
    str, option("--film", metavar="NAME", help="Only films with this in the name of file or folder.", panel="Where")
]
From = Annotated[str, option("--from", metavar="TIME", help="Only from there in each film on: 10:00.", panel="Where")]
To = Annotated[str, option("--to", metavar="TIME", help="Only up to there in each film.", panel="Where")]
Limit = Annotated[int, option("--limit", metavar="N", help="So many moments at most.", panel="Results")]
Anew = Annotated[bool, option("--anew", help="Read all films again, not only those that changed.", panel="Index")]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which films, and which part of each."""

    film: OfFilm = ""
    start: From = ""
    end: To = ""


@without_choices
def index(folders: Folders, anew: Anew = False, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Bring the index of folders of described films up to date; `find` does so by itself for what has changed."""
    from audiodesc.search.index import place_of, update, with_index

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


EVERYWHERE: Final = Narrowed()


@without_choices
def find(
    question: Question,
    places: Places = None,
    where: Narrowed = EVERYWHERE,
    limit: Limit = 20,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Search described films: what their lines say, what was seen, said and shown, who is there, and where.

    All words must occur at about the same time. `find 'red coat'`, `find '"red coat" who:anna -said:goodbye' films/`,
    `find 'text:exit OR text:ausgang' film.ad --from 10:00`. The index is brought up to date first.
    """
    from audiodesc.search.finding import answer

    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        found = answer(question, places or [Path()], limit=limit, where=_where(where), progress=shown)
    if as_json:
        say_json(json.dumps(_plain(found), ensure_ascii=False, indent=1))
        return
    _show(found)


def _where(given: Narrowed) -> Where:
    from audiodesc.search.finding import Where

    end_ms = moment_ms(given.end) if given.end else None
    made = Where(given.film, moment_ms(given.start) if given.start else 0, end_ms)
    if made.end_ms is not None and made.end_ms <= made.start_ms:
        raise UsageError(
            f"the part from {clock(made.start_ms)} to {clock(made.end_ms)} is empty", "give --from before --to"
        )
    return made


def _plain(found: Answer) -> dict[str, Any]:
    hits = [
        asdict(hit) | {"project": str(hit.project), "span": [hit.span.start_ms, hit.span.end_ms]} for hit in found.hits
    ]
    return {"hits": hits, "notes": list(found.notes)}


def _show(found: Answer) -> None:
    from rich.table import Table
    from rich.text import Text

    if found.hits:
        table = Table(box=None, pad_edge=False)
        for column in ("", "film", "time", "found in", "line"):
            table.add_column(column, overflow="fold")
        for number, hit in enumerate(found.hits, 1):
            marked = next((one for one in hit.reasons if one.field == "line"), None)
            line = _marked(marked) if marked else Text(hit.line)
            table.add_row(str(number), Text(str(hit.project)), clock(hit.span.start_ms, 1), _why(hit.reasons), line)
        show(table)
    else:
        say("Nothing was found.")
    for note in found.notes:
        say(f"Note: {note}")


def _why(reasons: Sequence[Reason]) -> Text:
    from rich.text import Text

    if [one.field for one in reasons] == ["line"]:
        return Text("line")
    shown = [one for one in reasons if one.field != "line"][:MOST_REASONS]
    return Text("\n").join(Text.assemble(f"{one.field}: ", _marked(one)) for one in shown)


def _marked(reason: Reason) -> Text:
    from rich.text import Text

    text = Text(reason.text)
    for start, end in reason.marks:
        text.stylize("bold", start, end)
    return text
