"""A runner whose results are in the outbox whole or not at all, and of the films as they were when they were begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from audiodesc.batch.model import FailedFilm, FilmJob
from audiodesc.batch.runners import Event, Failed, Made, Runner, Staged
from audiodesc.watching.moving import move_folder
from audiodesc.watching.places import Places

CHANGED = "it changed while it was made"


class Publishing:
    """What `inner` makes, moved from the hidden folder of the outbox to its place before the film counts as done.

    A film that changed meanwhile has failed with the cause "cancelled": what was made of it is not published.
    """

    def __init__(self, inner: Runner, places: Places) -> None:
        self._inner = inner
        self._places = places
        self._jobs: dict[int, tuple[FilmJob, tuple[int, int] | None]] = {}

    @property
    def free(self) -> int:
        return self._inner.free

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        self._jobs[film] = job, _stamp(job.film)
        self._inner.start(film, job, attempt)

    def stop(self, film: int) -> None:
        self._inner.stop(film)

    def events(self, timeout_s: float) -> Sequence[Event]:
        return [self._published(event) for event in self._inner.events(timeout_s)]

    def close(self) -> None:
        self._inner.close()

    def _published(self, event: Event) -> Event:
        if isinstance(event, Staged) or event.film not in self._jobs:
            return event
        job, before = self._jobs.pop(event.film)
        if not isinstance(event, Made):
            return event
        if before is not None and _stamp(job.film) not in (before, None):
            return Failed(event.film, FailedFilm("cancelled", f"{job.film}: {CHANGED}"))
        made, outbox = self._places.making, self._places.outbox
        if made is None or outbox is None or not Path(job.output).is_relative_to(made):
            return event
        try:
            place = move_folder(Path(job.output), outbox / Path(job.output).relative_to(made))
        except OSError as error:
            said = f"{job.output} cannot be moved to {outbox} ({error.strerror}): mend that, or give another --outbox"
            return Failed(event.film, FailedFilm("output", said))
        return Made(event.film, replace(event.result, files=_moved(event.result.files, job.output, str(place))))


def _stamp(film: str) -> tuple[int, int] | None:
    """Of which content a film is, as far as its size and time tell; None where it is not there."""
    try:
        now = Path(film).stat()
    except (OSError, ValueError):
        return None
    return now.st_size, now.st_mtime_ns


def _moved(files: Mapping[str, str], before: str, after: str) -> dict[str, str]:
    """The paths of files in a folder that was moved."""
    return {
        name: str(Path(after, Path(path).relative_to(before))) if Path(path).is_relative_to(before) else path
        for name, path in files.items()
    }
