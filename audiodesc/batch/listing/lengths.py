"""The length of each film, and what its results take on the disk: looked at once, remembered in the batch's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any, Final

from audiodesc.batch.listing.isolated import CrashedError, IsolatedFunction
from audiodesc.core import cache
from audiodesc.core.cache import WRONG, Store
from audiodesc.core.concurrency import cores
from audiodesc.core.files import identity, read_whole
from audiodesc.errors import AudiodescError, FilmError
from audiodesc.settings import Settings

NAME: Final = "lengths"
FORM: Final = 1
"""Of an entry: raise it when what stands in it changes."""

LARGEST: Final = 50_000_000
"""Bytes: 200,000 films take 20 MB."""

AT_ONCE: Final = 4
"""Processes that open films, at most; no more than there are cores."""
MOST_S: Final = 120.0
MOST_FILM_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class FilmLength:
    """What is known of a film before any work: its length, and about what its results take on the disk, in bytes.
    `is_estimated`: by its size alone, as much as the films that were opened have for a byte; 0 where none was."""

    duration_ms: int
    needed_bytes: int
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class _Unopened:
    """A film for which there was no time."""

    size: int


def film_length(path: Path, settings: Settings) -> FilmLength:
    """Open a film, and see that its deliverables can be made of it. Raises FilmError, and what their checks raise."""
    from audiodesc.deliver import wanted_rows
    from audiodesc.deliver.base import BuiltIn
    from audiodesc.deliver.checks import check_rows
    from audiodesc.errors import UsageError
    from audiodesc.media.probe import probe

    film = probe(path)
    try:
        rows = wanted_rows(settings, sound=True).values()
    except UsageError:  # the choices' fault, which is found without a film
        return FilmLength(film.duration_ms, 0)
    check_rows(rows, film, settings)
    needed = sum(row.needed_bytes(film, settings) for row in rows if isinstance(row, BuiltIn))
    return FilmLength(film.duration_ms, needed)


@dataclass(slots=True)
class Lengths:
    """Measures films, with what an earlier check remembered in `folder` (None: nowhere). Films are opened by `look`, in
    processes of their own. After `most_s` seconds no more are: a film takes some 50 ms of a core, and the next check
    goes on there. One that takes longer than `most_film_s`, or ends the process, cannot be made: a library that hangs
    or crashes on it would do so again."""

    folder: Path | None
    most_s: float = MOST_S
    most_film_s: float = MOST_FILM_S
    look: Callable[[Path, Settings], FilmLength] = film_length
    _known: dict[str, FilmLength] = field(default_factory=dict)
    _used: dict[str, FilmLength] = field(default_factory=dict)
    _until: float = 0.0
    _free: SimpleQueue[IsolatedFunction[FilmLength]] = field(default_factory=SimpleQueue)

    def measure(self, films: Iterable[tuple[Path, Settings]]) -> list[FilmLength | AudiodescError]:
        """The length of each, in order, several at a time; the error where the film or a deliverable cannot be made.
        At the end all is remembered."""
        self._known, self._until = _read(self.folder), monotonic() + self.most_s
        at_once = min(AT_ONCE, cores())
        with self._processes(at_once), ThreadPoolExecutor(at_once, thread_name_prefix="probe") as threads:
            found = list(threads.map(self._measured, films))
        self._save()
        return list(_by_size(found))

    @contextmanager
    def _processes(self, count: int) -> Iterator[None]:
        """Processes that look at films, each for one thread at a time."""
        processes = [IsolatedFunction(self.look) for _ in range(count)]
        for one in processes:
            self._free.put(one)
        try:
            yield
        finally:
            for one in processes:
                one.close()

    def _opened(self, path: Path, settings: Settings) -> FilmLength:
        process = self._free.get()
        try:
            return process.call(self.most_film_s, path, settings)
        finally:
            self._free.put(process)

    def _measured(self, film: tuple[Path, Settings]) -> tuple[int, FilmLength | _Unopened | AudiodescError]:
        """With the size of the film in bytes."""
        from audiodesc.media.opening import check_file

        path, settings = film
        try:
            seen = check_file(path)
            name = _key(seen, settings)
            known = self._known.get(name)
            if known is None and monotonic() >= self._until:
                return seen.st_size, _Unopened(seen.st_size)
            one = known or self._opened(path, settings)
        except AudiodescError as error:
            return 0, error
        except CrashedError as error:
            fault = f"{path} cannot be opened (a library crashes on it: {error})"
            return 0, FilmError(fault, "convert it with another program, or leave it out")
        except (OSError, ValueError) as error:  # TimeoutError among them
            said = getattr(error, "strerror", None) or error
            return 0, FilmError(f"{path} cannot be opened ({said})", "give the path of a film that can")
        self._used[name] = one
        return seen.st_size, one

    def _save(self) -> None:
        if self.folder is None or self._used == self._known:
            return
        entries = {name: [one.duration_ms, one.needed_bytes] for name, one in self._used.items()}
        with suppress(OSError):  # it saves time, and nothing else
            Store(self.folder).put(NAME, ".json", json.dumps({"form": FORM, "films": entries}).encode())


def _by_size(
    found: Sequence[tuple[int, FilmLength | _Unopened | AudiodescError]],
) -> Iterator[FilmLength | AudiodescError]:
    """The same, films that were not opened estimated from the others."""
    measured = [(size, one) for size, one in found if isinstance(one, FilmLength)]
    total = sum(size for size, _ in measured) or 1
    length = sum(one.duration_ms for _, one in measured) / total
    needed = sum(one.needed_bytes for _, one in measured) / total
    for size, one in found:
        if isinstance(one, _Unopened):
            yield FilmLength(round(size * length), round(size * needed), is_estimated=True)
        else:
            yield one


def _key(seen: os.stat_result, settings: Settings) -> str:
    """Stands for the file as it is, and for all that its results depend on in size."""
    chosen: Mapping[str, Any] = {
        "deliver": settings.deliver, "sound": settings.sound, "stops": settings.stops, "options": settings.options,
        "part": [settings.run.part_from, settings.run.part_to],
    }  # fmt: skip
    return cache.key(NAME, FORM, identity=list(identity(seen)), **chosen)


def _read(folder: Path | None) -> dict[str, FilmLength]:
    if folder is None:
        return {}
    try:
        read = json.loads(read_whole(folder / f"{NAME}.json", LARGEST))
        if read["form"] != FORM:
            return {}
        return {str(name): FilmLength(int(length), int(needed)) for name, (length, needed) in read["films"].items()}
    except (OSError, *WRONG):
        return {}
