"""What a user may choose, and what is said about a wrong choice."""

from __future__ import annotations

import dataclasses
import math
import pickle
from pathlib import Path
from typing import Any

import pytest

from audiodesc.errors import UsageError
from audiodesc.mix.ducking import Ducking
from audiodesc.mix.levels import SoundSettings
from audiodesc.settings import Settings


def test_the_defaults_are_those_of_the_craft() -> None:
    chosen = Settings()
    assert (chosen.margin_ms, chosen.shortest_ms, chosen.fastest) == (150, 1_200, 1.15)
    assert chosen.sound.ducking == Ducking(
        depth_db="usual", ratio_lu=7, cap_db=-24, down_ms=300, up_ms=500, ahead_ms=0, hold_ms=1_000
    )
    assert (chosen.sound.loudness, chosen.sound.track, chosen.sound.bits) == ("source", "m4a", 24)
    assert (chosen.strict, chosen.force) == (False, False)
    assert (chosen.hear, chosen.sync, chosen.shift_s, chosen.trust_subs) == (True, False, 0, False)


@pytest.mark.parametrize(
    "chosen",
    [
        {"margin_ms": 0},
        {"margin_ms": 10_000},
        {"shortest_ms": 300},
        {"shortest_ms": 60_000},
        {"fastest": 1},
        {"fastest": 2},
        {"shift_s": -86_400},
        {"sync": True},
        {"hear": False},
    ],
)
def test_what_may_be_chosen(chosen: dict[str, Any]) -> None:
    made = Settings(**chosen)
    assert {name: getattr(made, name) for name in chosen} == chosen


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"margin_ms": -1}, "-1"),
        ({"margin_ms": 10_001}, "10001"),
        ({"shortest_ms": 299}, "299"),
        ({"shortest_ms": 60_001}, "60001"),
        ({"fastest": 0.99}, "0.99"),
        ({"fastest": 2.01}, "2.01"),
        ({"fastest": math.nan}, "nan"),
        ({"fastest": math.inf}, "inf"),
        ({"shift_s": 86_401}, "86401"),
        ({"shift_s": math.nan}, "nan"),
    ],
)
def test_a_wrong_choice_is_named_with_what_may_be_given(chosen: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(**chosen)
    assert named in caught.value.fault
    assert caught.value.remedy.startswith(("give", "choose"))
    assert "\n" not in str(caught.value)


def test_subtitles_are_not_moved_to_speech_that_is_not_heard() -> None:
    with pytest.raises(UsageError, match="--no-hear"):
        Settings(sync=True, hear=False)


def test_settings_are_values() -> None:
    assert Settings(fastest=1.2) == Settings(fastest=1.2)
    assert Settings(fastest=1.2) != Settings()
    assert dataclasses.replace(Settings(), strict=True).strict
    assert pickle.loads(pickle.dumps(Settings(fastest=1.2))) == Settings(fastest=1.2)  # noqa: S301
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().fastest = 3  # type: ignore[misc]


def test_changed_settings_are_checked_again() -> None:
    with pytest.raises(UsageError):
        dataclasses.replace(Settings(), fastest=9)


@pytest.mark.parametrize(
    ("given", "remedy"),
    [({"subs": False, "hear": False}, "--no-hear"), ({"subs": False, "subs_track": "en"}, "--subs-track")],
)
def test_subtitles_that_are_chosen_and_not_used(given: dict[str, Any], remedy: str) -> None:
    with pytest.raises(UsageError, match=remedy):
        Settings(**given)


def a_wrong_value(hint: str) -> list[object]:
    wrong: list[object] = [Path("a"), b"a", [], {}, object(), 1j]
    if "bool" not in hint:
        wrong.append(True)
    if "None" not in hint and hint != "Depth":
        wrong.append(None)
    if not any(kind in hint for kind in ("str", "Density", "Depth", "Kind")):
        wrong.append("1")
    if not any(kind in hint for kind in ("float", "Depth")):
        wrong.append(1.0)
    if not any(kind in hint for kind in ("int", "float", "Depth")):
        wrong.append(1)
    return wrong


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (kind, field.name, str(field.type))
        for kind in (Settings, SoundSettings, Ducking)
        for field in dataclasses.fields(kind)
    ],
)
def test_a_value_of_another_type_is_named_with_its_field(kind: type, name: str, hint: str) -> None:
    for value in a_wrong_value(hint):
        with pytest.raises(UsageError) as caught:
            kind(**{name: value})
        assert f"{kind.__name__}: {name} is " in caught.value.fault
        assert caught.value.remedy.startswith("give ")


def test_a_whole_number_is_a_number() -> None:
    assert Settings(fastest=1, shift_s=2).fastest == 1
    assert Settings(audio_track="de").audio_track == "de"
    assert Ducking(depth_db=-3).depth_db == -3
