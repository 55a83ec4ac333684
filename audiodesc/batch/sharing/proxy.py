"""A describer in a film's process, which asks the one that the films of a batch share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Final

from audiodesc.batch.sharing.calls import Described, HostLostError, LostError, Opened, Spent, Transport, bytes_of
from audiodesc.batch.sharing.delegating import Delegating
from audiodesc.batch.sharing.gates import Gate
from audiodesc.core.cache import Store
from audiodesc.core.concurrency import as_they_come
from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress
from audiodesc.describers import FALLBACK, ChosenDescriber
from audiodesc.describers.base import Describer, Failure, LineRequest, StoryRequest
from audiodesc.describers.chosen import ChooseDescriber, chosen_describer
from audiodesc.describers.context import FilmContext
from audiodesc.model import Span, VideoClip
from audiodesc.settings import Settings

IN_FLIGHT: Final = 8
"""Clips of one film that are asked about at a time."""

IN_FLIGHT_BYTES: Final = 128_000_000
"""Of their frames."""

MOST_LOSSES: Final = 12
"""A clip, or a line, is asked for anew after so many deaths of the describer's process, whatever it died of; at the
next its film fails. One that the process dies of each time fails earlier (see `sharing.suspects`)."""

MOST_STARTS: Final = 3
"""A describer's process that died before it took a call is waited for so often."""


class SharedDescriber(Delegating):
    """The describer that `opened` names, asked through `transport` for the film of that rank. `reopen` chooses it
    again, in the process that takes the place of one that died; the clips in hand are then asked about anew.

    Raises LostError where the process died more than `MOST_LOSSES` times with the same clip in hand, or does not start.
    """

    def __init__(self, transport: Transport, rank: int, opened: Opened, reopen: Callable[[], Opened]) -> None:
        self._transport, self._rank, self._reopen = transport, rank, reopen
        self._opened, self._door, self._unopened = opened, Lock(), 0
        self._folder = ""
        self.spent_s = 0.0
        self._tokens: int | None = None
        self._described: Described | None = None

    @contextmanager
    def session(self, store: Store) -> Iterator[None]:
        """The describer learns that a film uses it; what it says of itself is as it is from then on."""
        self._folder = str(store.folder)
        self._described = self._ask("begin", self._rank, self._folder)
        try:
            yield
        finally:
            with suppress(HostLostError, LostError):
                spent: Spent = self._transport.call("end", self._opened.id, self._rank)
                self.spent_s += spent.seconds
                if spent.tokens is not None:
                    self._tokens = (self._tokens or 0) + spent.tokens

    @property
    def tokens(self) -> int | None:
        """For this film, known when its session has ended."""
        return self._tokens

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        """Answers as they come; a bounded number of clips is asked about at a time."""
        window = Gate(IN_FLIGHT_BYTES)

        def taken() -> Iterator[VideoClip]:
            for clip in clips:
                window.take(bytes_of(clip))
                yield clip

        def answer(clip: VideoClip) -> str | Failure:
            try:
                facts: str | Failure = self._ask("observe", self._rank, clip)
                return facts
            finally:
                window.give_back(bytes_of(clip))

        return as_they_come(answer, taken(), IN_FLIGHT)

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        lines: Sequence[str] = self._ask("write_lines", self._rank, request)
        return lines

    def summarise(self, request: StoryRequest) -> str:
        summary: str = self._ask("summarise", self._rank, request)
        return summary

    def _said(self, name: str) -> Any:
        if self._described is None:
            raise RuntimeError("a describer is asked about itself within its session")
        return getattr(self._described, name)

    def _ask(self, method: str, *args: Any) -> Any:
        losses = 0
        while True:
            opened = self._opened
            try:
                return self._transport.call(method, opened.id, *args)
            except HostLostError as lost:
                losses += 1
                if losses > MOST_LOSSES:
                    raise _lost(losses) from lost
                self._open_again(opened)

    def _open_again(self, lost: Opened) -> None:
        """Once for each death, whichever thread meets it first."""
        with self._door:
            while self._opened is lost:
                try:
                    opened = self._reopen()
                    if self._folder:
                        self._described = self._transport.call("begin", opened.id, self._rank, self._folder)
                    self._opened, self._unopened = opened, 0
                except HostLostError as why:
                    self._unopened += 1
                    if self._unopened > MOST_STARTS:
                        raise _lost(self._unopened) from why


class SharedMomentary(SharedDescriber):
    """One whose facts are momentary."""

    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        """The facts split by when they are visible."""
        moments: Sequence[tuple[Span, str]] = self._ask("moments", facts)
        return moments


def choose_with(transport: Transport, rank: int) -> ChooseDescriber:
    """How a film of that rank chooses its describer: the one that the host behind `transport` has for all films; or its
    own, where that is not to be shared. Raises what `describers.describer` raises, and LostError."""

    def choose(
        settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float
    ) -> ChosenDescriber:
        if settings.describer.name == FALLBACK.name:
            return chosen_describer(settings, known, downloads, progress, film_s)

        def reopen() -> Opened:
            opened: Opened = transport.call("choose", settings, known, film_s)
            return opened

        opened = _first(reopen)
        if opened.shared:
            kind = SharedMomentary if opened.momentary else SharedDescriber
            return ChosenDescriber(kind(transport, rank, opened, reopen), opened.why)
        if opened.own is None:
            return chosen_describer(settings, known, downloads, progress, film_s)
        own: Describer = opened.own
        return ChosenDescriber(own, opened.why)

    return choose


def _first(opening: Callable[[], Opened]) -> Opened:
    losses = 0
    while True:
        try:
            return opening()
        except HostLostError as lost:
            losses += 1
            if losses > MOST_STARTS:
                raise _lost(losses) from lost


def _lost(times: int) -> LostError:
    return LostError(
        f"the describer's process died {times} times while the film was described",
        "read its log, then run again: what it answered is kept",
    )
