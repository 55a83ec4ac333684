"""The voices that a script file names for its lines: those that are voices here, and what is said of the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from audiodesc.errors import UsageError
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine
from audiodesc.speak import named_profile

VOICE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
"""What names of voices look like: "espeak-en-gb". Speakers' in WebVTT's voice spans are "Narrator", "Anne-Marie"."""


def with_known_voices(script: ScriptFile) -> ScriptFile:
    """The file without names that are no voice here; with a remark on each that looks like one."""
    unknown = dict(_unknown(script.lines))
    if not unknown:
        return script
    lines = tuple(replace(line, voice="") if line.voice in unknown else line for line in script.lines)
    remarks = (remark for name, remark in unknown.items() if VOICE_NAME.fullmatch(name))
    return replace(script, lines=lines, faults=(*script.faults, *remarks))


def _unknown(lines: Iterable[ScriptLine]) -> Iterator[tuple[str, Fault]]:
    """(name that is no voice, remark on the first line that has it)"""
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
