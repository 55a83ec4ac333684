"""Texts on the picture over time: which stand there by themselves, and which are pieces of something longer.

A piece is told to nobody: a sentence shown word by word, subtitles, or a text while it grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from audiodesc.describers.basic.facts import Place
from audiodesc.describers.basic.latin import within

NEXT = 1
"""Texts are one after the other if no more than so many frames lie between the last of one and the first of another."""

BRIEF_MS, MANY = 2_000, 3
"""So many texts or more, one after the other, of which half last no longer than this, are one text shown in pieces: a
card that is to be read by itself stands longer."""

FADES = 0.05
"""Text that begins and ends within this share of the width of where a card does is the same, fading."""


@dataclass(frozen=True, slots=True)
class Card:
    """A text at a place of the picture (in shares of its width and height), from frame `first` to frame `last`; `sides`
    are where each of its lines begins and ends."""

    text: str
    place: Place
    height: float
    top: float
    bottom: float
    sides: tuple[tuple[float, float], ...]
    first: int
    last: int

    @property
    def per_cent(self) -> int:
        """The height of its letters in per cent of the picture's."""
        return round(100 * self.height)

    def at(self, number: int) -> Card:
        """The same in another glimpse."""
        return replace(self, first=number, last=number + 1)

    def says(self, text: str) -> bool:
        """Whether one of the two texts holds the other."""
        return within(text, self.text) or within(self.text, text)

    def is_at(self, top: float, bottom: float) -> bool:
        """Whether the two stand at one height of the picture, more or less."""
        shared = min(self.bottom, bottom) - max(self.top, top)
        return shared > 0.5 * min(self.bottom - self.top, bottom - top)

    def spans(self, left: float, right: float) -> bool:
        """Whether text from `left` to `right` begins and ends where a line of this one does."""
        return any(abs(left - first) < FADES and abs(right - last) < FADES for first, last in self.sides)


def standing(read: Iterable[Card], times_ms: Sequence[int], others: Callable[[Card, int], bool]) -> list[Card]:
    """The cards that stand by themselves, in order of time, given what was read in each glimpse.

    `times_ms` are those of the frames; `others` says whether other text than the card's stands at its place in one.
    """
    cards = _lasting(read)
    low = [card for card in cards if card.place == "low"]
    cards = [card for card in cards if len(low) < 2 or card.place != "low"]  # what changes there are subtitles
    return [card for run in _runs(cards) if not _in_pieces(run, times_ms, others) for card in run]


def _lasting(read: Iterable[Card]) -> list[Card]:
    """Each text once for as long as it is seen; of one that grows or shrinks, the longest."""
    cards: list[Card] = []
    for new in read:
        known = next((i for i, card in enumerate(cards) if _goes_on(card, new)), None)
        if known is None:
            cards.append(new)
        elif within(new.text, cards[known].text):
            if within(cards[known].text, new.text):
                text = max(cards[known].text, new.text, key=lambda text: len(text.split()))  # a space may be unseen
                cards[known] = replace(cards[known], text=text, last=new.last)
        else:
            cards[known] = new
    return cards


def _goes_on(card: Card, new: Card) -> bool:
    return new.first - card.last <= NEXT and card.says(new.text)


def _runs(cards: Sequence[Card]) -> list[list[Card]]:
    """Cards that follow each other at one place, together."""
    runs: list[list[Card]] = []
    for card in cards:
        before = next((run for run in reversed(runs) if _follows(run[-1], card)), None)
        if before is None:
            runs.append([card])
        else:
            before.append(card)
    return sorted(runs, key=lambda run: run[0].first)


def _follows(one: Card, other: Card) -> bool:
    return 0 <= other.first - one.last <= NEXT and one.is_at(other.top, other.bottom)


def _in_pieces(run: Sequence[Card], times_ms: Sequence[int], others: Callable[[Card, int], bool]) -> bool:
    """Whether these are pieces of one text: some begin in the middle of a sentence, most are request, or what comes
    before or after them is too request to be read."""
    first, last = run[0], run[-1]
    if any(card.text[0].islower() for card in run[1:]) or (first.text[0].islower() and not first.first):
        return True
    if len(run) >= MANY and median(times_ms[card.last] - times_ms[card.first] for card in run) <= BRIEF_MS:
        return True
    before, after = first.first - 1, last.last + 1
    return (before >= 0 and others(first, before)) or (after < len(times_ms) and others(last, after))
