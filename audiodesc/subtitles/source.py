"""A subtitle file in memory, and what its readers say about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from audiodesc.errors import InputError, SubtitleError
from audiodesc.model import Note

Rate = Callable[[], Fraction | None]
MOST_NOTES = 20


def no_rate() -> Fraction | None:
    """The rate of a film that is not known."""
    return None


def in_file(line: int) -> str:
    """How a note names a line."""
    return f"line {line}"


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is given.

    `text` is "" for formats that are not text. `rate` gives the film's frames a second, None where there is no
    film. A refusal is raised as `error`. `place` names a line in notes.
    """

    path: Path
    raw: bytes
    text: str = ""
    rate: Rate = no_rate
    error: type[InputError] = SubtitleError
    place: Callable[[int], str] = in_file

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


def bounded(notes: Sequence[Note]) -> list[Note]:
    """The first notes, and how many more there are: nobody reads ten thousand."""
    if len(notes) <= MOST_NOTES:
        return list(notes)
    return [*notes[:MOST_NOTES], Note("dialogue", f"and {len(notes) - MOST_NOTES} more faults like these")]


class Listener(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def overheard(name: str) -> Iterator[list[str]]:
    """What a library logs as a warning or worse meanwhile, in place of its standing on the terminal."""
    logger, listener = logging.getLogger(name), Listener()
    before = logger.propagate
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)
        logger.propagate = before
