"""What makes films: the protocol of a runner, which the batch starts films with, and what it reports of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult


@dataclass(frozen=True, slots=True)
class Staged:
    """A film is so far in a stage (see `core.progress`)."""

    film: int
    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Made:
    """A film is done."""

    film: int
    result: FilmResult


@dataclass(frozen=True, slots=True)
class Failed:
    """A film failed, for a reason that a person can act on."""

    film: int
    why: FailedFilm


@dataclass(frozen=True, slots=True)
class Lost:
    """The process or node that made a film died; `last_words` is one line of what it said before. `blameless`: not by
    this film, such as a node that was drained: that does not count against it."""

    film: int
    last_words: str
    blameless: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """A film ended because it was asked to; what it had made is kept, and it goes on from there."""

    film: int


Event = Staged | Made | Failed | Lost | Stopped


class Runner(Protocol):
    """How to write a runner: what makes films on this machine, or on others.

    It is used by one thread. After `start` each film ends with exactly one of `Made`, `Failed`, `Lost` and `Stopped`.
    """

    @property
    def free(self) -> int:
        """How many films it takes now."""

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        """Begin a film; `film` is its number in events. Films that were started earlier come first where they compete
        for the processor or for the describer."""

    def stop(self, film: int) -> None:
        """Ask a film to end after what it has in hand; `Stopped` follows, or what else it comes to before."""

    def events(self, timeout_s: float) -> Sequence[Event]:
        """What happened since the last call; waits up to so many seconds for a first event."""

    def close(self) -> None:
        """End all processes and let go of all that is held; films that are not done are ended at once."""
