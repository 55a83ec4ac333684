"""How a film's task reaches the actors of its describer, whatever dies meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final

from audiodesc.batch.sharing.calls import HostLostError

POLL_S: Final = 0.5
"""A call that waits looks so often whether the film is to stop."""

START_S: Final = 60.0
"""Actors that are dead for so long, of which none is started again, count as lost."""

AWAY_S: Final = 1800.0
"""An actor that Ray starts again may wait so long for a node that takes it."""


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
            dead_until, away_until = monotonic() + START_S, monotonic() + AWAY_S
            while self._lost:
                try:
                    ray.get(self._actors[0].ready.remote(), timeout=2.0)
                    self._lost = False
                    break
                except (ray.exceptions.ActorUnavailableError, ray.exceptions.GetTimeoutError):
                    dead_until = monotonic() + START_S  # it may come back, on another node too
                except ray.exceptions.RayError:
                    pass
                self._check()
                if monotonic() > min(dead_until, away_until):
                    raise HostLostError("no actor of the describer answers")
                self._actors.append(self._actors.pop(0))
                sleep(0.1)
            return self._actors[0]
