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
from audiodesc.cli.looking import CHOICES, HELPS, Recognised, seen_in_films
from audiodesc.cli.options import AsJson, Quiet, option, with_choices
from audiodesc.cli.own_options import grouped, without_choices
from audiodesc.cli.terminal import progress_shown, say, say_json, show, stoppable
from audiodesc.core.downloads import Downloads
from audiodesc.core.formatting import clock, number_of
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from rich.text import Text

    from audiodesc.search.finding import Answer, Hit, Reason, Where

MOST_REASONS: Final = 3
"""Are shown of a hit in the table."""

Question = Annotated[
    str | None,
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
EmbeddingModel = Annotated[
    str,
    option(
        "--embedding",
        metavar="NAME|FOLDER",
        help="Find what means the same too, by this model of sentence-transformers.",
        panel="Meaning",
    ),
]
Anew = Annotated[bool, option("--anew", help="Read all films again, not only those that changed.", panel="Index")]


Server = tuple[str, str]
In = Annotated[
    Server | None,
    option("--in", metavar="opensearch URL", help="Ask the films that `index --to` sent to a server.", panel="Where"),
]
SendTo = Annotated[
    Server | None,
    option("--to", metavar="opensearch URL", help="Send what changed to an OpenSearch server instead.", panel="Index"),
]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which films, and which part of each."""

    named: OfFilm = ""
    start: From = ""
    end: To = ""


@without_choices
def index(
    folders: Folders, anew: Anew = False, to: SendTo = None, as_json: AsJson = False, quiet: Quiet = False
) -> None:
    """Bring the index of folders of described films up to date; `find` does so by itself for what has changed.

    With --to they are sent to an OpenSearch server, where `find --in` asks; its login is that of the address, or of
    AUDIODESC_OPENSEARCH_LOGIN (USER:PASSWORD).
    """
    from audiodesc.search.index import place_of, update, with_index

    if to:
        _send(_address("--to", to), [place_of(folder) for folder in folders], anew, as_json, quiet)
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


def _address(option: str, given: Server) -> str:
    kind, url = given
    if kind != "opensearch":
        raise UsageError(f"{option} is {kind!r:.40}", f"give {option} opensearch URL")
    return url


EVERYWHERE: Final = Narrowed()
NOTHING: Final = Recognised()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked, and how."""

    server: In = None
    embedding: EmbeddingModel = ""
    limit: Limit = 20


HERE: Final = Asking()


@with_choices(*CHOICES, helps=HELPS)
@grouped
def find(
    settings: Settings,
    question: Question = None,
    places: Places = None,
    where: Narrowed = EVERYWHERE,
    recognised: Recognised = NOTHING,
    asking: Asking = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Search described films: what their lines say, what was seen, said and shown, who is there, and where.

    All words must occur at about the same time. `find 'red coat'`, `find '"red coat" who:anna -said:goodbye' films/`,
    `find 'text:exit OR text:ausgang' film.ad --from 10:00`. The index is brought up to date first.

    With --look, a model looks at the films themselves, described or not: `find --look 'a red car' film.mp4 films/`.
    """
    if recognised.is_wanted:
        films = [*([Path(question)] if question else []), *(places or [])] or [Path()]
        if asking.server:
            raise UsageError("--look looks at films that are here, and --in asks a server", "leave one of them out")
        found = seen_in_films(recognised, films, settings, _where(where), asking.limit, quiet)
    elif recognised.first is not None:
        raise UsageError("--first is for --look", "say what is looked for with --look")
    else:
        found = _asked(question, places, _where(where), asking, settings, quiet)
    if as_json:
        say_json(json.dumps(_plain(found), ensure_ascii=False, indent=1))
        return
    _show(found)


def _asked(
    question: str | None, places: list[Path] | None, where: Where, asking: Asking, settings: Settings, quiet: bool
) -> Answer:
    """What the index here answers, or a server."""
    from audiodesc.search.finding import answer

    if question is None:
        raise UsageError("nothing is asked", 'give words, as "red coat", or --look TEXT')
    if asking.server:
        from audiodesc.search.opensearch_find import find_in

        if places:
            raise UsageError(f"--in asks a server, and {places[0]} is here", "leave one of them out; --film narrows it")
        if asking.embedding:
            raise UsageError(
                "--embedding searches the index that is here, and --in asks a server", "leave one of them out"
            )
        return find_in(_address("--in", asking.server), question, limit=asking.limit, where=where)
    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
        how = {"limit": asking.limit, "where": where, "embedding": asking.embedding}
        return answer(question, places or [Path()], downloads=downloads, progress=shown, **how)  # type: ignore[arg-type]


def _where(given: Narrowed) -> Where:
    from audiodesc.search.finding import Where

    end_ms = moment_ms(given.end) if given.end else None
    made = Where(given.named, moment_ms(given.start) if given.start else 0, end_ms)
    if made.end_ms is not None and made.end_ms <= made.start_ms:
        raise UsageError(
            f"the part from {clock(made.start_ms)} to {clock(made.end_ms)} is empty", "give --from before --to"
        )
    return made


def _plain(found: Answer) -> dict[str, Any]:
    return {
        "hits": [_plain_hit(hit) for hit in found.hits],
        **({"unsure": [_plain_hit(hit) for hit in found.unsure]} if found.unsure else {}),
        "notes": list(found.notes),
    }


def _plain_hit(hit: Hit) -> dict[str, Any]:
    return asdict(hit) | {"project": str(hit.project), "span": [hit.span.start_ms, hit.span.end_ms]}


def _show(found: Answer) -> None:
    if found.hits:
        _show_hits(found.hits)
    else:
        say("Nothing was found.")
    if found.unsure:
        say("Unsure:")
        _show_hits(found.unsure)
    for note in found.notes:
        say(f"Note: {note}")


def _show_hits(hits: Sequence[Hit]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in ("", "film", "time", "found in", "line"):
        table.add_column(column, overflow="fold")
    for number, hit in enumerate(hits, 1):
        marked = next((one for one in hit.reasons if one.field == "line"), None)
        line = _marked(marked) if marked else Text(hit.line)
        table.add_row(str(number), Text(str(hit.project)), _when(hit), _why(hit), line)
    show(table)


def _when(hit: Hit) -> str:
    """When it begins; of what a model saw, until when too."""
    start = clock(hit.span.start_ms, 1)
    return f"{start}–{clock(hit.span.end_ms, 1)}" if hit.reasons and hit.reasons[0].field == "look" else start


def _why(hit: Hit) -> Text:
    from rich.text import Text

    near = [] if hit.similarity is None else [Text(f"meaning: {hit.similarity:.2f}")]
    found = [one for one in hit.reasons if one.marks or hit.similarity is None]  # others only show what it is like
    texts = [Text.assemble(f"{one.field}: ", _marked(one)) for one in found if one.field != "line"][:MOST_REASONS]
    return Text("\n").join([*texts, *near] or [Text("line")])


def _marked(reason: Reason) -> Text:
    from rich.text import Text

    text = Text(reason.text)
    for start, end in reason.marks:
        text.stylize("bold", start, end)
    return text
