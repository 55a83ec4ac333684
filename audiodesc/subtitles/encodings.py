"""Bytes of unknown encoding -> text."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from audiodesc.core.files import read_whole
from audiodesc.core.languages import is_tag, primary
from audiodesc.errors import InputError

WESTERN = ("cp1252", "iso8859-1", "iso8859-15", "cp850", "cp437")
CENTRAL = ("cp1250", "iso8859-2", "cp852")
BALTIC = ("cp1257", "iso8859-13")
CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "cp855")
GREEK = ("cp1253", "iso8859-7", "cp737")
TURKISH = ("cp1254", "iso8859-9", "cp857")
HEBREW = ("cp1255", "iso8859-8", "cp862")
ARABIC = ("cp1256", "iso8859-6")
VIETNAMESE = ("cp1258",)
THAI = ("cp874", "tis-620")
KOREAN = ("cp949", "euc_kr", "johab")
CHINESE = ("gb18030", "big5hkscs", "hz")
JAPANESE = ("cp932", "shift_jis_2004", "euc_jis_2004", "iso2022_jp_2", "iso2022_jp_ext")

TABLE = (
    ("en de fr es pt it nl sv da nb no nn fi is ga ca gl eu af id ms", WESTERN),
    ("cs sk pl hu hr sl bs ro sq", CENTRAL),
    ("lt lv et", BALTIC + WESTERN),
    ("ru uk bg be mk mn kk ky", CYRILLIC),
    ("sr", CYRILLIC + CENTRAL),
    ("el", GREEK),
    ("tr", TURKISH),
    ("az", TURKISH + CYRILLIC),
    ("he yi", HEBREW),
    ("ar fa ur ps", ARABIC),
    ("vi", VIETNAMESE),
    ("th", THAI),
    ("ko", KOREAN),
    ("zh yue", CHINESE),
    ("ja", JAPANESE),
)
FAMILIES = {language: names for languages, names in TABLE for language in languages.split()}
"""By language: what its texts were written in before Unicode. Those of the Macintosh and of mainframes are left out:
they are hardly ever met and often mistaken for others."""

ALL = tuple(dict.fromkeys(name for names in FAMILIES.values() for name in names))
DOS = frozenset({"cp437", "cp850", "cp852", "cp855", "cp737", "cp857", "cp862"})
RARE = 0.9
"""Factor on the confidence in an encoding of `DOS`: hardly any subtitles are from before Windows."""

NAMED_ENOUGH, SPOKEN_ENOUGH = 0.7, 0.95
"""Thresholds: an encoding of the language in the file's name, or of the film's sound, is taken where its confidence is
at least this share of the highest. Names may be wrong, and subtitles are often in another language than the sound."""

BESIDE = frozenset({"forced", "sdh", "cc", "hi", "default", "full", "foreign"})
"""What file names say of subtitles besides their language."""

NO_MATCH = "ascii"
"""What chardet returns where nothing fits; text in ASCII is never passed to it."""

CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
LATIN = re.compile("[A-Za-z]")
OTHERS = re.compile("[\u0370-\u06ff]")
"""Letters of Greek, Cyrillic, Hebrew or Arabic."""

WORD = re.compile(r"[^\W\d_]+")
TESTED = 200_000
MOST_MIXED = 1 / 10

SUPERSET = {"iso8859-1": "cp1252"}
"""What is written for it on Windows holds all of it, and quotes and dashes."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of a text's encoding: its name, as the user gave it, and a language that it may be in."""

    encoding: str = ""
    language: str = ""


NO_HINT = Hint()


def guess(raw: bytes, named: str = "", spoken: str = "") -> str:
    """The likeliest encoding, "" where none fits.

    `named` is the tag of the language that the file's name gives, `spoken` that of the film's sound.
    """
    found = _detected(raw)
    likely = found[0][1] if found else 0.0
    best = found[0][0] if found else ""
    for language, enough in ((named, NAMED_ENOUGH), (spoken, SPOKEN_ENOUGH)):
        family = FAMILIES.get(primary(language), ())
        own = next((one for one in found if one[0] in family), None)
        if own and own[1] >= enough * likely:
            best = own[0]
            break
    same = best in WESTERN and raw.decode(best, "replace") == raw.decode("cp1252", "replace")
    return "cp1252" if same else SUPERSET.get(best, best)


def _detected(raw: bytes) -> list[tuple[str, float]]:
    """The encodings that fit and how likely each is, the likeliest first."""
    from chardet import detect_all

    detected = detect_all(
        raw,
        ignore_threshold=True,
        include_encodings=(*ALL, NO_MATCH),
        compat_names=False,
        prefer_superset=False,
        no_match_encoding=NO_MATCH,
    )
    fit = [
        (name, one["confidence"] * (RARE if name in DOS else 1))
        for one in detected
        if (name := one["encoding"]) in ALL and _is_text(raw[:TESTED].decode(name, "replace"))
    ]
    return sorted(fit, key=lambda one: -one[1])


def _is_text(text: str) -> bool:
    """Whether it has no control characters, and hardly a word of Latin and other letters at once ("piщ")."""
    others = [word for word in WORD.findall(text) if OTHERS.search(word)]
    mixed = sum(bool(LATIN.search(word)) for word in others)
    return not CONTROL.search(text) and mixed <= MOST_MIXED * len(others)


def language_in_name(path: Path) -> str:
    """The language tag in a file's name (`film.cs.srt`, `film.cs.forced.srt`), "" where there is none."""
    parts = path.stem.split(".")[1:]
    while parts and parts[-1].lower() in BESIDE:
        parts.pop()
    return parts[-1] if parts and is_tag(parts[-1]) else ""


LARGEST = 10_000_000
NEWLINE = re.compile(r"\r+\n|\r")
"""CR CR LF is one: a text that was written as text twice."""

FORMAT_SIGN = re.compile(r"-->|\d:\d\d|\{\d+\}\{|\[\d+\]\[|WEBVTT|Dialogue:|<[a-zA-Z?/]")
"""What subtitles have in every format: times, frames, or tags."""

WIDE_LOOKED_AT = 20_000
NOT_CHARACTERS = ("Cn", "Co", "Cs", "Cc")
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
USUAL_DECLARED = (
    "utf-8",
    "utf-16",
    "iso-",
    "iso8859",
    "windows-",
    "us-ascii",
    "ascii",
    "koi8",
    "shift",
    "euc-",
    "gb",
    "big5",
)


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
    if not encoding.lower().startswith(USUAL_DECLARED):
        return None
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    return text if text.startswith("<") else None


def _wide(raw: bytes, path: Path, error: type[InputError]) -> tuple[str, str]:
    """UTF-16 or UTF-32 without a byte order mark: the first byte order that gives times or tags, and known letters."""
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        text = raw.decode(encoding, "replace")
        seen = "".join(text[:WIDE_LOOKED_AT].split())
        odd = sum(letter == "\ufffd" or unicodedata.category(letter) in NOT_CHARACTERS for letter in seen)
        if odd * 50 <= len(seen) and (FORMAT_SIGN.search(seen) or seen.isascii()):
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
