"""What a cue is: speech, a sound, a song, text on screen.

Whatever is in doubt is speech: a narrator may speak over the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from audiodesc.model import Cue, CueKind, Note, Span
from audiodesc.subtitles.speakers import LABEL, spoken
from audiodesc.subtitles.words import FOREIGN_SOUNDS, LATIN, SOUNDS, VOICES

BRACKETED = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
EMPTY = " \n\t-–—.!♪♫♩♬"
NOTES = "♪♫♩♬"
PAIRED = re.compile(rf"[{NOTES}][^{NOTES}]*[{NOTES}]")
HASHED = re.compile(r"#\D[^#]*#")
LAST_MS = 1000 * 3_600_000
LONGEST = 10_000
"""Letters of a cue that are read; no screen holds a tenth of them."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A cue as a reader gives it; times in ms may be anything.

    `kind` is what the format itself says, None where it says nothing; `names` are all who speak in it, where the
    format says so.
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    kind: CueKind | None = None
    names: tuple[str, ...] = ()


Read = tuple[list[Raw], list[Note]]
"""What a reader gives: the cues, in any order, and notes on what it could not use."""


def cues_of(raw: Iterable[Raw]) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """Cues in order of time; without those that have no text or, with a note, end before they begin."""
    cues, notes = [], []
    for one in raw:
        text = one.text.strip()[:LONGEST]
        if not text:
            continue
        fault = _fault(one)
        if fault:
            notes.append(Note("dialogue", f"a subtitle at {min(one.start_ms, LAST_MS)} ms {fault}: {text[:40]!r}"))
        else:
            cues.append(_cue(replace(one, text=text)))
    return tuple(sorted(cues, key=lambda cue: cue.span)), tuple(notes)


def _fault(one: Raw) -> str:
    if one.start_ms >= LAST_MS:
        return "begins after a thousand hours"
    return "ends before it begins" if one.end_ms <= max(0, one.start_ms) else ""


def _cue(one: Raw) -> Cue:
    text, speaker, names = spoken(one.text, one.speaker.strip(), one.names)
    span = Span(max(0, one.start_ms), min(one.end_ms, LAST_MS))
    heard = kind(text)
    if one.kind == "speech" or (one.kind and heard == "speech" and not names):
        heard = one.kind
    return Cue(span, text, heard, speaker, names)


def kind(text: str) -> CueKind:
    """What a cue's text is: a sound where all of it is in brackets, lyrics between notes, else speech.

    A bracket that says that somebody speaks, or holds a sentence, is speech: a voice is heard there. Where a song
    and a sound meet it is lyrics; where anything meets speech, speech.
    """
    text = text.strip()
    sung, rest = _song(text)
    brackets = BRACKETED.findall(rest)
    left = BRACKETED.sub("", rest)
    if left.strip(EMPTY) or any(_is_voice(bracket) for bracket in brackets):
        return "speech"
    if sung or any(note in rest for note in NOTES):
        return "lyrics"
    return "sound" if brackets else "speech"


def _song(text: str) -> tuple[bool, str]:
    """Whether there is a song, and the text without it. A line with a dash or a name between notes is speech."""
    if HASHED.fullmatch(text) and not _is_said(text[1:-1]):
        return True, ""
    if all(_is_sung(line.strip()) for line in text.split("\n")):
        return True, "\n".join(BRACKETED.findall(text))
    if any(_is_said(part[1:-1]) for part in PAIRED.findall(text)):
        return False, text
    rest = PAIRED.sub("", text)
    return rest != text, rest


def _is_sung(line: str) -> bool:
    """Whether a line begins with a note and goes on as one song."""
    words = line.strip(NOTES)
    return line.startswith(tuple(NOTES)) and not any(note in words for note in NOTES) and not _is_said(words)


def _is_said(words: str) -> bool:
    return any(line.lstrip().startswith(("-", "–", "—", ">>")) or LABEL.match(line) for line in words.split("\n"))


def _is_voice(bracket: str) -> bool:
    """Round brackets hold whispers and asides as well as sounds: only a few words, all small or all capital or one of
    them a word for a sound, without any sign of a sentence, are taken for one. In square brackets a sentence has a
    sign at its end or a comma."""
    words = bracket[1:-1].strip()
    if VOICES.search(words) or any(mark in words for mark in "?!:,"):
        return True
    if any(map(str.isalpha, words)) and not LATIN.search(words):
        return not FOREIGN_SOUNDS.search(words)
    if bracket.startswith("["):
        return words.endswith((".", "…"))
    if len(words.split()) > 5 or any(mark in words for mark in ".'’"):
        return True
    return not (words.islower() or words.isupper() or (len(words.split()) <= 3 and SOUNDS.search(words)))


def unless_all(raw: Sequence[Raw]) -> list[Raw]:
    """The cues without what the format says of their kinds, where it says so of every one: some file's only style
    is called "Title"."""
    if all(one.kind for one in raw if one.text.strip()):
        return [replace(one, kind=None) for one in raw]
    return list(raw)
