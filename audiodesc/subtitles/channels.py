"""What CEA-608 sends on line 21 -> the words of each of its four caption channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CHANNELS = ("CC1", "CC3", "CC2", "CC4")
"""In order of rank: the first of each field, then the second. Dialogue is in CC1, another language often in CC3."""

CAPTIONS = {0x20, 0x25, 0x26, 0x27, 0x29, 0x2F}
"""Resume caption loading, roll-up of two, three and four rows, resume direct captioning, end of caption."""

TEXT = {0x2A, 0x2B}
"""Text restart, resume text display: what follows is not of the film."""

ERASE = {0x2C, 0x2E}
"""Erase displayed memory, erase non-displayed memory: of captions, in the midst of text too."""


@dataclass(frozen=True, slots=True)
class Word:
    """Two bytes without parity, as the first channel would have them ("9420" is 0x1420), and when they are sent."""

    time_ms: int
    value: int

    @property
    def is_code(self) -> bool:
        return self.value < 0x2000

    @property
    def is_command(self) -> bool:
        """Whether it begins, shows, rolls or erases something."""
        return self.value & 0xFFF0 == 0x1420


@dataclass(slots=True)
class Field:
    """What a field is in the midst of: which of its channels speaks, in which of them text, and whether other data."""

    channel: str = ""
    in_text: frozenset[str] = frozenset()
    in_data: bool = False


def by_channel(sent: Iterable[tuple[int, bytes]]) -> dict[str, list[Word]]:
    """The words of each channel that says anything, in order of rank.

    `sent` are triplets in order of time: which field, and two bytes with odd parity. Those that are damaged are left
    out, unless most are: then the sender knows no parity.
    """
    told = list(sent)
    has_parity = 2 * sum(_is_whole(triplet) for _, triplet in told) > len(told)
    words: dict[str, list[Word]] = {name: [] for name in CHANNELS}
    fields = (Field(), Field())
    for time_ms, triplet in told:
        if _is_whole(triplet) or not has_parity:
            second = triplet[0] & 1
            value = _value(fields[second], second, triplet[1] & 0x7F, triplet[2] & 0x7F)
            if value:
                words[fields[second].channel].append(Word(time_ms, value))
    return {name: found for name, found in words.items() if any(not word.is_code for word in found)}


def _is_whole(triplet: bytes) -> bool:
    return all(byte.bit_count() % 2 for byte in triplet[1:])


def _value(field: Field, second: int, high: int, low: int) -> int:
    """The word as the first channel would have it, 0 for one that is of no caption; `field` is brought up to date."""
    if 0 < high < 0x10:  # other data begins, goes on or ends (CEA-608, extended data services)
        field.in_data = high != 0x0F
        return 0
    if 0x10 <= high < 0x20:
        field.in_data = False
        field.channel = CHANNELS[second + 2 * bool(high & 8)]
        high = 0x14 if 0x20 <= low < 0x30 and high & 0x17 in (0x14, 0x15) else high & 0x17
        if high == 0x14 and low in CAPTIONS | TEXT:
            field.in_text = field.in_text - {field.channel} if low in CAPTIONS else field.in_text | {field.channel}
    if not high or not field.channel or field.in_data:
        return 0
    is_caption = field.channel not in field.in_text or (high == 0x14 and low in ERASE)
    return high << 8 | low if is_caption else 0
