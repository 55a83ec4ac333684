"""The names of the scripts in an output folder: what was spoken stands in one of each format, and never in the one that
a person gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from audiodesc.core.formatting import clock
from audiodesc.model import Note, Outcome

FIRST = ".ad"
NEXT = ".spoken"


def script_name(folder: Path, stem: str, given: Path | None = None, suffix: str = ".vtt") -> str:
    """The name of the script as spoken, in the format of that suffix: `film.ad.vtt` or, where a person gave that very
    file, `film.ad.spoken.vtt`; and so on, for that one can be changed and given too."""
    for path in _scripts(folder, stem, suffix):
        if given and path.samefile(given):
            return f"{path.name.removesuffix(suffix)}{NEXT}{suffix}"
    return f"{stem}{FIRST}{suffix}"


def outdated(folder: Path, stem: str, written: str, given: Path | None = None, suffix: str = ".vtt") -> list[str]:
    """The names of scripts of that suffix that say no more what is spoken, once that stands in `written`."""
    first = f"{stem}{FIRST}{suffix}"
    others = [path for path in _scripts(folder, stem, suffix) if path.name not in (written, first)]
    return [path.name for path in others if not (given and path.samefile(given))]


def moved(outcomes: Sequence[Outcome], written: str) -> Iterator[Note]:
    """A note where a person's lines do not begin when they were to, which names the script that says when they do."""
    others = [outcome for outcome in outcomes if outcome.moved]
    if others:
        lines = "1 line was moved" if len(others) == 1 else f"{len(others)} lines were moved, the first"
        speech = others[0].speech
        yield Note(
            "speak", f"{lines} {from_to(others[0])}: {written} has the times of all", speech.span if speech else None
        )


def from_to(outcome: Outcome) -> str:
    """From where to where a person's line was moved, with as many digits as the two differ in."""
    segment, speech = outcome.segment, outcome.speech
    if not speech or not segment.written:
        return ""
    start, now = segment.written.start_ms, speech.span.start_ms
    digits = 1 if clock(start, 1) != clock(now, 1) else 3
    return f"from {clock(start, digits)} to {clock(now, digits)}"


def _scripts(folder: Path, stem: str, suffix: str) -> list[Path]:
    name = re.compile(rf"{re.escape(stem + FIRST)}({re.escape(NEXT)})*{re.escape(suffix)}")
    return [path for path in folder.iterdir() if name.fullmatch(path.name) and path.is_file()]
