"""Ctrl-C stops, whatever was under way."""

from __future__ import annotations

import signal
from contextlib import suppress

import pytest

from audiodesc.cli.progress import stoppable
from audiodesc.core.progress import silent


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_is_one() -> None:
    with pytest.raises(KeyboardInterrupt), stoppable(silent):
        press()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_library_that_makes_another_error_of_it() -> None:
    def load() -> None:
        try:
            press()
        except KeyboardInterrupt:
            raise KeyError("half a configuration") from None

    with pytest.raises(KeyboardInterrupt), stoppable(silent):
        load()


def test_a_library_that_swallows_it() -> None:
    shown: list[str] = []

    def work() -> None:
        with stoppable(lambda stage, done, total: shown.append(stage)) as show:
            show("look", 0, 2)
            with suppress(KeyboardInterrupt):
                press()
            show("look", 1, 2)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert shown == ["look"]


def test_other_errors_are_themselves() -> None:
    with pytest.raises(KeyError), stoppable(silent):
        raise KeyError("x")


def test_where_it_is_ignored_it_stays_so() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable(silent):
            press()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
