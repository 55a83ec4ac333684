"""The people of a film as its lines mention them: each with a first look, and a name once a line or the cast gives it.

Known from the words alone, for English: "Tom, a bearded man in a blue coat" gives the look a name, and so does the
cast. It rather misses a person than takes two for one: a look needs a word that tells it apart ("bearded").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from audiodesc.core.formatting import number_of
from audiodesc.describers.context import FilmContext

HEADS = {
    "man": "man", "guy": "man", "gentleman": "man", "woman": "woman", "lady": "woman", "boy": "boy", "lad": "boy",
    "girl": "girl", "child": "child", "kid": "child", "teenager": "teenager", "baby": "baby",
}  # fmt: skip
"""Nouns for people, and which of them may be the same person."""

_NOUN = "|".join(HEADS)
_WITH = (
    r"(?: (?:with|in) (?:an? |the |his |her )?[a-z-]+(?:(?: and)? (?!and\b|who\b|on\b|at\b|to\b)[a-z-]+){0,3}?"
    r"(?=[,.;!?]| [a-z]+s\b|$))?"
)
_LOOK = re.compile(rf"\b(?:an?|the) ((?:[a-z-]+ ){{0,3}}?)({_NOUN})\b({_WITH})", re.IGNORECASE)
_NAMED = re.compile(rf"\b([A-Z][^\W\d_]+(?: [A-Z][^\W\d_]+)?), (?=(?:an?|the) (?:[a-z-]+ ){{0,3}}?(?:{_NOUN})\b)")
_NAMED_AFTER = re.compile(r"\A, ([A-Z][^\W\d_]+(?: [A-Z][^\W\d_]+)?)(?=[,.;!?])")
_PLAIN = frozenset(
    (
        "with",
        "in",
        "a",
        "an",
        "the",
        "his",
        "her",
        "and",
        "other",
        "another",
        "same",
        "young",
        "old",
        "older",
        "younger",
    )
)
"""Words that tell nobody apart from others."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a line calls somebody: the phrase, the kind of person, and the words that tell the person apart."""

    phrase: str
    head: str
    words: frozenset[str]
    name: str = ""

    def may_be(self, other: Appearance) -> bool:
        """Whether both may be one person: the same kind, and all the words of the one are the other's too."""
        shared = self.words & other.words
        return self.head == other.head and bool(shared) and shared in (self.words, other.words)


@dataclass(slots=True)
class Known:
    """A person: the first look, the name ("" until it is given), and all words that tell the person apart."""

    look: Appearance
    name: str = ""
    others: list[Appearance] = field(default_factory=list)

    def is_(self, look: Appearance) -> bool:
        return any(look.may_be(one) for one in (self.look, *self.others))

    def __str__(self) -> str:
        return f"- {self.name}: {self.look.phrase}" if self.name else f"- {self.look.phrase}"


@lru_cache(maxsize=4096)
def appearances_in(line: str) -> tuple[Appearance, ...]:
    """Those in a line that tell somebody apart, each with the name that stands beside it."""
    named = {found.end(): found[1] for found in _NAMED.finditer(line)}
    looks = []
    for found in _LOOK.finditer(line):
        words = frozenset(re.findall(r"[a-z-]+", f"{found[1]} {found[3]}".lower())) - _PLAIN
        after = _NAMED_AFTER.match(line[found.end() :])
        name = named.get(found.start()) or (after[1] if after else "")
        if words or name:
            phrase = re.sub(r"^an? ", "the ", found[0], flags=re.IGNORECASE)
            looks.append(Appearance(phrase[:1].lower() + phrase[1:], HEADS[found[2].lower()], words, name))
    return tuple(looks)


def ledger(lines: Sequence[str], context: FilmContext) -> list[Known]:
    """The people of these lines and of the cast, in the order in which they were first mentioned."""
    known = [Known(look, person.name) for person in context.cast for look in appearances_in(f"The {person.looks}")[:1]]
    for line in lines:
        _learn(known, line)
    return known


def _learn(known: list[Known], line: str) -> None:
    for look in appearances_in(line):
        person = next((one for one in known if _same(one, look)), None)
        if person is None:
            known.append(Known(look, look.name))
        else:
            person.name = person.name or look.name
            person.others.append(look)


def _same(person: Known, look: Appearance) -> bool:
    if look.name and person.name:
        return look.name == person.name
    return person.is_(look)


def misnamed(line: str, known: Sequence[Known]) -> Iterator[tuple[str, str]]:
    """(look, name) of those that a line calls by how they look though they have a name."""
    for look in appearances_in(line):
        person = next((one for one in known if one.name and one.is_(look)), None)
        if person and not look.name and not set(person.name.split()) & set(re.findall(r"[^\W\d_]+", line)):
            yield look.phrase, person.name


def people_findings(lines: Sequence[str], context: FilmContext) -> Iterator[str]:
    """What is wrong with the people of a film's lines: called by a look after they were named, two looks of different
    kinds for one name, one look for two names."""
    called: Counter[tuple[str, str]] = Counter()
    known = ledger((), context)
    for line in lines:
        called.update(misnamed(line, known))
        _learn(known, line)
    for (phrase, name), times in called.items():
        yield f"{name} is called {phrase!r} in {number_of(times, 'line')} after the film has named them"
    named = [look for line in lines for look in appearances_in(line) if look.name]
    for number, look in enumerate(named):
        for other in named[:number]:
            if look.name == other.name and look.head != other.head:
                yield f"{look.name} is {other.phrase!r} and {look.phrase!r}: two looks for one person"
            elif look.name != other.name and look.words and look.may_be(other):
                yield f"{look.phrase!r} is {other.name} and {look.name}: two people under one look"
