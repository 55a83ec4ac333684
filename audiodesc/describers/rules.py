"""The rules of the craft that a regular expression can see in a line.

They rather miss a fault than find one where there is none: each finding costs one more question to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audiodesc.describers.latin import words
from audiodesc.model import Brief

RECENT = 6
"""So many of the last lines told are shown to the model; saying one of them again is a finding."""

FEWEST_SAID = 3
"""A text of fewer words is no repeat of dialogue: "Anna smiles" may be told though somebody says "Anna"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule's name, and a sentence for the model on what to change."""

    rule: str
    why: str


_CLAUSE = r"(?:^|[.;:!?]\s+|,\s+|\b(?:and|while)\s+)"
_VIDEO = r"(?:video|image|clip|footage|frames?|sequence|scene)"
_STATES = "missing|willing|boring|charming|interesting|exciting|amazing|living|loving|caring|daring|striking|wedding"
_NOUNS = "nothing|something|anything|everything|king|ring|string|spring|wing|thing|evening|morning|darling"
_ADVERB = r"(?:(?:now|still|also|\w+ly) )?"
_NOT_VERBS = "the|a|an|his|her|hers|him|its|it|their|them|this|that|these|those|one|each|both"
_MOODS = "sad|happy|calm|angry|nervous|tired|worried|surprised|upset|confused|anxious|relieved|frightened|thoughtful"

RULES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "third person",
        "say what is seen, without we, you or I",
        re.compile(
            r"(?<![-\w'’])(?:(?:[Ww]e|[Yy]ou|[Oo]ur|[Yy]our|[Mm]y|me|us|ourselves|yourself)(?![-\w])"
            r"|I(?:['’](?:m|ve|d|ll)| (?:see|am|can|think|notice|believe|hear))\b)"
        ),
    ),
    (
        "no camera words",
        "say where and what, without camera, shot, scene, frame or screen",
        re.compile(
            r"\bthe camera (?:\w+ly )?(?:pan|zoom|move|follow|cut|tilt|track|pull|push|show|focus|linger|reveal)"
            r"|\b(?:at|into|towards?) the camera\b"
            r"|\b(?:close-?up|wide|medium|aerial|establishing|tracking|overhead|(?:low|high)-angle|opening) shots?\b"
            r"|\bclose-?ups?\b|\bthe shot (?:show|cut|change|shift|widen)"
            r"|\bthe scene (?:shift|cut|change|open|begin|end|show|fade|transition|switch|move|take|is set|unfold)"
            r"|\bin (?:this|the (?:next|final|opening)) (?:shot|scene|clip|video)\b"
            r"|\b(?:into|out of|off|(?:enter|leave|exit)s?(?: the)?|fills the) frame\b|\bin frame\b(?!-)"
            r"|\b(?:left|right|top|bottom) of (?:the )?frame\b"
            r"|\b(?:on|off)[- ]?screen\b|\bthe screen (?:fade|cut)s?\b"
            r"|(?:^|[.;] )(?:cut|fade|zoom|pan)s? (?:to|in|out|into)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "no 'there is'",
        "begin with who or what is seen, not with 'there is'",
        re.compile(rf"{_CLAUSE}there(?:['’]s| is| are)\b", re.IGNORECASE),
    ),
    (
        "no 'the video shows'",
        "say what is seen, not that it is shown",
        re.compile(rf"\b(?:the|this) {_VIDEO} (?:show|depict|feature|capture|display|portray)s?\b", re.IGNORECASE),
    ),
    (
        "no guesses",
        "say what is seen, without appears to, seems or as if",
        re.compile(
            r"\b(?:seem(?:s|ing|ingly)?|apparently|as (?:if|though))\b"
            rf"|\bappears? (?:to (?!(?:{_NOT_VERBS}|\w+ing)\b)[a-z]+|(?:very |quite )?(?:{_MOODS}))\b",
            re.IGNORECASE,
        ),
    ),
    (
        "simple present",
        "use the simple present: 'opens', not 'is opening' or 'begins to open'",
        re.compile(
            rf"\b(?:is|are|(?:he|she|it)['’]s|they['’]re) {_ADVERB}(?!(?:{_STATES}|{_NOUNS})\b)[a-z]+ing\b(?!-)"
            rf"|\b(?:begin|start)s? to (?!(?:{_NOT_VERBS})\b)[a-z]+\b",
            re.IGNORECASE,
        ),
    ),
    (
        "present tense",
        "use the present tense",
        re.compile(
            r"(?:^|[.;] )(?:He|She|They|It) (?:was|were|had|went|came|took|ran|stood|sat|got|gave|made|saw"
            r"|(?!(?:shed|wed|shred|embed|hundred)\b)[a-z]+[^e\W]ed)\b"
        ),
    ),
)

_READS = re.compile(
    r"\b(?i:reads?|says?|spells?|text|titles?|captions?|credits?|words?|letters?)(?i: on[- ]?screen)?\s*:.*"
    r"|\b(?:reads?|says?|spells?),?\s+(?=[A-Z0-9]).*"
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*(?:’\w[^’]*)*’|«[^»]*»|(?<!\w)'[^']+'(?!\w)")
_TEXT_SHOWN = re.compile(
    r"\b(?:text|titles?|words?|captions?|credits?|letters?|logo|names?|reads?|says?)\b", re.IGNORECASE
)
_ON_SCREEN = re.compile(r"\bon[- ]?screen\b", re.IGNORECASE)


def findings(line: str, brief: Brief) -> tuple[Finding, ...]:
    """Which rules a line breaks. In other languages than English only length and repeats are checked."""
    found = [*_too_long(line, brief.max_words), *_repeats(line, brief)]
    if brief.language.casefold().replace("_", "-").split("-")[0] in ("en", "eng"):
        own = _own_words(line)
        found += [
            Finding(rule, f"{why} ({hit[0].strip()!r})") for rule, why, seen in RULES if (hit := seen.search(own))
        ]
    return tuple(found)


def _own_words(line: str) -> str:
    """The line without what it reads or quotes."""
    own = _READS.sub("", _QUOTED.sub("…", line))
    return _ON_SCREEN.sub("", own) if _TEXT_SHOWN.search(line) else own


def _too_long(line: str, max_words: int) -> Iterator[Finding]:
    count = len(line.split())
    if count > max_words:
        yield Finding("length", f"it has {count} words, and there is time for {max_words}")


def _repeats(line: str, brief: Brief) -> Iterator[Finding]:
    if told := next((one for one in brief.told[-RECENT:] if _says(one, line)), ""):
        yield Finding("repeat", f"the listener has just heard {told!r}")
    said = " ".join(cue.text for cue in (*brief.said_before, *brief.said_after))
    for text in (line, *_QUOTED.findall(line)):
        if len(_telling(text)) >= FEWEST_SAID and _says(said, text):
            yield Finding("repeat", f"the dialogue says {text!r}")
            return


def _says(longer: str, text: str) -> bool:
    some = _telling(text)
    return bool(some) and f" {' '.join(some)} " in f" {' '.join(_telling(longer))} "


def _telling(text: str) -> Sequence[str]:
    return [word for word in words(text) if word not in ("a", "an", "the")]
