"""Who speaks in a cue."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.subtitles.kinds import split_speaker


@pytest.mark.parametrize(
    ("text", "said", "speaker", "names"),
    [
        ("MARY: Hello.", "Hello.", "Mary", ("Mary",)),
        ("- MARY: Hello.", "Hello.", "Mary", ("Mary",)),
        ("MARY (whispering): Hello.", "Hello.", "Mary", ("Mary",)),
        ("MARY [V.O.]: Hello.", "Hello.", "Mary", ("Mary",)),
        ("(Mary): Hello.", "Hello.", "Mary", ("Mary",)),
        ("[ANNA]: Hello.", "Hello.", "Anna", ("Anna",)),
        ("МАРИЯ: Привет.", "Привет.", "Мария", ("Мария",)),
        ("MAN #1: Hello.", "Hello.", "Man #1", ("Man #1",)),
        (">>> TOM & JERRY: Hello.", "Hello.", "Tom & Jerry", ("Tom & Jerry",)),
        (">> Hello.", "Hello.", "", ()),
        ("MARY: Hello.\nHow are you?", "Hello.\nHow are you?", "Mary", ("Mary",)),
    ],
)
def test_one_name_is_taken_out_of_the_text(text: str, said: str, speaker: str, names: tuple[str, ...]) -> None:
    assert split_speaker(text, "") == (said, speaker, names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("MARY: Hi.\nTOM: Yes.", ("Mary", "Tom")),
        ("- MARY: Hi.\n- TOM: Yes.", ("Mary", "Tom")),
        ("- MARY: Hi.\n- Yes.", ("Mary",)),
        ("Hi.\nTOM: Yes.", ("Tom",)),
        ("- Hi.\n- Yes.", ()),
    ],
)
def test_with_two_voices_the_text_tells_them_apart(text: str, names: tuple[str, ...]) -> None:
    assert split_speaker(text, "") == (text, "", names)


def test_turns_become_dashes_where_there_are_several() -> None:
    assert split_speaker(">> Hi.\n>> Yes.", "") == ("- Hi.\n- Yes.", "", ())


@pytest.mark.parametrize(
    "text",
    [
        "I SAID: come here.",
        "AND THE WINNER IS: you.",
        "THE PRICE OF ALL THE TEA: low.",
        "12: a number",
        "Tomorrow: rain.",
        "MARY:",
        "X: y",
        "10:30",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert split_speaker(text, "") == (text, "", ())


def test_names_that_the_format_gives_are_kept() -> None:
    assert split_speaker("Hi.", "Anna") == ("Hi.", "Anna", ("Anna",))
    assert split_speaker("Anna: Hi.\nBob: Yes.", "", ("Anna", "Bob")) == ("Anna: Hi.\nBob: Yes.", "", ("Anna", "Bob"))
    assert split_speaker("Hi.", "", ("Anna",)) == ("Hi.", "Anna", ("Anna",))


@given(st.text(alphabet="AB:-> ()[]\n.ab", max_size=30))
def test_nothing_that_is_said_is_lost(text: str) -> None:
    said, speaker, names = split_speaker(text, "")
    assert bool(said) == bool(text)
    lost = sum(map(str.isalpha, text)) - sum(map(str.isalpha, said))
    assert lost <= 30 + 30 if speaker or names else lost == 0
