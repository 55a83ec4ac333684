"""Describers that stand for another one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from audiodesc.core.cache import Store
from audiodesc.describers.base import Describer, Failure, LineRequest, StoryRequest
from audiodesc.model import FrameRequest, Span, VideoClip


class Delegating(Describer):
    """Says of itself what `_said` gives by name, and answers what `_ask` does; `observe` is its own."""

    @abstractmethod
    def _said(self, name: str) -> Any: ...

    @abstractmethod
    def _ask(self, method: str, *args: Any) -> Any: ...

    @property
    def fingerprint(self) -> str:
        return str(self._said("fingerprint"))

    @property
    def label(self) -> str:
        return str(self._said("label"))

    @property
    def limits(self) -> str:
        return str(self._said("limits"))

    @property
    def frames(self) -> FrameRequest:
        frames: FrameRequest = self._said("frames")
        return frames

    @property
    def lines_at_once(self) -> int:
        return int(self._said("lines_at_once"))

    @property
    def asked_ahead(self) -> bool:
        return bool(self._said("asked_ahead"))

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        lines: Sequence[str] = self._ask("write_lines", request)
        return lines

    def summarise(self, request: StoryRequest) -> str:
        summary: str = self._ask("summarise", request)
        return summary

    def notes(self) -> Sequence[str]:
        notes: Sequence[str] = self._ask("notes")
        return notes

    def doubts(self, facts: str) -> Sequence[str]:
        doubts: Sequence[str] = self._ask("doubts", facts)
        return doubts

    def evidence(self, facts: str) -> str:
        evidence: str = self._ask("evidence", facts)
        return evidence


class Counted(Delegating):
    """A describer in this process whose answers about clips are counted: `count` is called for each."""

    def __init__(self, of: Describer, count: Callable[[], None]) -> None:
        self._of, self._count = of, count

    def _said(self, name: str) -> Any:
        return getattr(self._of, name)

    def _ask(self, method: str, *args: Any) -> Any:
        return getattr(self._of, method)(*args)

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        for one in self._of.observe(clips):
            self._count()
            yield one

    def session(self, store: Store) -> AbstractContextManager[None]:
        return self._of.session(store)


class CountedMomentary(Counted):
    """The same of a describer whose facts are momentary."""

    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        """The facts split by when they are visible."""
        moments: Sequence[tuple[Span, str]] = self._ask("moments", facts)
        return moments
