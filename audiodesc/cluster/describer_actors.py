"""Describers as actors: what runs on their nodes, and how many of them there are."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from audiodesc.batch.sharing.calls import Usage, sendable_error
from audiodesc.batch.sharing.heartbeat import Heartbeat
from audiodesc.cluster.describer_need import Need, need_of
from audiodesc.cluster.options import ClusterOptions
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.cluster.session import Node, RaySession
    from audiodesc.settings import Settings

log = logging.getLogger(__name__)

CALLS: Final = 128
"""Calls that an actor takes at a time: each film asks about some clips at once."""

IDLE_S: Final = 60.0
"""An actor that no film in hand wants ends after so long."""


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
            return False, sendable_error(error)

    def drop(self, rank: int) -> None:
        """As `DescriberHost.drop`."""
        self._host.drop(rank)

    def close(self) -> None:
        """Nothing follows: what is known of earlier deaths is removed."""
        self._record.unlink(missing_ok=True)

    def ready(self) -> bool:
        """Answered once it runs."""
        return True


@dataclass(slots=True)
class Replica:
    """An actor with its films and what it is given; what it said of itself, and what it did before it was started
    again. It is up once it has answered."""

    actor: Any
    need: Need = field(default_factory=Need)
    films: set[int] = field(default_factory=set)
    said: Usage = field(default_factory=Usage)
    earlier: Usage = field(default_factory=Usage)
    asked: Any = None
    is_up: bool = False
    used_s: float = field(default_factory=monotonic)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)

    @property
    def usage(self) -> Usage:
        return _sum((self.earlier, self.said))

    def hear(self, now: Usage) -> None:
        if now.busy_s < self.said.busy_s:
            self.earlier = replace(self.usage, waiting=0)
        self.said = now
        self.heartbeat.hear(now)


def _sum(each: Sequence[Usage]) -> Usage:
    """What several did"""
    return Usage(*(sum(getattr(one, name) for one in each) for name in ("busy_s", "clips", "lines", "waiting")))


class DescriberPools:
    """In the batch's process: the actors, by what is asked of a describer and what it is given. More are started while
    films want them and GPUs are free; those of a choice that no film wants give way to others."""

    def __init__(self, session: RaySession, options: ClusterOptions) -> None:
        self._session, self._options = session, options
        self._pools: dict[tuple[str, Need], list[Replica]] = {}
        self._needs: dict[str, Need] = {}
        self._gone = Usage()

    @property
    def cpus(self) -> float:
        """Cores that the actors have."""
        return sum(one.need.cpus for one in self._replicas())

    def actors_for(self, film: int, settings: Settings) -> list[Any]:
        """The actors for a film, that with the fewest films first; [] where the describer is not to be shared. Raises
        UsageError where no node has as many GPUs as the describer needs, and what reading its profile raises."""
        if not self.is_shared(settings):
            return []
        key = self._key(settings)
        need, pool = key[1], self._pools.setdefault(key, [])
        if not pool or (all(one.films for one in pool) and self._may_grow(key, pool)):
            most = max((node.gpus for node in self._nodes()), default=0.0)
            if not pool and need.gpus > most:
                fault = f"the describer needs {need.gpus:g} GPUs, and the largest node of the cluster has {most:g}"
                raise UsageError(fault, "add a node with more GPUs, or choose a smaller model")
            pool.append(self._started(key, film))
        ordered = sorted(pool, key=lambda one: len(one.films - {film}))
        ordered[0].films.add(film)
        return [one.actor for one in ordered]

    def actors(self) -> list[Any]:
        """All of them."""
        return [one.actor for one in self._replicas()]

    def is_shared(self, settings: Settings) -> bool:
        """Whether films ask an actor, as far as it is known before the describer is chosen."""
        from audiodesc.describers import FALLBACK

        return settings.describer.name != FALLBACK.name

    def leave(self, film: int, rank: int) -> None:
        """A film has ended, or is lost: nobody takes its answers."""
        for one in self._replicas():
            if film in one.films:
                one.films.discard(film)
                one.used_s = monotonic()
                one.actor.drop.remote(rank)

    def usage(self) -> Usage:
        """Busy seconds, clips and lines of all actors together, over all their lives, as they were last heard."""
        return _sum([self._gone, *(one.usage for one in self._replicas())])

    def hear_usage(self) -> None:
        """Take what actors have said of themselves, and ask them anew; waits for none. One that hangs is ended, and Ray
        starts it again: those who wait ask it once more."""
        for one in self._replicas():
            if one.asked is not None and self._session.ray.wait([one.asked], timeout=0)[0]:
                try:
                    one.hear(self._session.ray.get(one.asked)[1])
                    one.is_up = True
                except Exception:  # it died meanwhile
                    one.is_up = False
                one.asked = None
            if one.is_up and one.heartbeat.hangs:
                log.warning("a describer's actor hangs: it is started again")
                one.is_up, one.heartbeat = False, Heartbeat()
                self._session.ray.kill(one.actor, no_restart=False)
            if one.asked is None:
                one.asked = one.actor.call.options(enable_task_events=False).remote("usage", ())

    def end_unused(self, films: Iterable[Settings]) -> None:
        """End actors that none of the films in hand will ask, those that keep a waiting actor off the GPUs, and those
        that leave no core to the films."""
        wanted, since_s = {_choice(settings) for settings in films}, monotonic() - IDLE_S
        for (choice, need), pool in self._pools.items():
            if choice not in wanted or need != self._needs[choice]:
                self._end_idle(pool, lambda one: one.used_s < since_s)
        for key, pool in self._pools.items():
            if any(one.films and not one.is_up and one.need.gpus for one in pool):
                self._make_way(key)
        if self.cpus and self._spare_cpus() < 1.0:
            for pool in self._pools.values():
                self._end_idle(pool, lambda one: one.need.cpus > 0)

    def close(self) -> None:
        """End all actors."""
        for one in self._replicas():
            self._end(one)
        self._pools = {}

    def _replicas(self) -> list[Replica]:
        return [one for pool in self._pools.values() for one in pool]

    def _nodes(self) -> list[Node]:
        return [node for node in self._session.nodes() if not node.is_drained]

    def _spare_cpus(self) -> float:
        """Cores that are left to the films."""
        return sum(node.cpus for node in self._nodes()) - self.cpus

    def _key(self, settings: Settings) -> tuple[str, Need]:
        """What is asked for, and what it is given: that changes while nobody has it, and once there are GPUs."""
        choice, nodes = _choice(settings), self._nodes()
        gpus, cpus = sum(node.gpus for node in nodes), max((node.cpus for node in nodes), default=0.0)
        before = self._needs.get(choice)
        if before is None or not self._pools.get((choice, before)) or (gpus and not before.gpus):
            self._needs[choice] = need_of(settings, self._options, gpus, cpus)
        return choice, self._needs[choice]

    def _may_grow(self, key: tuple[str, Need], pool: Sequence[Replica]) -> bool:
        need, most = key[1], self._options.replicas
        if most is not None and len(pool) >= most:
            return False
        if not need.gpus:
            return most is not None
        taken, nodes = sum(one.need.gpus for one in self._replicas()), self._nodes()
        has_place = len(pool) < sum(int(node.gpus // need.gpus) for node in nodes)
        left = sum(node.gpus for node in nodes) - taken  # one that is about to start is not yet counted by Ray
        return has_place and min(left, self._session.free().get("GPU", 0.0)) >= need.gpus

    def _started(self, key: tuple[str, Need], film: int) -> Replica:
        """A new actor for a film. One core is left to films at least: where it would take that, it is given none."""
        need = key[1]
        self._make_way(key)
        if need.cpus and self._spare_cpus() - need.cpus < 1.0:
            need = replace(need, cpus=0.0)
        given = {"num_gpus": need.gpus, "num_cpus": need.cpus, "max_concurrency": CALLS}
        actor = self._session.ray.remote(DescriberActor).options(max_restarts=-1, max_task_retries=0, **given)
        return Replica(actor.remote(self._options.frame_bytes // 2, uuid4().hex), need, {film})

    def _make_way(self, key: tuple[str, Need]) -> None:
        """End the idle actors of other choices, where one that is to start lacks GPUs or cores."""
        need = key[1]
        lacks_gpus = need.gpus and self._session.free().get("GPU", 0.0) < need.gpus
        if lacks_gpus or (need.cpus and self._spare_cpus() - need.cpus < 1.0):
            for other, pool in self._pools.items():
                if other != key:
                    self._end_idle(pool)

    def _end_idle(self, pool: list[Replica], is_so: Callable[[Replica], bool] = lambda one: True) -> None:
        for one in [one for one in pool if not one.films and is_so(one)]:
            self._end(one)
            pool.remove(one)

    def _end(self, one: Replica) -> None:
        self._gone = replace(_sum((self._gone, one.usage)), waiting=0)
        with suppress(Exception):  # it may be gone already
            self._session.ray.get(one.actor.close.remote(), timeout=1.0)
        with suppress(Exception):
            self._session.ray.kill(one.actor)


def _choice(settings: Settings) -> str:
    """What is asked of a describer, apart from the film."""
    return repr((replace(settings.describer, cast=None, context=""), sorted(settings.options.items())))
