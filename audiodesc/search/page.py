"""What was found as a page of one file, with a picture of each moment. Texts are escaped, and no script runs in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment

from audiodesc.core.cache import WRONG
from audiodesc.core.formatting import clock, number_of
from audiodesc.core.pages import environment
from audiodesc.errors import AudiodescError
from audiodesc.media.probe import probe
from audiodesc.media.stills import Still, stills
from audiodesc.model import Span
from audiodesc.project.output_file import check_free, write_whole
from audiodesc.project.project import open_project
from audiodesc.project.saved import saved_film
from audiodesc.search.finding import Answer, Hit, Reason

Parts = Sequence[tuple[str, bool]]
"""A text in parts, each with whether it is marked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the page: a hit, its picture, its line, and the other texts that were found."""

    hit: Hit
    still: Still | None
    line: Parts
    reasons: Sequence[tuple[str, Parts]]


def write_page(found: Answer, question: str, path: Path, *, force: bool = False) -> None:
    """Write the page. Raises what `write_whole` raises."""
    check_free(path, force=force)
    content = page(found, question, pictures_of([*found.hits, *found.unsure])).encode("utf-8", "replace")
    write_whole(path, lambda partial: partial.write_bytes(content), force=force)


def page(found: Answer, question: str, pictures: Mapping[tuple[Path, Span], Still]) -> str:
    """The page of an answer; `pictures` are by the project and the span of a hit."""
    rows, unsure = (
        [_shown(hit, pictures.get((hit.project, hit.span))) for hit in hits] for hits in (found.hits, found.unsure)
    )
    return (
        _environment()
        .get_template("found.html")
        .render(
            question=question,
            counted=number_of(len(rows), "moment") if rows else "Nothing was found.",
            notes=found.notes,
            rows=rows,
            unsure=unsure,
            frames=any(row.still for row in [*rows, *unsure]),
        )
    )


def pictures_of(hits: Sequence[Hit]) -> Mapping[tuple[Path, Span], Still]:
    """A picture of each moment of which the film is there and can be read."""
    made: dict[tuple[Path, Span], Still] = {}
    for project in dict.fromkeys(hit.project for hit in hits):
        spans = [hit.span for hit in hits if hit.project == project]
        with suppress(AudiodescError, OSError, *WRONG):  # pictures are no more than a help
            film = probe(_film_of(project))
            seen = [Span(one.start_ms, max(one.end_ms, one.start_ms + 1)) for one in spans]
            pairs = zip(spans, stills(film, seen), strict=True)
            made |= {(project, span): still for span, still in pairs if still}
    return made


def _film_of(project: Path) -> Path:
    """The film of a project; a film that nobody described is its own."""
    if project.is_file():
        return project
    with open_project(project) as opened:
        return saved_film(opened)


def _shown(hit: Hit, still: Still | None) -> Shown:
    line = next((one for one in hit.reasons if one.field == "line"), Reason("line", hit.line, ()))
    others = [(one.field, list(_parts(one))) for one in hit.reasons if one.field != "line"]
    return Shown(hit, still, list(_parts(line)), others)


def _parts(reason: Reason) -> Iterator[tuple[str, bool]]:
    end = 0
    for start, stop in reason.marks:
        yield reason.text[end:start], False
        yield reason.text[start:stop], True
        end = stop
    if reason.text[end:]:
        yield reason.text[end:], False


@cache
def _environment() -> Environment:
    return environment("audiodesc.search", "found.css", clock=clock)
