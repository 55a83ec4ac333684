"""Text on screen and songs, as ASS and SRT mark them: by style, by place, by typesetting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from audiodesc.model import CueKind
from audiodesc.subtitles.kinds import Raw
from audiodesc.subtitles.sounds import SAYING

TAGS = re.compile(r"\{[^{}]*\}")
TOP = re.compile(r"\\an[789]\b")
PLACED = re.compile(r"\\(?:pos|move)\s*\(")
TYPESET = re.compile(r"\\(?:i?clip\s*\(|fr[xyz]?-?\d|fa[xy]-?\d|org\s*\(|p[1-9])")
KARAOKE = re.compile(r"\\[kK][fo]?\d")
SIGN = re.compile(r"(?:^|[^a-z])(?:signs?|titles?|on-?screen|typeset(?:ting)?|ts|tl-?notes?|credits?|logo)(?:[^a-z]|$)")
SONG = re.compile(r"(?:^|[^a-z])(?:songs?|karaoke|lyrics?|opening|ending|insert-?song)(?:[^a-z]|$)")
THEME = re.compile(r"(?:^|[^A-Za-z])(?:OP|ED)\d{0,2}(?:[^A-Za-z]|$)")
SPOKEN = re.compile(
    r"\b(?:i|you|your|he|she|we|my|me|us|our|no|oh|ah|hey|hi|yeah|yep|sir|ma[’']?am|madam|mom|mum|dad|god|help|run|hurry"
    r"|thank|thanks|sorry|good|happy|merry|dear|welcome|bye|damn|hell|shit|fuck|bravo|oui|merci|nein|ja|sí|gracias)\b",
    re.IGNORECASE,
)
"""Words of those who speak; a sign with one of them is taken for speech."""

MOST_SHOUTED = 1 / 5
LEAST_MARKED = 3 / 4
"""Shares of a file's lines: in capitals; with a sign of a sentence at their end."""


def styled(style: str, actor: str, effect: str, text: str) -> CueKind | None:
    """What ASS says of an event, by its style's name or its typesetting; None where it says nothing.

    A style that is named for signs is trusted unless somebody is named as its speaker.
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", style)
    if SONG.search(name.lower()) or THEME.search(name) or "karaoke" in effect.lower() or KARAOKE.search(text):
        return "lyrics"
    if actor.strip() and not is_sign(actor):
        return None
    if is_sign(actor) or is_sign(name) or (PLACED.search(text) and TYPESET.search(text)):
        return "on_screen"
    return None


def is_sign(name: str) -> bool:
    """Whether a style's or an actor's name says that this is no voice."""
    return bool(SIGN.search(name.lower()))


def at_top(tagged: str, shown: str) -> CueKind | None:
    """Whether a cue at the top (`{\\an8}`) is text on screen.

    Speech moves to the top too, where the bottom is taken: only what has no voice's look counts, in capitals or a
    title, without any sign of a sentence and without a word of those who speak.
    """
    shown = shown.strip()
    if not TOP.search("".join(TAGS.findall(tagged))) or not shown or shown.startswith(("-", "–", "—", "♪", "#", ">")):
        return None
    if not shown[-1].isalnum() or any(mark in shown for mark in "?!…") or SPOKEN.search(shown) or SAYING.search(shown):
        return None
    return "on_screen" if shown.isupper() or _is_title(shown) else None


def _is_title(shown: str) -> bool:
    """Whether more than two words of three, and the last, begin with a capital ("Museum of Modern Art")."""
    words = shown.split()
    capital = [word[0].isupper() or word.isdigit() for word in words]
    return len(words) > 1 and capital[-1] and sum(capital) * 3 > len(words) * 2 and any(map(str.isalpha, shown))


def unless_alike(raw: Sequence[Raw]) -> list[Raw]:
    """The cues without text on screen, where the file writes speech in the same way: much of it in capitals (old
    captions of the USA), or without signs at the end."""
    lines = [one.text.strip() for one in raw if not one.kind and any(map(str.isalpha, one.text))]
    shouted = sum(line.isupper() for line in lines)
    marked = sum(not line[-1].isalnum() for line in lines)
    if shouted <= MOST_SHOUTED * len(lines) and marked >= LEAST_MARKED * len(lines):
        return list(raw)
    return [replace(one, kind=None) if one.kind == "on_screen" else one for one in raw]
