"""Which words of a line a text carries: the words alone are compared, and what they mean is not understood.

In English the heads of noun phrases, colours and numbers of a line have to be in the text, as themselves, in another
form ("bearded", "beard") or as a word of the same group ("car", "vehicle"). Verbs and adjectives are paraphrased too
often for that: they count only together. Names, figures and quotations are compared in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from audiodesc.core.english import ARTICLES, COLOURS, GROUPS, IRREGULAR, LITTLE, NUMBERS, PREPOSITIONS, WRITTEN
from audiodesc.core.languages import of_texts, primary
from audiodesc.core.style import QUOTED, own_words, telling

CARRIED_SHARE = 1 / 3
"""Of the content words; a claim of which a text has less is not carried by it."""

FEWEST_CLAIM = 3
"""Content words of a claim; of fewer nothing is said."""

LONGEST = 20_000
"""Characters of a text that are read."""

BEGINNING, SHORTEST = 5, 4
"""Words with so many letters at the beginning in common are forms of one word, and those that begin or end with a
word of so many: "door", "doorway"; "coat", "raincoat"."""

REMEMBERED = 1 << 12

_PLURALS = frozenset({*IRREGULAR, "people", "police", "crowd"})

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[.!?…]|[,;:()\"“”–—]")
_TIME = re.compile(r"\(\d+(?:\.\d+)?(?:\s*[-–]\s*\d+(?:\.\d+)?)? ?s\)|^\s*(?:\d+[.)]|[-•*])\s+", re.MULTILINE)
_TITLE = re.compile(r"^\s*[A-Z]{3,}:", re.MULTILINE)
_CLAIM = re.compile(r"[\n;]+|(?<=[.!?])\s+")
_QUOTE = re.compile(r"[\"“”„«»‘’'「」『』‹›]")
_NAME = re.compile(r"[A-ZÀ-ÖØ-ÞŁŚŻČŠŽ][^\W\d_]")

CAPITAL_NOUNS = frozenset({"de", "lb"})
"""Languages in which every noun begins with a capital: a name cannot be recognised by its capital."""


def _groups() -> dict[str, frozenset[str]]:
    made: dict[str, set[str]] = {}
    for group in GROUPS:
        for word in group:
            made.setdefault(stem_of(word), set()).update(map(stem_of, group))
    return {word: frozenset(same) for word, same in made.items()}


@lru_cache(maxsize=1 << 14)
def stem_of(word: str) -> str:
    """A word in lower case without endings of number, person and tense; a figure for a small number."""
    plain = (*telling(word.split("'")[0].split("’")[0]), "")[0]
    if plain in NUMBERS:
        return str(NUMBERS.index(plain))
    plain = IRREGULAR.get(plain, plain)
    for ending in ("ies", "ing", "ed", "es", "ly", "s", "y", "e"):
        if plain.endswith(ending) and len(plain) - len(ending) >= 3 and not plain.endswith("ss"):
            plain = plain[: -len(ending)]
            break
    return plain[:-1] if len(plain) > 3 and plain[-1] == plain[-2] and plain[-1] not in "ls" else plain


_SAME = _groups()


@dataclass(frozen=True)
class Carrying:
    """A text that words are looked for in."""

    text: str

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem_of(part) for word in _words(self.text) for part in _parts(word))

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(stem[:BEGINNING] for stem in self._stems if len(stem) >= BEGINNING)

    @cached_property
    def language(self) -> str:
        """As a BCP 47 tag without region; "" where it is too short to tell."""
        return primary(of_texts([self.text])) if self.text else ""

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019 — as many as texts are remembered
    def has(self, word: str) -> bool:
        """Whether the text has the word, a form of it, or one of its group; of a compound, one of its parts."""
        return any(self._has(stem_of(part)) for part in _parts(word))

    def _has(self, stem: str) -> bool:
        if self._stems & {stem, *_SAME.get(stem, ())}:
            return True
        if len(stem) >= BEGINNING and stem[:BEGINNING] in self._beginnings:
            return True
        long = [one for one in self._stems if len(one) >= SHORTEST]
        return len(stem) >= SHORTEST and any(
            one.startswith(stem) or one.endswith(stem) or stem.startswith(one) or stem.endswith(one) for one in long
        )


@lru_cache(maxsize=256)
def carrying(text: str) -> Carrying:
    """The text, without the times and headings of facts."""
    return Carrying(_TITLE.sub(" ", _TIME.sub(" ", text[:LONGEST])))


def missing(line: str, text: str, named: str, language: str) -> tuple[str, ...]:
    """Words of a line that the text does not carry, in order; `named` is all that may have given a name by then.

    In English that is what the module says; in a text of another language than the line only names, figures and
    quotations are looked for.
    """
    known, names = carrying(text), carrying(f"{named}\n{text}")
    found = [*_unquoted(line, names), *_figures(line, names), *_unnamed(line, names, language)]
    plain, spoken = own_words(line), primary(language)
    if spoken == "en" and known.language in ("", "en"):
        reads = WRITTEN if plain != line else frozenset()
        hard = (word for word in hard_words(plain) if word.casefold() not in reads)
        found += [word for word in hard if not known.has(word) and not _is_name(word, names)]
    if not found and spoken in ("en", known.language) and not carries(plain, text, named):
        found += [word for word in content_words(plain) if not known.has(word) and not _is_name(word, names)]
    return tuple(sorted(dict.fromkeys(found), key=lambda word: line.find(word)))


def nothing_carried(line: str, text: str, named: str, language: str) -> bool:
    """Whether no content word of an English line but names is in the text; never where the two cannot be compared."""
    if primary(language) != "en" or carrying(text).language not in ("", "en"):
        return False
    names = carrying(named)
    words = [word for word in content_words(line) if not _is_name(word, names)]
    return bool(words) and not any(carrying(text).has(word) for word in words)


def carries(claim: str, text: str, named: str = "") -> bool:
    """Whether a text has its share of the content words of a claim, names left out; true of a short one."""
    names = carrying(named)
    words = [word for word in content_words(claim) if not _is_name(word, names)]
    share = sum(map(carrying(text).has, words))
    return len(words) < FEWEST_CLAIM or share >= CARRIED_SHARE * len(words)


def claims(facts: str) -> Iterator[str]:
    """Sentences and lines of facts, without times and headings."""
    for part in _CLAIM.split(_TITLE.sub(" ", _TIME.sub(" ", facts[:LONGEST]))):
        if claim := " ".join(part.split()).strip(" .,:-"):
            yield claim


def content_words(text: str) -> list[str]:
    """The words of a text but those of grammar, as they are written."""
    return [word for word in _words(text) if word.casefold() not in LITTLE and len(word) > 1]


def hard_words(line: str) -> Iterator[str]:
    """Of an English line the heads of noun phrases, colours and numbers; rather too few than verbs among them."""
    phrase: list[str] = []
    opened: str | None = "."
    for part in (*_TOKEN.findall(line), "."):
        plain = part.casefold()
        if not part[0].isalpha() or plain in LITTLE or plain in NUMBERS:
            yield from _heads(phrase)
            if plain in NUMBERS:
                yield part
            begins = plain in ARTICLES or plain in PREPOSITIONS or plain in NUMBERS or part in ".!?…:"
            phrase, opened = [], plain if begins else None
        elif opened is not None:
            if _ends_phrase(plain, phrase, opened):
                yield from _heads(phrase)
                phrase, opened = [], None
            else:
                phrase.append(part)


def _ends_phrase(word: str, phrase: Sequence[str], opened: str) -> bool:
    """Whether a word is no noun and no adjective before one; `opened` is the word that began the phrase."""
    if not phrase:
        after_article = opened in ARTICLES or opened in NUMBERS
        return not after_article and word.endswith(("ing", "ed", "ly")) and word not in ("ring", "king", "wing", "bed")
    if _is_plural(phrase[-1].casefold()) or word.endswith(("ly", "ing")):
        return True
    return word.endswith("s") and not word.endswith(("ss", "us")) and opened not in NUMBERS[2:]


def _is_plural(word: str) -> bool:
    return word in _PLURALS or (word.endswith("s") and not word.endswith("ss"))


def _heads(phrase: Sequence[str]) -> Iterator[str]:
    yield from (word for word in phrase[:-1] if word.casefold() in COLOURS)
    yield from (word for word in phrase[-1:] if not word.endswith("est"))


def _words(text: str) -> list[str]:
    return [part for part in _TOKEN.findall(text) if part[0].isalnum()]


def _parts(word: str) -> list[str]:
    """A word, and those that it is made of: "tea-cup", "Anna's"."""
    return [word, *(part for part in re.split(r"[-'’]", word) if part and part != word)]


def _is_name(word: str, names: Carrying) -> bool:
    """Whether a word is written as a name, and known as one."""
    return bool(_NAME.match(word)) and stem_of(word) in names._stems


def _figures(line: str, names: Carrying) -> Iterator[str]:
    yield from (word for word in _words(own_words(line)) if word[0].isdigit() and not names.has(word))


def _unquoted(line: str, names: Carrying) -> Iterator[str]:
    """Words of what the line reads out."""
    for quoted in QUOTED.findall(line):
        yield from (word for word in _words(_QUOTE.sub(" ", quoted)) if len(word) > 2 and not names.has(word))


def _unnamed(line: str, names: Carrying, language: str) -> Iterator[str]:
    """Names inside a sentence that nothing has given."""
    if primary(language) in CAPITAL_NOUNS:
        return
    first = True
    for part in _TOKEN.findall(own_words(line)):
        if not first and _NAME.match(part) and not names.has(part):
            yield part
        first = part in ".!?…:" or (first and not part[0].isalnum())
