"""Words on the picture: found, read in two frames that follow each other, joined to blocks, and followed over time.

Nothing is read that does not hold still from one frame to the next, runs over the edge, is no Latin text, or is unsure
in any letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.cards import Card, standing
from audiodesc.describers.basic.facts import Words
from audiodesc.describers.basic.glimpses import Glimpse, Picture, frames_of
from audiodesc.describers.basic.latin import alike, readable
from audiodesc.describers.basic.layout import Line, blocks
from audiodesc.describers.basic.ocr import BGR, Box
from audiodesc.describers.basic.textboxes import bgr, boxes_in, correlation, may_be_read, search, uncrowded
from audiodesc.model import Span

SAME = 0.9
"""Two cuts of a line show the same, fading or not, if they correlate so well; else both are read."""

TALL, WIDE = 0.2, 4.0
"""A box that is higher than this share of the picture, and not so many times as wide as high, may hold two lines set
tight: a main title often does."""

SHARES = (0.5, 0.55, 0.45, 0.6, 0.4)
"""Where such a box is parted, as shares of its height; the first way in which both lines are read counts."""


def words_on(seen: Sequence[Glimpse]) -> tuple[Words, ...]:
    """The words that stand on the picture by themselves, each once, in order of time, with when they are seen."""
    frames = frames_of(seen)

    def others(card: Card, frame: int) -> bool:
        return _other_text(card, frames[frame].image)

    found = standing(_cards(seen), [frame.time_ms for frame in frames], others)
    return tuple(
        Words(Span(frames[card.first].time_ms, frames[card.last].time_ms), card.text, card.place, card.per_cent)
        for card in found
    )


def _cards(seen: Sequence[Glimpse]) -> Iterator[Card]:
    """What is read in each glimpse. One that looks like the one before is not searched again."""
    before: list[Card] = []
    for i, glimpse in enumerate(seen):
        known = glimpse.steady and i and (before or seen[i - 1].steady)
        before = [card.at(i) for card in before] if known else _read(glimpse, i)
        yield from before


def _read(glimpse: Glimpse, number: int) -> list[Card]:
    pictures = [frame.image for frame in glimpse.frames]
    lines = held_lines(pictures, uncrowded(search(pictures)))
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
        for block, place in blocks(lines)
        if all(line.text for line in block)
    ]
    return [card for card in found if readable(card.text)]


def held_lines(pictures: Sequence[Picture], boxes: Sequence[Box]) -> list[Line]:
    """A line for each box; with text where it reads the same in the last picture and in an earlier one."""
    *earlier, last = (bgr(picture) for picture in pictures)
    found: list[Line] = []
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
    other = ocr.read_pressed(ocr.cut(image, box))
    return max(text, other, key=lambda one: len(one.split())) if alike(text, other) else text


def _held(box: Box, last: BGR, earlier: Sequence[BGR]) -> str:
    text = ocr.read(ocr.cut(last, box))
    return text if text and any(_same_text(text, box, last, picture) for picture in earlier) else ""


def _same_text(text: str, box: Box, last: BGR, earlier: BGR) -> bool:
    before = ocr.cut(earlier, box)
    return correlation(ocr.cut(last, box), before) >= SAME or alike(text, ocr.read(before))


def _line(box: Box, text: str, image: BGR) -> Line:
    height, width = image.shape[:2]
    return Line(text, box.left / width, box.top / height, box.right / width, box.bottom / height)


def _other_text(card: Card, picture: Picture) -> bool:
    """Whether other text than the card's stands at its place in a picture: the same may be fading in or out there."""
    image = bgr(picture)
    for box in boxes_in(picture):
        line = _line(box, ocr.read(ocr.cut(image, box)), image)
        if card.is_at(line.top, line.bottom):
            same = card.says(line.text) if line.text else card.spans(line.left, line.right)
            if not same:
                return True
    return False
