"""What becomes of a film whose job ended: it stays, is moved to its results, is tried again, or goes to the quarantine
with the reason."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from audiodesc.batch.model import FailedFilm, FailureCause, FilmRow
from audiodesc.batch.state import BatchState
from audiodesc.watching.events import Reporter, WatchEvent
from audiodesc.watching.moving import move_together
from audiodesc.watching.names import marker_of
from audiodesc.watching.places import Places
from audiodesc.watching.records import Record, Records

FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 1_800.0
PASSING: Final[frozenset[FailureCause]] = frozenset({"output", "busy", "server"})
"""Causes that go by: a full disk, a folder that another run holds, a server that does not answer. Such a film is tried
again after a minute, and then after twice as long each time."""

MOST_TRIES: Final[dict[FailureCause, int]] = {"server": 6}
MISSING: Final[FailureCause] = "missing"
"""What is to be installed: a film that lacks it is no bad film, and is tried again at the next start."""

REASON: Final = ".reason.txt"


class Settler:
    """Sees to films whose jobs ended. `marker` is the suffix of done-markers, "" where there are none; `check` raises
    StoppedError where the watch is to end."""

    def __init__(
        self,
        state: BatchState,
        places: Places,
        records: Records,
        reporter: Reporter,
        marker: str,
        check: Callable[[], None],
    ) -> None:
        self._state, self._places, self._records, self._reporter = state, places, records, reporter
        self._marker, self._check = marker, check
        self._tries: dict[str, int] = {}
        self._again_at: dict[str, float] = {}

    @property
    def due(self) -> float | None:
        """When the next film is tried again, None for never."""
        return min(self._again_at.values(), default=None)

    def wait_no_more(self, film: str) -> None:
        """This film is not waited for any more: it is queued, is made or changes."""
        self._again_at.pop(film, None)

    def forget(self, film: str) -> None:
        """How often this film was tried does not count any more."""
        self.wait_no_more(film)
        self._tries.pop(film, None)

    def conclude(self, record: Record, row: FilmRow, now: float, there: Collection[str], *, move: bool) -> None:
        """See to a film whose job ended; `there` is what lies in the folder, and with `move` the film goes to its
        results. One that changed at the last moment stays, and is seen to when it stands still. Raises OSError where
        files cannot be moved; all is as before then."""
        if row.state in ("done", "skipped"):
            if not move or self._move(record, row, there):
                self._end(record, row, "made", f"described in {self._place(record, row)}")
        elif row.failed and row.failed.cause == "cancelled":
            self._end(record, row, "cancelled", "it was cancelled, and is made once it changes")
        elif row.failed and self._is_over(record, row.failed, now):
            self._quarantine(record, row, row.failed, there)

    def try_now(self, record: Record, row: FilmRow) -> None:
        """Queue a film that failed for a reason that may be gone, as after a start."""
        if row.failed and row.failed.cause in {*PASSING, MISSING}:
            self.wait_no_more(record.film)
            self._state.retry(films=[row.id])

    def _is_over(self, record: Record, failed: FailedFilm, now: float) -> bool:
        """Whether it failed for good; else it is tried again when its time has come."""
        film, cause = record.film, failed.cause
        if cause == MISSING:
            self._reporter.once(WatchEvent("waits", film, failed.message))
            return False
        tries = self._tries.get(film, 0)
        if cause not in PASSING or tries >= MOST_TRIES.get(cause, tries + 1):
            return True
        if film not in self._again_at:
            self._again_at[film] = now + min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**tries)
            self._reporter.once(WatchEvent("waits", film, failed.message))
        elif now >= self._again_at[film]:
            del self._again_at[film]
            self._tries[film] = min(tries + 1, 20)
            self._state.retry(films=[record.id])
        return False

    def _files(self, record: Record, there: Collection[str]) -> list[Path]:
        """The film, its subtitles and its done-marker, those that are there."""
        marker = marker_of(record.film, self._marker, there) if self._marker else ""
        names = dict.fromkeys((record.film, *record.subtitles, marker))
        return [self._places.folder / one for one in names if one in there]

    def _is_unchanged(self, record: Record) -> bool:
        """Whether film and subtitles are at this moment as they were, or are gone."""
        for name, seen in {record.film: record.seen, **record.subtitles}.items():
            try:
                now = (self._places.folder / name).lstat()
            except FileNotFoundError:
                continue
            if (now.st_size, now.st_mtime_ns) != (seen.size, seen.mtime_ns):
                return False
        return True

    def _quarantine(self, record: Record, row: FilmRow, failed: FailedFilm, there: Collection[str]) -> None:
        if not self._is_unchanged(record):
            return
        film = Path(record.film)
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        of = self._places.folder / film
        reason = f"{failed.message}\ncause: {failed.cause}; tried {row.attempts} times; {of}; {at}\n"
        into = self._places.quarantine / film.parent
        moved = move_together(self._files(record, there), into, film.stem, {REASON: reason}, self._check)
        self._end(record, row, "quarantined", f"{failed.message} (moved to {moved[0].parent}, see {moved[-1].name})")

    def _move(self, record: Record, row: FilmRow, there: Collection[str]) -> bool:
        """Whether film, subtitles and marker lie with the results now, as far as they were there."""
        files, into = self._files(record, there), self._place(record, row).parent
        if not files or into == files[0].parent:
            return True
        if not self._is_unchanged(record):
            return False
        move_together(files, into, Path(record.film).stem, check=self._check)
        self._reporter.report(WatchEvent("moved", record.film, f"moved to {into}"))
        return True

    def _place(self, record: Record, row: FilmRow) -> Path:
        """The folder of the results, also where it was published in the outbox under another name."""
        making, outbox = self._places.making, self._places.outbox
        output = Path(record.output)
        if making is None or outbox is None or not output.is_relative_to(making):
            return output
        usual = outbox / output.relative_to(making)
        above = [parent for path in (row.result.files if row.result else {}).values() for parent in Path(path).parents]
        return next((one for one in above if one.parent == usual.parent), usual)

    def _end(
        self, record: Record, row: FilmRow, outcome: Literal["made", "cancelled", "quarantined"], text: str
    ) -> None:
        self.forget(record.film)
        self._records.put(replace(record, outcome=outcome, published=str(self._place(record, row))))
        self._reporter.report(WatchEvent(outcome, record.film, text))
