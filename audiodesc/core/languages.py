"""Languages as films, files and people name them -> BCP 47 tags."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import islice
from typing import Any

from langcodes import Language, find, tag_distance, tag_is_valid

SAME = 10
"""Languages nearer than this, on the scale of Unicode's CLDR, are one: "ger" and "de-AT", "nb" and "no"."""

UNKNOWN = {"und", "mis", "mul", "zxx", "unk", "qaa"}
"""What ISO 639 has for no one language; no description is written in these."""


def tag(name: str) -> str:
    """The BCP 47 tag of a language that is named by a tag, an ISO 639 code, or a name in any language ("ger", "German",
    "Deutsch"); in small letters as it is where it is unknown to langcodes, "" for codes of no one language ("und")."""
    plain = name.strip().replace("_", "-")
    if len(plain) > 60 or plain.casefold() in UNKNOWN:
        return ""
    try:
        if is_tag(plain):
            return Language.get(plain).to_tag()
        return find(plain).to_tag() if plain else ""
    except (LookupError, ValueError):
        return plain.casefold()


def iso_639(name: str, *, bibliographic: bool = False) -> str:
    """The code of three letters that films carry (ISO 639-2/T; 639-2/B in Matroska), "" where there is none."""
    try:
        return Language.get(tag(name)).to_alpha3("B" if bibliographic else "T") if tag(name) else ""
    except (LookupError, ValueError):
        return ""


def is_tag(text: str) -> bool:
    """Whether a text is a well-formed BCP 47 tag of subtags that are registered."""
    return bool(text) and tag_is_valid(text)


def primary(name: str) -> str:
    """The language alone, in its shortest form, of a tag, code or name ("en-GB", "eng", "English": "en"); as `tag`
    where nobody knows it."""
    known = tag(name)
    return Language.get(known).language or "" if is_tag(known) else known


def is_same(one: str, other: str) -> bool:
    """Whether two names are of one language, whatever the regions; not where one is unknown."""
    first, second = tag(one), tag(other)
    try:
        return bool(first and second) and tag_distance(first, second) < SAME
    except ValueError:
        return first == second


FEWEST_WORDS = 12
"""Words from which a language is detected; in a script without spaces, four times so many letters."""

LONGEST = 4_000
"""Characters that are looked at."""

THRESHOLD = 0.95
ALIKE = (
    {"da", "nb", "nn", "no"},
    {"bs", "hr", "sr"},
    {"id", "ms"},
    {"cs", "sk"},
    {"es", "gl", "pt", "ca"},
    {"af", "nl"},
    {"xh", "zu"},
    {"wuu", "yue", "zh"},
    {"de", "lb"},
    {"en", "pcm"},
)
"""Families of languages that the model confuses: their shares are added before the threshold."""


def of_texts(texts: Iterable[str]) -> str:
    """The language of some texts together, as a BCP 47 tag; "" where they are too short, or below the threshold."""
    text = " ".join(" ".join(islice(texts, LONGEST)).split())[:LONGEST]
    letters = sum(map(str.isalpha, text))
    if sum(any(map(str.isalpha, word)) for word in text.split()) < FEWEST_WORDS and not (
        letters >= 4 * FEWEST_WORDS
        and any("\u2e80" <= char <= "\ud7ff" or "\u0e00" <= char <= "\u0eff" for char in text)
    ):
        return ""
    (name, share), *others = identifier().rank(text)
    alike = next((family for family in ALIKE if name in family), {name})
    return name if share + sum(part for other, part in others if other in alike) >= THRESHOLD else ""


def may_be(detected: str, language: str) -> bool:
    """Whether a language detected by `of_texts` ("": not known) may be `language` after all."""
    one, other = primary(detected), primary(language)
    return not (one and other) or is_same(one, other) or any({one, other} <= family for family in ALIKE)


def own_name(name: str) -> str:
    """What a language is called in itself, as menus of languages have it ("Deutsch"); its tag where nobody knows."""
    known = tag(name)
    return Language.get(known).autonym() if is_tag(known) else known


def english_name(name: str) -> str:
    """What a language is called in English, with its region or script ("English (United Kingdom)"); its tag where
    nobody knows."""
    known = tag(name)
    return Language.get(known).display_name() if is_tag(known) else known


@functools.cache
def identifier() -> Any:
    """The model that detects languages, read from its package, in 0.7 s; 80 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
