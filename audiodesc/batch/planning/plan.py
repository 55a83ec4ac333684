"""A batch on a cluster: hours, cost, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from audiodesc.batch.model import FilmResult
from audiodesc.batch.planning.costs import Costs, once_s, result_steps
from audiodesc.batch.planning.simulate import Limit, Machine, Simulated, simulate
from audiodesc.core.formatting import number_of
from audiodesc.errors import UsageError

WAITING_FILMS: Final = 2
"""Films at a time for each node beyond one a core: they wait for describers and disks (as `batch.local` has it)."""

LIMITS: Final[dict[Limit, str]] = {
    "cores": "the cores",
    "describer": "the describers",
    "films": "how many films are made at a time",
    "longest": "the longest film",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Machines: `gpus` and `cores` of all `nodes` together; `films_at_once` in all, None for two more than cores on
    each node. Raises UsageError for what is no machine."""

    gpus: int
    cores: int
    nodes: int = 1
    films_at_once: int | None = None

    def __post_init__(self) -> None:
        if (
            self.cores < 1
            or self.gpus < 0
            or self.nodes < 1
            or (self.films_at_once is not None and self.films_at_once < 1)
        ):
            raise UsageError("a plan is for at least one core, node and film at a time", "give --cores 1 or more")
        if self.nodes > self.cores:
            raise UsageError(
                f"{self.nodes} nodes cannot share {self.cores} cores", "give at least a core for each node"
            )


@dataclass(frozen=True, slots=True)
class Prices:
    """What an hour of a GPU and of a core costs, in one currency."""

    gpu_hour: float = 0.0
    core_hour: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch takes on a cluster. `hours_high` is where each film costs a standard deviation more than was
    measured. Hours of GPUs and cores are those for which they are kept, working or not; `cost` is None without prices.
    `stage` takes most of what limits the batch. `assumptions` are sentences."""

    films: int
    film_hours: float
    hours: float
    hours_high: float
    gpu_hours: float
    core_hours: float
    cost: float | None
    limit: Limit
    stage: str
    cores_busy: float
    describers_busy: float
    assumptions: tuple[str, ...]


def plan(films_s: Sequence[float], costs: Costs, machine: Cluster, prices: Prices | None = None) -> Plan:
    """How long films of these lengths (seconds) take on a cluster, and what it costs. Raises UsageError for lengths
    below 0."""
    if any(not one >= 0 for one in films_s):
        raise UsageError("a film is shorter than nothing", "give the lengths of the films in seconds")
    found, high = _simulated(films_s, costs, machine), _simulated(films_s, costs, machine, 1.0)
    hours = (found.seconds + costs.once_s) / 3600
    gpu_hours, core_hours = hours * machine.gpus, hours * machine.cores
    return Plan(
        films=len(films_s),
        film_hours=sum(films_s) / 3600,
        hours=hours,
        hours_high=max(hours, (high.seconds + costs.once_s) / 3600),
        gpu_hours=gpu_hours,
        core_hours=core_hours,
        cost=gpu_hours * prices.gpu_hour + core_hours * prices.core_hour if prices else None,
        limit=found.limit,
        stage=found.stage,
        cores_busy=found.cores_busy,
        describers_busy=found.describers_busy if costs.describer else 0.0,
        assumptions=(*costs.notes, *_assumptions(costs, machine, found.machine)),
    )


def simulate_local(
    results: Sequence[FilmResult], films_at_once: int, cores: int, *, describers: int = 1, shared: bool = False
) -> float:
    """Seconds that films take on one machine, so many at a time, whose results are of runs one after the other on the
    same machine. `shared` as for `costs_of`."""
    steps = (result_steps(one, shared=shared) for one in results)
    return simulate(steps, Machine(cores, describers, films_at_once)).seconds + once_s(results)


def plan_lines(made: Plan) -> Iterator[str]:
    """A plan for people, in lines."""
    yield f"{number_of(made.films, 'film')} of {made.film_hours:.1f} hours in all: about {_hours(made.hours)}"
    if made.hours_high > made.hours * 1.02:
        yield f"up to {_hours(made.hours_high)} where films cost more than on average (one standard deviation)"
    stage = f", most of it in the stage {made.stage}" if made.stage else ""
    yield f"limited by {LIMITS[made.limit]}{stage}"
    yield f"cores work {made.cores_busy:.0%} of the time, describers {made.describers_busy:.0%}"
    kept = f"{made.gpu_hours:.1f} GPU hours, {made.core_hours:.1f} core hours"
    if made.cost is None:
        yield f"{kept}; --gpu-price and --core-price give a cost"
    else:
        yield f"{kept}: cost {made.cost:,.2f}"
    yield "This is computed, not measured. It assumes:"
    yield from (f"- {sentence}" for sentence in made.assumptions)


def _simulated(films_s: Sequence[float], costs: Costs, cluster: Cluster, spreads: float = 0.0) -> Simulated:
    films = cluster.films_at_once or cluster.cores + WAITING_FILMS * cluster.nodes
    machine = Machine(cluster.cores, max(1, cluster.gpus), films, film_cores=ceil(cluster.cores / cluster.nodes))
    return simulate((costs.steps(one, spreads) for one in films_s), machine)


def _assumptions(costs: Costs, cluster: Cluster, machine: Machine) -> Iterator[str]:
    yield f"A core there is as fast as one of the machine on which this was measured; {cluster.cores} work at a time."
    if costs.describer is None:
        if cluster.gpus:
            yield "The describer of these films needs no GPU: the GPUs are kept and not used."
    else:
        if not cluster.gpus:
            yield "There is one describer, as on the machine on which this was measured."
        else:
            yield f"Each of {cluster.gpus} GPUs has one describer, as fast as the one that was measured."
        yield "A film asks one describer at a time; clips of several films in one batch save no time."
    yield f"{machine.films_at_once} films are made at a time; where they compete, the one that was begun first has it."
    if cluster.nodes > 1:
        yield f"A film is made on one of {cluster.nodes} nodes; no node is idle while another has films that wait."
    yield "Disks and networks keep up, no model is fetched, no film fails, and nothing is found in a cache."
    if costs.once_s:
        yield f"Describers are loaded at the beginning, at the same time, in {costs.once_s:.0f} s."


def _hours(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} hours"
    return f"{hours * 60:.0f} minutes" if hours * 60 >= 1 else f"{hours * 3600:.0f} s"
