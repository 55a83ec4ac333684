from __future__ import annotations

import pytest

from audiodesc.describers.basic.latin import alike, readable, spoken, within


@pytest.mark.parametrize(
    "text",
    [
        "THE LAST FERRY",
        "Plan 9 from Outer Space",
        "Paris, 1944",
        "Rue de l’Église",
        "FÜNF JAHRE SPÄTER",
        "¡Adiós!",
        "Exit",
    ],
)
def test_can_be_read_aloud(text: str) -> None:
    assert readable(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "1944",
        "12:30",
        "IIIIII",
        "mIIIl",
        "xkcd qwrt",
        "Привет мир",
        "東京",
        "ab∂ƒ™¬",
        "a - - - - - - b c",
        "www.example.org",
        "http://durian.blender.org",
        "x" * 161,
        "CRETEDWITHTHEFRECNSOUTEUTORAMBLENDER",
    ],
)
def test_cannot_be_read_aloud(text: str) -> None:
    assert not readable(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("THE LAST FERRY", "The Last Ferry"),
        ("PLAN 9 FROM OUTER SPACE", "Plan 9 From Outer Space"),
        ("Rue de Londres", "Rue de Londres"),
        ("McDONALD’S", "McDONALD’S"),
        ("FBI HQ", "FBI HQ"),
        ("ÉGLISE D’OR", "Église D’or"),
        ("HALINA REIJN - THOM HOFFMAN", "Halina Reijn, Thom Hoffman"),
        ("Vice President- Southern Europe", "Vice President, Southern Europe"),
        ("Spider-Man", "Spider-Man"),
        ("  COMING   SOON. ", "Coming Soon"),
        ("WHO GOES THERE?", "Who Goes There?"),
    ],
)
def test_spelled_for_a_narrator(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("THE LAST FERRY", "The last ferry.", True),
        ("SINTEL", "S I N T E L", True),
        ("PLAN 9 FROM OUTER SPACE", "PLAN 9 FROM OUTER SPAGE", True),
        ("Chapter 1: The beginning", "Chapter 2: The beginning", False),
        ("North Harbour", "South Harbour", False),
        ("Paris", "London", False),
    ],
)
def test_alike(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


@pytest.mark.parametrize(
    ("text", "longer", "is_in"),
    [
        ("PARIS", "Text on screen: Google Paris.", True),
        ("The Last Ferry", "Text on screen: The Last Ferry. A face is close.", True),
        ("OPEN MOVIE", "OPENMOVIE PROJECT", True),
        ("ART", "Bartender", False),
        ("Google Paris", "PARIS", False),
    ],
)
def test_within(text: str, longer: str, is_in: bool) -> None:
    assert within(text, longer) is is_in
