"""The job of a film -> what came of it: `make`, as a worker of any runner calls it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from audiodesc.batch.model import FailedFilm, FailureCause, FilmJob, FilmResult
from audiodesc.core.files import DISK_FULL, content_hash
from audiodesc.core.progress import Progress
from audiodesc.errors import (
    AudiodescError,
    BusyError,
    InputError,
    MissingToolError,
    OutputError,
    StrictError,
    UsageError,
)

if TYPE_CHECKING:
    from audiodesc.core.downloads import Downloads
    from audiodesc.describers import ChosenDescriber
    from audiodesc.describers.base import Describer
    from audiodesc.describers.chosen import ChooseDescriber
    from audiodesc.describers.context import FilmContext
    from audiodesc.project import Result
    from audiodesc.settings import Settings

LONGEST_MESSAGE: Final = 1000
"""Characters of a failure."""

CAUSES_OF: Final[tuple[tuple[type[AudiodescError], FailureCause], ...]] = (
    (UsageError, "usage"),
    (InputError, "input"),
    (MissingToolError, "missing"),
    (OutputError, "output"),
    (BusyError, "busy"),
    (StrictError, "strict"),
)


class FilmStopped(Exception):  # noqa: N818 — no failure
    """Raised by the progress of a film that is asked to stop, and where it waits for the describer."""


class _Counts:
    """How many clips were looked at, and about how many of them the describer was asked."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._door = progress, Lock()
        self.asked, self._totals = 0, dict.fromkeys(("look", "again"), 0)
        self.describer: Describer | None = None
        self._began_s = processor_now_s()

    def progress(self, stage: str, done: int, total: int) -> None:
        if stage in self._totals:
            self._totals[stage] = max(self._totals[stage], total)
        self._progress(stage, done, total)

    def add(self) -> None:
        with self._door:
            self.asked += 1

    @property
    def processor_s(self) -> float:
        """Of this process and what it started and waited for, since the film began."""
        return round(processor_now_s() - self._began_s, 3)

    @property
    def describer_s(self) -> float | None:
        """Seconds in which a shared describer worked for the film; None where it has its own."""
        from audiodesc.batch.sharing.proxy import SharedDescriber

        return round(self.describer.spent_s, 3) if isinstance(self.describer, SharedDescriber) else None

    @property
    def tokens(self) -> int | None:
        """For the film, as its describer counts them."""
        return getattr(self.describer, "tokens", None)  # a stranger's class may lack it

    @property
    def clips(self) -> int:
        return max(self.asked, sum(self._totals.values()))


def processor_now_s() -> float:
    """Seconds of processor time of this process, and of those that it started and waited for, so far."""
    return sum(os.times()[:4])


def make_film(job: FilmJob, choose: ChooseDescriber, progress: Progress) -> FilmResult:
    """Describe a film of a batch into its own folder, with the choices of its job and the describer that `choose`
    gives. Nobody is asked anything.

    Raises what `make` raises, and what `progress` raises.
    """
    from audiodesc.core.toml import job_values, settings_of
    from audiodesc.pipeline import make
    from audiodesc.settings import Settings

    settings = settings_of(Settings, job_values(job.choices, Settings, job.name))
    counts = _Counts(progress)
    subtitles = job.subtitles or None
    made = make(job.film, subtitles, job.output, settings, counts.progress, choose=_counting(choose, counts))
    return _result(made, counts, Path(job.subtitles) if job.subtitles else None)


def failed_film(error: BaseException) -> FailedFilm:
    """Why a film failed, by what was raised: the cause, and one line."""
    return FailedFilm(_cause(error), _line(error))


def is_stopped(error: BaseException | None) -> bool:
    """Whether an error came of `FilmStopped`."""
    while error is not None:
        if isinstance(error, FilmStopped):
            return True
        error = error.__cause__ or error.__context__
    return False


def _counting(choose: ChooseDescriber, counts: _Counts) -> ChooseDescriber:
    from audiodesc.batch.sharing.delegating import Counted, CountedMomentary
    from audiodesc.describers import ChosenDescriber
    from audiodesc.describers.base import Momentary

    def counting(
        settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float
    ) -> ChosenDescriber:
        chosen = choose(settings, known, downloads, progress, film_s)
        counts.describer = chosen.describer
        kind = CountedMomentary if isinstance(chosen.describer, Momentary) else Counted
        return ChosenDescriber(kind(chosen.describer, counts.add), chosen.why)

    return counting


def _result(made: Result, counts: _Counts, subtitles: Path | None) -> FilmResult:
    report = made.report
    after = report.loudness.after if report.loudness else None
    peak = report.loudness.decoded_true_peak_db if report.loudness else None
    return FilmResult(
        duration_ms=report.film.duration_ms,
        lines=report.totals.lines,
        overlap_ms=report.overlap_ms or 0,
        loudness_lufs=after.integrated_lufs if after else None,
        peak_dbtp=peak if peak is not None or after is None else after.true_peak_db,
        findings=tuple(_findings(made)),
        clips=counts.clips,
        cached=counts.clips - counts.asked,
        tokens=counts.tokens,
        stages={stage: round(seconds, 3) for stage, seconds in report.seconds.items()},
        files={name: str(path) for name, path in made.files.items()},
        content=_content(report.film.fingerprint, subtitles),
        processor_s=counts.processor_s,
        describer_s=counts.describer_s,
    )


def _findings(made: Result) -> Iterator[str]:
    for note in made.report.notes:
        yield _one_line(note.message)
    for finding in made.report.check.findings:
        yield _one_line(f"{finding.severity}: {finding.message}")


def _content(film: str, subtitles: Path | None) -> str:
    """Stands for the content of film and subtitles: 32 hexadecimal digits."""
    try:
        texts = content_hash(subtitles)[0] if subtitles else ""
    except OSError:  # gone since they were read
        texts = "unread"
    return hashlib.sha256(f"{film} {texts}".encode()).hexdigest()[:32]


def _cause(error: BaseException) -> FailureCause:
    from audiodesc.batch.sharing.calls import LostError

    if isinstance(error, LostError):
        return "lost"
    if _is_of_server(error):
        return "server"
    if isinstance(error, OSError):
        return "output" if error.errno in DISK_FULL else "other"
    return next((cause for kind, cause in CAUSES_OF if isinstance(error, kind)), "other")


def _is_of_server(error: BaseException) -> bool:
    """All that `describers.server.faults` makes begins so, and nothing else does: it has no class of its own."""
    return isinstance(error, AudiodescError) and error.fault.startswith("the server ")


def _line(error: BaseException) -> str:
    if isinstance(error, AudiodescError):
        return _one_line(str(error))
    if isinstance(error, OSError) and error.strerror:
        named = f"{error.filename}: " if error.filename else ""
        remedy = "free some space, then run again" if error.errno in DISK_FULL else "look at the log, then run again"
        return _one_line(f"{named}{error.strerror}: {remedy}")
    if isinstance(error, MemoryError):
        return "the memory does not hold what the film needs: make fewer films at a time, then run again"
    first = next(iter(str(error).splitlines()), "")
    return _one_line(f"{type(error).__name__}: {first}" if first else type(error).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_MESSAGE]
