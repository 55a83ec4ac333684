"""What a tenant may use: disk, minutes of film, hours of work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Final

from audiodesc.errors import OutputError
from audiodesc.review.problems import ProblemError
from audiodesc.service.config import PERIODS, Tenant
from audiodesc.service.refusals import no_space, stopping, too_many, unusable
from audiodesc.service.service import Service
from audiodesc.service.stores import is_url

PROBE_S: Final = 60
TICK_S: Final = 0.5
"""How often it is seen whether the service is being stopped."""

PROBES, WAITING = BoundedSemaphore(2), BoundedSemaphore(10)
"""Films that are opened at a time, each in a process of its own: a damaged one must not end the service; and how many
requests may be about that, so that others are answered. Of one tenant it is one film, and `service.PROBED` requests."""

MOST_UPLOADS: Final = 10_000
"""Of one tenant."""


def check_disk(service: Service, tenant: Tenant, more: int = 0) -> None:
    """Raise ProblemError (507) where uploads and results, with `more` bytes, are above the quota; OutputError where
    they would leave less of the disk free than is reserved for the films in hand and the state."""
    reserve = service.config.server.reserve_gb * 1e9
    if shutil.disk_usage(service.folder).free < reserve + more:
        raise OutputError("the disk of the service is full", "try again later")
    _check_disk_quota(service, tenant, more)


def _check_disk_quota(service: Service, tenant: Tenant, more: int = 0) -> None:
    most = tenant.disk_bytes
    if most is None:
        return
    used = service.kept.disk_bytes(tenant.name) + service.coming[tenant.name] + more
    if used > most or (more == 0 and used == most):
        raise no_space(f"the disk quota of {tenant.disk_gb:g} GB is used up")


def check_uploads(service: Service, tenant: Tenant) -> None:
    """Raise ProblemError (507) where the tenant has as many uploads as one may have."""
    if service.kept.upload_count(tenant.name) >= MOST_UPLOADS:
        raise no_space(f"there are {MOST_UPLOADS:,} uploads")


def check_jobs(service: Service, tenant: Tenant) -> None:
    """Raise ProblemError (429) where the tenant has as many jobs that have not ended as it may have."""
    if service.kept.open_jobs(tenant.name) >= tenant.jobs:
        raise too_many(f"{tenant.jobs} jobs have not ended", "wait for the end of one")


def check_time(service: Service, tenant: Tenant, minutes: float | None = None) -> None:
    """Raise ProblemError (429) where the minutes of films, with those that are reserved and these of one more, or the
    hours of work are above the quota; without `minutes` where what was used of it is the whole of it."""
    used, hours = service.kept.used(tenant.name, service.clock() - PERIODS[tenant.per])
    if minutes is not None:
        used += service.kept.reserved(tenant.name)
    asked, most = minutes or 0.0, tenant.film_minutes
    if most is not None and (used >= most or used + asked > most):
        raise too_many(
            f"the quota of {most:g} film minutes a {tenant.per} is used up ({used:.1f} used, {asked:.1f} asked for)",
            "try again later, or with a shorter film",
        )
    if tenant.hours is not None and hours >= tenant.hours:
        raise too_many(f"the quota of {tenant.hours:g} hours a {tenant.per} is used up", "try again later")


def check_begin(service: Service, owner: str) -> None:
    """Raise OutputError where a quota of the tenant was used up since its job was taken."""
    tenant = service.config.tenant(owner)
    if tenant is None:
        return
    try:
        _check_disk_quota(service, tenant)
        check_time(service, tenant)
    except ProblemError as error:
        raise OutputError(error.fault, error.remedy) from error


def film_minutes(service: Service, tenant: Tenant, film: str) -> float:
    """How long a film is, where the tenant has a quota of minutes; 0 where it has none, and for a film at a URL, which
    counts when it is done. Raises ProblemError: 422 for what is no film, 429 where many films are being opened, 503
    where the service is being stopped."""
    if tenant.film_minutes is None or is_url(film):
        return 0.0
    with (
        service.opening.one(tenant.name),
        _one_of(WAITING, "many films are being opened"),
        _awaited(service, service.opened[tenant.name]),
        _awaited(service, PROBES),
    ):
        return _probed_ms(service, film) / 60_000


@contextmanager
def _one_of(places: BoundedSemaphore, fault: str) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise too_many(fault)
    try:
        yield
    finally:
        places.release()


@contextmanager
def _awaited(service: Service, place: Lock | BoundedSemaphore) -> Iterator[None]:
    while not place.acquire(timeout=TICK_S):
        check_going_on(service)
    try:
        check_going_on(service)
        yield
    finally:
        place.release()


def check_going_on(service: Service) -> None:
    """Raise ProblemError (503) where the service is being stopped."""
    if service.is_stopping:
        raise stopping()


def _probed_ms(service: Service, film: str) -> int:
    command = [sys.executable, "-m", "audiodesc.service.probing", film]
    none, end = subprocess.DEVNULL, monotonic() + PROBE_S
    with subprocess.Popen(command, stdin=none, stdout=subprocess.PIPE, stderr=none) as process:  # noqa: S603 — our own module, and no shell
        try:
            while monotonic() < end:
                check_going_on(service)
                with suppress(subprocess.TimeoutExpired):
                    return int(process.communicate(timeout=TICK_S)[0])
        except ValueError:
            pass
        finally:
            process.kill()
    raise unusable("the film cannot be opened", "give a film that plays")


def folder_bytes(folder: Path) -> int:
    """The size of all files in a folder; links are not followed."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(path, name).lstat().st_size
            except OSError:  # gone meanwhile
                continue
    return total
