"""Text on screen and songs, as ASS and SRT mark them: by style, by place, by typesetting."""

from __future__ import annotations

import re

from audiodesc.model import CueKind

TAGS = re.compile(r"\{[^{}]*\}")
TOP = re.compile(r"\\an[789]\b")
PLACED = re.compile(r"\\(?:pos|move)\s*\(")
TYPESET = re.compile(r"\\(?:i?clip\s*\(|fr[xyz]?-?\d|fa[xy]-?\d|org\s*\(|p[1-9])")
KARAOKE = re.compile(r"\\[kK][fo]?\d")
SIGN = re.compile(r"(?:^|[^a-z])(?:signs?|titles?|on-?screen|typeset(?:ting)?|ts|tl-?notes?|credits?|logo)(?:[^a-z]|$)")
SONG = re.compile(r"(?:^|[^a-z])(?:songs?|karaoke|lyrics?|opening|ending|insert-?song)(?:[^a-z]|$)")
THEME = re.compile(r"(?:^|[^A-Za-z])(?:OP|ED)\d{0,2}(?:[^A-Za-z]|$)")
QUOTED = re.compile(r"[\"“«„].*[\"”»“]", re.DOTALL)


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

    Speech moves to the top too, where the bottom is taken: only what has no voice's look counts, all in capitals,
    in quotation marks, or a title without the sign that ends a sentence.
    """
    shown = shown.strip()
    if not TOP.search("".join(TAGS.findall(tagged))) or not shown or shown.startswith(("-", "–", "—", "♪", "#", ">")):
        return None
    return "on_screen" if shown.isupper() or QUOTED.fullmatch(shown) or _is_title(shown) else None


def _is_title(shown: str) -> bool:
    words = shown.split()
    return shown[-1].isalnum() and len(words) > 1 and all(word[0].isupper() or len(word) < 4 for word in words)
