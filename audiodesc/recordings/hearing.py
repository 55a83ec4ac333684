"""Transcribed recordings against the texts of their lines: words that differ, and recordings of another line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from audiodesc.recordings.wanted import WantedLine, same_words

DIFFERENT = 0.35
"""From this share of wrong words on, and two of them, a recording differs from its line: a small recogniser (Whisper
base) mishears up to a quarter of the words of a clear voice."""

LEAST_ERRORS = 2
CLOSER = 0.3
"""Where another line has at least so much less of its words wrong, it is that line which was recorded."""

LONGER = 2.0
"""A line of so many times the words, or the other way round, is no candidate."""

WITHOUT_SPACES = re.compile(r"([\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
"""Letters of languages that set no spaces: each counts as a word."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A recording against its line: `errors` words of `words` are changed, left out or added in what was `heard`;
    `other` is the id of the line whose words they are, "" where that is its own or none."""

    errors: int
    words: int
    heard: str
    other: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.other) or (self.errors >= LEAST_ERRORS and self.errors >= DIFFERENT * max(1, self.words))


def spoken_words(text: str) -> list[str]:
    """The words of a text as they are heard: without case, punctuation, and different spellings of one letter."""
    plain = same_words(unicodedata.normalize("NFKC", text))
    return WITHOUT_SPACES.sub(r" \1 ", plain).split()


def word_errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Words changed, left out or added: the Levenshtein distance."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def compared(line: WantedLine, heard: str, lines: Sequence[WantedLine]) -> Comparison:
    """What was heard in the recording of a line, held against it and, where it differs, against all `lines`."""
    wanted, got = spoken_words(line.text), spoken_words(heard)
    found = Comparison(word_errors(wanted, got), len(wanted), heard)
    if not found.differs or not got:
        return found
    own = found.errors / max(1, len(wanted))
    best_share, best = own, ""
    for other in lines:
        words = spoken_words(other.text)
        if other.id != line.id and len(got) / LONGER <= len(words) <= LONGER * len(got):
            share = word_errors(words, got) / len(words)
            if share < best_share:
                best_share, best = share, other.id
    is_other = best and best_share <= own - CLOSER and best_share < DIFFERENT
    return Comparison(found.errors, found.words, heard, best if is_other else "")
