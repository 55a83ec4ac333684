"""Encrypted films are refused with one line: their samples are noise."""

from __future__ import annotations

from pathlib import Path

import pytest
from clicking import clicking, ffmpeg

from audiodesc.errors import FilmError
from audiodesc.media.probe import probe

TRACKS = b"\x16\x54\xae\x6b"
KEY = ["-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"]


def check_refused(film: Path) -> None:
    with pytest.raises(FilmError, match="is encrypted") as caught:
        probe(film)
    assert str(film) in caught.value.fault
    assert caught.value.remedy


def test_mp4_of_common_encryption(tmp_path: Path) -> None:
    source, film = clicking(tmp_path, ".mp4", "aac"), tmp_path / "film.mp4"
    ffmpeg("-i", source, "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *KEY, film)
    check_refused(film)


@pytest.mark.parametrize(("clear", "protected"), [(b"avc1", b"encv"), (b"mp4a", b"enca"), (b"mp4a", b"drms")])
def test_a_sample_entry_that_says_so(tmp_path: Path, clear: bytes, protected: bytes) -> None:
    film = clicking(tmp_path, ".mp4", "aac")
    content = film.read_bytes()
    at = content.rindex(b"stsd", 0, content.rindex(clear))
    entry = content.index(clear, at)
    film.write_bytes(content[:entry] + protected + content[entry + 4 :])
    check_refused(film)


def test_a_transport_stream_that_is_scrambled(tmp_path: Path) -> None:
    film = clicking(tmp_path, ".ts", "ac3")
    assert probe(film).audio_tracks
    content = bytearray(film.read_bytes())
    for at in range(0, len(content), 188):
        if content[at + 1] & 0x1F or content[at + 2] > 0x1F:  # not the tables
            content[at + 3] |= 0x80
    film.write_bytes(content)
    with pytest.raises(FilmError):
        probe(film)


def element(name: bytes, content: bytes) -> bytes:
    """Of EBML, with a size of eight bytes."""
    return name + b"\x01" + len(content).to_bytes(7) + content


def content_of(content: bytes, name: bytes, start: int) -> tuple[int, int, int]:
    """Where the first element of a name lies, where its content begins, and where that ends."""
    at = content.index(name, start)
    size_at = at + len(name)
    length = 9 - content[size_at].bit_length()
    size = int.from_bytes(content[size_at : size_at + length]) & ((1 << 7 * length) - 1)
    return at, size_at + length, size_at + length + size


def test_a_track_of_matroska_with_a_key(tmp_path: Path) -> None:
    source, film = clicking(tmp_path, ".mkv", "aac"), tmp_path / "film.mkv"
    ffmpeg("-i", source, "-c", "copy", "-live", 1, "-write_crc32", 0, film)
    assert probe(film).audio_tracks
    encryption = element(b"\x50\x35", element(b"\x47\xe1", b"\x05") + element(b"\x47\xe2", b"0123456789abcdef"))
    kind = element(b"\x50\x33", b"\x01")
    encodings = element(b"\x6d\x80", element(b"\x62\x40", kind + encryption))
    content = film.read_bytes()
    tracks, inner, tracks_end = content_of(content, TRACKS, content.index(TRACKS) + 4)  # the first is a reference
    entry, entry_inner, entry_end = content_of(content, b"\xae", inner)
    longer = element(b"\xae", content[entry_inner:entry_end] + encodings)
    listed = element(TRACKS, content[inner:entry] + longer + content[entry_end:tracks_end])
    film.write_bytes(content[:tracks] + listed + content[tracks_end:])
    check_refused(film)
