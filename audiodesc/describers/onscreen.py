"""Words on the picture: found, read in two frames of a glimpse, and joined to blocks.

Nothing is read that does not hold still, runs over the edge, is no Latin text, or is unsure in any letter.
"""

from __future__ import annotations

from collections.abc import Sequence

from audiodesc.describers import ocr
from audiodesc.describers.facts import Words
from audiodesc.describers.glimpses import Glimpse, Picture, same
from audiodesc.describers.latin import alike, readable, within
from audiodesc.describers.layout import Line, blocks
from audiodesc.describers.ocr import BGR, Box
from audiodesc.describers.textboxes import bgr, correlation, may_be_read, search, uncrowded

HELD_MS = 150
"""A glimpse that lasts less does not show whether text holds."""

SAME = 0.9
"""Two cuts of a line show the same, fading or not, if they correlate so well; else both are read."""


def words_on(glimpses: Sequence[Glimpse]) -> list[list[Words]]:
    """The words of each glimpse. One that looks like an earlier one is not searched again."""
    found: list[list[Words]] = []
    for i, glimpse in enumerate(glimpses):
        known = next((found[j] for j in range(i) if same(glimpse, glimpses[j])), None)
        found.append(_words(glimpse) if known is None else known)
    return found


def each_once(found: Sequence[Sequence[Words]]) -> tuple[Words, ...]:
    """All words in order of time, without repeats and without lines that change like subtitles."""
    new: list[Words] = []
    for words in (words for of_glimpse in found for words in of_glimpse):
        if not any(within(words.text, old.text) for old in new):
            new = [old for old in new if not within(old.text, words.text)] + [words]
    low = [words for words in new if words.place == "low"]
    return tuple(words for words in new if len(low) < 2 or words.place != "low")


def _words(glimpse: Glimpse) -> list[Words]:
    pictures = [frame.image for frame in glimpse.frames]
    if glimpse.lasts_ms < HELD_MS:
        return []
    lines = held_lines(pictures, uncrowded(search(pictures)))
    found = [
        Words(glimpse.time_ms, " ".join(line.text for line in block), place, _per_cent(block))
        for block, place in blocks(lines)
        if all(line.text for line in block)
    ]
    return [words for words in found if readable(words.text)]


def _per_cent(block: Sequence[Line]) -> int:
    return round(100 * max(line.height for line in block))


def held_lines(pictures: Sequence[Picture], boxes: Sequence[Box]) -> list[Line]:
    """A line for each box; with text where it reads the same in the last picture and in an earlier one."""
    *earlier, last = (bgr(picture) for picture in pictures)
    texts = [_held(box, last, earlier) if may_be_read(box, pictures) else "" for box in boxes]
    return [_line(box, text, last) for box, text in zip(boxes, texts, strict=True)]


def _held(box: Box, last: BGR, earlier: Sequence[BGR]) -> str:
    text = ocr.read(ocr.cut(last, box))
    return text if text and any(_same_text(text, box, last, picture) for picture in earlier) else ""


def _same_text(text: str, box: Box, last: BGR, earlier: BGR) -> bool:
    before = ocr.cut(earlier, box)
    return correlation(ocr.cut(last, box), before) >= SAME or alike(text, ocr.read(before))


def _line(box: Box, text: str, image: BGR) -> Line:
    height, width = image.shape[:2]
    return Line(text, box.left / width, box.top / height, box.right / width, box.bottom / height)
