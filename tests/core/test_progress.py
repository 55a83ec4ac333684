"""The stopwatch and what it tells."""

from __future__ import annotations

import re
from pathlib import Path
from time import sleep

import pytest

import audiodesc
from audiodesc.cli.terminal import STAGES
from audiodesc.core.progress import Stopwatch, silent

SHORT_S, LONG_S = 0.02, 1.0


def test_a_stage_is_told_when_it_begins() -> None:
    told: list[tuple[str, int, int]] = []
    watch = Stopwatch(lambda *how_far: told.append(how_far))
    with watch("mix"):
        assert told == [("mix", 0, 0)]
    with watch("mux"):
        pass
    assert told == [("mix", 0, 0), ("mux", 0, 0)]


def test_each_stage_has_its_time_and_no_other() -> None:
    watch = Stopwatch(silent)
    with watch("look"):
        sleep(SHORT_S)
    with watch("mix"):
        pass
    assert set(watch.seconds) == {"look", "mix"}
    assert SHORT_S <= watch.seconds["look"] < LONG_S
    assert watch.seconds["mix"] < SHORT_S


def test_a_stage_that_is_entered_twice_adds_up() -> None:
    watch = Stopwatch(silent)
    for _ in range(2):
        with watch("look"):
            sleep(SHORT_S)
    assert 2 * SHORT_S <= watch.seconds["look"] < LONG_S


def test_a_stage_inside_another_counts_for_both() -> None:
    watch = Stopwatch(silent)
    with watch("make"), watch("mix"):
        sleep(SHORT_S)
    assert watch.seconds["make"] >= watch.seconds["mix"] >= SHORT_S


def test_a_stage_that_fails_has_its_time_and_the_fault_goes_on() -> None:
    watch = Stopwatch(silent)

    def fail() -> None:
        with watch("mix"):
            sleep(SHORT_S)
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        fail()
    assert watch.seconds["mix"] >= SHORT_S


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
