"""The batch's log is read on: what ended counts against quotas, and what tenants are to know waits to be sent.

Each line is done with in one transaction with its number, so that a service that is killed goes on where it was, and
nothing is sent or counted twice.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import Final
from uuid import uuid4

from audiodesc.batch.model import FilmRow
from audiodesc.batch.state import Entry
from audiodesc.review.as_json import as_json
from audiodesc.service.kept import KeptJob
from audiodesc.service.quotas import folder_bytes
from audiodesc.service.service import Service
from audiodesc.service.views import ENDED, job_view, moment, shown

log = logging.getLogger(__name__)

SEEN: Final = "seen"
"""The number of the last line that was done with."""

TOLD: Final = ("running", *sorted(ENDED))
"""States of which a webhook informs."""

AT_ONCE: Final = 500


def follow(service: Service) -> int:
    """Do with all new lines what is to be done; how many there were."""
    count = 0
    with service.following:
        while entries := service.state.log(after=service.kept.fact(SEEN), most=AT_ONCE):
            for entry in entries:
                _done_with(service, entry)
            count += len(entries)
    return count


def run_following(service: Service) -> None:
    """Until the service is stopped, and once more then."""
    while not service.is_stopping:
        service.woken.wait(1.0)
        service.woken.clear()
        _follow_safely(service)
    _follow_safely(service)


def _follow_safely(service: Service) -> None:
    try:
        follow(service)
    except Exception:  # a full disk must not end it: it goes on where it was
        log.exception("the batch's log cannot be followed")
        service.stopping.wait(1.0)


def _done_with(service: Service, entry: Entry) -> None:
    row = service.state.row(entry.film)
    job = service.job_of(row) if row else None
    ended = job is not None and row is not None and entry.what in ENDED and row.state in ENDED and not job.ended
    size = folder_bytes(service.job_folder(job.tenant, job.id)) if job and ended else 0
    with service.kept.writing() as db:
        db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (SEEN, entry.number))
        if job and row:
            if ended:
                _count(db, service, job, row, size)
            elif entry.what == "running":
                db.execute("UPDATE jobs SET ended = 0 WHERE id = ?", (job.id,))
            if job.webhook and entry.what in TOLD:
                _to_send(db, service, job, row, entry)
    if job and row:
        detail = shown(service, job, entry.detail)
        log.info("%s", entry.what, extra={"job": job.id, "tenant": job.tenant, "state": row.state, "detail": detail})
        service.changes[row.id] += 1
        service.to_send.set()


def _count(db: sqlite3.Connection, service: Service, job: KeptJob, row: FilmRow, size: int) -> None:
    """What was used of the quotas."""
    minutes = row.result.duration_ms / 60_000 if row.result and row.state == "done" else 0.0
    hours = max(0.0, (row.ended_at or 0) - row.started_at) / 3600 if row.started_at else 0.0
    db.execute("UPDATE jobs SET ended = 1, bytes = ? WHERE id = ?", (size, job.id))
    db.execute("INSERT INTO used VALUES (?, ?, ?, ?)", (job.tenant, service.clock(), minutes, hours))


def _to_send(db: sqlite3.Connection, service: Service, job: KeptJob, row: FilmRow, entry: Entry) -> None:
    view = json.loads(as_json(job_view(service, job, row)))
    body = {"type": f"job.{entry.what}", "timestamp": moment(entry.time), "data": view}
    text, now = json.dumps(body), service.clock()
    db.execute(
        "INSERT INTO messages (id, tenant, url, body, at, due) VALUES (?, ?, ?, ?, ?, ?)",
        (f"msg_{uuid4().hex}", job.tenant, job.webhook, text, now, now),
    )
