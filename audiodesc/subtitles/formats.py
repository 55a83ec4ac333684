"""The formats of subtitles, detected by content; files without text are refused with what they are."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiodesc.errors import InputError, ScriptError
from audiodesc.subtitles.pysubs2_formats import read_ass, read_microdvd, read_mpl2, read_sami, read_tmplayer
from audiodesc.subtitles.scc import read_scc
from audiodesc.subtitles.source import ReadResult, Source
from audiodesc.subtitles.srt_webvtt import is_webvtt, read_sbv, read_srt, read_webvtt
from audiodesc.subtitles.stl import read_stl
from audiodesc.subtitles.timecodes import CODE
from audiodesc.subtitles.timed_text import is_table, is_timed, read_table, read_timed_lines
from audiodesc.subtitles.ttml import read_ttml

Reader = Callable[[Source], ReadResult]
STL_HEAD = re.compile(rb"[0-9 ]{3}STL\d\d\.\d\d")
XML = {"tt": "ttml", "sami": "sami"}
ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,64}:)?([\w.-]{1,64})")
TTML_NAMESPACE = re.compile(r"w3\.org/(?:ns/ttml|200[46]/\d\d/ttaf1)")
LOOKED_AT = 200
"""How many lines may come before the first cue."""


@dataclass(frozen=True, slots=True)
class CueFormat:
    """A format's name for people, and its reader.

    Each cue has a `mark`, by which cues are counted before they are read; there may be `most` of them. `first` is
    what the first cue looks like, None for formats that are known by their head.
    """

    label: str
    read: Reader
    mark: str = "\n"
    most: int = 60_000
    first: re.Pattern[str] | None = None


def _line(form: str) -> re.Pattern[str]:
    return re.compile(form, re.IGNORECASE)


FORMATS: Final[dict[str, CueFormat]] = {
    "webvtt": CueFormat("WebVTT", read_webvtt, "-->", 20_000),
    "ass": CueFormat("ASS or SSA", read_ass, "\nDialogue:", 50_000, _line(r"\[Script Info\]|\[V4\+? Styles")),
    "ttml": CueFormat("TTML, IMSC or EBU-TT", read_ttml, "<", 500_000),
    "sami": CueFormat("SAMI", read_sami, "<", 200_000),
    "scc": CueFormat("SCC", read_scc),
    "stl": CueFormat("EBU STL", read_stl),
    "srt": CueFormat(
        "SRT",
        read_srt,
        "-->",
        20_000,
        _line(r"-?(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[.,:]\d{1,3})?\s*-{1,3}>(?!\s*[^\W\d])"),
    ),
    "sbv": CueFormat(
        "SBV",
        read_sbv,
        first=_line(r"\d{1,9}:\d{1,2}:\d{1,2}\.\d{2,3},\d{1,9}:\d{1,2}:\d{1,2}\.\d{2,3}(?![,;\t\d])"),
    ),
    "microdvd": CueFormat(
        "MicroDVD",
        read_microdvd,
        most=20_000,
        first=_line(r"\{[ \t]*\d{1,9}[ \t]*\}[ \t]*\{[ \t]*\d{0,9}[ \t]*\}"),
    ),
    "mpl2": CueFormat("MPL2", read_mpl2, most=20_000, first=_line(r"\[\d{1,9}\]\[\d{0,9}\]")),
    "table": CueFormat(
        "CSV or TSV",
        read_table,
        most=20_000,
        first=_line(rf"(?:[^,;|\t]{{0,80}}[,;|\t]){{0,9}}\"?{CODE}\"?\s{{0,9}}[,;|\t]"),
    ),
    "timed": CueFormat(
        "text with time codes",
        read_timed_lines,
        most=60_000,
        first=_line(rf"(?:\d{{1,6}}[.:)]?[ \t]{{1,9}})?[\[(<]?{CODE}[\])>]?(?=[\s,;|–—-]|[.:]\s|$)"),
    ),
    "tmplayer": CueFormat("TMPlayer", read_tmplayer, most=20_000, first=_line(r"\d{1,2}:\d{2}:\d{2}:")),
}
"""In the order in which they are tried."""

KNOWN = "SRT, WebVTT, ASS, TTML, EBU STL, SCC, SAMI, MicroDVD, MPL2, TMPlayer, SBV, or text with a time code a line"


def is_stl(raw: bytes) -> bool:
    """Whether this is EBU STL, the one format that is no text."""
    return bool(STL_HEAD.match(raw))


def detected(source: Source) -> str:
    """The name of the format of a text. Raises the source's error for what is none."""
    text = source.text.lstrip()
    if text.startswith("WEBVTT"):
        return "webvtt"
    if text.startswith("Scenarist_SCC"):
        return "scc"
    if text.startswith("<"):
        return _detected_xml(source, text)
    for line in text.split("\n", LOOKED_AT)[:LOOKED_AT]:
        for name, form in FORMATS.items():
            if form.first and form.first.match(line.strip()) and _is_confirmed(name, source.text):
                return "webvtt" if name == "srt" and is_webvtt(source.text) else name
    number, first = next(((number, line.strip()) for number, line in source.lines() if line.strip()), (1, ""))
    raise source.refusal(f"is not subtitles in a known format (line {number} is {first[:40]!r})", f"give {KNOWN}")


def _is_confirmed(name: str, text: str) -> bool:
    """Whether a text of which a line looks like that format is in it: a time code is more than a time and a number."""
    if name == "table":
        return is_table(text)
    return is_timed(text) if name == "timed" else True


def _detected_xml(source: Source, text: str) -> str:
    root = ROOT.search(text)
    name = root.group(1).lower() if root else ""
    if name == "bdn":
        raise source.refusal("names pictures of subtitles (BDN)", "give subtitles as text")
    if name not in XML and TTML_NAMESPACE.search(text):
        return "ttml"
    if name not in XML:
        raise source.refusal(f"is XML or HTML (<{name or '?'}>), but not subtitles", f"give {KNOWN}")
    return XML[name]


PICTURES = "give them as text (SRT, WebVTT …), which a program for reading text from pictures can make"
UNPACK = "unpack it and give the {what} in it"
FILM = "give a text file{own}"
OWN = "; a film's own subtitles are read without --subs"
AS_TEXT = "save it as SRT or WebVTT, or as plain text in which each line begins with its time code (00:00:03:08)"
AS_TABLE = "save it as CSV with columns for start, end and text, the times as hh:mm:ss:ff or hh:mm:ss.mmm"
OFFICE = {AS_TEXT: ".docx", AS_TABLE: ".xlsx"}
"""What scripts are read from too, unlike subtitles."""

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
"""By what lies in the archive that a document is, its type, or the file's name where nothing else names the program."""

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of Office before 2007; the names of its streams are in UTF-16."""

OLD_DOCUMENTS = {
    "WordDocument": DOCUMENTS["word/"],
    "Workbook": DOCUMENTS["xl/"],
    "Book": DOCUMENTS["xl/"],
    "PowerPoint Document": DOCUMENTS["ppt/"],
}
MOST_NAMES = 1000
SIGNATURES = {
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


def refuse_non_text(path: Path, raw: bytes, error: type[InputError]) -> None:
    """Raise `error` for a file that is known by its head and holds no text of subtitles."""
    head, is_script = raw.lstrip(b"\xef\xbb\xbf")[:64], error is ScriptError
    if found := _document(path, raw, head) or _recording(raw, head):
        fault, remedy = found
        if is_script and remedy in OFFICE:
            remedy = f"save it as {OFFICE[remedy]}, or {remedy.removeprefix('save it ')}"
        what = "script" if is_script else "subtitles"
        raise error(f"{path} {fault}", remedy.format(what=what, own="" if is_script else OWN))


def _recording(raw: bytes, head: bytes) -> tuple[str, str] | None:
    """What a file of pictures or sound is called, and what to do; None for what is none."""
    for mark, found in SIGNATURES.items():
        if head.startswith(mark) and (mark != b"PG" or _is_sup(raw)):
            return found
    if raw[4:8] == b"ftyp":
        return "is MP4 or MOV, not a text file", FILM
    if raw[: 4 * 188 : 188] == b"GGGG" and b"\0" in raw[:188]:
        return "is a transport stream, not a text file", FILM
    return None


def _document(path: Path, raw: bytes, head: bytes) -> tuple[str, str] | None:
    """What a document of an office program is called, and what to do; None for what is none."""
    if head.startswith(b"PK\3\4"):
        inside = " ".join([*_archive_names(raw), path.suffix.lower()])
        return next((found for sign, found in DOCUMENTS.items() if sign in inside), ("is a ZIP archive", UNPACK))
    if head.startswith(COMPOUND):
        streams = (found for sign, found in OLD_DOCUMENTS.items() if sign.encode("utf-16-le") in raw)
        return next(streams, ("is a document of an old office program", AS_TEXT))
    if head.startswith(b"{\\rtf"):
        return "is an RTF document", AS_TEXT
    return ("is a PDF document", AS_TEXT) if head.startswith(b"%PDF") else None


def _archive_names(raw: bytes) -> list[str]:
    """The names in a ZIP archive, and the type in its first file where that names one."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = [name for name in archive.namelist()[:MOST_NAMES] if name.isprintable()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        names = []
    return [*names, raw[30:200].decode("latin-1")]


def _is_sup(raw: bytes) -> bool:
    """A segment of PGS: its mark, two times, a type from 0x14 to 0x80, a length."""
    return len(raw) >= 13 and raw[10] in (0x14, 0x15, 0x16, 0x17, 0x80)
