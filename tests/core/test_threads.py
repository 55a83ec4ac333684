"""Work beside the main thread: order, bounds, faults, and that nothing ever hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hanging import LONG_S, within
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.core.concurrency import Worker, ahead, as_they_come, in_turns, side_by_side


def alive(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def comes(what: Callable[[], bool]) -> bool:
    """Whether it becomes true, however busy the machine is."""
    end = time.monotonic() + LONG_S
    while not what() and time.monotonic() < end:
        time.sleep(0.005)
    return what()


def gone(name: str) -> bool:
    return comes(lambda: not alive(name))


@given(st.lists(st.one_of(st.none(), st.integers(), st.text())), st.integers(1, 9))
@settings(max_examples=30)
def test_ahead_gives_the_same_items_in_order(items: list[Any], count: int) -> None:
    assert within(LONG_S, lambda: list(ahead(items, count))) == items


def test_an_error_as_an_item_is_an_item() -> None:
    items = [ValueError("not raised"), KeyError("neither")]
    assert within(LONG_S, lambda: list(ahead(items, 2))) == items


def test_ahead_is_made_before_it_is_asked_for_but_bounded() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            yield i

    stream = ahead(numbers(), 3)
    for taken in range(1, 6):
        next(stream)
        assert comes(partial(lambda count: len(made) > count, taken))
        time.sleep(0.05)
        assert len(made) <= taken + 3 + 1  # three wait, one is in the thread's hand
    stream.close()


def test_what_came_before_a_fault_is_given_first() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    got: list[int] = []

    def read() -> None:
        for item in ahead(broken(), 5):
            got.append(item)

    with pytest.raises(OSError, match="the disk is gone"):
        within(LONG_S, read)
    assert got == [1, 2]
    assert gone("ahead")


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_leaving_early_ends_the_thread(taken: int) -> None:
    def endless() -> Iterator[int]:
        i = 0
        while True:
            i += 1
            yield i

    def read() -> None:
        stream = ahead(endless(), 2)
        for _ in range(taken):
            next(stream)
        stream.close()

    within(LONG_S, read)
    assert gone("ahead")


def test_leaving_by_an_error_ends_the_thread_and_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    def read() -> None:
        for _ in ahead(source(), 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        within(LONG_S, read)
    assert gone("ahead")
    assert closed.wait(LONG_S)


def test_a_fault_of_the_source_after_the_reader_left_is_nobodys() -> None:
    def source() -> Iterator[int]:
        yield 1
        time.sleep(0.05)
        raise OSError("too late to matter")

    def read() -> int:
        stream = ahead(source(), 1)
        first = next(stream)
        stream.close()
        return first

    assert within(LONG_S, read) == 1
    assert gone("ahead")


def test_two_streams_do_not_mix() -> None:
    assert within(LONG_S, lambda: list(zip(ahead(range(50), 2), ahead("ab" * 25, 3), strict=True))) == list(
        zip(range(50), "ab" * 25, strict=True)
    )


@given(st.lists(st.one_of(st.none(), st.integers())))
@settings(max_examples=30)
def test_a_worker_does_all_in_order(items: list[int | None]) -> None:
    done: list[int | None] = []

    def run() -> None:
        worker = Worker("orderly", done.append)
        for item in items:
            worker.push(item)
        worker.finish()

    within(LONG_S, run)
    assert done == items
    assert gone("orderly")


def test_a_worker_works_on_one_thread_that_is_not_the_pushers() -> None:
    seen: set[int] = set()

    def run() -> None:
        worker: Worker[int] = Worker("worker", lambda _: seen.add(threading.get_ident()))
        for i in range(20):
            worker.push(i)
        worker.finish()

    within(LONG_S, run)
    assert len(seen) == 1
    assert threading.get_ident() not in seen


def test_no_more_than_four_items_wait() -> None:
    go, pushed = threading.Event(), []

    def waits(item: int) -> None:
        go.wait(LONG_S)

    def run() -> None:
        worker: Worker[int] = Worker("worker", waits)
        for i in range(20):
            worker.push(i)
            pushed.append(i)
        worker.finish()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert comes(lambda: len(pushed) >= 4)
    time.sleep(0.1)
    assert len(pushed) <= 5  # one is being worked on
    go.set()
    thread.join(LONG_S)
    assert len(pushed) == 20


@pytest.mark.parametrize("bad", [0, 1, 3, 19])
def test_a_fault_is_raised_and_nothing_hangs(bad: int) -> None:
    def work(item: int) -> None:
        if item == bad:
            raise OSError(f"no room for {item}")

    def run() -> None:
        worker = Worker("worker", work)
        for i in range(20):
            worker.push(i)
        worker.finish()

    with pytest.raises(OSError, match=f"no room for {bad}"):
        within(LONG_S, run)


def test_a_fault_while_the_queue_is_full_frees_the_pusher() -> None:
    ready = threading.Event()

    def work(_: int) -> None:
        ready.wait(LONG_S)
        raise OSError("full")

    def run() -> None:
        worker = Worker("worker", work)
        threading.Timer(0.1, ready.set).start()
        for i in range(50):
            worker.push(i)
        worker.finish()

    with pytest.raises(OSError, match="full"):
        within(LONG_S, run)


def test_after_a_fault_nothing_more_is_done_and_finish_still_ends() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        done.append(item)
        raise ValueError("first")

    def run() -> None:
        worker = Worker("faulty", work)
        worker.push(1)
        while not done:
            time.sleep(0.001)
        time.sleep(0.05)
        for _ in range(10):
            with pytest.raises(ValueError, match="first"):
                worker.push(2)
        with pytest.raises(ValueError, match="first"):
            worker.finish()

    within(LONG_S, run)
    assert done == [1]
    assert gone("faulty")


def test_what_waits_behind_a_fault_is_not_done() -> None:
    done: list[int] = []
    go = threading.Event()

    def work(item: int) -> None:
        done.append(item)
        go.wait(LONG_S)
        raise ValueError("first")

    def run() -> None:
        worker = Worker("waiting", work)
        for i in range(4):
            worker.push(i)
        go.set()
        worker.finish()

    with pytest.raises(ValueError, match="first"):
        within(LONG_S, run)
    assert done == [0]


def test_a_fault_in_the_last_item_is_raised_by_finish() -> None:
    def work(_: int) -> None:
        time.sleep(0.05)
        raise KeyboardInterrupt

    def run() -> None:
        worker = Worker("faulty", work)
        worker.push(1)
        worker.finish()

    with pytest.raises(KeyboardInterrupt):
        within(LONG_S, run)


@given(st.lists(st.lists(st.integers(), max_size=8), max_size=6))
@settings(max_examples=40)
def test_streams_side_by_side_each_keep_their_order(streams: list[list[int]]) -> None:
    found: list[list[int]] = [[] for _ in streams]
    for number, item in within(LONG_S, lambda: list(side_by_side(streams))):
        found[number].append(item)
    assert found == streams


def test_streams_are_read_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=LONG_S)
    streams = [(meeting.wait() for _ in range(4)) for _ in range(3)]
    assert len(within(LONG_S, lambda: list(side_by_side(streams)))) == 12


def test_a_fault_in_one_stream_ends_the_others_and_is_raised_after_what_was_under_way() -> None:
    broken, taken = threading.Event(), []

    def bad() -> Iterator[str]:
        yield "bad"
        broken.set()
        raise OSError("gone")

    def endless() -> Iterator[str]:
        broken.wait(LONG_S)
        while True:
            time.sleep(0.01)
            yield "good"

    def read() -> None:
        for _, item in side_by_side([bad(), endless()]):
            taken.append(item)

    with pytest.raises(OSError, match="gone"):
        within(LONG_S, read)
    assert "bad" in taken
    assert "good" in taken


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 4))
@settings(max_examples=30)
def test_in_turns_takes_from_the_stream_whose_turn_it_is(turns: list[int], count: int) -> None:
    streams = [[(number, at) for at in range(turns.count(number))] for number in range(4)]
    taken = within(LONG_S, lambda: list(in_turns(streams, turns, count)))
    assert [number for number, _ in taken] == turns
    for number, stream in enumerate(streams):
        assert [item for item in taken if item[0] == number] == stream


def test_in_turns_all_streams_are_made_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=LONG_S)
    streams = [(meeting.wait() for _ in range(2)) for _ in range(3)]
    assert len(within(LONG_S, lambda: list(in_turns(streams, [0, 0, 1, 1, 2, 2], 2)))) == 6


@pytest.mark.parametrize("broken", [0, 1])
def test_in_turns_a_fault_in_one_stream_is_raised_and_ends_all(broken: int) -> None:
    def stream(number: int) -> Iterator[int]:
        for at in range(1_000):
            if number == broken and at == 2:
                raise OSError("gone")
            yield at

    with pytest.raises(OSError, match="gone"):
        within(LONG_S, lambda: list(in_turns([stream(0), stream(1)], [0, 1] * 1_000, 2)))
    assert gone("ahead")


def test_in_turns_leaving_early_ends_all_threads() -> None:
    taken = in_turns([iter(range(1_000)), iter(range(1_000))], [0, 1] * 1_000, 3)
    next(taken)
    within(LONG_S, taken.close)
    assert gone("ahead")


def test_work_that_is_left_early_has_ended() -> None:
    """A thread in a library in C++ that Python ends takes the process down."""
    first, ended = threading.Event(), list[int]()

    def work(number: int) -> int:
        if number:
            first.wait(5)
            time.sleep(0.05)
        ended.append(number)
        return number

    made = as_they_come(work, range(3), 3)
    assert next(made) == (0, 0)
    first.set()
    made.close()
    assert sorted(ended) == [0, 1, 2]


def test_work_that_does_not_end_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiodesc.core.concurrency.END_S", 0.05)
    never = threading.Event()
    made = as_they_come(lambda number: number if not number else never.wait(5), range(2), 2)
    assert next(made) == (0, 0)
    begun = time.monotonic()
    made.close()
    assert time.monotonic() - begun < 2
    never.set()
