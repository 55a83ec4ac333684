"""How lines call people: by an appearance that tells somebody apart, and by the name that stands beside it.

Words alone are compared, in English, German, French, Spanish, Italian and Portuguese. An appearance is a noun for a
person with adjectives, or with what the person wears or has. A name is one where it stands beside that between commas:
"Tom, a bearded man, waits"; so "Outside, a bearded man waits" names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from audiodesc.core.english import PREPOSITIONS, WHERE

HEADS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"man": "man", "guy": "man", "gentleman": "man", "woman": "woman", "lady": "woman", "boy": "boy",
           "lad": "boy", "girl": "girl", "child": "child", "kid": "child", "teenager": "teenager", "baby": "baby"},
    "de": {"Mann": "man", "Herr": "man", "Frau": "woman", "Dame": "woman", "Junge": "boy", "Jungen": "boy",
           "Mädchen": "girl", "Kind": "child", "Baby": "baby"},
    "fr": {"homme": "man", "monsieur": "man", "femme": "woman", "dame": "woman", "garçon": "boy", "fille": "girl",
           "fillette": "girl", "enfant": "child", "adolescent": "teenager", "adolescente": "teenager"},
    "es": {"hombre": "man", "señor": "man", "mujer": "woman", "señora": "woman", "niño": "boy", "chico": "boy",
           "muchacho": "boy", "niña": "girl", "chica": "girl", "muchacha": "girl"},
    "it": {"uomo": "man", "signore": "man", "donna": "woman", "signora": "woman", "ragazzo": "boy", "bambino": "boy",
           "ragazza": "girl", "bambina": "girl"},
    "pt": {"homem": "man", "senhor": "man", "mulher": "woman", "senhora": "woman", "menino": "boy", "rapaz": "boy",
           "menina": "girl", "moça": "girl", "rapariga": "girl", "criança": "child"},
}  # fmt: skip
"""Nouns for people by language, and which of them may be the same person."""

ARTICLES: Final[Mapping[str, str]] = {
    "en": "an?|the", "de": "ein(?:e[nmrs]?)?|der|die|das|de[nm]", "fr": "une?|l[ea] |l['’]", "es": "una?|el|la",
    "it": "un[oa]?|il|lo|la|un['’]|l['’]", "pt": "uma?|[oa]",
}  # fmt: skip
WITH: Final[Mapping[str, str]] = {
    "en": "with|in", "de": "mit|in|im", "fr": "avec|en|à|au|aux", "es": "con|de", "it": "con|in|dal?|dall[ae]",
    "pt": "com|de",
}  # fmt: skip
"""What brings in clothes, hair and the like."""

_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "with in a an the his her and other another same young old older younger mit im und ein eine einem einer "
        "einen jung alt en avec à au aux et un une le la les jeune vieux vieil vieille con de y el los las joven "
        "viejo vieja del e il lo i gli giovane vecchio vecchia anziano anziana dal da dalla com uma um o os as "
        "jovem velho velha dem den der die das des",
    )
)
"""Words that tell nobody apart from others."""

_ELSEWHERE = frozenset(
    re.findall(
        r"\w+",
        "draußen drinnen drüben oben unten später inzwischen dann plötzlich währenddessen abseits dahinter "
        "daneben davor in im an am auf bei hinter neben vor unter über nach mit dehors dedans ailleurs soudain "
        "puis ensuite pendant alors dans sur sous derrière devant près fuera dentro luego después mientras arriba "
        "abajo cerca detrás en sobre bajo fuori poi dopo intanto sopra sotto vicino dietro su fora depois "
        "enquanto acima abaixo perto atrás sob em no na",
    )
)
"""Where and when, in the other languages: no names."""

NEAR, LONGEST = 120, 2_000
"""Characters around an appearance in which its name is looked for, and of a line that are read."""

_ENDINGS = re.compile(r"(?:e[nmrs]?|[ao]s?|s)$")
_NAME = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?: (?:(?:von|van|de|da|di) )?[A-ZÀ-ÖØ-Þ][^\W\d_]+)?"
_NAMED = re.compile(rf"(?:(?:^|[\s“\"(])([^\W\d_]+) )?({_NAME}), $")
_NAMED_AFTER = re.compile(rf"\A, ({_NAME})(?=[,.;!?])")
_CLOSED = re.compile(
    r"\A(?: (?:who|with|in|on|at|from|wearing|holding|carrying|of|mit|im|der|die|das|qui|avec|en|à|que|con|de|che|com)"
    r"\b[^,.;!?]*)?(?:[,.;!?]|$)"
)
_DETERMINER = r"(?:an? |the |his |her |un[aeo]? |uma? |eine[mnrs]? |de[rmn] |la |le |el |o |a |gli |les |l['’])"
_NOT_MORE = r"(?!(?:and|who|on|at|to|und|et|qui|sur|y|que|e|che|su)\b)"
_LETTERS = r"[^\W\d_]+(?:[-'’][^\W\d_]+)*"


def _pattern(language: str) -> re.Pattern[str]:
    nouns, brings = "|".join(HEADS[language]), rf" (?:{WITH[language]}) {_DETERMINER}?{_LETTERS}"
    begins = rf"\b(?:{ARTICLES[language]})(?:(?<=['’ ])| )"
    if language in ("en", "de"):
        verb = "s" if language == "en" else "t"
        has = (
            rf"(?P<has>(?:{brings}(?:(?: and| und)? {_NOT_MORE}{_LETTERS}){{0,3}}?(?=[,.;!?]| {_LETTERS}{verb}\b|$))?)"
        )
        before = r"(?P<before>(?:[a-zäöüß-]+ ){0,3}?)"
        return re.compile(rf"{begins}{before}(?P<noun>{nouns})\b(?P<after>){has}", re.IGNORECASE)
    has = rf"(?P<has>(?:{brings}(?: {_NOT_MORE}{_LETTERS})?)?)"
    after = rf"(?P<after>(?: {_NOT_MORE}(?!(?:{WITH[language]})\b){_LETTERS})?)"
    return re.compile(rf"{begins}(?P<before>(?:{_LETTERS} )?)(?P<noun>{nouns})\b{after}{has}", re.IGNORECASE)


_PATTERNS: Final = {language: _pattern(language) for language in HEADS}
_NOUNS: Final = {language: frozenset(map(str.lower, nouns)) for language, nouns in HEADS.items()}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a line calls somebody: the phrase, the kind of person, and the words that tell the person apart. Not `sure`:
    a word after the noun may be an adjective or a verb."""

    phrase: str
    head: str
    words: frozenset[str]
    name: str = ""
    sure: bool = True

    def may_be(self, other: Appearance) -> bool:
        """Whether both may be one person: the same kind, and all the words of the one are the other's too."""
        shared = self.words & other.words
        return self.head == other.head and bool(shared) and shared in (self.words, other.words)


@lru_cache(maxsize=4096)
def appearances_in(line: str) -> tuple[Appearance, ...]:
    """Those in a line that tell somebody apart, each with the name that stands beside it, in order."""
    words = set(_WORD.findall(line[:LONGEST].lower()))
    found = [
        (one.start(), made)
        for name in HEADS
        if not words.isdisjoint(_NOUNS[name])  # which is much quicker than the pattern
        for one in _PATTERNS[name].finditer(line[:LONGEST])
        if (made := _appearance(name, one, line))
    ]
    return tuple(made for _, made in sorted(found, key=lambda pair: pair[0]))


def _appearance(language: str, found: re.Match[str], line: str) -> Appearance | None:
    noun = found["noun"]
    head = HEADS[language].get(noun) or HEADS[language].get(noun.lower())
    if head is None:
        return None
    words = frozenset(_telling(language, f"{found['before']} {found['after']} {found['has']}"))
    follows = line[found.end() : found.end() + NEAR]
    after = _NAMED_AFTER.match(follows)
    name = _name_before(line[max(0, found.start() - NEAR) : found.start()]) if _CLOSED.match(follows) else ""
    name = name or (after[1] if after and not _is_place(after[1]) else "")
    if not words and not name:
        return None
    phrase = re.sub(r"^an? ", "the ", found[0], flags=re.IGNORECASE) if language == "en" else found[0]
    sure = bool(name or found["has"] or language in ("en", "de"))
    return Appearance(phrase[:1].lower() + phrase[1:], head, words, name, sure)


def _name_before(text: str) -> str:
    """The name that ends a text with a comma, unless a preposition or an article stands before it."""
    found = _NAMED.search(text)
    if not found or _is_place(found[2]):
        return ""
    before = (found[1] or "").lower()
    return "" if before in PREPOSITIONS or before in _ELSEWHERE or before in _PLAIN else found[2]


def _is_place(name: str) -> bool:
    """Whether what stands like a name says where, when or how."""
    first = name.split()[0].lower()
    return first in WHERE or first in _ELSEWHERE or first.endswith(("ly", "mente", "ment"))


def _telling(language: str, text: str) -> Iterator[str]:
    for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()):
        if word not in _PLAIN:
            stem = word if language == "en" or len(word) < 4 else _ENDINGS.sub("", word)
            if stem not in ("jung", "alt"):
                yield stem
