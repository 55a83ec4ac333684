"""The runner of a cluster: each film is a chain of Ray tasks, which ask describers that are actors."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import Final

from audiodesc.batch.film_work import failed_film
from audiodesc.batch.model import FilmJob
from audiodesc.batch.runners import Event, Failed, Lost, Made, Staged, Stopped
from audiodesc.batch.sharing.calls import Usage
from audiodesc.batch.sharing.proxy import IN_FLIGHT_BYTES
from audiodesc.cluster.describer_actors import DescriberPools
from audiodesc.cluster.film_in_hand import FilmInHand
from audiodesc.cluster.film_stages import StageDone, StageTask, run_stage, settings_for, whole_result
from audiodesc.cluster.options import WAITING_CPUS, ClusterOptions, StageNeed
from audiodesc.cluster.reporter import Reporter
from audiodesc.cluster.session import Node, RaySession
from audiodesc.errors import AudiodescError

REPORTER: Final = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": 1, "enable_task_events": False}
"""Its calls are many: Ray's dashboard would show little else."""

LOOK_S: Final = 1.0
"""So often the nodes are looked at."""

DOUBT_S: Final = 3.0
"""So long it is waited for whether a task's node died with it."""

QUEUED_S: Final = 2.0
"""A task that said nothing for so long has not begun: Ray takes it out of its queue where its film is to stop."""

NODE_DEATHS: Final = 3
"""The node of a film may have died twice; from the third time on it counts against the film."""


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
        self._films: dict[int, FilmInHand] = {}
        self._deaths: Counter[int] = Counter()
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
        self._films[film] = FilmInHand(film, job, settings, self._ranked, attempt)

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
        describing = sum(film.asks for film in under_way)
        cpus -= sum(film.need.cpus for film in under_way)
        for film in sorted(self._films.values(), key=lambda one: one.rank):
            if film.ref is not None or film.lost_at is not None:
                continue
            if film.is_stopped:
                self._end(film, Stopped(film.number))
                continue
            if film.asks and describing >= self._describing_at_once():
                continue
            need = self._need(film)
            is_free, cpus = need.cpus <= cpus, cpus - need.cpus  # kept for it also where it has to wait
            if is_free:
                describing += film.asks
                held = self._pools.cpus
                self._try_to_begin(film, need, nodes)
                cpus -= self._pools.cpus - held

    def _need(self, film: FilmInHand) -> StageNeed:
        """What the film's next stage is given; of memory no more than half of what the largest node has."""
        need = self._options.needs[film.stage]
        most = max((node.memory for node in self._taking()), default=0.0) / 2
        cpus = need.cpus
        if film.stage == "describe" and self._pools.is_shared(film.settings):
            cpus = min(cpus, WAITING_CPUS)
        return StageNeed(cpus, int(min(need.memory, most)))

    def _try_to_begin(self, film: FilmInHand, need: StageNeed, nodes: Sequence[Node]) -> None:
        """What one film's choices raise is no fault of the others."""
        faults = self._ray.exceptions
        try:
            self._begin(film, need, nodes)
        except (ConnectionError, faults.RaySystemError, faults.RpcError):
            raise
        except Exception as error:
            self._end(film, Failed(film.number, failed_film(error)))

    def _begin(self, film: FilmInHand, need: StageNeed, nodes: Sequence[Node]) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._numbered += 1
        film.task, film.need, film.at, film.is_moved = f"{self._run}-{self._numbered}", need, None, False
        film.is_orphan, film.begun_s = False, monotonic()
        film.nodes = {node.id for node in nodes}
        actors = () if film.stage == "prepare" else tuple(self._pools.actors_for(film.number, film.settings))
        task = StageTask(
            film.task, film.stage, film.job.to_json(), film.rank, film.attempt, self._run, self._reporter, actors,
            self._options.scratch,
        )  # fmt: skip
        is_known = film.node in film.nodes
        strategy = NodeAffinitySchedulingStrategy(film.node, soft=True) if is_known else "DEFAULT"
        chosen = {"num_cpus": need.cpus, "memory": need.memory, "max_retries": 0, "scheduling_strategy": strategy}
        name = f"{film.job.name}: {film.stage}".encode("utf-8", "replace").decode()
        film.ref = self._task.options(name=name, **chosen).remote(task)

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

    def _take(self, film: FilmInHand) -> None:
        ref, film.ref = film.ref, None
        try:
            done: StageDone = self._ray.get(ref)
        except self._ray.exceptions.RayTaskError as error:  # the task itself was not let run, such as by an old release
            self._end(film, Failed(film.number, failed_film(error.cause or error)))
            return
        except self._ray.exceptions.TaskCancelledError:
            self._end(film, Stopped(film.number))
            return
        except self._ray.exceptions.RayError as error:
            film.lost_at, film.last_words = monotonic(), type(error).__name__
            film.is_orphan = isinstance(error, self._ray.exceptions.NodeDiedError)
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
            film.stage, film.node = done.next, done.node

    def _end(self, film: FilmInHand, event: Event) -> None:
        del self._films[film.number]
        self._pools.leave(film.number, film.rank)
        if isinstance(event, Made | Failed):
            self._deaths.pop(film.number, None)
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
            for film in films.values():
                is_queued = film.at is None and monotonic() - film.begun_s > QUEUED_S
                if film.is_stopped and film.ref is not None and is_queued:
                    self._ray.cancel(film.ref)

    def _read_nodes(self) -> None:
        """Which nodes there are; films on one that is drained are to end there, and begin elsewhere."""
        self._nodes, self._looked_s = self._session.nodes(), monotonic()
        self._pools.hear_usage()
        self._pools.end_unused(film.settings for film in self._films.values())
        drained = {node.id for node in self._nodes if node.is_drained}
        for film in self._films.values():
            film.is_moved = film.is_moved or (film.at is not None and film.at.node in drained)

    def _judge(self) -> None:
        """Whose fault it was that tasks were lost: of the film, where its node is alive a while later."""
        alive = {node.id for node in self._taking()}
        for film in [film for film in self._films.values() if film.lost_at is not None]:
            among = {film.at.node} if film.at else film.nodes
            is_orphan, since = film.is_orphan or not among <= alive, monotonic() - (film.lost_at or 0.0)
            if film.is_moved or is_orphan or since > DOUBT_S:
                self._deaths[film.number] += is_orphan and not film.is_moved and film.at is not None
                is_blameless = film.is_moved or (is_orphan and self._deaths[film.number] < NODE_DEATHS)
                self._end(film, Lost(film.number, self._last_words(film), blameless=is_blameless))

    def _last_words(self, film: FilmInHand) -> str:
        """One line: where the film was, and what Ray says of its process."""
        at = film.at
        said = (self._session.last_words(at.pid) if at else "") or film.last_words
        where = f"{film.stage}: {at.stage} {at.done} of {at.total}" if at and at.stage else film.stage
        return f"{where}; {said}"
