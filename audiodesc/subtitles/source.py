"""A subtitle file in memory, its text without invisible characters; and what a reader gives: raw cues and notes."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from audiodesc.core.timecode import Timecode
from audiodesc.errors import InputError, SubtitleError
from audiodesc.model import CueKind, Note

Rate = Callable[[], Fraction | None]
MOST_NOTES = 20


def no_rate() -> Fraction | None:
    """The rate of a film that is not known."""
    return None


def no_timecode() -> Timecode | None:
    """The timecode of a film that has none."""
    return None


def line_name(line: int) -> str:
    """How a note names a line."""
    return f"line {line}"


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is given.

    `text` is "" for formats that are not text. `rate` gives the film's frames a second, None where there is no
    film, and `timecode` its timecode, None where it has none. A refusal is raised as `error`. `place` names a line in
    notes.
    """

    path: Path
    raw: bytes
    text: str = ""
    rate: Rate = no_rate
    error: type[InputError] = SubtitleError
    place: Callable[[int], str] = line_name
    timecode: Callable[[], Timecode | None] = no_timecode

    def refusal(self, fault: str, remedy: str) -> InputError:
        return self.error(f"{self.path} {fault}", remedy)

    def note(self, fault: str, line: int = 0) -> Note:
        """A note that names the file and, where it is known, the line (1 is the first)."""
        return Note("dialogue", f"{self.path.name}{f', {self.place(line)}' if line else ''}: {fault}")

    def lost(self, line: int, what: str, shown: str) -> Note:
        """A note on a line that may have held dialogue and could not be used."""
        return self.note(f"{what} {shown.strip()[:60]!r}: what is said is not protected", line)

    def lines(self) -> Iterator[tuple[int, str]]:
        return enumerate(self.text.split("\n"), 1)

    def line_of(self, words: str) -> int:
        """The first line that holds these words, 0 where none does."""
        return next((number for number, line in self.lines() if words in line), 0)


def limited_notes(notes: Sequence[Note]) -> list[Note]:
    """The first notes, and how many more there are: nobody reads ten thousand."""
    if len(notes) <= MOST_NOTES:
        return list(notes)
    return [*notes[:MOST_NOTES], Note("dialogue", f"and {len(notes) - MOST_NOTES} more faults like these")]


class LogCollector(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def captured_log(name: str) -> Iterator[list[str]]:
    """What a library logs as a warning or worse meanwhile, in place of its standing on the terminal."""
    logger, listener = logging.getLogger(name), LogCollector()
    before = logger.propagate
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)
        logger.propagate = before


@dataclass(frozen=True, slots=True)
class RawCue:
    """A cue as a reader gives it; times in ms may be anything.

    `kind` is what the format itself says, None where it says nothing; `names` are all who speak in it, where the
    format says so.
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    kind: CueKind | None = None
    names: tuple[str, ...] = ()


ReadResult = tuple[list[RawCue], list[Note]]
"""What a reader gives: the cues, in any order, and notes on what it could not use."""

JOINERS = "\u200c\u200d"
"""Letters of Persian, Arabic and India's languages need them; elsewhere they are as invisible as the others."""

BLANKS = "\u034f\u115f\u1160\u180b\u180c\u180d\u180e\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))
"""What shows nothing and is of another category: fillers, an empty Braille cell, variation selectors."""

FORMATS = (
    (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E),
    (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0001, 0xE007F),
)  # fmt: skip
"""Unicode's category Cf, without the joiners and without what is seen: signs of Arabic numbers and of hieroglyphs."""

INVISIBLE: dict[int, str | None] = {
    **{code: None for first, last in FORMATS for code in range(first, last + 1)},
    **{ord(blank): None for blank in BLANKS},
    **{ord(line): "\n" for line in "\u2028\u2029\x85\v\f"},
}
EDGE = r"[\s\[\](){}♪♫♬♩#*.,:;!?\"'<>–—-]"
LONE = re.compile(rf"(?:(?<![^\n])|(?<={EDGE}))[{JOINERS}]+|[{JOINERS}]+(?={EDGE}|$)", re.MULTILINE)

GARBLED = re.compile("â™[ª«¬©]")
"""Notes whose UTF-8 was read as Windows' Western encoding and saved."""

UNGARBLED = {"â™ª": "♪", "â™«": "♫", "â™¬": "♬", "â™©": "♩"}


def without_invisible(text: str) -> str:
    """The text without marks that nobody sees, each line break as "\\n", and notes that were garbled as notes."""
    text = text.translate(INVISIBLE)
    if any(joiner in text for joiner in JOINERS):
        text = LONE.sub("", text)
    return GARBLED.sub(lambda found: UNGARBLED[found[0]], text)
