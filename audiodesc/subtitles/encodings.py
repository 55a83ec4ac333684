"""Which legacy encoding a text is in, by chardet among those in which its language is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from langcodes import Language, tag_is_valid

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
"""By so much less likely than they look: hardly any subtitles are from before Windows."""

NAMED_ENOUGH, SPOKEN_ENOUGH = 0.7, 0.95
"""A text is in an encoding of the language of its name, or of the film's sound, where that is so much as likely as the
likeliest of all, or more: names may be wrong, and subtitles are often of another language than the sound."""

BESIDE = frozenset({"forced", "sdh", "cc", "hi", "default", "full", "foreign"})
"""What file names say of subtitles besides their language."""

NONE = "ascii"
"""What chardet is to say where nothing fits; no text that is asked about is in it."""

CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
LATIN = re.compile("[A-Za-z]")
OTHERS = re.compile("[\u0370-\u06ff]")
"""Letters of Greek, Cyrillic, Hebrew or Arabic."""

WORD = re.compile(r"[^\W\d_]+")
LOOKED_AT = 200_000
MOST_MIXED = 1 / 10

USUAL = {"iso8859-1": "cp1252"}
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
    return "cp1252" if same else USUAL.get(best, best)


def _detected(raw: bytes) -> list[tuple[str, float]]:
    """The encodings that fit and how likely each is, the likeliest first."""
    from chardet import detect_all

    told = detect_all(
        raw,
        ignore_threshold=True,
        include_encodings=(*ALL, NONE),
        compat_names=False,
        prefer_superset=False,
        no_match_encoding=NONE,
    )
    fit = [
        (name, one["confidence"] * (RARE if name in DOS else 1))
        for one in told
        if (name := one["encoding"]) in ALL and _is_text(raw[:LOOKED_AT].decode(name, "replace"))
    ]
    return sorted(fit, key=lambda one: -one[1])


def _is_text(text: str) -> bool:
    """Whether it has no control characters, and hardly a word of Latin and other letters at once ("piщ")."""
    others = [word for word in WORD.findall(text) if OTHERS.search(word)]
    mixed = sum(bool(LATIN.search(word)) for word in others)
    return not CONTROL.search(text) and mixed <= MOST_MIXED * len(others)


def primary(tag: str) -> str:
    """The language of a tag in its shortest form ("cze", "cs-CZ": "cs"), "" for what is no tag."""
    tag = tag.strip()
    return Language.get(tag).language or "" if tag and tag_is_valid(tag) else ""


def language_in_name(path: Path) -> str:
    """The language tag in a file's name (`film.cs.srt`, `film.cs.forced.srt`), "" where there is none."""
    parts = path.stem.split(".")[1:]
    while parts and parts[-1].lower() in BESIDE:
        parts.pop()
    return parts[-1] if parts and tag_is_valid(parts[-1]) else ""
