"""The clips of all films -> one describer, which is asked by one thread, in rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count
from threading import Condition, Thread
from time import monotonic
from typing import Any, Final, TypeVar
from zlib import crc32

from audiodesc.batch.sharing.calls import HostLostError, LostError, Spent, bytes_of
from audiodesc.batch.sharing.gates import Busy, Gate
from audiodesc.batch.sharing.suspects import MOST_DEATHS, Suspects
from audiodesc.describers.base import Describer, Failure
from audiodesc.errors import AudiodescError
from audiodesc.model import VideoClip

R = TypeVar("R")

ROUND_S: Final = 0.05
"""A round ends where no clip came for so long: a describer that collects a batch does not wait for more."""


@dataclass(order=True, slots=True)
class _Asked:
    """What waits: first what was in hand when the process died, then of earlier films first. `name` is the same after a
    death; `taken_s` is when it was taken in hand."""

    is_fresh: bool
    rank: int
    number: int
    wanted: Any = field(compare=False)
    name: str = field(compare=False)
    taken_s: float = field(compare=False, default=0.0)
    answer: Future[Any] = field(compare=False, default_factory=Future)


class DescriberPool:
    """One describer, asked from any thread for films that have a rank each; a lower one comes first.

    Clips go into one call of `observe` at a time, which gets more of them as they come. Lines are written beside it, on
    as many threads as the describer gains from; where that is one, between its rounds. `queued` limits the bytes of
    clips that wait. What `suspects` had in hand when the process died before is taken alone. What `observe` raises is
    raised for each clip in hand, or, where none is, for all that wait.
    """

    def __init__(self, describer: Describer, queued: Gate, busy: Busy, suspects: Suspects | None = None) -> None:
        self._describer, self._queued, self._busy = describer, queued, busy
        self._suspects = suspects or Suspects(None)
        self._seconds: dict[int, float] = defaultdict(float)
        self._tokens: dict[int, int] = defaultdict(int)
        self._answered_s, self._tokens_credited = 0.0, 0
        self._door, self._numbers, self._closed = Condition(), count(), False
        self._clips: list[_Asked] = []
        self._calls: list[_Asked] = []
        self._lines: Gate | None = None
        self.observed, self.written, self._drained = 0, 0, False
        self._thread = Thread(target=self._run, name="describer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Clips that nobody has taken yet."""
        return len(self._clips)

    def spent(self, rank: int) -> Spent:
        """What the describer did for a film; it is counted from 0 again. Tokens of answers that come at the same moment
        may count for either of their films: the sum is right."""
        with self._door:
            tokens = self._tokens.pop(rank, 0)
            return Spent(self._seconds.pop(rank, 0.0), None if self._tokens_now() is None else tokens)

    def _tokens_now(self) -> int | None:
        found = getattr(self._describer, "tokens", None)  # a stranger's class may lack it
        return found if isinstance(found, int) else None

    def _credit(self, rank: int, seconds: float) -> None:
        """Count for a film what was done since the last answer; with the door held."""
        now = self._tokens_now() or 0
        self._seconds[rank] += seconds
        self._tokens[rank] += now - self._tokens_credited
        self._tokens_credited = now

    def observe(self, rank: int, clip: VideoClip) -> str | Failure:
        """The facts of a clip, waited for. Raises LostError where it killed the process again and again."""
        size, name = bytes_of(clip), f"{rank} clip {clip.span.start_ms} {clip.span.end_ms} {len(clip.frames)}"
        self._check(name)
        self._queued.take(size, rank)
        asked = self._asked(rank, clip, name)
        with self._door:
            if self._closed:
                self._queued.give_back(size)
                raise HostLostError("the describer is closed")
            heappush(self._clips, asked)
            self._door.notify_all()
        answer: str | Failure = asked.answer.result()
        return answer

    def write(self, rank: int, work: Callable[[], R], wanted: Any = None) -> R:
        """What `work` gives, which asks the describer for the line or the summary that is `wanted`. Raises LostError
        where that killed the process again and again."""
        name = f"{rank} line {crc32(repr(wanted).encode('utf-8', 'replace')):08x}"
        self._check(name)
        if self._describer.asked_ahead:  # it takes no time
            return self._counted(work, rank, name)
        if self._describer.lines_at_once > 1:
            with self._door:
                self._lines = self._lines or Gate(self._describer.lines_at_once)
            with self._lines.held(1, rank):
                return self._counted(work, rank, name)
        asked = self._asked(rank, work, name)
        with self._door:
            if self._closed:
                raise HostLostError("the describer is closed")
            heappush(self._calls, asked)
            self._door.notify_all()
        made: R = asked.answer.result()
        return made

    def drop(self, rank: int) -> None:
        """Forget what a film waits for, which nobody will take."""
        with self._door:
            gone = [one for one in (*self._clips, *self._calls) if one.rank == rank]
            self._clips = [one for one in self._clips if one.rank != rank]
            self._calls = [one for one in self._calls if one.rank != rank]
            heapify(self._clips)
            heapify(self._calls)
        self._fail(gone, HostLostError("the film is not made any more"))

    def close(self) -> None:
        """Take no more; what is in hand is waited for."""
        with self._door:
            self._closed = True
            gone = [*self._clips, *self._calls]
            self._clips, self._calls = [], []
            self._door.notify_all()
        self._fail(gone, HostLostError("the describer is closed"))
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._door:
                self._door.wait_for(lambda: self._clips or self._calls or self._closed)
                if self._closed:
                    return
                call = heappop(self._calls) if self._calls else None
            if call:
                self._answer(call)
            else:
                self._round()

    def _answer(self, call: _Asked) -> None:
        try:
            call.answer.set_result(self._counted(call.wanted, call.rank, call.name))
        except BaseException as error:  # handed to the thread that waits
            call.answer.set_exception(error)

    def _asked(self, rank: int, wanted: Any, name: str) -> _Asked:
        return _Asked(not self._suspects.deaths(name), rank, next(self._numbers), wanted, name)

    def _check(self, name: str) -> None:
        if (times := self._suspects.deaths(name)) >= MOST_DEATHS:
            fault = f"the describer's process died {times} times while it was asked about one place of this film"
            raise LostError(fault, "read its log; what it answered is kept")

    def _counted(self, work: Callable[[], R], rank: int, name: str) -> R:
        began = monotonic()
        self._busy.begin()
        self._suspects.take(name)
        try:
            return work()
        finally:
            self._suspects.done(name)
            self._busy.end()
            with self._door:
                self._credit(rank, monotonic() - began)
                self.written += 1

    def _round(self) -> None:
        taken: dict[int, _Asked] = {}
        before, self._drained = self.observed, False
        fault: BaseException | None = None
        try:
            answers: Any = self._describer.observe(self._stream(taken))
            for one in answers:
                self._take_answer(one, taken)
        except BaseException as error:  # handed to the threads that wait
            fault = error
        left = list(taken.values())
        if not left and self.observed == before:
            if self._drained and not fault:  # what waited was dropped, or lines came first
                return
            with self._door:
                left, self._clips = self._clips, []
            self._fail(left, fault or self._faulty("gives no answers"))
            return
        self._busy.end(len(left))
        for asked in left:
            self._suspects.done(asked.name)
            asked.answer.set_exception(fault or self._faulty("does not give an answer about each clip"))

    def _take_answer(self, one: Any, taken: dict[int, _Asked]) -> None:
        match one:
            case (int(number), str() | Failure() as answer) if number in taken:
                self._busy.end()
                self.observed += 1
                asked = taken.pop(number)
                now = monotonic()
                with self._door:
                    self._credit(asked.rank, now - max(asked.taken_s, self._answered_s))
                self._answered_s = now
                self._suspects.done(asked.name)
                asked.answer.set_result(answer)
            case _:
                raise self._faulty("gives what is no answer about one of the clips")

    def _stream(self, taken: dict[int, _Asked]) -> Iterator[VideoClip]:
        is_alone = False
        for number in count():
            with self._door:
                self._door.wait_for(lambda: self._clips or self._calls or self._closed, ROUND_S)
                if self._calls or not self._clips:
                    self._drained = True
                    return
                if is_alone or (number and not self._clips[0].is_fresh):
                    return
                asked = heappop(self._clips)
            if not self._suspects.take(asked.name, wait=not number):
                with self._door:
                    heappush(self._clips, asked)
                return
            is_alone, asked.taken_s = not asked.is_fresh, monotonic()
            taken[number] = asked
            self._busy.begin()
            clip, asked.wanted = asked.wanted, None
            self._queued.give_back(bytes_of(clip))
            yield clip

    def _fail(self, gone: list[_Asked], error: BaseException) -> None:
        for asked in gone:
            if isinstance(asked.wanted, VideoClip):
                self._queued.give_back(bytes_of(asked.wanted))
            asked.answer.set_exception(error)

    def _faulty(self, what: str) -> AudiodescError:
        fault = f"the describer {self._describer.label}: observe() {what}"
        return AudiodescError(fault, "choose another (--describer), and tell those who made this one")
