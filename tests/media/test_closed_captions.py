"""Closed captions in the packets of pictures: with the picture that shows them, and nothing else. Closed captions in
one packet: what is written is read, and nothing else is."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pytest
from captioned import RATES, beside, captioned, encoded, escaped, with_triplets
from films import FFMPEG
from hypothesis import given
from hypothesis import strategies as st
from line21 import RDC, ROW_15, sent, words

from audiodesc.errors import SubtitleError
from audiodesc.media import closed_captions
from audiodesc.media.closed_captions import BESIDE, IN_PICTURE, captions, glimpse, in_packet, line_21
from audiodesc.media.probe import probe

COUNT = 60


def numbered(frame: int) -> bytes:
    """A triplet that tells its frame, one of the other field, and what means nothing."""
    return bytes([0xFC, 1 + frame // 100, frame % 100]) + b"\xfd\x01\0" + b"\xfa\0\0" + b"\xfc\x80\x80" + b"\xf8ab"


def said(frame: int) -> list[bytes]:
    return [numbered(frame)[:3], numbered(frame)[3:6]]


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        *(("libx264", suffix) for suffix in (".mp4", ".mkv", ".ts", ".mov")),
        *(("libx265", suffix) for suffix in (".mp4", ".mkv", ".ts")),
        *(("libsvtav1", suffix) for suffix in (".mp4", ".mkv")),
        *(("mpeg2video", suffix) for suffix in (".ts", ".mkv", ".mpg")),
    ],
)
def test_captions_are_told_with_the_picture_that_carries_them(
    tmp_path: Path, codec: str, suffix: str, fps: Fraction
) -> None:
    path = captioned(encoded(tmp_path / "plain.mp4", fps, COUNT, codec), tmp_path / f"film{suffix}", numbered)
    found = captions(probe(path))[IN_PICTURE]
    assert [triplet for _, triplet in found] == [triplet for frame in range(COUNT) for triplet in said(frame)]
    assert [time for time, _ in found[::2]] == pytest.approx([frame * 1000 / fps for frame in range(COUNT)], abs=1)
    assert [triplet for _, triplet in found] == decoded(path)


def decoded(path: Path) -> list[bytes]:
    """What FFmpeg finds in the pictures, in the order in which it shows them."""
    with av.open(str(path)) as film:
        # PyAV's types know one kind of side data only.
        beside = [bytes(frame.side_data["A53_CC"]) for frame in film.decode(video=0)]  # type: ignore[typeddict-item]
    return [triplet for data in beside for triplet in line_21(data)]


def test_avi_does_not_know_when_pictures_are_shown(tmp_path: Path) -> None:
    source = captioned(encoded(tmp_path / "plain.mp4", RATES[0], COUNT), tmp_path / "film.mp4", numbered)
    path = tmp_path / "film.avi"
    subprocess.run([FFMPEG, "-loglevel", "error", "-i", source, "-c", "copy", path], check=True)
    found = captions(probe(path))[IN_PICTURE]
    assert [triplet for _, triplet in found] == [triplet for frame in range(COUNT) for triplet in said(frame)]
    times = [time for time, _ in found]
    assert times == sorted(times)
    assert len(set(times)) == COUNT


@pytest.mark.parametrize("also_inside", [False, True])
def test_captions_in_ancillary_data_of_mxf(tmp_path: Path, also_inside: bool) -> None:
    plain = encoded(tmp_path / "plain.mp4", RATES[0], COUNT, "mpeg2video")
    if also_inside:
        plain = captioned(plain, tmp_path / "inside.mp4", numbered)
    film = probe(beside(plain, tmp_path / "film.mxf", RATES[0], sent((10, words(RDC, ROW_15, "Hello.")))))
    told = captions(film)
    assert list(told) == ([IN_PICTURE, BESIDE] if also_inside else [BESIDE])
    assert [triplet for _, triplet in told[BESIDE]] == [
        b"\xfc" + bytes.fromhex(w) for w in words(RDC, ROW_15, "Hello.")
    ]
    assert [time for time, _ in told[BESIDE]] == [round(frame * 1000 / RATES[0]) for frame in range(10, 17)]
    assert set(glimpse(film)) >= {triplet for _, triplet in told[BESIDE]}


def test_a_film_without_captions_has_none(tmp_path: Path) -> None:
    film = probe(encoded(tmp_path / "plain.mp4", RATES[0], COUNT))
    assert captions(film) == {}
    assert list(glimpse(film)) == []


def test_a_glimpse_sees_what_begins_late_in_a_long_film(tmp_path: Path) -> None:
    # Two frames a second: 400 s, of which the beginning and twenty places of 10 s are looked at.
    plain = encoded(tmp_path / "plain.mp4", Fraction(2), 800)
    path = captioned(plain, tmp_path / "film.ts", lambda frame: numbered(frame) if frame > 500 else b"")
    seen = set(glimpse(probe(path)))
    assert seen
    assert seen <= {triplet for frame in range(501, 800) for triplet in said(frame)}


def test_more_than_any_film_says_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed_captions, "MOST", 0)
    path = captioned(encoded(tmp_path / "plain.mp4", RATES[0], COUNT), tmp_path / "film.mp4", numbered)
    with pytest.raises(SubtitleError, match="more closed captions"):
        captions(probe(path))


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
