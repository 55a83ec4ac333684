"""The voices that a script file names for its lines: those that are voices here, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from audiodesc.errors import UsageError
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine
from audiodesc.speak import named_profile


def with_known_voices(script: ScriptFile) -> ScriptFile:
    """The file without names that are no voice here, such as a speaker's in WebVTT's voice spans; with a remark on
    each."""
    remarks = dict(_remarks(script.lines))
    if not remarks:
        return script
    lines = tuple(replace(line, voice="") if line.voice in remarks else line for line in script.lines)
    return replace(script, lines=lines, faults=(*script.faults, *remarks.values()))


def _remarks(lines: Iterable[ScriptLine]) -> Iterator[tuple[str, Fault]]:
    """(name that is no voice, remark on the first line that bears it)"""
    first: dict[str, ScriptLine] = {}
    for line in lines:
        first.setdefault(line.voice, line)
    for name, line in first.items():
        if not name:
            continue
        try:
            named_profile(name)
        except UsageError as error:
            message = f"{error.fault}, and the film's speaks instead: {error.remedy}"
            yield name, Fault("voice", message, line.number, line.text, line)
