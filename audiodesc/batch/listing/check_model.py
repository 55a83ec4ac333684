"""What the check of a list found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from audiodesc.batch.model import FailedFilm, FilmJob


class ListFault(NamedTuple):
    """What speaks against films of a list: their name, and one line with the remedy."""

    name: str
    message: str

    def __str__(self) -> str:
        return self.message if self.name in self.message else f"{self.name}: {self.message}"


@dataclass(frozen=True, slots=True)
class ToFetch:
    """A model or voice that is not on this disk: its name, how much is fetched in 10⁹ bytes (None where that is not
    known), and what it needs, in one line."""

    name: str
    gb: float | None
    needs: str

    def __str__(self) -> str:
        return f"{self.name}: {self.gb:g} GB" if self.gb else f"{self.name}: {self.needs}"


@dataclass(frozen=True, slots=True)
class DiskNeed:
    """What results take on one disk, and what is free there, in bytes; `folder` is a folder on it."""

    folder: str
    needed_bytes: int
    free_bytes: int

    @property
    def is_enough(self) -> bool:
        return self.needed_bytes <= self.free_bytes


@dataclass(frozen=True, slots=True)
class ListCheck:
    """What is known of a list before any film is made.

    `faults` are all problems; of these, `unusable` are those of single films, each with what would come of it, so that
    a batch can go on with the others, and `blocking` those of the list itself: two films to one folder, a disk without
    room. `total_s` and `longest_s` are lengths of films in seconds, of those that are known; `needed_bytes` is about
    what the results take on all `disks`. `estimate_s` is how long the batch takes, None where nothing was measured.
    """

    faults: tuple[ListFault, ...]
    notes: tuple[str, ...]
    films: int
    total_s: float
    longest_s: float
    disks: tuple[DiskNeed, ...]
    fetch: tuple[ToFetch, ...]
    estimate_s: float | None = None
    unusable: tuple[tuple[FilmJob, FailedFilm], ...] = ()
    blocking: tuple[ListFault, ...] = ()

    @property
    def needed_bytes(self) -> int:
        return sum(disk.needed_bytes for disk in self.disks)
