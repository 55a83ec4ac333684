"""What a cue is: speech, a sound, a song; and who speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from audiodesc.model import Cue, CueKind, Note, Span

BRACKETED = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
VOICES = re.compile(
    r"\b(?:speak|talk|convers|whisper|shout|yell|mumbl|mutter|announc|chatter|narrat|sing|repl(?:y|ies)|says?\b"
    r"|sprich|sprech|flüster|sing|parle|chuchot|chant|habla|susurr|canta|parla|sussurr|fala|talar|snakker|mówi)",
    re.IGNORECASE,
)
"""Stems of words, in several languages, that say that a voice is heard."""

LYRICS = re.compile(r"[♪♫#].*[♪♫#]", re.DOTALL)
SPEAKER = re.compile(r"(?:>>\s*)?([A-ZÄÖÜÉÈÁÀÑÇ][A-ZÄÖÜÉÈÁÀÑÇ0-9 .'’-]{1,30}):\s+")


@dataclass(frozen=True, slots=True)
class Raw:
    """A cue as a reader gives it; times in ms may be anything."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""


def cues_of(raw: Iterable[Raw]) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """Cues in order of time; without those that have no text or, with a note, end before they begin."""
    cues, notes = [], []
    for one in raw:
        text = one.text.strip()
        if not text:
            continue
        if one.end_ms <= max(0, one.start_ms):
            notes.append(Note("dialogue", f"a subtitle at {one.start_ms} ms ends before it begins: {text[:40]!r}"))
            continue
        cues.append(_cue(Span(max(0, one.start_ms), one.end_ms), text, one.speaker.strip()))
    return tuple(sorted(cues, key=lambda cue: cue.span)), tuple(notes)


def _cue(span: Span, text: str, speaker: str) -> Cue:
    named = SPEAKER.match(text)
    if named and not speaker:
        return Cue(span, text[named.end() :].strip(), kind(text[named.end() :]), _capitalised(named.group(1)))
    return Cue(span, text, kind(text), speaker)


def kind(text: str) -> CueKind:
    """What a cue's text is: a sound where all of it is in brackets, lyrics between notes, else speech.

    A bracket that says that somebody speaks, or holds a sentence, is speech: a voice is heard there.
    """
    text = text.strip()
    if LYRICS.fullmatch(text):
        return "lyrics"
    brackets = BRACKETED.findall(text)
    if not brackets or any(VOICES.search(bracket) or _is_sentence(bracket) for bracket in brackets):
        return "speech"
    rest = BRACKETED.sub("", text)
    return "speech" if rest.strip(" \n\t-–.!") or any(mark in rest for mark in "[]()") else "sound"


def _is_sentence(bracket: str) -> bool:
    """Round brackets hold whispers and asides as well as sounds: only a few words, all small or all capital, without
    any sign of a sentence, are taken for a sound. In square brackets a sentence has a sign at its end."""
    words = bracket[1:-1].strip()
    if any(mark in words for mark in "?!:"):
        return True
    if bracket.startswith("["):
        return len(words.split()) > 2 and words.endswith((".", "…"))
    return len(words.split()) > 5 or any(mark in words for mark in ".,'’") or not (words.islower() or words.isupper())


def _capitalised(name: str) -> str:
    return re.sub(r"(?:^|(?<=[\s.-]))\w", lambda first: first.group().upper(), name.lower())
