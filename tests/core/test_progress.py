"""The stopwatch and what it tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import audiodesc
from audiodesc.cli.progress import STAGES
from audiodesc.core import progress
from audiodesc.core.progress import Stopwatch, silent


class Clock:
    """Goes on only when somebody works."""

    def __init__(self) -> None:
        self.now_s = 5.0

    def __call__(self) -> float:
        return self.now_s

    def work(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "perf_counter", made)
    return made


def test_a_stage_is_told_when_it_begins() -> None:
    told: list[tuple[str, int, int]] = []
    watch = Stopwatch(lambda *how_far: told.append(how_far))
    with watch("mix"):
        assert told == [("mix", 0, 0)]
    with watch("mux"):
        pass
    assert told == [("mix", 0, 0), ("mux", 0, 0)]


def test_each_stage_has_its_time_and_no_other(clock: Clock) -> None:
    watch = Stopwatch(silent)
    with watch("look"):
        clock.work(2)
    clock.work(9)
    with watch("mix"):
        pass
    assert watch.seconds == {"look": 2, "mix": 0}


def test_a_stage_that_is_entered_twice_adds_up(clock: Clock) -> None:
    watch = Stopwatch(silent)
    for seconds in (2, 3):
        with watch("look"):
            clock.work(seconds)
        clock.work(9)
    assert watch.seconds == {"look": 5}


def test_a_stage_inside_another_counts_for_both(clock: Clock) -> None:
    watch = Stopwatch(silent)
    with watch("make"):
        clock.work(1)
        with watch("mix"):
            clock.work(2)
    assert watch.seconds == {"make": 3, "mix": 2}


def test_a_stage_that_fails_has_its_time_and_the_fault_goes_on(clock: Clock) -> None:
    watch = Stopwatch(silent)

    def fail() -> None:
        with watch("mix"):
            clock.work(2)
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        fail()
    assert watch.seconds == {"mix": 2}


def test_silence_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent("mix", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_the_stages_that_are_told_are_those_that_are_documented() -> None:
    root = Path(audiodesc.__file__).parent
    told = re.compile(r'\b(?:watch|show|progress|_counted)\((?:[^"()]*, )?"([a-z]+)"')
    stages = {stage for path in root.rglob("*.py") for stage in told.findall(path.read_text("utf-8"))}
    documented = set(re.findall(r"`([a-z]+)`[:,]", (root / "core" / "progress.py").read_text("utf-8")))
    assert {"probe", "hash", "mux", "fetch"} <= stages <= documented
    assert documented == set(STAGES)
