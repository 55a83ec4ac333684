"""Files that hold subtitles as pictures, or no text at all: refused with what they are and what to give instead."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from audiodesc.errors import InputError, ScriptError

PICTURES = "give them as text (SRT, WebVTT …), which a program for reading text from pictures can make"
UNPACK = "unpack it and give the {what} in it"
FILM = "give a text file; a film's own subtitles are read without --subs"
AS_TEXT = "save it as SRT or WebVTT, or as plain text in which each line begins with its time code (00:00:03:08)"
AS_TABLE = "save it as CSV with columns for start, end and text, the times as hh:mm:ss:ff or hh:mm:ss.mmm"
DOCUMENTS = {
    "word/": ("is a Word document", AS_TEXT),
    "xl/": ("is an Excel workbook", AS_TABLE),
    "ppt/": ("is a PowerPoint presentation", AS_TEXT),
    "opendocument.text": ("is an OpenDocument text (Writer)", AS_TEXT),
    "opendocument.spreadsheet": ("is an OpenDocument spreadsheet (Calc)", AS_TABLE),
    "opendocument.presentation": ("is an OpenDocument presentation (Impress)", AS_TEXT),
    "epub": ("is an EPUB book", AS_TEXT),
    ".numbers": ("is a Numbers spreadsheet", AS_TABLE),
    ".pages": ("is a Pages document", AS_TEXT),
}
"""By what lies in the archive that a document is, its type, or the file's name where nothing else tells the program."""

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of Office before 2007; the names of its streams are in UTF-16."""

OLD = {
    "WordDocument": DOCUMENTS["word/"],
    "Workbook": DOCUMENTS["xl/"],
    "Book": DOCUMENTS["xl/"],
    "PowerPoint Document": DOCUMENTS["ppt/"],
}
MOST_NAMES = 1000
HEADS = {
    b"PG": ("is PGS (.sup): pictures of subtitles, not text", PICTURES),
    b"\0\0\1\xba": ("is VobSub (.sub): pictures of subtitles, not text", PICTURES),
    b"# VobSub index file": ("is VobSub (.idx): pictures of subtitles, not text", PICTURES),
    b"SP\0": ("is DVD subtitles: pictures, not text", PICTURES),
    b"\x89PNG": ("is a picture (PNG)", PICTURES),
    b"\xff\xd8\xff": ("is a picture (JPEG)", PICTURES),
    b"Rar!": ("is a RAR archive", UNPACK),
    b"7z\xbc\xaf": ("is a 7-Zip archive", UNPACK),
    b"\x1f\x8b": ("is a gzip archive", UNPACK),
    b"\x1a\x45\xdf\xa3": ("is Matroska or WebM, not a text file", FILM),
    b"File Format=MacCaption_MCC": ("is MCC (CEA-708)", "save it as SCC"),
}


def refuse(path: Path, raw: bytes, error: type[InputError]) -> None:
    """Raise `error` for a file that is known by its head and holds no text of subtitles."""
    head = raw.lstrip(b"\xef\xbb\xbf")[:64]
    if found := _document(path, raw, head):
        fault, remedy = found
        raise error(f"{path} {fault}", remedy.format(what="script" if error is ScriptError else "subtitles"))
    for mark, (fault, remedy) in HEADS.items():
        if head.startswith(mark) and (mark != b"PG" or _is_sup(raw)):
            raise error(f"{path} {fault}", remedy.format(what="subtitles"))
    if raw[4:8] == b"ftyp":
        raise error(f"{path} is MP4 or MOV, not a text file", FILM)
    if raw[: 4 * 188 : 188] == b"GGGG" and b"\0" in raw[:188]:
        raise error(f"{path} is a transport stream, not a text file", FILM)


def _document(path: Path, raw: bytes, head: bytes) -> tuple[str, str] | None:
    """What a document of an office program is called, and what to do; None for what is none."""
    if head.startswith(b"PK\3\4"):
        inside = " ".join([*_inside(raw), path.suffix.lower()])
        return next((told for sign, told in DOCUMENTS.items() if sign in inside), ("is a ZIP archive", UNPACK))
    if head.startswith(COMPOUND):
        streams = (told for sign, told in OLD.items() if sign.encode("utf-16-le") in raw)
        return next(streams, ("is a document of an old office program", AS_TEXT))
    if head.startswith(b"{\\rtf"):
        return "is an RTF document", AS_TEXT
    return ("is a PDF document", AS_TEXT) if head.startswith(b"%PDF") else None


def _inside(raw: bytes) -> list[str]:
    """The names in a ZIP archive, and the type that stands in its first file where that names one."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [name for name in archive.namelist()[:MOST_NAMES] if name.isprintable()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        names = []
    return [*names, raw[30:200].decode("latin-1")]


def _is_sup(raw: bytes) -> bool:
    """A segment of PGS: its mark, two times, a type from 0x14 to 0x80, a length."""
    return len(raw) >= 13 and raw[10] in (0x14, 0x15, 0x16, 0x17, 0x80)
