"""What the name of a subtitle file says behind the film's: its language, and of what kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from audiodesc.core.languages import is_tag, primary, tag

Kind = Literal["full", "sdh", "forced", "commentary", "description"]

KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("forced", "foreign", "forcé", "forcés", "forzado", "forzados", "forzati", "erzwungen"), "forced"),
    **dict.fromkeys(("sign", "signs", "song", "songs", "lyrics", "karaoke"), "forced"),
    **dict.fromkeys(("sdh", "cc", "hoh", "hearing", "impaired", "captions", "caption"), "sdh"),
    **dict.fromkeys(("commentary", "comment", "comments", "commentaries", "kommentar", "commentaire"), "commentary"),
    **dict.fromkeys(("ad", "dvs", "audiodescription", "described", "description", "descriptions"), "description"),
}

NEUTRAL: Final = frozenset({
    "full", "default", "sub", "subs", "subtitle", "subtitles", "orig", "original", "dialog", "dialogue", "utf8", "utf",
    "text", "und", "audio",
})  # fmt: skip

NAMES: Final = {"latino": "es-419", "castellano": "es-ES", "brazilian": "pt-BR"}
LONG_CODES: Final = frozenset({"fil", "yue", "cmn", "haw", "gsw"})
"""Languages without a code of two letters whose code of three stands in names of files; others are words rather."""

CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
PARTED = re.compile(r"[\s.,()\[\]{}+]+")
WORST: Final[tuple[Kind, ...]] = ("description", "commentary", "forced", "sdh", "full")
"""What a file is that is called several."""


@dataclass(frozen=True, slots=True)
class NameTags:
    """The language as a BCP 47 tag, "" where the name has none, and the kind."""

    language: str = ""
    kind: Kind = "full"


def name_tags(rest: str, *, numbered: bool = False) -> NameTags | None:
    """What the end of a name says ("", ".en", " [German] forced"); None where it says something else, so that the file
    may belong to another film. `numbered`: numbers of tracks count for nothing ("2_English")."""
    language, kinds = "", set[Kind]()
    for token in _tokens(rest):
        word = token.casefold()
        if word == "hi" and language:  # "hearing impaired"; else it is Hindi
            kinds.add("sdh")
        elif word in KINDS:
            kinds.add(KINDS[word])
        elif found := _language(token):
            language = language or found
        elif not (word in NEUTRAL or (numbered and re.fullmatch(r"[0-9]{1,3}", word))):
            return None
    return NameTags(language, next((kind for kind in WORST if kind in kinds), "full"))


def _tokens(rest: str) -> list[str]:
    """The words; what has hyphens in it is one where it is a tag of a language."""
    found: list[str] = []
    for part in filter(None, PARTED.split(rest)):
        plain = part.strip("-_")
        found += [plain] if _language(plain) else [one for one in re.split("[-_]+", plain) if one]
    return found


@cache
def _language(token: str) -> str:
    """The BCP 47 tag of a language that is named so; "" where it is no name of one."""
    if not token or len(token) > 40:
        return ""
    if token.casefold() in NAMES:
        return NAMES[token.casefold()]
    if CODE.fullmatch(token):
        plain = token.replace("_", "-")
        short = primary(plain) if is_tag(plain) else ""
        if short and (len(short) == 2 or short in LONG_CODES):
            return tag(plain)
        if len(token) < 4:
            return ""
    if token.isascii() and (len(token) < 4 or not token.isalpha()):
        return ""
    found = tag(token)
    return found if is_tag(found) and token.casefold() != found.casefold() else ""
