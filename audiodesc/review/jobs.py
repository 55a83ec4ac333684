"""Work in the background, each on a thread of its own, with how far it is."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock, Thread
from time import monotonic
from typing import Final, Literal

from audiodesc.core.progress import Progress
from audiodesc.errors import AudiodescError
from audiodesc.review.events import Events

log = logging.getLogger(__name__)

MOST_KEPT: Final = 50
SHOWN_S: Final = 0.2
"""Progress is sent no more often."""

JobKind = Literal["opening", "peaks", "proxy", "render"]
JobState = Literal["waiting", "running", "done", "failed"]

Work = Callable[[Progress], tuple[str, ...]]
"""Does it, and gives back the names of the files that were made. Raises AudiodescError."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work in the background: `share` of it (0 to 1) is done, `left_s` estimated."""

    id: str
    kind: JobKind
    state: JobState
    stage: str = ""
    done: int = 0
    total: int = 0
    share: float = 0.0
    left_s: float | None = None
    fault: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Jobs:
    """All work in the background, the newest last."""

    jobs: tuple[Job, ...]


class JobEndedError(Exception):
    """Raised inside a job when the server ends."""


class Background:
    """The jobs of a server. May be used from any thread."""

    def __init__(self, events: Events) -> None:
        self._events, self._door = events, Lock()
        self._jobs: dict[str, Job] = {}
        self._ended = False

    def jobs(self) -> tuple[Job, ...]:
        """All that are known, the newest last."""
        with self._door:
            return tuple(self._jobs.values())

    def running(self, kind: JobKind) -> Job | None:
        """The one of a kind that is not at its end."""
        return next((one for one in self.jobs() if one.kind == kind and one.state in ("waiting", "running")), None)

    def last(self, kind: JobKind) -> Job | None:
        """The newest of a kind."""
        return next((one for one in reversed(self.jobs()) if one.kind == kind), None)

    def start(self, kind: JobKind, work: Work) -> Job | None:
        """Begin; None where one of that kind is under way."""
        with self._door:
            if any(one.kind == kind and one.state in ("waiting", "running") for one in self._jobs.values()):
                return None
            job = Job(str(max(map(int, self._jobs), default=0) + 1), kind, "running")
            self._jobs[job.id] = job
            for old in list(self._jobs)[:-MOST_KEPT]:
                del self._jobs[old]
        self._send(job)
        Thread(target=self._run, args=(job, work), name=kind, daemon=True).start()
        return job

    def close(self) -> None:
        """Let all end where they next report."""
        self._ended = True

    def _run(self, job: Job, work: Work) -> None:
        shown = _Shown(job, self._put, lambda: self._ended)
        try:
            files = work(shown)
        except JobEndedError:
            return
        except AudiodescError as error:
            self._put(replace(shown.job, state="failed", fault=str(error), left_s=None))
        except Exception as error:  # a thread's fault must not vanish
            if self._ended:  # the project is closed, which work that reads it cannot know
                return
            log.exception("%s failed", job.kind)
            fault = f"{type(error).__name__}: {error}".splitlines()[0]
            self._put(replace(shown.job, state="failed", fault=fault, left_s=None))
        else:
            self._put(replace(shown.job, state="done", share=1.0, left_s=0.0, files=files))
        finally:
            give_memory_back()

    def _put(self, job: Job) -> None:
        with self._door:
            self._jobs[job.id] = job
        self._send(job)

    def _send(self, job: Job) -> None:
        self._events.send("job", job)


def give_memory_back() -> None:
    """Let the system have what decoders and analyses held, where its C library can be asked to (glibc)."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


class _Shown:
    """Progress of one job; its time left is that of the stage that it is in."""

    def __init__(self, job: Job, put: Callable[[Job], None], ended: Callable[[], bool]) -> None:
        self.job, self._put, self._ended = job, put, ended
        self._since, self._sent_at = monotonic(), 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._ended():
            raise JobEndedError
        now = monotonic()
        is_new = stage != self.job.stage
        if is_new:
            self._since = now
        share = min(1.0, done / total) if total else 0.0
        spent = now - self._since
        left_s = round(spent * (1 - share) / share, 1) if share > 0 and spent > SHOWN_S else None
        self.job = replace(self.job, stage=stage, done=done, total=total, share=share, left_s=left_s)
        if is_new or done >= total or now - self._sent_at >= SHOWN_S:
            self._sent_at = now
            self._put(self.job)
