"""Signs and songs, by the marks of ASS and SRT."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audiodesc.subtitles.kinds import ass_kind, is_sign, top_kind, without_doubtful_signs
from audiodesc.subtitles.source import RawCue


@pytest.mark.parametrize(
    "style", ["Signs", "sign", "TS", "Title", "EpisodeTitle", "On-Screen", "main_signs", "TL-Note"]
)
def test_styles_that_are_named_for_signs(style: str) -> None:
    assert is_sign(style) or ass_kind(style, "", "", "Cafe") == "on_screen"


@pytest.mark.parametrize("style", ["Default", "Subtitle", "Designs", "Italics", "Main", "Mats", "Entitled", "Assigned"])
def test_styles_that_are_not(style: str) -> None:
    assert ass_kind(style, "", "", "Come here") is None


@pytest.mark.parametrize("style", ["Song", "OP", "ED", "ED2", "OP-romaji", "Karaoke", "Lyrics EN", "insert-song"])
def test_styles_that_are_named_for_songs(style: str) -> None:
    assert ass_kind(style, "", "", "la la") == "lyrics"


@pytest.mark.parametrize("style", ["Ed", "Opal", "Operator", "Edward", "Shop", "Red"])
def test_names_that_only_begin_like_songs(style: str) -> None:
    assert ass_kind(style, "", "", "Come here") is None


@pytest.mark.parametrize("text", [r"{\k20}la", r"{\K20}la", r"{\kf20}la", r"{\ko20}la"])
def test_syllables_that_are_timed_are_sung(text: str) -> None:
    assert ass_kind("Default", "", "", text) == "lyrics"


@pytest.mark.parametrize("text", [r"{\pos(1,2)\clip(0,0,9,9)}A", r"{\move(1,2,3,4)\frz30}A", r"{\pos(1,2)\fax-0.2}A"])
def test_what_is_placed_and_shaped_is_a_sign(text: str) -> None:
    assert ass_kind("Default", "", "", text) == "on_screen"


@pytest.mark.parametrize("text", [r"{\pos(1,2)}A", r"{\frz30}A", r"{\i1}A", "A"])
def test_what_is_only_placed_or_only_slanted_is_not(text: str) -> None:
    assert ass_kind("Default", "", "", text) is None


def test_who_is_named_speaks_whatever_the_style() -> None:
    assert ass_kind("Signs", "Anna", "", "Come here") is None
    assert ass_kind("Default", "Sign", "", "Cafe") == "on_screen"


@pytest.mark.parametrize(
    "shown", ["TOKYO, 1964", "Tokyo Station", "Tokyo 1964", "Museum of Modern Art", "КАФЕ", "POLICE"]
)
def test_titles_at_the_top(shown: str) -> None:
    assert top_kind(rf"{{\an8}}{shown}", shown) == "on_screen"
    assert top_kind(shown, shown) is None
    assert top_kind(rf"{{\an2}}{shown}", shown) is None


@pytest.mark.parametrize(
    "shown",
    [
        "Come here!",
        "Come here",
        "Come",
        "- HELLO",
        ">> HELLO",
        "♪ LA",
        "",
        "I saw him.",
        "I DON'T KNOW.",
        "I DON'T KNOW",
        "NO!",
        "NO",
        "STOP! NOW",
        "“Come home now.”",
        "“Keep out”",
        "«Défense d'entrer»",
        "Can you get me",
        "I do not",
        "Oh my God",
        "Yes Sir",
        "We are off to see him",
        "Then off to see Mary",
        "그는 집에 갔어",
        "彼は 家に",
        "1964",
    ],
)
def test_speech_at_the_top(shown: str) -> None:
    assert top_kind(rf"{{\an8}}{shown}", shown) is None


TITLE = RawCue(0, 1, "TOKYO", kind="on_screen")


@pytest.mark.parametrize(
    ("lines", "is_sign"),
    [
        (["Hello.", "Who is it?", "Me."], True),
        (["Hello.", "Who is it?", "Me.", "NO!", "Yes."], True),
        (["HELLO.", "WHO IS IT?", "Me."], False),
        (["Hello.", "Who is it?", "Me.", "NO!", "YES!"], False),
        (["hello", "who is it?", "me."], False),
    ],
)
def test_no_sign_is_told_where_speech_looks_like_one(lines: list[str], is_sign: bool) -> None:
    spoken = [RawCue(0, 1, line) for line in lines]
    assert without_doubtful_signs([TITLE, *spoken]) == [TITLE if is_sign else replace(TITLE, kind=None), *spoken]


def test_songs_keep_their_kind() -> None:
    song = RawCue(0, 1, "LA", kind="lyrics")
    assert without_doubtful_signs([song, RawCue(0, 1, "HELLO")])[0] == song
