"""Subtitles as pictures, and files that are none: refused with what to give instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.subtitles.pictures import HEADS, refuse

FILM = Path("film.sub")
PGS = b"PG" + bytes(4) + bytes(4) + b"\x16" + b"\0\x13" + bytes(50)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (PGS, "PGS"),
        (b"\0\0\1\xba\x44" + bytes(50), "VobSub"),
        (b"# VobSub index file, v7 (do not modify)\n", "VobSub"),
        (b"\xef\xbb\xbf# VobSub index file, v7\n", "VobSub"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\3\4\x14\0", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"{\\rtf1\\ansi Hello}", "RTF"),
        (b"\x1a\x45\xdf\xa3\x01", "Matroska"),
        (b"\0\0\0\x20ftypisom", "MP4"),
        ((b"G" + bytes(187)) * 4, "transport stream"),
        (b"File Format=MacCaption_MCC V1.0", "MCC"),
    ],
)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_what_holds_no_text_is_refused_by_name(head: bytes, said: str, kind: type[InputError]) -> None:
    with pytest.raises(kind) as caught:
        refuse(FILM, head, kind)
    assert said in caught.value.fault
    assert caught.value.fault.startswith(str(FILM))
    assert caught.value.remedy


@pytest.mark.parametrize("head", [b"PG-13 is what he said it was.", b"1\n00:00:01,000", b"WEBVTT", b"PG", b"GGGG", b""])
def test_text_is_not(head: bytes) -> None:
    refuse(FILM, head, SubtitleError)


def test_pictures_are_to_be_given_as_text() -> None:
    assert all("as text" in remedy for fault, remedy in HEADS.values() if "pictures" in fault)
