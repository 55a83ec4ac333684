"""Work beside the main thread, in order and bounded: FFmpeg lets go of the interpreter while it works; and a film in
chunks, whose lines are written concurrently, so that a model or a server is asked for several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from queue import Empty, Queue, SimpleQueue
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeVar, cast

from audiodesc.model import Segment

T = TypeVar("T")
R = TypeVar("R")


class Worker(Generic[T]):
    """Calls `work` with each pushed item, in order, on a thread of its own; at most four items wait.

    As a context manager, leaving it finishes it.
    """

    def __init__(self, name: str, work: Callable[[T], None]) -> None:
        self._queue: Queue[tuple[T] | None] = Queue(maxsize=4)
        self._fault: BaseException | None = None
        self._work = work
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def push(self, item: T) -> None:
        """Hand an item over. Raises what went wrong with an earlier one."""
        if self._fault:
            raise self._fault
        self._queue.put((item,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.finish()
        except BaseException:
            if error is None:
                raise

    def finish(self) -> None:
        """Wait until all is done. Raises what went wrong."""
        self._queue.put(None)
        self._thread.join()
        if self._fault:
            raise self._fault

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            if self._fault is None:
                try:
                    self._work(entry[0])
                except BaseException as fault:  # handed to the thread that pushes
                    self._fault = fault


class _Prefetch(Generic[T]):
    """Items that are made up to `count` ahead on a thread of its own."""

    def __init__(self, items: Iterable[T], count: int) -> None:
        self._queue: Queue[tuple[T] | BaseException | None] = Queue(maxsize=count)
        self._items, self._left = items, Event()
        self._thread = Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while (entry := self._queue.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]

    def leave(self) -> None:
        """Let the thread end with the item that is under way."""
        self._left.set()

    def close(self) -> None:
        """Wait for the thread to end; what it has made is dropped."""
        self.leave()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.01)
            except Empty:
                continue

    def _run(self) -> None:
        end: BaseException | None = None
        try:
            for item in self._items:
                self._queue.put((item,))
                if self._left.is_set():
                    break
        except BaseException as fault:  # handed to the thread that reads
            end = fault
        self._queue.put(end)


def ahead(items: Iterable[T], count: int) -> Generator[T, None, None]:
    """The same items, made up to `count` ahead on a thread of their own. Leaving early ends that thread."""
    with closing(_Prefetch(items, count)) as made:
        yield from made


def in_turns(streams: Sequence[Iterable[T]], turns: Iterable[int], count: int) -> Generator[T, None, None]:
    """Items of several streams, each made up to `count` ahead on a thread of its own; `turns` are the numbers of the
    streams from which they are taken, one by one. Leaving early, as for a failure in one, ends all threads."""
    made = [_Prefetch(stream, count) for stream in streams]
    items = [iter(one) for one in made]
    try:
        for number in turns:
            yield next(items[number])
    finally:
        for one in made:
            one.leave()
        for one in made:
            one.close()


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def as_they_come(work: Callable[[T], R], items: Iterable[T], parallel: int) -> Generator[tuple[int, R], None, None]:
    """(number of an item, what `work` made of it), in the order in which that is ready; up to `parallel` at a time.

    Items are taken as threads become free. After a failure no more are taken, what is under way is yielded, and
    then it is raised. For the threads of a run that is left early nobody waits longer than `END_S`.
    """
    done: SimpleQueue[tuple[int, R | None, Exception | None]] = SimpleQueue()
    threads: list[Thread] = []

    def run(number: int, item: T) -> None:
        try:
            done.put((number, work(item), None))
        except Exception as error:  # handed to the thread that waits
            done.put((number, None, error))

    left, running = enumerate(items), 0
    fault: Exception | None = None
    try:
        while True:
            try:
                while not fault and running < parallel and (entry := next(left, None)):
                    threads = [one for one in threads if one.is_alive()]
                    threads.append(Thread(target=run, args=entry, name=f"work {entry[0]}", daemon=True))
                    threads[-1].start()
                    running += 1
            except Exception as error:  # no more can be taken: what is under way is still worth having
                fault = error
            if not running:
                break
            number, made, failed = done.get()
            running -= 1
            fault = fault or failed
            if failed is None:
                yield number, cast(R, made)
    finally:
        _await(threads)
    if fault:
        raise fault


END_S = 1.0
"""So long is waited for threads whose work nobody wants any more: one that is inside a library in C++, such as one that
makes a JPEG, when Python ends would take the process down. One that waits for a server does not."""


def _await(threads: Iterable[Thread]) -> None:
    until = monotonic() + END_S
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))


def within_timeout(work: Callable[[], R], seconds: float) -> R:
    """What `work` makes on a thread of its own. Raises TimeoutError where that takes longer; the thread is then left
    to itself, and keeps no program from ending."""
    done: SimpleQueue[tuple[R | None, Exception | None]] = SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except Exception as error:  # handed to the thread that waits
            done.put((None, error))

    Thread(target=run, name="within", daemon=True).start()
    try:
        made, fault = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"not done within {seconds:g} s") from None
    if fault:
        raise fault
    return cast(R, made)


def side_by_side(streams: Sequence[Iterable[T]]) -> Iterator[tuple[int, T]]:
    """(number of a stream, an item of it), in the order in which they are ready; each is read on a thread of its own.

    After a failure in one the others end with the item that is under way, which is yielded, and then it is raised.
    Nobody waits for the threads of a run that is interrupted.
    """
    ready: SimpleQueue[tuple[int, tuple[T] | None, Exception | None]] = SimpleQueue()
    left = Event()

    def run(number: int, items: Iterable[T]) -> None:
        fault: Exception | None = None
        try:
            for item in items:
                ready.put((number, (item,), None))
                if left.is_set():
                    break
        except Exception as error:  # handed to the thread that waits
            fault = error
        ready.put((number, None, fault))

    for stream in enumerate(streams):
        Thread(target=run, args=stream, name=f"stream {stream[0]}", daemon=True).start()
    running, fault = len(streams), None
    try:
        while running:
            number, entry, failed = ready.get()
            if entry:
                yield number, entry[0]
                continue
            running -= 1
            if failed:
                left.set()
                fault = fault or failed
    finally:
        left.set()
    if fault:
        raise fault


SIDE_BY_SIDE = 8
"""Chunks of a film whose lines take time. The same for every machine and server: which lines come before a line, and
so the answers in the cache, must not depend on it."""

FEWEST = 12
"""Segments of a chunk. Its first line is written without the lines before it: that must stay rare."""


def chunks(segments: Sequence[Segment], most: int) -> tuple[range, ...]:
    """The segments' numbers in up to `most` chunks of like length, each of them in order.

    One ends where the most film lies between two segments, near its even share, and never within a gap. Where no
    such place is, or for fewer than 12 segments each, there are fewer chunks.
    """
    count = max(1, min(most, len(segments) // FEWEST))
    near = len(segments) // (4 * count)
    starts = [0]
    for number in range(1, count):
        even = number * len(segments) // count
        places = [i for i in range(even - near, even + near + 1) if _between_ms(segments[i - 1], segments[i]) > 0]
        if places:
            starts.append(max(places, key=lambda i: (_between_ms(segments[i - 1], segments[i]), -abs(i - even))))
    return tuple(range(start, end) for start, end in zip(starts, [*starts[1:], len(segments)], strict=True))


def _between_ms(one: Segment, other: Segment) -> int:
    return other.gap.span.start_ms - one.gap.span.end_ms
