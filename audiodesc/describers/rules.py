"""The rules of the craft that a regular expression can see in a line.

They rather miss a fault than find one where there is none: each finding costs one more question to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audiodesc.core.style import BROKEN, QUOTED, either, own_words, said_in, says
from audiodesc.model import LineRequest

RECENT = 6
"""So many of the last lines told are shown to the model; saying one of them again is a finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule's name, and a sentence for the model on what to change."""

    rule: str
    why: str


RULES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("third person", "say what is seen, without we, you or I", BROKEN["third-person"]),
    (
        "no camera words",
        "say where and what, without camera, shot, scene, frame or screen",
        either("camera-words", "scene-words", "screen-words"),
    ),
    ("no 'there is'", "begin with who or what is seen, not with 'there is'", BROKEN["there-is"]),
    ("no 'the video shows'", "say what is seen, not that it is shown", BROKEN["video-shows"]),
    ("no guesses", "say what is seen, without appears to, seems or as if", BROKEN["guesses"]),
    (
        "simple present",
        "use the simple present: 'opens', not 'is opening' or 'begins to open'",
        either("progressive", "begins-to"),
    ),
    ("present tense", "use the present tense", BROKEN["present-tense"]),
)


def findings(line: str, request: LineRequest) -> tuple[Finding, ...]:
    """Which rules a line breaks. In other languages than English only length and repeats are checked."""
    found = [*_too_long(line, request.max_words), *_repeats(line, request)]
    if request.language.casefold().replace("_", "-").split("-")[0] in ("en", "eng"):
        own = own_words(line)
        found += [
            Finding(rule, f"{why} ({hit[0].strip()!r})") for rule, why, seen in RULES if (hit := seen.search(own))
        ]
    return tuple(found)


def _too_long(line: str, max_words: int) -> Iterator[Finding]:
    count = len(line.split())
    if count > max_words:
        yield Finding("length", f"it has {count} words, and there is time for {max_words}")


def _repeats(line: str, request: LineRequest) -> Iterator[Finding]:
    if told := next((one for one in request.previous_lines[-RECENT:] if says(one, line)), ""):
        yield Finding("repeat", f"the listener has just heard {told!r}")
    said = " ".join(cue.text for cue in (*request.dialogue_before, *request.dialogue_after))
    if text := said_in(said, (line, *QUOTED.findall(line))):
        yield Finding("repeat", f"the dialogue says {text!r}")
