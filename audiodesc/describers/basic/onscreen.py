"""Text on screen: read in pairs of frames, joined to cards, and followed over time.

Text is only read where it holds still from one frame to the next, is not cut off by the edge, is Latin, and every
letter is sure. Parts of a longer text are dropped: a sentence shown word by word, subtitles, a text while it grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.frame_pairs import (
    FramePair,
    Searched,
    boxes_in,
    correlation,
    find_boxes,
    may_be_read,
    patches,
    text_rows,
)
from audiodesc.describers.basic.ocr import BGR, Box, Picture, TextLine, bgr, text_blocks, uncrowded
from audiodesc.describers.basic.texts import ScreenText, TextPosition, alike, readable, within
from audiodesc.model import Span

SAME = 0.9
"""Two cuts of a line show the same, fading or not, if they correlate so well; else both are read."""

TALL, WIDE = 0.2, 4.0
"""A box that is higher than this share of the picture, and not so many times as wide as high, may hold two lines set
tight: a main title often does."""

SHARES = (0.5, 0.55, 0.45, 0.6, 0.4)
"""Where such a box is parted, as shares of its height; the first way in which both lines are read counts."""

NEXT = 1
"""Texts are one after the other if no more than so many frames lie between the last of one and the first of another."""

BRIEF_MS, MANY = 2_000, 3
"""So many texts or more, one after the other, of which half last no longer than this, are one text shown in pieces: a
card that is to be read alone is shown for longer."""

FADES = 0.05
"""Text that begins and ends within this share of the width of where a card does is the same, fading."""


def texts_on_screen(pairs: Sequence[FramePair]) -> tuple[ScreenText, ...]:
    """The texts on the screen that are no piece of a longer one, each once, in order of time, with their spans."""
    frames = [pair.frames[0] for pair in pairs] + [pair.frames[1] for pair in pairs[-1:]]

    def others(card: Card, frame: int) -> bool:
        return _other_text(card, frames[frame].image)

    found = whole_cards(_cards(pairs), [frame.time_ms for frame in frames], others)
    return tuple(
        ScreenText(Span(frames[card.first].time_ms, frames[card.last].time_ms), card.text, card.place, card.per_cent)
        for card in found
    )


def _cards(pairs: Sequence[FramePair]) -> Iterator[Card]:
    """What is read in each pair of frames.

    A pair is searched only where something in it may be text and has changed since the last search; else the cards of
    the pair before it are kept, as far as their part of the picture is unchanged.
    """
    before: list[Card] = []
    searched: Searched | None = None
    for i, pair in enumerate(pairs):
        if pair.steady and i and (before or pairs[i - 1].steady):
            before = [card.at(i) for card in before]
        elif (shown := patches(pair, searched)).may_be_text:
            last = pair.frames[1].image
            before = _read(pair, i, text_rows(last) if before else shown.new_rows(last))
            searched = Searched.of(pair)
        else:
            kept = [card.at(i) for card in before if shown.keep(card.top, card.bottom, card.left, card.right)]
            searched = searched if len(kept) == len(before) else None
            before = kept
        yield from before


def _read(pair: FramePair, number: int, rows: slice | None) -> list[Card]:
    pictures = [frame.image for frame in pair.frames]
    lines = held_lines(pictures, uncrowded(find_boxes(pictures, rows)))
    found = [
        Card(
            " ".join(line.text for line in block),
            place,
            max(line.height for line in block),
            min(line.top for line in block),
            max(line.bottom for line in block),
            tuple((line.left, line.right) for line in block),
            number,
            number + 1,
        )
        for block, place in text_blocks(lines)
        if all(line.text for line in block)
    ]
    return [card for card in found if readable(card.text)]


def held_lines(pictures: Sequence[Picture], boxes: Sequence[Box]) -> list[TextLine]:
    """A line for each box; with text where it reads the same in the last picture and in an earlier one."""
    *earlier, last = (bgr(picture) for picture in pictures)
    found: list[TextLine] = []
    for box in boxes:
        text = _held(box, last, earlier) if may_be_read(box, pictures) else ""
        parts = [(box, text)]
        if not text and box.height > TALL * last.shape[0] and box.width < WIDE * box.height:
            parts = _parted(box, last, earlier) or parts
        found += [_line(part, words, last) for part, words in parts]
    return found


def _parted(box: Box, last: BGR, earlier: Sequence[BGR]) -> list[tuple[Box, str]]:
    """The two lines in a box; none where they cannot both be read."""
    for share in SHARES:
        parts = [(part, _held(part, last, earlier)) for part in box.parted(share)]
        if all(text for _, text in parts):
            return [(part, _spaced(text, part, last)) for part, text in parts]
    return []


def _spaced(text: str, box: Box, image: BGR) -> str:
    """The text, with spaces where the line pressed together shows them: letters set tight hide them."""
    other = ocr.read_pressed(ocr.crop(image, box))
    return max(text, other, key=lambda one: len(one.split())) if alike(text, other) else text


def _held(box: Box, last: BGR, earlier: Sequence[BGR]) -> str:
    text = ocr.read(ocr.crop(last, box))
    return text if text and any(_same_text(text, box, last, picture) for picture in earlier) else ""


def _same_text(text: str, box: Box, last: BGR, earlier: BGR) -> bool:
    before = ocr.crop(earlier, box)
    return correlation(ocr.crop(last, box), before) >= SAME or alike(text, ocr.read(before))


def _line(box: Box, text: str, image: BGR) -> TextLine:
    height, width = image.shape[:2]
    return TextLine(text, box.left / width, box.top / height, box.right / width, box.bottom / height)


def _other_text(card: Card, picture: Picture) -> bool:
    """Whether other text than the card's stands at its place in a picture: the same may be fading in or out there."""
    image = bgr(picture)
    for box in boxes_in(picture):
        line = _line(box, ocr.read(ocr.crop(image, box)), image)
        if card.is_at(line.top, line.bottom):
            same = card.says(line.text) if line.text else card.spans(line.left, line.right)
            if not same:
                return True
    return False


@dataclass(frozen=True, slots=True)
class Card:
    """A text at a place of the picture (in shares of its width and height), from frame `first` to frame `last`; `sides`
    are where each of its lines begins and ends."""

    text: str
    place: TextPosition
    height: float
    top: float
    bottom: float
    sides: tuple[tuple[float, float], ...]
    first: int
    last: int

    @property
    def left(self) -> float:
        return min(left for left, _ in self.sides)

    @property
    def right(self) -> float:
        return max(right for _, right in self.sides)

    @property
    def per_cent(self) -> int:
        """The height of its letters in per cent of the picture's."""
        return round(100 * self.height)

    def at(self, number: int) -> Card:
        """The same card in another pair of frames."""
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


def whole_cards(read: Iterable[Card], times_ms: Sequence[int], others: Callable[[Card, int], bool]) -> list[Card]:
    """The cards that are no piece of a longer text, in order of time, given what was read in each pair of frames.

    `times_ms` are those of the frames; `others` says whether other text than the card's stands at its place in one.
    """
    cards = _lasting(read)
    low = [card for card in cards if card.place == "low"]
    cards = [card for card in cards if len(low) < 2 or card.place != "low"]  # what changes there are subtitles
    return [card for run in _runs(cards) if not _in_pieces(run, times_ms, others) for card in run]


def _lasting(read: Iterable[Card]) -> list[Card]:
    """Each text once, for as long as it is visible; of one that grows or shrinks, the longest."""
    cards: list[Card] = []
    for new in read:
        known = next((i for i, card in enumerate(cards) if _goes_on(card, new)), None)
        if known is None:
            cards.append(new)
        elif within(new.text, cards[known].text):
            if within(cards[known].text, new.text):
                text = max(cards[known].text, new.text, key=lambda text: len(text.split()))  # a space may be missed
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
    """Whether these are pieces of one text: some begin in the middle of a sentence, most are brief, or what comes
    before or after them is too brief to be read."""
    first, last = run[0], run[-1]
    if any(card.text[0].islower() for card in run[1:]) or (first.text[0].islower() and not first.first):
        return True
    if len(run) >= MANY and median(times_ms[card.last] - times_ms[card.first] for card in run) <= BRIEF_MS:
        return True
    before, after = first.first - 1, last.last + 1
    return (before >= 0 and others(first, before)) or (after < len(times_ms) and others(last, after))
