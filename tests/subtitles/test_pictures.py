"""Subtitles as pictures, and files that are none: refused with what to give instead."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.scripts import read_script
from audiodesc.subtitles import format_of, read_file
from audiodesc.subtitles.formats import SIGNATURES, refuse_non_text

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
        (b"%PDF-1.7", "PDF"),
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
        refuse_non_text(FILM, head, kind)
    assert said in caught.value.fault
    assert caught.value.fault.startswith(str(FILM))
    assert caught.value.remedy


@pytest.mark.parametrize("head", [b"PG-13 is what he said it was.", b"1\n00:00:01,000", b"WEBVTT", b"PG", b"GGGG", b""])
def test_text_is_not(head: bytes) -> None:
    refuse_non_text(FILM, head, SubtitleError)


def archive(*names: str, first: str = "") -> bytes:
    """A ZIP archive of empty files; `first` is the content of one that is called mimetype."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        if first:
            file.writestr("mimetype", first)
        for name in names:
            file.writestr(name, "")
    return held.getvalue()


OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


@pytest.mark.parametrize(
    ("name", "raw", "what", "as_what"),
    [
        ("a.docx", archive("[Content_Types].xml", "word/document.xml"), "a Word document", "plain text"),
        ("a.xlsx", archive("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook", "CSV"),
        ("a.odt", archive("content.xml", first=OPEN_DOCUMENT + "text"), "(Writer)", "plain text"),
        ("a.ods", archive("content.xml", first=OPEN_DOCUMENT + "spreadsheet"), "(Calc)", "CSV"),
        ("a.pages", archive("Index/Document.iwa"), "a Pages document", "plain text"),
        ("a.numbers", archive("Index/Document.iwa"), "a Numbers spreadsheet", "CSV"),
        ("a.doc", OLD_OFFICE + "WordDocument".encode("utf-16-le"), "a Word document", "plain text"),
        ("a.xls", OLD_OFFICE + "Workbook".encode("utf-16-le"), "an Excel workbook", "CSV"),
        ("a.rtf", b"{\\rtf1 00:00:01}", "an RTF document", "plain text"),
        ("a.zip", archive("film.srt"), "a ZIP archive", "unpack it"),
    ],
)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_documents_are_called_what_they_are(
    name: str, raw: bytes, what: str, as_what: str, kind: type[InputError], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    for reads in (read_file, format_of) if kind is SubtitleError else (read_script,):
        with pytest.raises(kind) as caught:
            reads(path)
        assert what in caught.value.fault
        assert as_what in caught.value.remedy


def test_pictures_are_to_be_given_as_text() -> None:
    assert all("as text" in remedy for fault, remedy in SIGNATURES.values() if "pictures" in fault)
