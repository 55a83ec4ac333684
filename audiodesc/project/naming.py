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


def script_name(folder: Path, stem: str, given: Path | None = None) -> str:
    """The name of the script as spoken: `film.ad.vtt` or, where a person gave that very file or the same in another
    format, `film.ad.spoken.vtt`; and so on, for that one can be changed and given too. In other formats it has the same
    name with another suffix."""
    for path in _scripts(folder, stem):
        if given and path.samefile(given):
            return f"{path.stem}{NEXT}.vtt"
    return f"{stem}{FIRST}.vtt"


def outdated(folder: Path, stem: str, written: str, given: Path | None = None) -> list[str]:
    """The names of scripts, of any format, that say no more what is spoken, once that stands in `written`."""
    kept = (Path(written).stem, stem + FIRST)
    others = [path for path in _scripts(folder, stem) if path.stem not in kept]
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


def _scripts(folder: Path, stem: str) -> list[Path]:
    name = re.compile(rf"{re.escape(stem + FIRST)}({re.escape(NEXT)})*\.[a-z0-9]+")
    return [path for path in folder.iterdir() if name.fullmatch(path.name) and path.is_file()]
