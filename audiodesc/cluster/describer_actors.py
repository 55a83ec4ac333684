"""Describers as actors: what runs on their nodes, how a film's task reaches them, and how many of them there are."""

from __future__ import annotations

import logging
import math
import pickle
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from audiodesc.batch.sharing.calls import HostLostError, Usage
from audiodesc.cluster.options import GB, ClusterOptions

if TYPE_CHECKING:
    from audiodesc.cluster.session import RaySession
    from audiodesc.settings import Settings

log = logging.getLogger(__name__)

CALLS: Final = 128
"""Calls that an actor takes at a time: each film asks about some clips at once."""

POLL_S: Final = 0.5
"""A call that waits looks so often whether the film is to stop."""

START_S: Final = 60.0
"""An actor that does not answer for so long while it is started again counts as lost."""


class DescriberActor:
    """The actor: the describers of one choice of the batch, of which each is made once."""

    def __init__(self, queued_bytes: int, name: str) -> None:
        """`name` is that of the actor, also after Ray has started it again."""
        from audiodesc.batch.sharing.host import DescriberHost

        record = Path(tempfile.gettempdir(), f"audiodesc-{name}.hand")
        self._host = DescriberHost(queued_bytes=queued_bytes, record=record)
        self._folder = tempfile.TemporaryDirectory(prefix="audiodesc-", ignore_cleanup_errors=True)
        self._record = record

    def call(self, method: str, args: tuple[Any, ...]) -> tuple[bool, Any]:
        """(True, what the host's method gives back) or (False, what it raised)."""
        from audiodesc.batch.sharing.host import METHODS

        try:
            if method not in METHODS:
                raise ValueError(f"there is no method {method!r:.60}")
            if method == "begin" and not Path(args[-1]).is_dir():  # the cache of a film that is staged on another node
                args = (*args[:-1], self._folder.name)
            return True, getattr(self._host, method)(*args)
        except Exception as error:  # handed to the film's task
            return False, _sendable(error)

    def drop(self, rank: int) -> None:
        """As `DescriberHost.drop`."""
        self._host.drop(rank)

    def close(self) -> None:
        """Nothing follows: what is known of earlier deaths is removed."""
        self._record.unlink(missing_ok=True)

    def ready(self) -> bool:
        """Answered once it runs."""
        return True


def _sendable(error: Exception) -> Exception:
    """The error, or, where it does not survive the way, one that says the same."""
    from audiodesc.errors import AudiodescError

    with suppress(Exception):  # whatever a stranger's class raises
        pickle.loads(pickle.dumps(error))  # noqa: S301 — what this process wrote
        return error
    first = next(iter(str(error).splitlines()), "")
    return AudiodescError(f"the describer failed ({type(error).__name__}: {first})", "look at its log, then run again")


class ActorTransport:
    """In a film's task: reaches one of these actors, the first as long as it lives. `check` is called while a call
    waits; what it raises ends the call."""

    def __init__(self, actors: Sequence[Any], check: Callable[[], None]) -> None:
        self._actors, self._check = list(actors), check
        self._lost, self._door = False, Lock()

    def call(self, method: str, /, *args: Any) -> Any:
        """As `Transport.call`."""
        import ray

        actor = self._actor()
        try:
            answer = actor.call.remote(method, args)
            while not ray.wait([answer], timeout=POLL_S)[0]:
                self._check()
            is_good, value = ray.get(answer)
        except ray.exceptions.RayError as error:
            self._lost = True
            raise HostLostError(f"a describer's actor is lost ({type(error).__name__})") from error
        if is_good:
            return value
        raise value

    def _actor(self) -> Any:
        """One that answers: after a loss it is looked for, and waited for while Ray starts it again."""
        import ray

        with self._door:
            until = monotonic() + START_S
            while self._lost:
                with suppress(ray.exceptions.RayError):
                    ray.get(self._actors[0].ready.remote(), timeout=2.0)
                    self._lost = False
                    break
                self._check()
                if monotonic() > until:
                    raise HostLostError("no actor of the describer answers")
                self._actors.append(self._actors.pop(0))
                sleep(0.1)
            return self._actors[0]


@dataclass(frozen=True, slots=True)
class Need:
    """What each actor of a describer is given: GPUs, and cores where it computes on these."""

    gpus: float = 0.0
    cpus: float = 0.0


def need_of(settings: Settings, options: ClusterOptions, gpus: float, cpus: float) -> Need:
    """What the describer that is asked for needs, on a cluster with so many GPUs and cores, as its profile says. A
    describer from another package is taken to need none, unless `options` say so; one that asks a server needs none
    either."""
    from audiodesc.describers.models.profiles import read_profile, shipped

    chosen = settings.describer
    if options.gpus is not None:
        return Need(options.gpus)
    named = chosen.name if chosen.name != "auto" else None
    if chosen.server and not chosen.serve and named in (None, "server"):
        return Need()
    profiles = shipped()
    memory_gb = 0.0
    if named and named.endswith(".toml"):
        memory_gb = read_profile(Path(named)).memory_gb
    elif named and named in profiles:
        memory_gb = profiles[named].memory_gb
    elif named in (None, "model") or chosen.serve:
        memory_gb = 1.0 if gpus else 0.0
    if not memory_gb:
        return Need()
    if not gpus:
        return Need(0.0, 1.0 if cpus >= 2 else 0.0)
    return Need(float(math.ceil(memory_gb * GB / options.gpu_bytes)))


@dataclass(slots=True)
class Replica:
    """An actor with its films; what it said of itself, and what it did before it was started again."""

    actor: Any
    films: set[int] = field(default_factory=set)
    said: Usage = field(default_factory=Usage)
    earlier: Usage = field(default_factory=Usage)
    asked: Any = None

    @property
    def usage(self) -> Usage:
        return _sum((self.earlier, self.said))

    def hear(self, now: Usage) -> None:
        if now.busy_s < self.said.busy_s:
            self.earlier = replace(self.usage, waiting=0)
        self.said = now


def _sum(each: Sequence[Usage]) -> Usage:
    """What several did"""
    return Usage(*(sum(getattr(one, name) for one in each) for name in ("busy_s", "clips", "lines", "waiting")))


class DescriberPools:
    """In the batch's process: the actors, by what is asked of a describer. More are started while films want them and
    GPUs are free; those of a choice that no film wants give way to others."""

    def __init__(self, session: RaySession, options: ClusterOptions) -> None:
        self._session, self._options = session, options
        self._pools: dict[str, list[Replica]] = {}
        self._needs: dict[str, Need] = {}
        self._gone = Usage()

    @property
    def cpus(self) -> float:
        """Cores that the actors have."""
        return sum(self._needs[key].cpus * len(pool) for key, pool in self._pools.items())

    def actors_for(self, film: int, settings: Settings) -> list[Any]:
        """The actors for a film, that with the fewest films first; [] where the describer is not to be shared."""
        if not self.is_shared(settings):
            return []
        key = repr((replace(settings.describer, cast=None, context=""), sorted(settings.options.items())))
        if key not in self._needs:
            nodes = self._session.nodes()
            sums = sum(node.gpus for node in nodes), sum(node.cpus for node in nodes)
            self._needs[key] = need_of(settings, self._options, *sums)
        pool = self._pools.setdefault(key, [])
        if not pool or (all(one.films for one in pool) and self._may_grow(key, pool)):
            pool.append(Replica(self._started(key)))
        ordered = sorted(pool, key=lambda one: len(one.films - {film}))
        ordered[0].films.add(film)
        return [one.actor for one in ordered]

    def actors(self) -> list[Any]:
        """All of them."""
        return [one.actor for pool in self._pools.values() for one in pool]

    def is_shared(self, settings: Settings) -> bool:
        """Whether films ask an actor, as far as it is known before the describer is chosen."""
        from audiodesc.describers import FALLBACK

        return settings.describer.name != FALLBACK.name

    def leave(self, film: int, rank: int) -> None:
        """A film has ended, or is lost: nobody takes its answers."""
        for pool in self._pools.values():
            for one in pool:
                if film in one.films:
                    one.films.discard(film)
                    one.actor.drop.remote(rank)

    def usage(self) -> Usage:
        """Busy seconds, clips and lines of all actors together, over all their lives, as they were last heard."""
        each = [self._gone, *(one.usage for pool in self._pools.values() for one in pool)]
        return _sum(each)

    def hear_usage(self) -> None:
        """Take what actors have said of themselves, and ask them anew; waits for none."""
        for pool in self._pools.values():
            for one in pool:
                if one.asked is not None and self._session.ray.wait([one.asked], timeout=0)[0]:
                    with suppress(Exception):  # it died meanwhile
                        one.hear(self._session.ray.get(one.asked)[1])
                    one.asked = None
                if one.asked is None:
                    one.asked = one.actor.call.options(enable_task_events=False).remote("usage", ())

    def close(self) -> None:
        """End all actors."""
        for pool in self._pools.values():
            for one in pool:
                self._end(one)
        self._pools = {}

    def _may_grow(self, key: str, pool: Sequence[Replica]) -> bool:
        need, most = self._needs[key], self._options.replicas
        if most is not None and len(pool) >= most:
            return False
        if not need.gpus:
            return most is not None
        taken = sum(self._needs[other].gpus * len(each) for other, each in self._pools.items())
        nodes = [node for node in self._session.nodes() if not node.is_drained]
        has_place = len(pool) < sum(int(node.gpus // need.gpus) for node in nodes)
        left = sum(node.gpus for node in nodes) - taken  # one that is about to start is not yet counted by Ray
        return has_place and min(left, self._session.free().get("GPU", 0.0)) >= need.gpus

    def _started(self, key: str) -> Any:
        need = self._needs[key]
        if need.gpus and self._session.free().get("GPU", 0.0) < need.gpus:
            self._end_idle(key)
        actor = self._session.ray.remote(DescriberActor).options(
            num_gpus=need.gpus,
            num_cpus=need.cpus,
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=CALLS,
        )
        return actor.remote(self._options.frame_bytes // 2, uuid4().hex)

    def _end_idle(self, key: str) -> None:
        for other, pool in self._pools.items():
            if other != key:
                for one in [one for one in pool if not one.films]:
                    self._end(one)
                    pool.remove(one)

    def _end(self, one: Replica) -> None:
        self._gone = replace(_sum((self._gone, one.usage)), waiting=0)
        with suppress(Exception):  # it may be gone already
            self._session.ray.get(one.actor.close.remote(), timeout=1.0)
        with suppress(Exception):
            self._session.ray.kill(one.actor)
