"""Several films -> their captions: what it costs is said before it begins, and a bad film costs only itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from audiodesc.captions.asking import captions, captions_cost, query_kind
from audiodesc.captions.sheet import Listed, Row
from audiodesc.captions.units import Unit, units, units_of
from audiodesc.captions.values import Caption, Wanted
from audiodesc.captions.writing import writer_of
from audiodesc.core.downloads import Downloads
from audiodesc.core.part import part_of
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer
from audiodesc.errors import AudiodescError, InputError
from audiodesc.footage import Footage, describer_of, open_footage
from audiodesc.footage.answers import Cost
from audiodesc.media.own_timecode import count_of
from audiodesc.media.stills import Still, stills
from audiodesc.model import Span
from audiodesc.settings import Settings

ASK_ABOVE_QUERIES: Final = 300
ASK_ABOVE_S: Final = 900.0
"""A run that asks for more, or is estimated to take longer, needs a word from the user: some 300 shots are half an hour
of film."""


@dataclass(frozen=True, slots=True)
class Captioned:
    """What came of a film, as it is named, of a project the film itself: its captions, with pictures by their
    spans where they are wanted; or the `fault` for which there are none."""

    name: str
    captions: tuple[Caption, ...] = ()
    stills: Mapping[Span, Still] = field(default_factory=dict)
    fault: AudiodescError | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """How films are captioned. `subtitles` are for a single film. `agreed` is given what is still to be asked, who is
    asked, and whether there is a model, before the work, and may raise."""

    wanted: Wanted
    settings: Settings
    subtitles: Path | None = None
    with_stills: bool = False
    downloads: Downloads = field(default_factory=Downloads)
    progress: Progress = silent
    agreed: Callable[[Cost, Describer], None] = lambda cost, by: None


def is_large(cost: Cost) -> bool:
    """Whether the user is asked before so much is done."""
    return cost.queries > ASK_ABOVE_QUERIES or (cost.seconds or 0) > ASK_ABOVE_S


def captioned(films: Sequence[Listed], work: Work) -> Iterator[Captioned]:
    """What came of each film, in order, as it is done. Raises what choosing a describer and `agreed` raise."""
    faults: dict[int, AudiodescError] = {}
    with ExitStack() as held:
        first = _first(films, work, held, faults)
        if first is None:
            yield from (Captioned(film.name, fault=faults[number]) for number, film in enumerate(films))
            return
        sees = not all(row.fields for film in films for row in film.rows or (Row(),))
        describer = held.enter_context((describer_of if sees else writer_of)(first, work.downloads, work.progress))
        work.agreed(_cost(films, work, describer, faults), describer)
        for number, film in enumerate(films):
            yield Captioned(film.name, fault=faults[number]) if number in faults else _done(film, work, describer)


def _first(films: Sequence[Listed], work: Work, held: ExitStack, faults: dict[int, AudiodescError]) -> Footage | None:
    """The first film that can be opened. It stays open, for the describer keeps in its store what it finds."""
    for number, film in enumerate(films):
        try:
            return held.enter_context(_opened(film, work))
        except (AudiodescError, OSError) as error:
            faults[number] = _fault(film, error)
    return None


def _cost(films: Sequence[Listed], work: Work, describer: Describer, faults: dict[int, AudiodescError]) -> Cost:
    """What all films together cost; those that cannot be opened are added to the faults."""
    total = Cost(0, 0, 0.0)
    for number, film in enumerate(films):
        if number not in faults:
            try:
                with _opened(film, work) as footage:
                    asked, rows = _units(footage, film.rows, work)
                    known = [row.fields for row in rows]
                    total = _sum(total, captions_cost(footage, asked, work.wanted, describer, known))
            except (AudiodescError, OSError) as error:
                faults[number] = _fault(film, error)
    return total


def _fault(film: Listed, error: AudiodescError | OSError) -> AudiodescError:
    if isinstance(error, AudiodescError):
        return error
    return InputError(f"{film.name:.200} cannot be read ({error.strerror})", "give the path of a film")


def _opened(film: Listed, work: Work) -> AbstractContextManager[Footage]:
    return open_footage(film.place, work.settings, work.progress, subtitles=work.subtitles)


def _done(film: Listed, work: Work, describer: Describer) -> Captioned:
    try:
        return _captioned(film, work, describer)
    except AudiodescError as error:
        return Captioned(film.name, fault=error)


def _sum(one: Cost, other: Cost) -> Cost:
    known = one.seconds is not None and other.seconds is not None
    return Cost(
        one.queries + other.queries,
        one.pictures + other.pictures,
        (one.seconds or 0) + (other.seconds or 0) if known else None,
    )


def _captioned(film: Listed, work: Work, describer: Describer) -> Captioned:
    with _opened(film, work) as footage:
        asked, rows = _units(footage, film.rows, work)
        known = [row.fields for row in rows]
        made = captions(footage, asked, work.wanted, describer, work.progress, known)
        name = _film_name(film.place, footage) if film.place.is_dir() else film.name
        named = tuple(replace(one, film=name, cells=row.cells) for one, row in zip(made, rows, strict=True))
        spans = [one.span for one in named] if work.with_stills else []
        if spans:
            work.progress("stills", 0, 0)
        shown = zip(spans, stills(footage.film, spans, footage.store), strict=True) if spans else ()
        return Captioned(name, named, {span: still for span, still in shown if still})


def _film_name(folder: Path, footage: Footage) -> str:
    """How a project's film is named in the data: as the folder is given, seen from where the user is or as a whole
    path; it opens from there."""
    path = footage.film.path
    with suppress(ValueError):  # it is on another drive
        return str(path) if folder.is_absolute() else os.path.relpath(path)
    return str(path)


def _units(footage: Footage, rows: Sequence[Row], work: Work) -> tuple[tuple[Unit, ...], tuple[Row, ...]]:
    """What is captioned, and the row that each is of. Raises InputError for a row beyond the film's end."""
    film, run = footage.film, work.settings.run
    part = part_of(run.part_from, run.part_to, film.duration_ms, count_of(film, work.settings.deliver))
    if not rows:
        found = units(footage, work.wanted.every_ms, part)
        return found, (Row(),) * len(found)
    asked: list[tuple[Unit, Row]] = []
    for row in rows:
        span = row.span or Span(0, film.duration_ms)
        if span.end_ms > film.duration_ms:
            raise InputError(
                f"{film.path} ends at {film.duration_ms} ms, and a row of the list at {span.end_ms}", "correct end_ms"
            )
        of_row = units_of(footage, span)
        asked += [(unit, row if len(of_row) == 1 else replace(row, fields=None)) for unit in of_row]
    return tuple(unit for unit, _ in asked), tuple(row for _, row in asked)


def has_model(describer: Describer) -> bool:
    """Whether it can be asked for captions; else they hold the text on screen alone."""
    return bool(query_kind(describer))
