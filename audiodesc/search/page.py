"""What was found as a page of one file, with a picture of each moment. Texts are escaped, and no script runs in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from os import getpid
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audiodesc.core.cache import WRONG
from audiodesc.core.formatting import clock, number_of, plain
from audiodesc.errors import AudiodescError, OutputError
from audiodesc.media.probe import probe
from audiodesc.media.stills import Still, stills
from audiodesc.model import Span
from audiodesc.project.folder_faults import output_errors
from audiodesc.project.project import open_project
from audiodesc.project.saved import saved_film
from audiodesc.search.finding import Answer, Hit, Reason

Parts = Sequence[tuple[str, bool]]
"""A text in parts, each with whether it is marked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the page: a hit, its picture, also as base64, its line, and the other texts that were found."""

    hit: Hit
    still: Still | None
    picture: str
    line: Parts
    reasons: Sequence[tuple[str, Parts]]


def write_page(found: Answer, question: str, path: Path, *, force: bool = False) -> None:
    """Write the page, whole or not at all. Raises OutputError as `check_target`, and for what cannot be written."""
    check_target(path, force=force)
    content = page(found, question, pictures_of([*found.hits, *found.unsure])).encode("utf-8", "replace")
    partial = path.with_name(f".{path.stem}.{getpid()}.partial")
    with output_errors(path.parent):
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def check_target(path: Path, *, force: bool = False) -> None:
    """Raise OutputError where no page can be written, before any work is done."""
    if path.is_dir() or not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written", "give the name of a file in a folder that exists")
    if path.exists() and not force:
        raise OutputError(f"{path} is there already", "give another name, or --force to replace it")


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
            pictures=any(row.still for row in [*rows, *unsure]),
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
    picture = base64.b64encode(still.jpeg).decode() if still else ""
    line = next((one for one in hit.reasons if one.field == "line"), Reason("line", hit.line, ()))
    others = [(one.field, list(_parts(one))) for one in hit.reasons if one.field != "line"]
    return Shown(hit, still, picture, list(_parts(line)), others)


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
    environment = Environment(
        loader=PackageLoader("audiodesc.search"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters["clock"] = clock
    style = environment.get_template("found.css").render().strip()
    digest = hashlib.sha256(style.encode()).digest()
    environment.globals |= {"style": Markup(style), "style_hash": base64.b64encode(digest).decode()}  # noqa: S704
    return environment


def _clean(value: Any) -> Any:
    """What every value goes through on its way into the page, before it is escaped."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
