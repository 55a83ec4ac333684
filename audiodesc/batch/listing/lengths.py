"""The length of each film, and what its results take on the disk: looked at once, remembered in the batch's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from audiodesc.core import cache
from audiodesc.core.cache import WRONG, Store
from audiodesc.core.concurrency import within_timeout
from audiodesc.core.files import identity, read_whole
from audiodesc.errors import AudiodescError, FilmError
from audiodesc.settings import Settings

NAME: Final = "lengths"
FORM: Final = 1
"""Of an entry: raise it when what stands in it changes."""

LARGEST: Final = 50_000_000
"""Bytes: 200,000 films take 20 MB."""

THREADS: Final = 4
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


@dataclass(slots=True)
class Lengths:
    """Measures films, with what an earlier check remembered in `folder` (None: nowhere). After `most_s` seconds no more
    films are opened: a film takes some 50 ms of a core, and the next check goes on there. One that takes longer than
    `most_film_s` cannot be made: a library that hangs on it would do so again."""

    folder: Path | None
    most_s: float = MOST_S
    most_film_s: float = MOST_FILM_S
    _known: dict[str, FilmLength] = field(default_factory=dict)
    _used: dict[str, FilmLength] = field(default_factory=dict)
    _until: float = 0.0

    def measure(self, films: Iterable[tuple[Path, Settings]]) -> list[FilmLength | AudiodescError]:
        """The length of each, in order, several at a time; the error where the film or a deliverable cannot be made.
        At the end all is remembered."""
        self._known, self._until = _read(self.folder), monotonic() + self.most_s
        with ThreadPoolExecutor(THREADS, thread_name_prefix="probe") as threads:
            found = list(threads.map(self._measured, films))
        self._save()
        return list(_by_size(found))

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
            one = known or within_timeout(lambda: _length(path, settings), self.most_film_s)
        except AudiodescError as error:
            return 0, error
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


def _length(path: Path, settings: Settings) -> FilmLength:
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
