"""SCC (CEA-608): pop-on, roll-up and paint-on, by ttconv."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from audiodesc.model import Note
from audiodesc.subtitles.ending import lasting
from audiodesc.subtitles.kinds import Raw, Read, kind
from audiodesc.subtitles.source import Source, overheard
from audiodesc.subtitles.timed import cues, paragraphs

LINE = re.compile(r"(\d\d[:;.,]\d\d[:;.,]\d\d[:;.,]\d\d)\s+(.*)")
WORD = re.compile(r"[0-9A-Fa-f]{4}")
HEAD = "Scenarist_SCC V1.0"
NEW_SCREEN = {0x142C, 0x142D, 0x142E, 0x142F}
"""Erase displayed memory, carriage return, erase non-displayed memory, end of caption."""

FULL_SCREEN = 300
"""Words: 15 rows of 16, and four codes for each."""

LONGEST = 600_000
MOST_FAULTS = 20
FAULTS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError, AssertionError)
FRAMES_A_SECOND = Fraction(30_000, 1001)


def read_scc(source: Source) -> Read:
    """The first channel's captions. Lines that cannot be read are left out."""
    if len(source.text) > LONGEST:
        raise source.refusal(f"is SCC of more than {LONGEST // 1000} kB", "give one film's captions")
    lines, notes = _clean(source)
    document, faults = _document(source, lines)
    raw = [cue for pieces in paragraphs(document) for cue in cues(pieces)]
    ended, untold = lasting(_rolled(raw))
    return ended, notes + faults + untold


def scc_text(captions: Iterable[tuple[int, list[str]]]) -> str:
    """SCC from words of CEA-608 ("9420") and when they are sent, in ms."""
    lines = [HEAD]
    for start_ms, words in captions:
        if not words:
            continue
        frames = max(0, round(start_ms * FRAMES_A_SECOND / 1000))
        seconds, frame = divmod(frames, 30)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame:02}"
        lines.append(f"{clock}\t{' '.join(words)}")
    return "\n".join(lines)


def _clean(source: Source) -> tuple[dict[int, str], list[Note]]:
    """The lines that ttconv can read, by number, and a note for each that it cannot."""
    lines: dict[int, str] = {}
    notes: list[Note] = []
    shown = 0
    for number, line in source.lines():
        found = LINE.fullmatch(line.strip())
        if not found:
            if line.strip() and not line.lstrip().startswith(HEAD[:13]):
                notes.append(source.lost(number, "no time code in", line))
            continue
        words = found.group(2).split()
        broken = [word for word in words if not WORD.fullmatch(word)]
        if broken:
            notes.append(source.lost(number, "not words of CEA-608:", " ".join(broken)))
        kept, shown = _erased([word for word in words if WORD.fullmatch(word)], shown)
        lines[number] = f"{found.group(1)}\t{' '.join(kept)}"
    return lines, notes


def _erased(words: list[str], shown: int) -> tuple[list[str], int]:
    """The words, with the screen erased where more follow each other than it holds: ttconv's time grows with the
    square of what stands there. `shown` is how many stand there before, and after."""
    kept: list[str] = []
    for word in words:
        shown = 0 if int(word, 16) & 0x7F7F in NEW_SCREEN else shown + 1
        if shown > FULL_SCREEN:
            kept += ["942c", "94ae"]
            shown = 0
        kept.append(word)
    return kept, shown


def _document(source: Source, lines: dict[int, str]) -> tuple[Any, list[Note]]:
    """The document, and a note for each line that had to be left out for it."""
    notes: list[Note] = []
    while lines:
        with overheard("ttconv") as said:
            found = _model(list(lines.values()))
        if not isinstance(found, Fault):
            told = "only the first of its two channels is read"
            return found, notes + ([source.note(told)] if any("Channel 2" in text for text in said) else [])
        number = list(lines)[found.place]
        notes.append(source.lost(number, f"broken captions ({found.reason}) in", lines.pop(number)))
        if len(notes) > MOST_FAULTS:
            raise source.refusal(f"is broken SCC: more than {MOST_FAULTS} lines, up to {number}", "export it anew")
    raise source.refusal("holds no captions that can be read", "export it anew")


@dataclass(frozen=True, slots=True)
class Fault:
    """Which of the lines ttconv cannot read (0 is the first), and why."""

    place: int
    reason: str


def _model(lines: list[str]) -> Any:
    """ttconv's document, or a Fault. It does not say where it fails, but how far it has come."""
    from ttconv.scc.reader import to_model

    reached = 0

    def progress(share: float) -> None:
        nonlocal reached
        reached = round(share * len(lines)) - 1

    try:
        return to_model("\n".join(lines), progress_callback=progress)
    except FAULTS as error:
        return Fault(reached, str(error))


def _rolled(raw: list[Raw]) -> list[Raw]:
    """Roll-up and paint-on show what was said again above what is said now: each line is kept where it is new.

    A cue that only repeats is joined to the one before. One that still shows speech is speech.
    """
    kept: list[Raw] = []
    before: list[str] = []
    for one in raw:
        lines = one.text.split("\n")
        again = next((n for n in range(min(len(before), len(lines)), 0, -1) if before[-n:] == lines[:n]), 0)
        joins = bool(kept) and one.start_ms <= kept[-1].end_ms
        before = lines
        if joins and again == len(lines):
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms, one.end_ms))
        else:
            shown = kind(one.text) if again and joins else None
            fresh = "\n".join(lines[again if joins else 0 :])
            kept.append(replace(one, text=fresh, kind="speech" if shown == "speech" else None))
    return kept
