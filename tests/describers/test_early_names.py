"""Names that only later dialogue gives are kept out of lines; words that name nobody are not taken for names."""

from __future__ import annotations

import pytest

from audiodesc.describers.base import LineRequest
from audiodesc.describers.rules import broken_rules
from audiodesc.model import Cue, Span


def early(line: str, said: str) -> list[str]:
    """The early names of a line before which nothing was said, and after which this is."""
    request = LineRequest("1. Nothing else.", 20, "en", dialogue_after=(Cue(Span(0, 10), said),))
    return [one.why.split()[5] for one in broken_rules(line, request) if one.rule == "early name"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Police cars stop.", "The Police are here."),
        ("An FBI agent enters.", "The FBI wants you."),
        ("The TV glows.", "Turn off the TV!"),
        ("Snow covers Christmas trees.", "Merry Christmas!"),
        ("Gulls circle.", "Gulls! Look!"),
        ("Cranes tower above the quay.", "Cranes, everywhere!"),
        ("Fire spreads.", "Fire! Fire!"),
        ("Mother and child hug.", "Mother, please!"),
        ("A German soldier nods.", "A German, here?"),
        ("Outside, gulls circle.", "Outside, now!"),
        ("The bill lies there.", "The Bill, please."),
    ],
)
def test_what_names_nobody_is_no_early_name(line: str, said: str) -> None:
    assert early(line, said) == []


@pytest.mark.parametrize(
    ("line", "said", "name"),
    [
        ("Tom waits.", "Tom, come!", "Tom"),
        ("Lars waits.", "Lars, come!", "Lars"),
        ("A man hugs Mia.", "I love Mia.", "Mia"),
        ("Captain Berg salutes.", "Yes, Captain Berg.", "Berg"),
        ("Paris glitters.", "We go to Paris.", "Paris"),
    ],
)
def test_a_name_that_only_what_follows_gives_is_early(line: str, said: str, name: str) -> None:
    assert early(line, said) == [name]
