"""Closed captions in one packet: what is written is read, and nothing else is."""

from __future__ import annotations

import pytest
from captioned import escaped, with_triplets
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.media.closed_captions import in_packet

MARK = b"\xb5\x00\x31GA94\x03"
PICTURE = b"\0\0\0\3\x65ab"
TRIPLETS = st.lists(
    st.tuples(st.sampled_from([4, 5, 0xFC, 0xFD]), st.integers(0, 255), st.integers(1, 127)), max_size=31
)


@given(TRIPLETS)
def test_what_is_written_is_read(triplets: list[tuple[int, int, int]]) -> None:
    data = b"".join(map(bytes, triplets))
    for codec in ("h264", "hevc", "mpeg2video"):
        picture = b"\0\0\1\1picture" if codec == "mpeg2video" else PICTURE if codec == "h264" else b"\0\0\0\3\x02ab"
        assert b"".join(in_packet(with_triplets(picture, data, codec), codec)) == data


@given(st.binary(max_size=200), st.binary(max_size=20), st.sampled_from(["h264", "mpeg2video", "av1", "vp9"]))
def test_whatever_stands_there_is_triplets_or_nothing(data: bytes, before: bytes, codec: str) -> None:
    for mark in (MARK, b"\0\0\1\xb2GA94\x03"):
        assert all(len(triplet) == 3 for triplet in in_packet(before + mark + data, codec))


@pytest.mark.parametrize("kept", range(12))
def test_a_message_that_is_cut_off_gives_what_is_whole(kept: int) -> None:
    whole = MARK + b"\x43\xff" + b"\xfcab" * 3
    assert len(list(in_packet(whole[: len(MARK) + kept], "av1"))) == max(0, kept - 2) // 3


def test_a_message_without_captions_and_several_in_one_packet() -> None:
    one, none, other = (
        MARK + flags + b"\xff\xfc" + text for flags, text in ((b"\x41", b"ab"), (b"\x01", b"cd"), (b"\x41", b"ef"))
    )
    assert list(in_packet(one + none + other, "av1")) == [b"\xfcab", b"\xfcef"]


def test_zeros_and_a_three_are_as_they_are_where_nothing_is_escaped() -> None:
    data = MARK + b"\x41\xff\xfc\0\0\3\xfcab"
    assert escaped(data) != data
    assert list(in_packet(MARK + b"\x42\xff\xfc\0\3\xfc\0\x03", "av1")) == [b"\xfc\0\3", b"\xfc\0\3"]
