"""A simulation of films on cores and describers: what is in hand, event after event.

Each film goes through its steps one after the other. A step on the cores takes as many of them as it can use, one on a
describer takes one describer. Where there are too few, the films that were begun earlier come first, and a film that
gets none waits. Work is not taken away from a film that has it: it changes hands where a piece of a step ends, and time
goes from one such end to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, Literal

Limit = Literal["cores", "describer", "films", "longest"]
"""What keeps a batch from being done sooner: the cores, the describers, how many films are made at a time, or one film
that takes longest by itself."""

PIECES: Final = 4
"""Parts of a step between which a film that was begun earlier may go first."""

LEAST: Final = 0.25
"""Of what a step can use, so much at least must be free for it to go on."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a film's work: `seconds` where it gets all that it uses, on `cores` cores (0: on a describer)."""

    stage: str
    seconds: float
    cores: float = 1.0

    @property
    def is_describer(self) -> bool:
        """Whether a describer does it."""
        return self.cores == 0

    @property
    def work(self) -> float:
        """Seconds of one core, or of one describer."""
        return self.seconds if self.is_describer else self.seconds * self.cores


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores and describers, and how many films are made at a time. A film uses at most `film_cores` cores."""

    cores: float
    describers: int
    films_at_once: int
    film_cores: float = float("inf")

    def most(self, step: Step) -> float:
        """How many cores, or describers, a step uses at most."""
        return 1.0 if step.is_describer else min(step.cores, self.film_cores, self.cores)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of a simulation: seconds in all; seconds of work by stage, of cores and of describers; the greatest of
    the times below which no order of the work can go, by what limits it."""

    seconds: float
    core_s: Mapping[str, float]
    describer_s: Mapping[str, float]
    bounds: Mapping[Limit, float]
    machine: Machine

    @property
    def cores_busy(self) -> float:
        """Share of the time that cores work, 0 to 1."""
        return _share(sum(self.core_s.values()), self.seconds * self.machine.cores)

    @property
    def describers_busy(self) -> float:
        """Share of the time that describers work, 0 to 1."""
        return _share(sum(self.describer_s.values()), self.seconds * self.machine.describers)

    @property
    def limit(self) -> Limit:
        """What limits it."""
        return max(self.bounds, key=lambda name: self.bounds[name])

    @property
    def stage(self) -> str:
        """The stage that takes most of what limits it; "" where there is no work."""
        work = self.describer_s if self.limit == "describer" else self.core_s
        if self.limit in ("films", "longest"):
            names = (*self.core_s, *self.describer_s)
            work = {name: self.core_s.get(name, 0.0) + self.describer_s.get(name, 0.0) for name in names}
        return max(work, key=lambda name: work[name], default="")


def simulate(films: Iterable[Sequence[Step]], machine: Machine) -> Simulated:
    """How long films take that are begun in this order. Memory does not grow with their number; 10,000 of them take
    about a second. Raises ValueError for steps on a describer where there is none."""
    tally = _Tally(machine)
    waiting = iter(enumerate(tally.counted(films)))
    pools = _Pool(machine.cores), _Pool(machine.describers)
    ends: list[tuple[float, int, float, _Pool, Iterator[_Piece]]] = []
    now, free = 0.0, machine.films_at_once
    while True:
        while free and (film := next(waiting, None)) is not None:
            free -= not _queued(film[0], _pieces(film[1], machine), pools)
        for pool in pools:
            pool.serve(now, ends)
        if not ends:
            return tally.simulated(now)
        now, number, taken, pool, left = heappop(ends)
        pool.free += taken
        free += _queued(number, left, pools)


_Piece = tuple[bool, float, float]
"""A piece of a step: whether a describer does it, what it uses at most, and its work in seconds of one of these."""


def _pieces(steps: Sequence[Step], machine: Machine) -> Iterator[_Piece]:
    """The work of a film in pieces, between which earlier films may go first; steps that follow each other and use the
    same are one."""
    merged: list[_Piece] = []
    for step in steps:
        most, work = machine.most(step), step.work
        if merged and merged[-1][:2] == (step.is_describer, most):
            work += merged.pop()[2]
        if work > 0:
            merged.append((step.is_describer, most, work))
    for on_describer, most, work in merged:
        for _ in range(PIECES):
            yield on_describer, most, work / PIECES


class _Pool:
    """Cores, or describers, and the films that wait for them: those that were begun earlier come first."""

    def __init__(self, free: float) -> None:
        self.all, self.free = free, float(free)
        self.waiting: list[tuple[int, float, float, Iterator[_Piece]]] = []

    def serve(self, now: float, ends: list[tuple[float, int, float, _Pool, Iterator[_Piece]]]) -> None:
        """Give what is free to the films that wait, each as much as it can use."""
        while self.waiting:
            number, most, work, left = self.waiting[0]
            taken = most if most < self.free else self.free
            if taken < LEAST * most:
                return
            heappop(self.waiting)
            self.free -= taken
            heappush(ends, (now + work / taken, number, taken, self, left))


def _queued(number: int, left: Iterator[_Piece], pools: tuple[_Pool, _Pool]) -> bool:
    """Have a film wait for what its next piece needs; whether it has none and is done."""
    piece = next(left, None)
    if piece is None:
        return True
    on_describer, most, work = piece
    pool = pools[on_describer]
    if not pool.all:
        raise ValueError("steps on a describer, and none is there")
    heappush(pool.waiting, (number, most, work, left))
    return False


class _Tally:
    """Sums over all films."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.core_s: dict[str, float] = defaultdict(float)
        self.describer_s: dict[str, float] = defaultdict(float)
        self.alone_s = self.longest_s = 0.0

    def counted(self, films: Iterable[Sequence[Step]]) -> Iterator[Sequence[Step]]:
        """The films, each counted where it is begun."""
        for steps in films:
            alone = 0.0
            for step in steps:
                (self.describer_s if step.is_describer else self.core_s)[step.stage] += step.work
                alone += step.work / self.machine.most(step) if step.work else 0.0
            self.alone_s += alone
            self.longest_s = max(self.longest_s, alone)
            yield steps

    def simulated(self, seconds: float) -> Simulated:
        machine = self.machine
        bounds: dict[Limit, float] = {
            "cores": sum(self.core_s.values()) / machine.cores,
            "describer": sum(self.describer_s.values()) / machine.describers if machine.describers else 0.0,
            "films": self.alone_s / machine.films_at_once,
            "longest": self.longest_s,
        }
        return Simulated(seconds, dict(self.core_s), dict(self.describer_s), bounds, machine)


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0 else 0.0
