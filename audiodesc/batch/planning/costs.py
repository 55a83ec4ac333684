"""What films cost that were made: seconds for each minute of film by stage, and how a film's stages use a machine.

The stages of a film follow each other. Their seconds are those of the clock of a film that was made alone, and all of
them are the processor's, but for the time in which the describer works: it is taken from `look` (and `again`) first,
and then from `describe`. The rest of `look` is decoding that the describer waits for; what is decoded while it works
takes no time of its own. The rest of `describe` is the voice.

A result may say how long a describer that films share worked for its film, and how much processor time the film took on
all cores. Without the first the describer counts as the film's own work on the cores, or, where it is known to be
shared, all of `look` as its time; without the second each stage counts as work of one core.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median, pstdev
from typing import Final

from audiodesc.batch.model import FilmResult, FilmRow
from audiodesc.batch.planning.simulate import Step
from audiodesc.errors import InputError

DESCRIBER: Final = "describer"

ORDER: Final = (
    "start", "probe", "hash", "hear", "shots", "look", "again", "describe", "speak", "listen", "mix", "mux", "encode",
    "segments", "stills", "package",
)  # fmt: skip
"""The stages of a film in the order of a run; others come last."""

ONCE: Final = ("load", "fetch")
"""Stages that are done once for a describer that films share, and not for each film."""

PER_FILM: Final = ("start", "probe")
"""Stages that do not take longer for a longer film."""

LOOKS: Final = ("look", "again")

MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class StageCost:
    """Seconds of a stage for each minute of film, or for each film, and their standard deviation between films."""

    name: str
    seconds: float
    spread_s: float = 0.0
    per_film: bool = False


@dataclass(frozen=True, slots=True)
class Costs:
    """What films cost. `describer` is the describer's part of it, None where films do not share one; `processor` all
    processor time, None where nobody measured it; `once_s` is what is done once. `films` were measured, `film_min`
    minutes of them. `notes` say what the numbers rest on, in sentences."""

    stages: tuple[StageCost, ...]
    describer: StageCost | None = None
    processor: StageCost | None = None
    once_s: float = 0.0
    films: int = 0
    film_min: float = 0.0
    notes: tuple[str, ...] = ()

    def steps(self, film_s: float, spreads: float = 0.0) -> tuple[Step, ...]:
        """The steps of a film of so many seconds; of one that costs so many standard deviations more."""
        minutes = film_s / 60

        def seconds(of: StageCost) -> float:
            return (of.seconds + spreads * of.spread_s) * (1.0 if of.per_film else minutes)

        walls = {one.name: seconds(one) for one in self.stages}
        describer = seconds(self.describer) if self.describer else None
        processor = seconds(self.processor) if self.processor else None
        return tuple(steps_of(walls, describer, processor))


def costs_of(results: Sequence[FilmResult], *, shared: bool = False, start_s: float = 0.0) -> Costs:
    """What these films cost, which were made one at a time. `shared`: films share their describer, also where a result
    does not say how long it worked. `start_s` is what a film takes beyond its stages.

    Films of which the describer had answered clips before are left out, unless there are no others. Raises InputError
    where no film was measured.
    """
    measured = [one for one in results if one.duration_ms > 0 and any(_walls(one).values())]
    if not measured:
        raise InputError("no film of the batch was made yet", "make one of them first: its stages are measured")
    whole = [one for one in measured if not one.cached]
    used = whole or measured
    minutes = [one.duration_ms / MINUTE_MS for one in used]
    names = sorted({name for one in used for name in _walls(one)}, key=_place)
    stages = [_cost(name, [one.stages.get(name, 0.0) for one in used], minutes) for name in names]
    if start_s > 0:
        stages.insert(0, StageCost("start", start_s, per_film=True))
    described = [_describer_s(one, shared=shared) for one in used]
    known = [(one, at) for one, at in zip(described, minutes, strict=True) if one is not None]
    worked = [(one.processor_s, at) for one, at in zip(used, minutes, strict=True) if one.processor_s is not None]
    return Costs(
        stages=tuple(stages),
        describer=_cost(DESCRIBER, *map(list, zip(*known, strict=True))) if known else None,
        processor=_cost("processor", *map(list, zip(*worked, strict=True))) if len(worked) == len(used) else None,
        once_s=max(_once_s(one) for one in used),
        films=len(used),
        film_min=sum(minutes),
        notes=tuple(_notes(used, whole, shared=shared)),
    )


def costs_of_rows(rows: Sequence[FilmRow], cores: int, *, shared: bool = False) -> Costs:
    """What the films cost that a batch has made, on a machine of so many cores. Where films were made at a time, each
    waited for the others: their seconds are scaled down to what the cores could do in that time. Raises InputError
    where none was made."""
    done = [row for row in rows if row.state == "done" and row.result and row.started_at and row.ended_at]
    results = [row.result for row in done if row.result]
    at_once = _at_once(done)
    if at_once <= 1.2:
        starts = [_beyond_s(row) for row in done]
        return costs_of(results, shared=shared, start_s=median(starts) if starts else 0.0)
    scaled = [_scaled(one, min(1.0, cores / at_once), shared=shared) for one in results]
    costs = costs_of(scaled, shared=shared)
    note = (
        f"About {at_once:.1f} films were made at a time when this was measured, on {cores} cores: a film's seconds are "
        "scaled to the cores that it had then."
    )
    return replace(costs, notes=(*costs.notes, note))


def steps_of(walls: Mapping[str, float], describer_s: float | None, processor_s: float | None) -> Iterator[Step]:
    """The steps of a film whose stages take so long where it is made alone; see the module."""
    left = describer_s or 0.0
    parts: list[tuple[str, float, bool]] = []
    for name in sorted(walls, key=_place):
        wall = walls[name]
        if name in (*LOOKS, "describe") and left:
            taken = min(wall, left)
            left -= taken
            work, device = (name, wall - taken, False), (name, taken, True)
            parts += (work, device) if name in LOOKS else (device, work)
        else:
            parts.append((name, wall, False))
    alone = sum(seconds for _, seconds, is_device in parts if not is_device)
    cores = processor_s / alone if processor_s and alone else 1.0
    for name, seconds, is_device in parts:
        if seconds > 0:
            yield Step(name, seconds, 0.0 if is_device else cores)


def result_steps(result: FilmResult, *, shared: bool = False) -> tuple[Step, ...]:
    """The steps of a film that was made alone."""
    describer_s = _describer_s(result, shared=shared)
    return tuple(steps_of(_walls(result), describer_s, result.processor_s))


def _walls(result: FilmResult) -> dict[str, float]:
    """Seconds by stage, without what is none of a film's own stages."""
    return {name: max(0.0, seconds) for name, seconds in result.stages.items() if name not in ONCE}


def _describer_s(result: FilmResult, *, shared: bool) -> float | None:
    if result.describer_s is not None:
        return result.describer_s
    return sum(result.stages.get(name, 0.0) for name in LOOKS) if shared else None


def _once_s(result: FilmResult) -> float:
    return sum(result.stages.get(name, 0.0) for name in ONCE)


def once_s(results: Sequence[FilmResult]) -> float:
    """Seconds of what these films need once."""
    return max(map(_once_s, results), default=0.0)


def _cost(name: str, seconds: Sequence[float], minutes: Sequence[float]) -> StageCost:
    if name in PER_FILM:
        return StageCost(name, sum(seconds) / len(seconds), pstdev(seconds), per_film=True)
    rates = [one / at for one, at in zip(seconds, minutes, strict=True)]
    return StageCost(name, sum(seconds) / sum(minutes), pstdev(rates))


def _place(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER)), name


def _beyond_s(row: FilmRow) -> float:
    """What a film took beyond its stages."""
    walls = _walls(row.result) if row.result else {}
    once = _once_s(row.result) if row.result else 0.0
    return max(0.0, (row.ended_at or 0.0) - (row.started_at or 0.0) - sum(walls.values()) - once)


def _at_once(rows: Sequence[FilmRow]) -> float:
    """How many films were made at a time, on average over the time in which any was."""
    spans = sorted((row.started_at or 0.0, row.ended_at or 0.0) for row in rows)
    took, busy, until = 0.0, 0.0, float("-inf")
    for start, end in spans:
        took += end - start
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return took / busy if busy > 0 else 1.0


def _scaled(result: FilmResult, share: float, *, shared: bool) -> FilmResult:
    """A result as if its film had been made alone: what it waited for the describer is no work at all."""
    walls = _walls(result)
    describer_s = _describer_s(result, shared=shared)
    if describer_s is not None:
        looks = sum(walls.get(name, 0.0) for name in LOOKS)
        scale = min(1.0, describer_s / looks) if looks else 1.0
        walls |= {name: walls[name] * scale for name in LOOKS if name in walls}
    own = LOOKS if describer_s is not None else ()
    kept = {name: seconds * (1.0 if name in own else share) for name, seconds in walls.items()}
    others = {name: result.stages[name] for name in ONCE if name in result.stages}
    return replace(result, stages=kept | others)


def _notes(used: Sequence[FilmResult], whole: Sequence[FilmResult], *, shared: bool) -> Iterator[str]:
    minutes = sum(one.duration_ms for one in used) / MINUTE_MS
    films = "1 film" if len(used) == 1 else f"{len(used)} films"
    yield f"Measured on {films} of {minutes:.1f} minutes in all; longer films cost as much for each minute."
    if not whole:
        yield "Clips of all of these were known already: what the describer takes is estimated too low."
    measured = any(one.describer_s is not None for one in used)
    if shared and not measured:
        yield "How long the describer worked was not measured: all of the stage look counts as its time."
    elif not measured:
        yield "Each film has its own describer, which works on the cores: the describer's stages are processor stages."
    if any(one.processor_s is None for one in used):
        yield "Processor time was not measured: each stage counts as work of one core."
