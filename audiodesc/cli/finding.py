"""The command `find`: films are searched, by words and by meaning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from audiodesc.cli.editing import moment_ms
from audiodesc.cli.indexing import Server, server_address
from audiodesc.cli.looking import CHOICES, HELPS, Recognised, seen_in_films
from audiodesc.cli.options import AsJson, Quiet, check_kinds, option, with_choices
from audiodesc.cli.own_options import grouped
from audiodesc.cli.progress import progress_shown, stoppable
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.core.downloads import Downloads
from audiodesc.core.formatting import clock, number_of
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from rich.text import Text

    from audiodesc.search.finding import Answer, Hit, Reason, Where

AROUND_MS: Final = 3_000
"""Of the film is played before and after a moment."""

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
Html = Annotated[
    Path | None, option("--html", metavar="FILE", help="Write a page with pictures of the moments.", panel="Results")
]
Force = Annotated[bool, option("--force", help="Replace FILE.", panel="Results")]
Play = Annotated[
    int | None, option("--play", metavar="N", help="Play number N, with 3 seconds before and after.", panel="Results")
]


In = Annotated[
    Server | None,
    option("--in", metavar="opensearch URL", help="Ask the films that `index --to` sent to a server.", panel="Where"),
]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which films, and which part of each."""

    named: OfFilm = ""
    start: From = ""
    end: To = ""


EVERYWHERE: Final = Narrowed()
NOTHING: Final = Recognised()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked, and how."""

    server: In = None
    embedding: EmbeddingModel = ""
    limit: Limit = 20


HERE: Final = Asking()


@dataclass(frozen=True, slots=True)
class Made:
    """What is made of what was found, besides the table."""

    html: Html = None
    force: Force = False
    play: Play = None


ONLY_TABLE: Final = Made()


@with_choices(*CHOICES, helps=HELPS)
@grouped
def find(
    settings: Settings,
    question: Question = None,
    places: Places = None,
    where: Narrowed = EVERYWHERE,
    recognised: Recognised = NOTHING,
    asking: Asking = HERE,
    made: Made = ONLY_TABLE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Search described films: what their lines say, what was seen, said and shown, who is there, and where.

    All words must occur at about the same time. `find 'red coat'`, `find '"red coat" who:anna -said:goodbye' films/`,
    `find 'text:exit OR text:ausgang' film.ad --from 10:00`. The index is brought up to date first.

    With --look, a model looks at the films themselves, described or not: `find --look 'a red car' film.mp4 films/`.
    """
    if made.html:
        from audiodesc.project.output_file import check_free

        check_free(made.html, force=made.force)
    films = list(places or [])
    if recognised.is_wanted:
        films = [*([Path(question)] if question else []), *films] or [Path()]
    for place in films:
        check_kinds(f"find {'--look TEXT' if recognised.is_wanted else 'QUESTION'} {{film}}", place)
    if recognised.is_wanted:
        if asking.server:
            raise UsageError("--look looks at films that are here, and --in asks a server", "leave one of them out")
        found = seen_in_films(recognised, films, settings, _where(where), asking.limit, quiet)
    elif recognised.first is not None:
        raise UsageError("--first is for --look", "say what is looked for with --look")
    else:
        found = _asked(question, places, _where(where), asking, settings, quiet)
    if as_json:
        say_json(json.dumps(_plain(found), ensure_ascii=False, indent=1))
    else:
        _show(found)
    if made.html:
        from audiodesc.search.page import write_page

        write_page(found, recognised.title or question or "", made.html, force=made.force)
        say(f"Written to {made.html}", error=as_json)
    if made.play is not None:
        _play(found.hits, made.play)


def _play(hits: Sequence[Hit], number: int) -> None:
    from audiodesc.cli import playback

    if not 1 <= number <= len(hits):
        raise UsageError(f"there is no result {number}", f"{number_of(len(hits), 'moment')} were found")
    hit = hits[number - 1]
    begin = max(0, hit.span.start_ms - AROUND_MS)
    if not playback.play_moment(hit.project, begin, hit.span.end_ms + AROUND_MS):
        say(playback.UNHEARD)


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
        return find_in(server_address("--in", asking.server), question, limit=asking.limit, where=where)
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
