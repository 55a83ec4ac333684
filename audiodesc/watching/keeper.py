"""A watched folder is held against its batch: films that arrived become jobs, and what came of these is seen to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from audiodesc.batch.model import FilmRow
from audiodesc.batch.state import BatchState
from audiodesc.core.files import content_hash
from audiodesc.errors import AudiodescError
from audiodesc.watching.arrivals import Arrivals, Manner, Snapshot, Whole
from audiodesc.watching.choices import FILE, ChoicesFile, FolderChoices
from audiodesc.watching.events import Report, Reporter, StoppedError, WatchEvent
from audiodesc.watching.jobs import film_job_of, is_left_out, row_of
from audiodesc.watching.places import Places
from audiodesc.watching.records import Record, Records
from audiodesc.watching.settling import Settler

ENDED: Final = ("done", "skipped", "failed")


class Keeper:
    """What a watched folder comes to. It is used by one thread, reads no clock, and sees the folder by snapshots.

    What the disk and the batch say against a film is reported once, and it is tried again at the next tick. `choices`
    is a file that counts instead of the folder's own. Where `is_stopped`, what takes long is broken off. Raises
    ProjectError for records that are damaged.
    """

    def __init__(
        self,
        state: BatchState,
        places: Places,
        manner: Manner,
        report: Report,
        choices: Path | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._state, self._places, self._reporter = state, places, Reporter(report)
        self._arrivals = Arrivals(manner)
        self._file, self._is_stopped = ChoicesFile(places.folder / FILE, choices), is_stopped
        self._records = Records(places.batch)
        self._ending = Settler(state, places, self._records, self._reporter, manner.marker, self._check)
        self._was_busy = True
        self.fault: AudiodescError | None = None
        """What is wrong with the folder's choices."""

    def tick(self, snapshot: Snapshot, now: float) -> None:
        """See to all that changed; `now` is in seconds of a clock that never goes back."""
        self._was_busy = self._is_busy()
        chosen = self._choices(now)
        self._each(lambda record: self._lost(record, snapshot))
        found = self._arrivals.update(snapshot, now)
        if chosen:
            for whole in found:
                self._reporter.guard(whole.film, partial(self._take, whole, chosen, snapshot))
        self._each(lambda record: self._conclude(record, chosen, snapshot, now))
        self._reporter.guard("", lambda: self._save(snapshot))

    def due(self, now: float) -> float | None:
        """In how many seconds something is to be seen to though nothing changes; None for never."""
        times = [at for at in (self._arrivals.due, self._ending.due, self._file.due) if at is not None]
        return max(0.0, min(times) - now) if times else None

    @property
    def is_idle(self) -> bool:
        """Whether all that was there whole is seen to. What grows, waits for subtitles as long as it takes, or is to be
        tried again later does not count."""
        return self._arrivals.due_unchanged is None and not self._was_busy and not self._is_busy()

    def _check(self, done: int = 0, total: int = 0) -> None:
        if self._is_stopped():
            raise StoppedError

    def _row(self, record: Record | None) -> FilmRow | None:
        return row_of(self._state, record) if record else None

    def _save(self, snapshot: Snapshot) -> None:
        """Films that are gone for long are forgotten, their jobs too: else a new one of that name would count as
        made."""
        for record in self._records.save(snapshot.keys()):
            if self._row(record):
                self._state.remove(record.id)

    def _is_busy(self) -> bool:
        counts = self._state.counts()
        return bool(counts["queued"] or counts["running"])

    def _each(self, work: Callable[[Record], None]) -> None:
        """Do it with each film that is not seen to."""
        for record in self._records.open():
            self._reporter.guard(record.film, partial(work, record))

    def _choices(self, now: float) -> FolderChoices | None:
        """The folder's choices; None where they are broken, and films wait."""
        found, is_new = self._file.now(now)
        if isinstance(found, AudiodescError):
            self.fault = found
            self._reporter.once(WatchEvent("waits", "", f"{found} (films wait until then)"))
            return None
        self.fault = None
        if is_new:
            manner = self._arrivals.manner
            self._arrivals.manner = replace(manner, wait_s=found.wait_s, takes_subtitles=found.takes_subtitles)
            self._arrivals.forget_all()
            self._each(lambda record: self._renew(record, found))
        return found

    def _renew(self, record: Record, chosen: FolderChoices) -> None:
        """What is not begun is made as the choices are now, and what failed for want of something is tried."""
        row = self._row(record)
        if row and row.state in ("queued", "held", "failed"):
            job, _ = film_job_of(record.film, self._places, chosen, record.subtitles)
            if job != row.job:
                self._state.put([job])
            elif row.state == "failed":
                self._ending.try_now(record, row)

    def _lost(self, record: Record, snapshot: Snapshot) -> None:
        """A film that is gone is dropped where it was not begun."""
        if record.film in snapshot:
            return
        row = self._row(record)
        if row and row.state in ("queued", "held") and self._state.cancel(row.id):
            row = self._row(record)
        if row and row.state == "running":
            said = "it was deleted or has another name, and is being made"
            self._reporter.once(WatchEvent("changed", record.film, said))
        elif row is None or (row.failed and row.failed.cause == "cancelled"):
            if row:
                self._state.remove(row.id)
            self._records.drop(record.film)
            self._ending.forget(record.film)
            self._reporter.report(WatchEvent("dropped", record.film, "it is gone, and is not made"))

    def _take(self, whole: Whole, chosen: FolderChoices, snapshot: Snapshot) -> None:
        """See to a film that has arrived, unless it is known as it is."""
        record = self._records.get(whole.film)
        row = self._row(record)
        is_known = record is not None and record.is_of(whole) and record.outcome != "quarantined"
        if (is_known and row) or is_left_out(whole.film, self._places, chosen):
            self._arrivals.take(whole)
        elif row and row.state == "running" and record and not record.outcome:
            return  # it is seen to when that ends
        elif other := self._renamed(whole, snapshot):
            if other.outcome:  # else it is seen to when that ends
                self._records.put(replace(other, film=whole.film, subtitles=whole.subtitles, outcome="same"))
                self._records.drop(other.film)
                self._arrivals.take(whole)
                said = f"it was called {other.film}, and is described in {other.published}"
                self._reporter.report(WatchEvent("renamed", whole.film, said))
        elif twin := self._twin(whole, snapshot):
            self._records.put(
                replace(twin, film=whole.film, seen=whole.seen, subtitles=whole.subtitles, outcome="same")
            )
            self._arrivals.take(whole)
            said = f"its content is that of {twin.film}, which is described in {twin.published}"
            self._reporter.report(WatchEvent("same", whole.film, said))
        else:
            self._put(whole, chosen, record)

    def _is_begun(self, record: Record) -> bool:
        row = self._row(record)
        return row is not None and row.state in ("running", "done", "skipped")

    def _renamed(self, whole: Whole, snapshot: Snapshot) -> Record | None:
        """The record of the same file under a name that is gone, of a film that is made or is being made."""
        for record in self._records.of_size(whole.seen.size):
            is_gone = record.film != whole.film and record.film not in snapshot and record.seen == whole.seen
            is_made = record.outcome in ("made", "same")
            if is_gone and (is_made or (not record.outcome and self._is_begun(record))):
                return record
        return None

    def _twin(self, whole: Whole, snapshot: Snapshot) -> Record | None:
        """The record of another film that is made, still there, and has the same content, which is read."""
        for record in self._records.of_size(whole.seen.size):
            is_other = record.film != whole.film and record.outcome == "made" and record.film in snapshot
            if is_other and _is_as_taken(record, snapshot) and self._content(record) == self._content(whole):
                return record
        return None

    def _content(self, one: Record | Whole) -> tuple[str, list[str]]:
        """Hashes of a film and of its subtitles, which are read whole."""
        names = (one.film, *one.subtitles)
        film, *subtitles = (content_hash(self._places.folder / name, self._check)[0] for name in names)
        return film, sorted(subtitles)

    def _is_as_begun(self, whole: Whole, row: FilmRow) -> bool:
        """Whether film and subtitles lie there as they were when the job was begun: the time of their content, which a
        copy may keep, does not say that."""
        times = [(self._places.folder / name).stat().st_ctime for name in (whole.film, *whole.subtitles)]
        return row.started_at is not None and max(times) < row.started_at

    def _put(self, whole: Whole, chosen: FolderChoices, record: Record | None) -> None:
        """Make it a job; `record` is that of the film as it was."""
        job, note = film_job_of(whole.film, self._places, chosen, whole.subtitles)
        for other in self._records.at(job.output):
            if other.film != whole.film and other.film in self._arrivals.seen:
                said = f"its results would go to the folder of those of {other.film}: give it another name"
                self._reporter.once(WatchEvent("waits", whole.film, said))
                return
        added = self._state.put([job])
        number = (*added.new, *added.changed, *added.same)[0]
        row = self._state.row(number)
        if row and row.state in ENDED and (record or row.state == "failed" or not self._is_as_begun(whole, row)):
            self._state.make_again([number])
        self._records.put(Record(whole.film, whole.seen, whole.subtitles, number, job.output, published=job.output))
        self._arrivals.take(whole)
        self._ending.forget(whole.film)
        self._reporter.report(WatchEvent("again" if record else "arrived", whole.film, note or "queued"))

    def _conclude(self, record: Record, chosen: FolderChoices | None, snapshot: Snapshot, now: float) -> None:
        row = self._row(record)
        if row is None or row.state != "failed" or not _is_as_taken(record, snapshot):
            self._ending.wait_no_more(record.film)
        if row is None:
            self._records.drop(record.film)
            self._arrivals.forget(record.film)
        elif not _is_as_taken(record, snapshot):
            if row.state == "running" and self._state.cancel(row.id):
                self._reporter.once(
                    WatchEvent("changed", record.film, "it changed while it was made: it is made again")
                )
        elif row.state in ENDED:
            move = chosen is not None and chosen.after == "move"
            self._ending.conclude(record, row, now, snapshot.keys(), move=move)


def _is_as_taken(record: Record, snapshot: Snapshot) -> bool:
    """Whether a film and its subtitles are still those of which it was made, or are gone."""
    seen = {record.film: record.seen, **record.subtitles}
    return all(name not in snapshot or snapshot[name].has_content_of(one) for name, one in seen.items())
