"""The runner of a cluster: each film is a chain of Ray tasks, which ask describers that are actors."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from audiodesc.batch.film_work import failed_film
from audiodesc.batch.model import FilmJob
from audiodesc.batch.runners import Event, Failed, Lost, Made, Staged, Stopped
from audiodesc.batch.sharing.calls import Usage
from audiodesc.batch.sharing.proxy import IN_FLIGHT_BYTES
from audiodesc.cluster.describer_actors import DescriberPools
from audiodesc.cluster.film_stages import Stage, StageDone, StageTask, run_stage, settings_for, whole_result
from audiodesc.cluster.options import WAITING_CPUS, ClusterOptions, StageNeed
from audiodesc.cluster.reporter import Position, Reporter
from audiodesc.cluster.session import Node, RaySession
from audiodesc.errors import AudiodescError

if TYPE_CHECKING:
    from audiodesc.settings import Settings

REPORTER: Final = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": 1, "enable_task_events": False}
"""Its calls are many: Ray's dashboard would show little else."""

LOOK_S: Final = 1.0
"""So often the nodes are looked at."""

DOUBT_S: Final = 3.0
"""So long it is waited for whether a task's node died with it."""


@dataclass(slots=True)
class _Film:
    """A film in hand: its stages so far, and the task that makes the next one, if that is under way. It is moved where
    its node is drained or dies; `node` is that of the stage before, `nodes` are those that its task could go to."""

    number: int
    job: FilmJob
    settings: Settings
    rank: int
    attempt: int
    stage: Stage = "prepare"
    done: list[StageDone] = field(default_factory=list)
    need: StageNeed = field(default_factory=lambda: StageNeed(0.0, 0))
    task: str = ""
    ref: Any = None
    at: Position | None = None
    is_moved: bool = False
    node: str = ""
    nodes: set[str] = field(default_factory=set)
    is_stopped: bool = False
    lost_at: float | None = None
    last_words: str = ""


class RayRunner:
    """Makes films on a cluster: on Ray at an address ("auto", "HOST:6379", "ray://HOST:10001"), or for None on one that
    is started here and shut down at the end.

    Stages of earlier films come first. A film whose task is lost counts as lost by its own fault only where its node
    lives on. Raises as `RaySession` does.
    """

    def __init__(self, address: str | None = None, options: ClusterOptions | None = None) -> None:
        self._options = options or ClusterOptions()
        self._session = RaySession(address, self._options)
        self._ray = self._session.ray
        self._run, self._numbered, self._ranked = secrets.token_hex(8), 0, 0
        self._films: dict[int, _Film] = {}
        self._found: list[Event] = []
        self._nodes: list[Node] = []
        self._looked_s = float("-inf")
        self._pools = DescriberPools(self._session, self._options)
        self._task = self._ray.remote(run_stage)
        self._reporter = self._ray.remote(Reporter).options(**REPORTER).remote()
        self._read_nodes()

    @property
    def free(self) -> int:
        """How many films it takes now."""
        cpus = sum(node.cpus for node in self._taking())
        most = self._options.films or (int(cpus) + self._describing_at_once() if cpus else 0)
        return max(0, most - len(self._films))

    @property
    def usage(self) -> Usage:
        """What the describers have done so far, as was heard within the last seconds."""
        return self._pools.usage()

    @property
    def dashboard(self) -> str:
        """The address of Ray's page, on which films and their stages have their names; "" where there is none."""
        return self._session.dashboard

    def start(self, film: int, job: FilmJob, attempt: int = 1) -> None:
        """Begin a film, as `Runner.start`."""
        self._ranked += 1
        try:
            settings = settings_for(job)
        except Exception as error:  # a job that nobody checked
            self._found.append(Failed(film, failed_film(error)))
            return
        self._films[film] = _Film(film, job, settings, self._ranked, attempt)
        self._submit()

    def stop(self, film: int) -> None:
        """Ask a film to end, as `Runner.stop`."""
        if found := self._films.get(film):
            found.is_stopped = True

    def events(self, timeout_s: float) -> Sequence[Event]:
        """What happened, as `Runner.events`."""
        until, faults = monotonic() + timeout_s, self._ray.exceptions
        while True:
            try:
                self._step(min(max(0.0, until - monotonic()), LOOK_S / 2))
            except (ConnectionError, faults.RaySystemError, faults.RpcError) as error:
                raise AudiodescError("the Ray cluster is lost", "start it, then run the same batch again") from error
            if self._found or monotonic() >= until:
                found, self._found = self._found, []
                return found

    def close(self) -> None:
        """End all tasks and actors, as `Runner.close`."""
        for film in self._films.values():
            if film.ref is not None:
                with suppress(Exception):  # the cluster may be gone
                    self._ray.cancel(film.ref, force=True)
        self._films = {}
        self._pools.close()
        with suppress(Exception):  # the cluster may be gone
            self._ray.kill(self._reporter)
        self._session.close()

    def _step(self, timeout_s: float) -> None:
        self._submit()
        self._wait(timeout_s)
        self._hear()
        if monotonic() - self._looked_s > LOOK_S:
            self._read_nodes()
        self._judge()
        self._submit()

    def _taking(self) -> list[Node]:
        return [node for node in self._nodes if not node.is_drained]

    def _describing_at_once(self) -> int:
        """Films that ask describers at a time: what each has on its way to them is bounded, and so is the sum."""
        return max(1, self._options.frame_bytes // IN_FLIGHT_BYTES)

    def _submit(self) -> None:
        """Begin stages, those of earlier films first, as far as there are cores for them."""
        nodes = self._taking()
        cpus = sum(node.cpus for node in nodes) - self._pools.cpus
        under_way = [film for film in self._films.values() if film.ref is not None]
        describing = sum(film.stage == "describe" for film in under_way)
        cpus -= sum(film.need.cpus for film in under_way)
        for film in sorted(self._films.values(), key=lambda one: one.rank):
            if film.ref is not None or film.lost_at is not None:
                continue
            if film.is_stopped:
                self._end(film, Stopped(film.number))
                continue
            need = self._need(film)
            if need.cpus > cpus or (film.stage == "describe" and describing >= self._describing_at_once()):
                continue
            cpus -= need.cpus
            describing += film.stage == "describe"
            self._begin(film, need, nodes)

    def _need(self, film: _Film) -> StageNeed:
        """What the film's next stage is given; of memory no more than half of what the largest node has."""
        need = self._options.needs[film.stage]
        most = max((node.memory for node in self._taking()), default=0.0) / 2
        cpus = need.cpus
        if film.stage == "describe" and self._pools.is_shared(film.settings):
            cpus = min(cpus, WAITING_CPUS)
        return StageNeed(cpus, int(min(need.memory, most)))

    def _begin(self, film: _Film, need: StageNeed, nodes: Sequence[Node]) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._numbered += 1
        film.task, film.need, film.at, film.is_moved = f"{self._run}-{self._numbered}", need, None, False
        film.nodes = {node.id for node in nodes}
        actors = () if film.stage == "prepare" else tuple(self._pools.actors_for(film.number, film.settings))
        task = StageTask(
            film.task, film.stage, film.job.to_json(), film.rank, film.attempt, self._run, self._reporter, actors,
            self._options.scratch,
        )  # fmt: skip
        is_known = film.node in film.nodes
        strategy = NodeAffinitySchedulingStrategy(film.node, soft=True) if is_known else "DEFAULT"
        chosen = {"num_cpus": need.cpus, "memory": need.memory, "max_retries": 0, "scheduling_strategy": strategy}
        film.ref = self._task.options(name=f"{film.job.name}: {film.stage}", **chosen).remote(task)

    def _wait(self, timeout_s: float) -> None:
        """Until a task has ended, for so many seconds at most."""
        refs = {film.ref: film for film in self._films.values() if film.ref is not None}
        if not refs:
            sleep(timeout_s)
            return
        for ref in self._ray.wait(list(refs), num_returns=1, timeout=timeout_s)[0]:
            self._take(refs[ref])
        for ref in self._ray.wait(list(refs), num_returns=len(refs), timeout=0)[0]:
            if refs[ref].ref == ref:
                self._take(refs[ref])

    def _take(self, film: _Film) -> None:
        ref, film.ref = film.ref, None
        try:
            done: StageDone = self._ray.get(ref)
        except self._ray.exceptions.RayTaskError as error:  # the task itself was not let run, such as by an old release
            self._end(film, Failed(film.number, failed_film(error.cause or error)))
            return
        except self._ray.exceptions.RayError as error:
            film.lost_at, film.last_words = monotonic(), type(error).__name__
            film.is_moved = film.is_moved or isinstance(error, self._ray.exceptions.NodeDiedError)
            return
        film.done.append(done)
        if done.failed:
            self._end(film, Failed(film.number, done.failed))
        elif done.stopped:
            moved = Lost(film.number, "its node is drained", blameless=True)
            self._end(film, Stopped(film.number) if film.is_stopped else moved)
        elif result := whole_result(film.done):
            self._end(film, Made(film.number, result))
        elif done.next:
            film.stage, film.node = done.next, film.at.node if film.at else ""

    def _end(self, film: _Film, event: Event) -> None:
        del self._films[film.number]
        self._pools.leave(film.number, film.rank)
        self._found.append(event)

    def _hear(self) -> None:
        """How far the tasks are; which of them are to stop is said there too."""
        films = {film.task: film for film in self._films.values() if film.ref is not None or film.lost_at is not None}
        stopped = [task for task, film in films.items() if film.is_stopped or film.is_moved]
        with suppress(self._ray.exceptions.RayError):
            heard = self._ray.get(self._reporter.positions.remote(list(films), stopped), timeout=5.0)
            for task, at in heard.items():
                film = films[task]
                if at.stage and (film.at is None or film.at[2:] != at[2:]):
                    self._found.append(Staged(film.number, at.stage, at.done, at.total))
                film.at = at

    def _read_nodes(self) -> None:
        """Which nodes there are; films on one that is drained are to end there, and begin elsewhere."""
        self._nodes, self._looked_s = self._session.nodes(), monotonic()
        self._pools.hear_usage()
        drained = {node.id for node in self._nodes if node.is_drained}
        for film in self._films.values():
            film.is_moved = film.is_moved or (film.at is not None and film.at.node in drained)

    def _judge(self) -> None:
        """Whose fault it was that tasks were lost: of the film, where its node is alive a while later."""
        alive = {node.id for node in self._taking()}
        for film in [film for film in self._films.values() if film.lost_at is not None]:
            among = {film.at.node} if film.at else film.nodes
            is_blameless, since = film.is_moved or not among <= alive, monotonic() - (film.lost_at or 0.0)
            if is_blameless or since > DOUBT_S:
                self._end(film, Lost(film.number, self._last_words(film), blameless=is_blameless))

    def _last_words(self, film: _Film) -> str:
        """One line: where the film was, and what Ray says of its process."""
        at = film.at
        said = (self._session.last_words(at.pid) if at else "") or film.last_words
        where = f"{film.stage}: {at.stage} {at.done} of {at.total}" if at and at.stage else film.stage
        return f"{where}; {said}"
