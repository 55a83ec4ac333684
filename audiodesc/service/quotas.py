"""What a tenant may use: disk, minutes of film, hours of work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from audiodesc.service.config import PERIODS, Tenant
from audiodesc.service.refusals import no_space, too_many, unusable
from audiodesc.service.service import Service
from audiodesc.service.stores import is_url

PROBE_S: Final = 60
PROBES, WAITING = BoundedSemaphore(2), BoundedSemaphore(10)
"""Films that are opened at a time, each in a process of its own: a damaged one must not end the service; and how many
requests may be about that, so that others are answered."""


def check_disk(service: Service, tenant: Tenant, more: int = 0) -> None:
    """Raise ProblemError (507) where uploads and results, with `more` bytes, are above the quota."""
    most = tenant.disk_bytes
    if most is None:
        return
    used = service.kept.disk_bytes(tenant.name) + service.coming[tenant.name] + more
    if used > most or (more == 0 and used == most):
        raise no_space(f"the disk quota of {tenant.disk_gb:g} GB is used up")


def check_time(service: Service, tenant: Tenant, minutes: float = 0.0) -> None:
    """Raise ProblemError (429) where the minutes of films, with these, or the hours of work are above the quota."""
    since = service.clock() - PERIODS[tenant.per]
    used, hours = service.kept.used(tenant.name, since)
    most = tenant.film_minutes
    if most is not None and (used >= most or used + minutes > most):
        raise too_many(
            f"the quota of {most:g} film minutes a {tenant.per} is used up ({used:.1f} used, {minutes:.1f} asked for)",
            "try again later, or with a shorter film",
        )
    if tenant.hours is not None and hours >= tenant.hours:
        raise too_many(f"the quota of {tenant.hours:g} hours a {tenant.per} is used up", "try again later")


def film_minutes(tenant: Tenant, film: str) -> float:
    """How long a film is, where the tenant has a quota of minutes; 0 where it has none, and for a film at a URL, which
    counts when it is done. Raises ProblemError: 422 for what is no film, 429 where many films are being opened."""
    if tenant.film_minutes is None or is_url(film):
        return 0.0
    if not WAITING.acquire(blocking=False):
        raise too_many("many films are being opened")
    try:
        with PROBES:
            return _probed_ms(film) / 60_000
    finally:
        WAITING.release()


def _probed_ms(film: str) -> int:
    command = [sys.executable, "-m", "audiodesc.service.probing", film]
    try:
        made = subprocess.run(  # noqa: S603 — our own module, and no shell
            command, capture_output=True, timeout=PROBE_S, stdin=subprocess.DEVNULL, check=False
        )
        return int(made.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise unusable("the film cannot be opened", "give a film that plays") from error


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
