"""Bytes of unknown encoding -> text."""

from __future__ import annotations

import codecs
from pathlib import Path

from charset_normalizer import from_bytes

from audiodesc.errors import InputError

LARGEST = 50_000_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path, error: type[InputError]) -> tuple[str, str]:
    """The file's text with newlines as "\\n" and, where the encoding had to be guessed, its name (else "").

    Order: byte order mark, UTF-8, the guess of charset-normalizer. Raises `error` for what is missing, empty,
    no text, or larger than 50 MB.
    """
    if not path.is_file():
        raise error(f"{path} {'is a folder' if path.is_dir() else 'does not exist'}", "give the path of a file")
    if path.stat().st_size > LARGEST:
        raise error(f"{path} is larger than {LARGEST // 1_000_000} MB", "give a text file")
    raw = path.read_bytes()
    if not raw.strip():
        raise error(f"{path} is empty", "give a file with at least one cue")
    text, guessed = _decode(raw, path, error)
    return text.replace("\r\n", "\n").replace("\r", "\n"), guessed


def _decode(raw: bytes, path: Path, error: type[InputError]) -> tuple[str, str]:
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), ""
    if b"\0" in raw and not _is_utf16(raw):
        raise error(f"{path} is not a text file", "give SRT, WebVTT or ASS")
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        guess = from_bytes(raw).best()
    if guess is None:
        raise error(f"{path} is not text in any encoding that is known", "save it as UTF-8")
    return str(guess), guess.encoding


def _is_utf16(raw: bytes) -> bool:
    """Without a mark: nearly every second byte of Western text is zero."""
    start = raw[:1000]
    return max(start[::2].count(0), start[1::2].count(0)) > len(start) * 0.4 and b"\0\0" not in start
