"""A description script or subtitles: how many lines, how fast, which cues are too short for their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from audiodesc.inspection.model import Finding, Inspection, LongCue, TextFacts
from audiodesc.media.probe import DESCRIPTION
from audiodesc.scripts import ScriptLine, read_script
from audiodesc.scripts.lines import as_sentence

FASTEST_WPM: Final = 225
"""The fastest that human describers speak inside their cues, as measured in TV-AD."""

MOST_SHOWN: Final = 20
DESCRIBING_NAME: Final = re.compile(r"(?:^|[._-])(?:ad|desc(?:ription)?s?)(?:[._-]|$)", re.IGNORECASE)
FOR_DESCRIPTIONS: Final = {".docx", ".xlsx", ".rtf"}


def inspect_text(path: Path) -> Inspection:
    """What is in the script. Raises ScriptError for what cannot be read or holds no line."""
    script = read_script(path)
    lines = sorted(script.lines, key=lambda line: line.start_ms)
    is_description = (
        bool(DESCRIBING_NAME.search(path.stem) or DESCRIPTION.search(path.stem))
        or path.suffix.lower() in FOR_DESCRIPTIONS
        or b"ttml/profile/dapt" in _head(path)
    )
    facts = text_facts(lines, tuple(as_sentence(fault, path) for fault in script.faults[:MOST_SHOWN]))
    return Inspection(
        path=str(path),
        kind="script" if is_description else "subtitles",
        format=path.suffix.lower().lstrip("."),
        duration_ms=facts.end_ms,
        text=facts,
        findings=text_findings(facts, lines) if is_description else (),
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4_096)


def text_facts(lines: Sequence[ScriptLine], faults: tuple[str, ...] = ()) -> TextFacts:
    """The numbers of lines that are in order of time. A line of no length counts for no speed."""
    words = sum(len(line.text.split()) for line in lines)
    timed = [line for line in lines if line.end_ms > line.start_ms]
    spoken_ms = sum(line.end_ms - line.start_ms for line in timed)
    said = sum(len(line.text.split()) for line in timed)
    fast = [LongCue(line.start_ms, line.text, _wpm(line)) for line in timed if _wpm(line) > FASTEST_WPM]
    return TextFacts(
        lines=len(lines),
        words=words,
        first_ms=lines[0].start_ms if lines else 0,
        end_ms=max((line.end_ms for line in lines), default=0),
        wpm=round(said * 60_000 / spoken_ms) if spoken_ms else 0,
        too_fast=tuple(fast),
        overlaps=sum(one.end_ms > other.start_ms for one, other in pairwise(timed)),
        faults=faults,
    )


def _wpm(line: ScriptLine) -> int:
    return round(len(line.text.split()) * 60_000 / (line.end_ms - line.start_ms))


def text_findings(facts: TextFacts, lines: Sequence[ScriptLine]) -> tuple[Finding, ...]:
    """What is wrong with the times; `check` judges the words."""
    found = []
    if facts.too_fast:
        worst = max(facts.too_fast, key=lambda cue: cue.wpm)
        found.append(
            Finding(
                "too-fast",
                "warning",
                f"{len(facts.too_fast)} of {facts.lines} cues are too short for their words "
                f"(up to {worst.wpm} words a minute; describers speak at most {FASTEST_WPM})",
                "shorten them, or see `audiodesc check`",
            )
        )
    if facts.overlaps:
        found.append(
            Finding("overlap", "warning", f"{facts.overlaps} cues begin before the one before ends", "move them apart")
        )
    if lines and facts.first_ms == 0:
        found.append(
            Finding("cue-at-zero", "info", "a cue begins at 0, which Able Player speaks before play is pressed",
                    "begin it a little later")
        )  # fmt: skip
    found += [Finding("unread", "warning", fault) for fault in facts.faults]
    return tuple(found)
