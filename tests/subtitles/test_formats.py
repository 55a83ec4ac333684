"""A format is known by what is in a file; files without text are refused with what they are."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from subtitles.samples import SAMPLES

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.scripts import read_script
from audiodesc.subtitles import format_of, read_file
from audiodesc.subtitles.formats import FORMATS, SIGNATURES, detected, is_stl, refuse_non_text
from audiodesc.subtitles.source import Source


def form(text: str) -> str:
    return detected(Source(Path("film.txt"), text.encode(), text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WEBVTT", "webvtt"),
        ("\n\nWEBVTT a film\n", "webvtt"),
        ("Scenarist_SCC V1.0\n", "scc"),
        ("<SAMI>\n<HEAD>", "sami"),
        ("<?xml version='1.0'?>\n<!-- a --><sami>", "sami"),
        ("<tt xmlns='http://www.w3.org/ns/ttml'>", "ttml"),
        ("<?xml version='1.0'?><!-- made by x --><tt:tt>", "ttml"),
        ("[Script Info]\n", "ass"),
        ("; a remark\n[V4+ Styles]\n", "ass"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello.", "srt"),
        ("made by x\n\n7\n00:00:01 --> 00:00:02\nHello.", "srt"),
        ("0:00:01.000,0:00:02.000\nHello.", "sbv"),
        ("{1}{1}25\n{10}{20}Hello.", "microdvd"),
        ("{10}{}Hello.", "microdvd"),
        ("[10][20]Hello.", "mpl2"),
        ("00:00:01:Hello.", "tmplayer"),
    ],
)
def test_a_format_is_known_by_its_beginning_or_its_first_cue(text: str, expected: str) -> None:
    assert form(text) == expected


@pytest.mark.parametrize("text", ["WEBVT", "Dear diary", "00:01 it began", "[a][b]", "{a}{b}", "1\n2\n3\n", "", "\x00"])
def test_what_looks_like_none_is_refused_with_what_is_known(text: str) -> None:
    with pytest.raises(SubtitleError, match="not subtitles in a known format") as caught:
        form(text)
    assert "WebVTT" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [("<html><body>", "<html>"), ("<rss>", "<rss>"), ("<", "<?>"), ("<?xml version='1.0'?><BDN>", "pictures")],
)
def test_other_xml_is_refused_by_its_name(text: str, said: str) -> None:
    with pytest.raises(SubtitleError) as caught:
        form(text)
    assert said in str(caught.value)


def test_ebu_stl_is_known_by_its_head() -> None:
    assert is_stl(SAMPLES["stl"])
    assert is_stl(b"437STL30.01" + b" " * 1013)
    assert not is_stl(b"850STL")
    assert not is_stl(b"1\n00:00:01,000 --> 00:00:02,000\nSTL25.01")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_reader(name: str) -> None:
    assert callable(FORMATS[name].read)


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
    if kind is ScriptError:  # what helps with subtitles is no help with a script
        assert "--subs" not in caught.value.remedy
        assert "subtitles" not in caught.value.remedy


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


@pytest.mark.parametrize(("kind", "as_what"), [("text", ".docx"), ("spreadsheet", ".xlsx")])
def test_a_script_in_another_office_format_is_to_be_saved_as_one_that_is_read(
    kind: str, as_what: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.odx"
    path.write_bytes(archive("content.xml", first=OPEN_DOCUMENT + kind))
    with pytest.raises(ScriptError, match=f"save it as {as_what}, or as "):
        read_script(path)


def test_pictures_are_to_be_given_as_text() -> None:
    assert all("as text" in remedy for fault, remedy in SIGNATURES.values() if "pictures" in fault)
