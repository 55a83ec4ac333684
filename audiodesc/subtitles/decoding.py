"""Bytes of unknown encoding -> text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path

from audiodesc.core.files import read_whole
from audiodesc.errors import InputError
from audiodesc.subtitles.encodings import NO_HINT, Hint, guess, language_in_name

LARGEST = 10_000_000
NEWLINE = re.compile(r"\r+\n|\r")
"""CR CR LF is one: a text that was written as text twice."""

SIGN = re.compile(r"-->|\d:\d\d|\{\d+\}\{|\[\d+\]\[|WEBVTT|Dialogue:|<[a-zA-Z?/]")
"""What subtitles have in every format: times, frames, or tags."""

LOOKED_AT = 20_000
UNKNOWN = ("Cn", "Co", "Cs", "Cc")
"""Unicode's categories of what is no letter and no sign."""

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


def read_text(path: Path, error: type[InputError], hint: Hint = NO_HINT) -> tuple[str, str]:
    """The file's text with newlines as "\\n" and, where the encoding had to be guessed, its name (else "").

    Raises `error` for what is missing, empty, no text, or larger than 10 MB.
    """
    return decoded(read_bytes(path, error), path, error, hint)


def decoded(raw: bytes, path: Path, error: type[InputError], hint: Hint = NO_HINT) -> tuple[str, str]:
    """Text as `read_text` gives it. Order: byte order mark, the encoding that XML declares, UTF-16 by its zeros,
    UTF-8, the encoding that the user names, the guess of chardet."""
    text, guessed = _decode(raw, path, error, hint)
    return NEWLINE.sub("\n", text), guessed


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


def _decode(raw: bytes, path: Path, error: type[InputError], hint: Hint) -> tuple[str, str]:
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), ""
    declared = DECLARED.match(raw)
    if declared and (text := _as_declared(raw, declared.group(1).decode())) is not None:
        return text, ""
    if b"\0" in raw and sum(map(raw.count, CONTROLS)) * 100 < len(raw):
        raw = raw.replace(b"\0", b" ")
    if b"\0" in raw:
        return _wide(raw, path, error)
    if hint.encoding and raw.isascii():  # some encodings of East Asia are made of ASCII
        return raw.decode(hint.encoding, "replace"), ""
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return _narrow(raw, path, error, hint)


def _as_declared(raw: bytes, encoding: str) -> str | None:
    """None where the declaration is not true, or names what is no encoding of documents."""
    if not encoding.lower().startswith(USUAL):
        return None
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return text if text.startswith("<") else None


def _wide(raw: bytes, path: Path, error: type[InputError]) -> tuple[str, str]:
    """Unicode of two or four bytes without a mark: in that order in which times or tags and known letters stand."""
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        text = raw.decode(encoding, "replace")
        seen = "".join(text[:LOOKED_AT].split())
        odd = sum(letter == "\ufffd" or unicodedata.category(letter) in UNKNOWN for letter in seen)
        if odd * 50 <= len(seen) and (SIGN.search(seen) or seen.isascii()):
            return text, encoding.replace("-", "_")
    raise error(f"{path} is not a text file", "give subtitles as text: SRT, WebVTT, ASS, TTML …")


def _narrow(raw: bytes, path: Path, error: type[InputError], hint: Hint) -> tuple[str, str]:
    """Text that is not UTF-8 throughout: as the user says, UTF-8 with a few broken letters, or what it is likeliest."""
    if hint.encoding:
        return raw.decode(hint.encoding, "replace"), ""
    damaged = raw.decode("utf-8", "replace")
    broken = damaged.count("\ufffd")
    if broken * 4 < sum(letter > "\x7f" for letter in damaged) - broken:
        return damaged, "damaged utf_8"
    best = guess(raw, language_in_name(path), hint.language)
    if best:
        return raw.decode(best, "replace"), best.replace("-", "_")
    if sum(byte < 0x80 for byte in raw) > len(raw) * 0.9:
        return damaged, "damaged utf_8"
    raise error(f"{path} is not text in any encoding that is known", "save it as UTF-8, or name it with --encoding")
