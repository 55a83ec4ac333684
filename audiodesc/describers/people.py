"""The people of a film as its lines mention them: each with a first look, and a name once a line or the cast gives it.

Known from the words alone, in the languages of `appearances`: "Tom, a bearded man in a blue coat, waits" gives the look
a name, and so does the cast. It rather misses a person than takes two for one: a look needs a word that tells it apart
("bearded").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from audiodesc.core.formatting import number_of
from audiodesc.describers.appearances import Appearance, appearances_in
from audiodesc.describers.context import FilmContext


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


def ledger(lines: Sequence[str], context: FilmContext) -> list[Known]:
    """The people of these lines and of the cast, in the order in which they were first mentioned."""
    known = _cast(context)
    for line in lines:
        _learn(known, line)
    return known


def first_mentions(lines: Sequence[str], context: FilmContext) -> tuple[list[Known], list[list[Known]]]:
    """The same; and for each line those that it mentions first, of whom the cast has none."""
    known, first = _cast(context), []
    for line in lines:
        before = len(known)
        _learn(known, line)
        first.append(known[before:])
    return known, first


def _cast(context: FilmContext) -> list[Known]:
    return [Known(look, person.name) for person in context.cast for look in appearances_in(f"The {person.looks}")[:1]]


def _learn(known: list[Known], line: str) -> None:
    for look in appearances_in(line):
        person = next((one for one in known if _same(one, look)), None)
        if person is None and look.sure:
            known.append(Known(look, look.name))
        elif person:
            person.name = person.name or look.name
            if look not in person.others:
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
