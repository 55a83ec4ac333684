"""Line 21 -> four channels: each says what was sent for it, whatever is sent beside it."""

from __future__ import annotations

from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line21 import CR, EDM, EOC, RCL, ROW_15, RU2, cc, cc_text, channel, words

from audiodesc.subtitles.captions import by_channel

TEXT_RESTART = 0x142A
NAMES = {1: "CC1", 2: "CC2", 3: "CC3", 4: "CC4"}


def triplets(number: int, burst: list[str]) -> list[bytes]:
    return [(b"\xfd" if number > 2 else b"\xfc") + bytes.fromhex(word) for word in burst]


def split(*sent: bytes) -> dict[str, list[int]]:
    return {name: [word.value for word in found] for name, found in by_channel(enumerate(sent)).items()}


def values(burst: list[str]) -> list[int]:
    """Without parity."""
    return [int(word, 16) & 0x7F7F for word in burst]


SAID = words(RU2, CR, ROW_15, "Hello.", EDM)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_channels_words_are_as_the_first_channel_has_them(number: int) -> None:
    burst = channel(number, RU2, CR, ROW_15, "Hello.", EDM)
    assert split(*triplets(number, burst)) == {NAMES[number]: values(SAID)}


@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=8), st.randoms())
def test_channels_do_not_mix(numbers: list[int], order: object) -> None:
    """Bursts of the two channels of a field take turns; both fields go on at once."""
    fields: dict[bool, list[bytes]] = {False: [], True: []}
    said: dict[str, list[int]] = {}
    for at, number in enumerate(numbers):
        fields[number > 2] += triplets(number, channel(number, RU2, CR, ROW_15, f"Line {at}."))
        said.setdefault(NAMES[number], []).extend(values(words(RU2, CR, ROW_15, f"Line {at}.")))
    mixed = [one for both in zip_longest(fields[False], fields[True]) for one in both if one]
    assert split(*mixed) == said


def test_the_first_of_each_field_ranks_before_the_others() -> None:
    sent = [one for number in (4, 2, 3, 1) for one in triplets(number, channel(number, RCL, "Hi", EOC))]
    assert list(split(*sent)) == ["CC1", "CC3", "CC2", "CC4"]


def test_text_that_is_not_captions_is_left_out_and_captions_go_on_behind_it() -> None:
    sent = words(RU2, "One", TEXT_RESTART, "http", EDM, RU2, "Two")
    assert split(*triplets(1, sent)) == {"CC1": values(words(RU2, "One", EDM, RU2, "Two"))}


def test_other_data_between_captions_is_left_out() -> None:
    # Extended data services: a class and a type, letters, an end; captions go on with a code.
    data = ["0183", *cc_text("Programme name"), "8f2a"]
    sent = [*channel(3, RU2, CR, ROW_15, "Hello"), *data, *channel(3, RU2), *cc_text(" you")]
    assert split(*triplets(3, sent)) == {"CC3": values(words(RU2, CR, ROW_15, "Hello", RU2, " you"))}


def test_data_that_is_not_ended_ends_with_a_code() -> None:
    sent = ["0183", *cc_text("Programme name"), *channel(3, RU2, "Hi")]
    assert split(*triplets(3, sent)) == {"CC3": values(words(RU2, "Hi"))}


def test_damaged_words_are_left_out() -> None:
    sent = words(RU2, "Hello.")
    broken = bytearray(bytes.fromhex(sent[3]))
    broken[1] ^= 0x10
    got = split(*triplets(1, [*sent[:3], broken.hex(), *sent[4:]]))
    assert got == {"CC1": values([*sent[:3], *sent[4:]])}


def test_a_sender_that_knows_no_parity_is_read() -> None:
    bare = [f"{value:04x}" for value in values(words(RU2, "Hello.", EDM))]
    assert split(*triplets(1, bare)) == {"CC1": values(words(RU2, "Hello.", EDM))}


def test_letters_before_any_code_are_of_no_channel() -> None:
    assert split(*triplets(1, cc_text("the end of a line"))) == {}


def test_a_channel_without_letters_is_none() -> None:
    assert split(*triplets(1, cc(RCL, EOC, EDM))) == {}


@given(st.lists(st.tuples(st.sampled_from([4, 5, 0xFC, 0xFD]), st.integers(0, 255), st.integers(0, 255))))
def test_whatever_is_sent_is_words_of_captions(sent: list[tuple[int, int, int]]) -> None:
    for found in by_channel((0, bytes(one)) for one in sent).values():
        assert all(0x1000 <= word.value < 0x8000 for word in found)
