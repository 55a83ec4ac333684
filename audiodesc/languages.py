"""Languages as films, files and people name them -> BCP 47 tags."""

from __future__ import annotations

from langcodes import Language, find, tag_distance, tag_is_valid

SAME = 10
"""Languages nearer than this, on the scale of Unicode's CLDR, are one: "ger" and "de-AT", "nb" and "no"."""

UNKNOWN = {"und", "mis", "mul", "zxx", "unk", "qaa"}
"""What ISO 639 has for no one language; nobody is spoken to in these."""


def tag(name: str) -> str:
    """The BCP 47 tag of a language that is named by a tag, an ISO 639 code, or a name in any language ("ger", "German",
    "Deutsch"); as it is in small letters where nobody knows it, "" where it says that it is not known."""
    plain = name.strip().replace("_", "-")
    if len(plain) > 60 or plain.casefold() in UNKNOWN:
        return ""
    try:
        if plain and tag_is_valid(plain):
            return Language.get(plain).to_tag()
        return find(plain).to_tag() if plain else ""
    except (LookupError, ValueError):
        return plain.casefold()


def iso_639(name: str) -> str:
    """The code of three letters that films carry (ISO 639-2/T), "" where there is none."""
    try:
        return Language.get(tag(name)).to_alpha3() if tag(name) else ""
    except (LookupError, ValueError):
        return ""


def is_same(one: str, other: str) -> bool:
    """Whether two names are of one language, whatever the regions; not where one is unknown."""
    first, second = tag(one), tag(other)
    try:
        return bool(first and second) and tag_distance(first, second) < SAME
    except ValueError:
        return first == second
