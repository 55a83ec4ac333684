"""The process that has the describers of a batch: each is made once, and asked for all films."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import uuid4

from audiodesc.batch.sharing.calls import Described, HostLostError, Opened, Spent, Usage
from audiodesc.batch.sharing.gates import Busy, Gate
from audiodesc.batch.sharing.pool import DescriberPool
from audiodesc.batch.sharing.suspects import Suspects
from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.pickling import can_be_pickled
from audiodesc.core.progress import silent
from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Describer, Failure, LineRequest, Momentary, StoryRequest
from audiodesc.describers.chosen import ChooseDescriber, chosen_describer
from audiodesc.describers.context import FilmContext
from audiodesc.model import Span, VideoClip
from audiodesc.settings import Settings

QUEUED_BYTES: Final = 512_000_000
"""Of clips that wait for a describer, in all."""

MOST_IDLE: Final = 8
"""Describers that no film uses are kept up to so many: the next film may want one of them."""

METHODS: Final = frozenset(
    {"choose", "begin", "end", "observe", "write_lines", "summarise", "doubts", "evidence", "moments", "notes", "usage"}
)
"""What a film's process may call."""


@dataclass(slots=True)
class _Shared:
    """A describer with the films that use it. Its session is entered by the first film, and left when it goes."""

    describer: Describer
    pool: DescriberPool
    users: set[int] = field(default_factory=set)
    door: Lock = field(default_factory=Lock)
    session: ExitStack = field(default_factory=ExitStack)
    is_entered: bool = False


class DescriberHost:
    """The describers of a batch, by the choices and by what is known of a film. May be used from any thread.

    Films are numbered by `rank`: those with a lower one come first. A call about a describer that is not known raises
    HostLostError; its film then chooses anew. `record` is a file in which the process that takes the place of this one
    finds what was in hand when this one died.
    """

    def __init__(
        self,
        choose: ChooseDescriber = chosen_describer,
        queued_bytes: int = QUEUED_BYTES,
        record: Path | None = None,
    ) -> None:
        self._choose, self._suspects = choose, Suspects(record)
        self._queued, self._busy, self._door = Gate(queued_bytes), Busy(), Lock()
        self._making: dict[Any, Lock] = {}
        self._opened: dict[Any, Opened] = {}
        self._shared: dict[str, _Shared] = {}
        self._gone = [0, 0]

    def choose(self, settings: Settings, known: FilmContext, film_s: float) -> Opened:
        """The describer for a film of so many seconds; one that is there already where the same is asked for. Raises
        what `describers.describer` raises, anew for each film."""
        chosen = replace(settings.describer, cast=None, context="")
        key = chosen, json.dumps(settings.options, sort_keys=True, default=dict), known
        with self._door:
            making = self._making.setdefault(key, Lock())
        with making:
            if key not in self._opened:
                downloads = Downloads(settings.run.yes, settings.run.offline, None)
                self._opened[key] = self._open(self._choose(settings, known, downloads, silent, film_s))
            return self._opened[key]

    def begin(self, name: str, rank: int, folder: str) -> Described:
        """A film uses the describer from now on; what it says of itself. The first film enters its session, with the
        store in `folder`, and raises what that raises."""
        shared = self._of(name)
        with shared.door:
            if not shared.is_entered:
                shared.session.enter_context(shared.describer.session(Store(Path(folder))))
                shared.is_entered = True
            shared.users.add(rank)
            of = shared.describer
            return Described(of.fingerprint, of.label, of.limits, of.frames, of.lines_at_once, of.asked_ahead)

    def end(self, name: str, rank: int) -> Spent:
        """A film uses it no more; what the describer did for it."""
        shared = self._of(name)
        shared.users.discard(rank)
        spent = shared.pool.spent(rank)
        self._close_idle()
        return spent

    def drop(self, rank: int) -> None:
        """A film is not made any more: nobody takes its answers."""
        with self._door:
            shared = list(self._shared.values())
        for one in shared:
            one.pool.drop(rank)
            self._suspects.forget(rank)
            one.pool.spent(rank)
            one.users.discard(rank)

    def observe(self, name: str, rank: int, clip: VideoClip) -> str | Failure:
        """The facts of a clip, waited for."""
        return self._of(name).pool.observe(rank, clip)

    def write_lines(self, name: str, rank: int, request: LineRequest) -> Sequence[str]:
        """As `Describer.write_lines`."""
        shared = self._of(name)
        return shared.pool.write(rank, lambda: shared.describer.write_lines(request), request)

    def summarise(self, name: str, rank: int, request: StoryRequest) -> str:
        """As `Describer.summarise`."""
        shared = self._of(name)
        return shared.pool.write(rank, lambda: shared.describer.summarise(request), request)

    def doubts(self, name: str, facts: str) -> Sequence[str]:
        """As `Describer.doubts`."""
        return tuple(self._of(name).describer.doubts(facts))

    def evidence(self, name: str, facts: str) -> str:
        """As `Describer.evidence`."""
        return self._of(name).describer.evidence(facts)

    def moments(self, name: str, facts: str) -> Sequence[tuple[Span, str]]:
        """As `Momentary.moments`; () for a describer that has none."""
        of = self._of(name).describer
        return tuple(of.moments(facts)) if isinstance(of, Momentary) else ()

    def notes(self, name: str) -> Sequence[str]:
        """As `Describer.notes`."""
        return tuple(self._of(name).describer.notes())

    def usage(self) -> Usage:
        """What was done so far."""
        with self._door:
            pools = [one.pool for one in self._shared.values()]
            clips, lines = self._gone
        clips += sum(pool.observed for pool in pools)
        lines += sum(pool.written for pool in pools)
        return Usage(self._busy.seconds, clips, lines, sum(pool.waiting for pool in pools))

    def close(self) -> None:
        """Leave all sessions; what is in hand is waited for."""
        with self._door:
            names = list(self._shared)
        for name in names:
            self._close(name)

    def _open(self, chosen: ChosenDescriber) -> Opened:
        describer = chosen.describer
        momentary = isinstance(describer, Momentary)
        if not getattr(describer, "shared", True):  # a stranger's class may lack it
            return Opened("", chosen.why, momentary, describer if can_be_pickled(describer) else None)
        name = uuid4().hex
        with self._door:
            self._shared[name] = _Shared(describer, DescriberPool(describer, self._queued, self._busy, self._suspects))
        return Opened(name, chosen.why, momentary)

    def _of(self, name: str) -> _Shared:
        with self._door:
            if name not in self._shared:
                raise HostLostError("there is no describer of that id")
            return self._shared[name]

    def _close_idle(self) -> None:
        with self._door:
            idle = [name for name, one in self._shared.items() if one.is_entered and not one.users]
        for name in idle[:-MOST_IDLE]:
            self._close(name)

    def _close(self, name: str) -> None:
        with self._door:
            gone = self._shared.pop(name, None)
            self._opened = {key: one for key, one in self._opened.items() if one.id != name}
            if gone is None:
                return
            self._gone = [self._gone[0] + gone.pool.observed, self._gone[1] + gone.pool.written]
        gone.pool.close()
        with gone.door:
            gone.session.close()
