"""The addresses of series: what is known of one from its episodes so far."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

from annotated_types import MaxLen
from fastapi import Query
from starlette.responses import Response

from audiodesc.batch.model import FilmState
from audiodesc.batch.series import series_folder
from audiodesc.batch.series.ledger import Ledger, ledger_path, read_ledger
from audiodesc.errors import InputError
from audiodesc.review.problems import not_found
from audiodesc.service.config import Tenant
from audiodesc.service.dependencies import Cancels, Reads, Served
from audiodesc.service.refusals import in_use, unusable
from audiodesc.service.routing import routes_of
from audiodesc.service.service import Service

router = routes_of("series", "/v1/series")

WAITING: Final[tuple[FilmState, ...]] = ("queued", "running", "held")

SeriesName = Annotated[str, MaxLen(200)]
Name = Annotated[str, Query(min_length=1, max_length=200, description="The `series` of its jobs.")]


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person, with what was seen of their looks, and the episode from which that is known (null: from no episode)."""

    name: str
    looks: str
    aliases: tuple[str, ...]
    learned: float | None


@dataclass(frozen=True, slots=True)
class TermView:
    """A word or phrase that the narrator speaks in a way of its own, with a note."""

    text: str
    note: str
    learned: float | None


@dataclass(frozen=True, slots=True)
class EpisodeView:
    number: float
    summary: str


@dataclass(frozen=True, slots=True)
class SeriesView:
    """What later episodes of a series are given."""

    name: str
    voice: str
    language: str
    people: tuple[PersonView, ...]
    terms: tuple[TermView, ...]
    episodes: tuple[EpisodeView, ...]


@router.get("")
def series(service: Served, tenant: Reads, name: Name) -> SeriesView:
    """What is known of a series; nothing before its first episode is made."""
    try:
        return _view(read_ledger(_ledger(service, tenant, name)), name)
    except InputError as error:  # names a file of this machine
        remedy = "ask who runs the service, or delete it"
        raise unusable("what is known of the series cannot be read", remedy) from error


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
def forget(service: Served, tenant: Cancels, name: Name) -> Response:
    """Forget what is known of a series: its next episode is made as a first one. Jobs and results stay."""
    with service.door:
        path = _ledger(service, tenant, name)
        rows = service.state.rows(WAITING, owner=tenant.name)
        if any(row.job.series == name.strip() for row in rows):
            raise in_use("jobs of the series have not ended", "cancel them, or wait for their end")
        path.unlink(missing_ok=True)
        shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _ledger(service: Service, tenant: Tenant, name: str) -> Path:
    """The file of a series of a tenant. Raises ProblemError (404) where there is none."""
    path = ledger_path(series_folder(service.state.folder, tenant.name), name.strip())
    if not path.is_file():
        raise not_found("there is no such series")
    return path


def _view(known: Ledger, name: str) -> SeriesView:
    return SeriesView(
        known.name or name,
        known.voice,
        known.language,
        tuple(PersonView(one.name, one.looks, one.aliases, one.learned) for one in known.people if not one.ignore),
        tuple(TermView(one.text, one.note, one.learned) for one in known.terms if not one.ignore),
        tuple(EpisodeView(one.number, one.summary) for one in known.episodes if not one.ignore),
    )
