"""Files that hold subtitles as pictures, or something else than subtitles: refused with what to give instead."""

from __future__ import annotations

from pathlib import Path

from audiodesc.errors import InputError

PICTURES = "give them as text (SRT, WebVTT …), which a program for reading text from pictures can make"
UNPACK = "unpack it and give the subtitles in it"
FILM = "give a text file; a film's own subtitles are read without --subs"
HEADS = {
    b"PG": ("is PGS (.sup): pictures of subtitles, not text", PICTURES),
    b"\0\0\1\xba": ("is VobSub (.sub): pictures of subtitles, not text", PICTURES),
    b"# VobSub index file": ("is VobSub (.idx): pictures of subtitles, not text", PICTURES),
    b"SP\0": ("is DVD subtitles: pictures, not text", PICTURES),
    b"\x89PNG": ("is a picture (PNG)", PICTURES),
    b"\xff\xd8\xff": ("is a picture (JPEG)", PICTURES),
    b"PK\3\4": ("is a ZIP archive", UNPACK),
    b"Rar!": ("is a RAR archive", UNPACK),
    b"7z\xbc\xaf": ("is a 7-Zip archive", UNPACK),
    b"\x1f\x8b": ("is a gzip archive", UNPACK),
    b"%PDF": ("is a PDF document", "give subtitles as text"),
    b"{\\rtf": ("is an RTF document", "save it as plain text"),
    b"\x1a\x45\xdf\xa3": ("is Matroska or WebM, not a text file", FILM),
    b"File Format=MacCaption_MCC": ("is MCC (CEA-708)", "save it as SCC"),
}


def refuse(path: Path, raw: bytes, error: type[InputError]) -> None:
    """Raise `error` for a file that is known by its head and holds no text of subtitles."""
    head = raw.lstrip(b"\xef\xbb\xbf")[:64]
    for mark, (fault, remedy) in HEADS.items():
        if head.startswith(mark) and (mark != b"PG" or _is_sup(raw)):
            raise error(f"{path} {fault}", remedy)
    if raw[4:8] == b"ftyp":
        raise error(f"{path} is MP4 or MOV, not a text file", FILM)
    if raw[: 4 * 188 : 188] == b"GGGG" and b"\0" in raw[:188]:
        raise error(f"{path} is a transport stream, not a text file", FILM)


def _is_sup(raw: bytes) -> bool:
    """A segment of PGS: its mark, two times, a type from 0x14 to 0x80, a length."""
    return len(raw) >= 13 and raw[10] in (0x14, 0x15, 0x16, 0x17, 0x80)
