"""What a user may choose of the sound, and what is said about a wrong choice."""

from __future__ import annotations

import math
from typing import Any

import pytest

from audiodesc.errors import UsageError
from audiodesc.mix.levels import SoundSettings


@pytest.mark.parametrize(
    "chosen",
    [
        {"track": "flac", "bits": 16},
        {"track": "wav", "bits": 24},
        {"loudness": "r128"},
        {"loudness": "a85"},
        {"loudness": "streaming"},
        {"pan": -1},
        {"pan": 1},
        {"downmix": "stereo"},
        {"stems": True},
    ],
)
def test_what_may_be_chosen(chosen: dict[str, Any]) -> None:
    made = SoundSettings(**chosen)
    assert {name: getattr(made, name) for name in chosen} == chosen


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        ({"track": "mp3"}, "'mp3'"),
        ({"track": ""}, "''"),
        ({"loudness": "loud"}, "'loud'"),
        ({"bits": 20}, "20 bits"),
        ({"bits": 32}, "32 bits"),
        ({"pan": 1.01}, "1.01"),
        ({"pan": math.nan}, "nan"),
        ({"downmix": "5.1"}, "'5.1'"),
    ],
)
def test_a_wrong_choice_is_named_with_what_may_be_given(chosen: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        SoundSettings(**chosen)
    assert named in caught.value.fault
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "known"),
    [("track", ("m4a", "flac", "wav")), ("loudness", ("source", "r128", "a85", "streaming")), ("downmix", ("stereo",))],
)
def test_an_unknown_name_lists_the_known_ones(name: str, known: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        SoundSettings(**{name: "none such"})  # type: ignore[arg-type]
    assert all(one in caught.value.remedy for one in known)
