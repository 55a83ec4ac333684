"""Jobs of tenants: taken, found, cancelled, removed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final
from uuid import uuid4

from annotated_types import Ge, Le, MaxLen
from pydantic import ConfigDict, WithJsonSchema

from audiodesc.batch.model import FilmJob, FilmRow
from audiodesc.review.problems import not_found
from audiodesc.service.config import Tenant
from audiodesc.service.following import follow
from audiodesc.service.kept import KeptJob
from audiodesc.service.quotas import check_disk, check_jobs, check_time, film_minutes
from audiodesc.service.refusals import in_use, stopping, unusable
from audiodesc.service.series import SeriesName
from audiodesc.service.service import Service, stores_of
from audiodesc.service.stores import in_stores, is_url, refused
from audiodesc.service.targets import check_target
from audiodesc.service.views import ENDED
from audiodesc.service.wished import choices_schema, wished

ID: Final = re.compile(r"[0-9a-f]{32}")
KEPT_S: Final = 86_400
"""How long an idempotency key stands for its job."""

MOST_EPISODE: Final = 1_000_000

Text = Annotated[str, MaxLen(4_000)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job to be made. `film` and `subtitles` ("": the film's own) are ids of uploads, or paths or URLs of the stores
    that the service allows; `choices` are those of `--config`, by group and name; `webhook` is where events go. Queued
    jobs of one `series` are made in the order of `episode`, each with what earlier episodes added to the ledger."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    film: Annotated[str, MaxLen(4_000)]
    subtitles: Text = ""
    choices: Annotated[dict[str, Any], WithJsonSchema(choices_schema())] = field(default_factory=dict)
    webhook: Text = ""
    series: SeriesName = ""
    episode: Annotated[float, Ge(0), Le(MOST_EPISODE)] = 0.0


def submit(service: Service, tenant: Tenant, wanted: Wanted, key: str = "") -> tuple[KeptJob, bool]:
    """Take a job, and whether it is new: the same request with the same idempotency `key` is the same job.

    Raises ProblemError where it cannot be taken, UsageError or InputError for its choices.
    """
    if service.is_stopping:
        raise stopping()
    asked = json.dumps(asdict(wanted), sort_keys=True)
    if (earlier := _earlier(service, tenant, key, asked)) and earlier.film is not None:
        return earlier, False
    used: list[str] = []
    film = _source(service, tenant, wanted.film, used)
    subtitles = _source(service, tenant, wanted.subtitles, used) if wanted.subtitles else ""
    choices = wished(wanted.choices, service.config, tenant.name, _place(service, tenant, used))
    check_target(wanted.webhook, tenant, service.config.server)
    minutes = film_minutes(service, tenant, film)
    id = uuid4().hex
    output, series = str(service.job_folder(tenant.name, id)), wanted.series.strip()
    made = FilmJob(film, output, subtitles, choices, series, wanted.episode)
    url = wanted.webhook or (tenant.webhook.url if tenant.webhook else "")
    job = KeptJob(id, tenant.name, None, made.to_json(), asked, url, service.clock(), minutes)
    with service.door:
        if earlier := _earlier(service, tenant, key, asked):
            _put(service, earlier)
            return found(service, tenant.name, earlier.id), False
        check_disk(service, tenant)
        check_jobs(service, tenant)
        check_time(service, tenant, minutes)
        if any(service.kept.upload(tenant.name, one) is None for one in used):
            raise refused(wanted.film)
        _keep(service, job, key, _hash(asked), used)
        try:
            service.put(job)
        except Exception:
            if not key:  # nobody knows its id: it is asked for anew
                _forget(service, job)
            raise
    return found(service, tenant.name, id), True


def found(service: Service, tenant: str, id: str) -> KeptJob:
    """A job of a tenant. Raises the same ProblemError (404) for one of another tenant and for none."""
    job = service.kept.job(tenant, id)
    if job is None:
        raise not_found("there is no such job")
    return job


def film_of(service: Service, job: KeptJob) -> FilmRow:
    """The film of a job in the batch. Raises ProblemError (404) where it was removed there."""
    film = job.film
    if film is None:  # the door is held by what takes it until it is in the batch
        with service.door:
            film = _put(service, found(service, job.tenant, job.id))
    row = service.state.row(film)
    if row is None:
        raise not_found("there is no such job")
    return row


def cancel(service: Service, job: KeptJob) -> None:
    """End a job. Raises ProblemError (409) where it has ended already."""
    film = film_of(service, job).id
    if not service.state.cancel(film):
        raise in_use("the job has ended already")
    service.changed(film)


def remove(service: Service, job: KeptJob) -> None:
    """Take a job with its results away. Raises ProblemError (409) for one that has not ended."""
    row = film_of(service, job)
    if row.state not in ENDED:
        raise in_use("the job has not ended", "cancel it, and wait for its end")
    follow(service)
    folder = service.job_folder(job.tenant, job.id)
    with service.door:
        service.state.remove(row.id)
        _forget(service, job)
    service.remove_folder(folder)


def _put(service: Service, job: KeptJob) -> int:
    """The number of a job in the batch, where it is put if that failed before."""
    return service.put(job) if job.film is None else job.film


def _forget(service: Service, job: KeptJob) -> None:
    folder = service.job_folder(job.tenant, job.id)
    with service.kept.writing() as db:
        db.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
        db.execute("DELETE FROM sources WHERE job = ?", (job.id,))
        db.execute("INSERT OR IGNORE INTO removed VALUES (?)", service.removal(folder))


def _earlier(service: Service, tenant: Tenant, key: str, asked: str) -> KeptJob | None:
    """The job that a request with this key made before. Raises ProblemError (422) where that was another request, 409
    where its job is deleted."""
    if not key:
        return None
    rows = service.kept.read(
        "SELECT hash, job FROM requests WHERE tenant = ? AND key = ? AND at > ?",
        tenant.name,
        key,
        service.clock() - KEPT_S,
    )
    if not rows:
        return None
    made, id = rows[0]
    if made != _hash(asked):
        raise unusable("this Idempotency-Key was used for another request", "take a new key")
    job = service.kept.job(tenant.name, id)
    if job is None:
        raise in_use("this Idempotency-Key was used for a job that is deleted", "take a new key")
    return job


def _keep(service: Service, job: KeptJob, key: str, made: str, used: list[str]) -> None:
    with service.kept.writing() as db:
        db.execute(
            "INSERT INTO jobs (id, tenant, job, asked, webhook, at, minutes) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (job.id, job.tenant, job.job, job.asked, job.webhook, job.at, job.minutes),
        )
        db.executemany("INSERT INTO sources VALUES (?, ?)", [(job.id, one) for one in used])
        if key:
            db.execute("DELETE FROM requests WHERE at <= ?", (job.at - KEPT_S,))
            db.execute(
                "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?)", (job.tenant, key, made, job.id, job.at)
            )


def _source(service: Service, tenant: Tenant, named: str, used: list[str]) -> str:
    """The path or URL of a film or of subtitles; ids of uploads are noted in `used`."""
    if ID.fullmatch(named):
        return str(_place(service, tenant, used)(named))
    if is_url(named) and not service.config.server.ray:
        raise unusable(f"{named!r:.200} is a URL, which this service cannot read", "upload the film, or name its path")
    return in_stores(named, stores_of(service, tenant))


def _place(service: Service, tenant: Tenant, used: list[str]) -> Callable[[str], Path]:
    def placed(id: str) -> Path:
        path = service.upload_path(tenant.name, id)
        if path is None:
            raise refused(id)
        used.append(id)
        return path

    return placed


def _hash(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()
