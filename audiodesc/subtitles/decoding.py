"""Bytes of unknown encoding -> text."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from audiodesc.errors import InputError
from audiodesc.files import read_whole

LARGEST = 10_000_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROLS = [bytes([code]) for code in range(32) if code not in b"\t\n\v\f\r\x1b"]
DECLARED = re.compile(rb"<\?xml[^>]{1,80}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,20})[\"']")
USUAL = ("utf-8", "utf-16", "iso-", "iso8859", "windows-", "us-ascii", "ascii", "koi8", "shift", "euc-", "gb", "big5")


def read_text(path: Path, error: type[InputError]) -> tuple[str, str]:
    """The file's text with newlines as "\\n" and, where the encoding had to be guessed, its name (else "").

    Raises `error` for what is missing, empty, no text, or larger than 10 MB.
    """
    return decoded(read_bytes(path, error), path, error)


def decoded(raw: bytes, path: Path, error: type[InputError]) -> tuple[str, str]:
    """Text as `read_text` gives it. Order: byte order mark, the encoding that XML declares, UTF-16 by its zeros,
    UTF-8, the guess of charset-normalizer."""
    text, guessed = _decode(raw, path, error)
    return text.replace("\r\n", "\n").replace("\r", "\n"), guessed


def read_bytes(path: Path, error: type[InputError]) -> bytes:
    """The whole file. Raises `error` for what is missing, empty, or larger than 10 MB."""
    raw = _read(path, error)
    if not raw.strip():
        raise error(f"{path} is empty", "give a file with at least one cue")
    return raw


def _read(path: Path, error: type[InputError]) -> bytes:
    try:
        if not path.is_file():
            kind = "is a folder" if path.is_dir() else "is not a file" if path.exists() else "does not exist"
            raise error(f"{path} {kind}", "give the path of a file")
        if path.stat().st_size > LARGEST:
            raise error(f"{path} is larger than {LARGEST // 1_000_000} MB", "give a text file")
        return read_whole(path, LARGEST)
    except OSError as fault:
        raise error(f"{path} cannot be read ({fault.strerror})", "give the path of a file that can") from fault


def _decode(raw: bytes, path: Path, error: type[InputError]) -> tuple[str, str]:
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), ""
    declared = DECLARED.match(raw)
    if declared and (text := _as_declared(raw, declared.group(1).decode())) is not None:
        return text, ""
    if b"\0" in raw and sum(map(raw.count, CONTROLS)) * 100 < len(raw):
        raw = raw.replace(b"\0", b" ")
    if b"\0" in raw:
        return _utf16(raw, path, error), "utf_16"
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return _guess(raw, path, error)


def _as_declared(raw: bytes, encoding: str) -> str | None:
    """None where the declaration is not true, or names what is no encoding of documents."""
    if not encoding.lower().startswith(USUAL):
        return None
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return text if text.startswith("<") else None


def _utf16(raw: bytes, path: Path, error: type[InputError]) -> str:
    """Without a mark: nearly every second byte of Western text is zero."""
    even, odd = raw[:1000:2].count(0), raw[1:1000:2].count(0)
    if max(even, odd) < min(len(raw), 1000) * 0.3 or min(even, odd) > 2:
        raise error(f"{path} is not a text file", "give subtitles as text: SRT, WebVTT, ASS, TTML …")
    return raw.decode("utf-16-le" if odd > even else "utf-16-be", "replace")


def _guess(raw: bytes, path: Path, error: type[InputError]) -> tuple[str, str]:
    """The likeliest encoding; Windows' Western one, by far the commonest, where it is nearly as likely.

    Short Western texts are hardly ever told from Central European ones.
    """
    matches = from_bytes(raw)
    best = matches.best()
    if best is None and sum(byte < 0x80 for byte in raw) > len(raw) * 0.9:
        return raw.decode("utf-8", "replace"), "damaged utf_8"
    if best is None:
        raise error(f"{path} is not text in any encoding that is known", "save it as UTF-8")
    for match in matches:
        if match.encoding == "cp1252" and match.chaos <= best.chaos + 0.06 and match.coherence >= best.coherence - 0.15:
            return str(match), "cp1252"
    return str(best), best.encoding
