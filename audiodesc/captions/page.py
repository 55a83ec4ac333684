"""The shot list: captions as a page of one file, with a thumbnail each. Texts are escaped, and no script runs in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment

from audiodesc.captions.values import Caption
from audiodesc.core.formatting import clock
from audiodesc.core.pages import environment
from audiodesc.describers.models.shot_facts import ShotFacts, Subject
from audiodesc.media.stills import Still
from audiodesc.model import Span


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the page: the number of the caption in its film, its picture, and the fields that are not empty, as name
    and text."""

    number: int
    caption: Caption
    still: Still | None
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Film:
    """A film of the page: its name, how often its captions are, and who looked."""

    name: str
    rows: tuple[Shown, ...]
    models: str


def page(captions: Sequence[Caption], stills: Mapping[tuple[str, Span], Still]) -> str:
    """The page of captions, film by film in their order; `stills` are pictures by the film and the span."""
    films = [_film(name, list(some), stills) for name, some in groupby(captions, key=lambda one: one.film)]
    return _environment().get_template("shot_list.html").render(films=films, frames=bool(stills))


def _film(name: str, captions: Sequence[Caption], stills: Mapping[tuple[str, Span], Still]) -> Film:
    rows = tuple(_shown(number, one, stills.get((name, one.span))) for number, one in enumerate(captions, 1))
    return Film(Path(name).name, rows, ", ".join(dict.fromkeys(one.model for one in captions)))


def _shown(number: int, one: Caption, still: Still | None) -> Shown:
    return Shown(number, one, still, tuple(_named(one.fields)) if one.fields else ())


def _named(facts: ShotFacts) -> Iterator[tuple[str, str]]:
    for subject in facts.subjects:
        yield from _subject(subject)
    shot = ", ".join(filter(None, (facts.shot_type, facts.shot_angle, facts.shot_position))).replace("_", " ")
    for name, text in (
        ("Shot", shot),
        ("Camera", facts.camera_motion),
        ("Environment", facts.environment),
        ("Light", facts.lighting),
    ):
        if text:
            yield name, text


def _subject(one: Subject) -> Iterator[tuple[str, str]]:
    kind = " / ".join(dict.fromkeys(filter(None, (one.sub_kind, one.kind)))) or "Subject"
    said = " · ".join(filter(None, (one.appearance, one.action, one.expression, one.position)))
    yield f"{kind} (main)" if one.main else kind, said


@cache
def _environment() -> Environment:
    return environment("audiodesc.captions", "shot_list.css", clock=clock)
