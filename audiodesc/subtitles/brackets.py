"""What a bracket in subtitles holds: a sound, a voice, a song."""

from __future__ import annotations

import re

from audiodesc.model import CueKind
from audiodesc.subtitles.sounds import is_sound
from audiodesc.subtitles.words import VOICES

NOTES = "♪♫♩♬♭♮♯"
NOTED = re.compile(rf"[{NOTES}]")
EMPTY = f" \n\t-–—.!~{NOTES}"
BRACKETED = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
MOST_ASIDE = 5
"""Words of a sound in round brackets."""


def in_bracket(bracket: str) -> CueKind:
    """What a bracket holds: a sound only where its words name one and nothing says that a voice is heard."""
    words = bare(bracket)
    if is_voice(bracket):
        return "speech"
    if is_sound(words) or not any(map(str.isalnum, words)):
        return "sound"
    return "lyrics" if NOTED.search(bracket) else "speech"


def bare(bracket: str) -> str:
    """The words in a bracket."""
    return bracket[1:-1].strip(EMPTY)


def is_voice(bracket: str) -> bool:
    """Whether a bracket says that somebody speaks, or has the signs of a sentence.

    Round brackets hold asides as well as sounds: there more is a sign.
    """
    words = bracket[1:-1].strip()
    if VOICES.search(words) or any(mark in words for mark in "?!:,") or words.endswith((".", "…")):
        return True
    return bracket.startswith("(") and (len(words.split()) > MOST_ASIDE or any(mark in words for mark in ".'’"))
