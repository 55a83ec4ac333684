"""What a cue is: speech, a sound, a song, text on screen.

Whatever is in doubt is speech: a narrator may speak over the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from audiodesc.model import Cue, CueKind, Note, Span
from audiodesc.subtitles.brackets import BRACKETED, EMPTY, NOTED, NOTES, bare, in_bracket, is_voice
from audiodesc.subtitles.marks import plain, without_invisible
from audiodesc.subtitles.pace import least_ms, said_ms
from audiodesc.subtitles.rolling import unrolled
from audiodesc.subtitles.sounds import is_sound
from audiodesc.subtitles.speakers import LABEL, spoken

PAIRED = re.compile(rf"[{NOTES}][^{NOTES}]*[{NOTES}]")
HASHED = re.compile(r"#\D[^#]*#")
LAST_MS = 1000 * 3_600_000
NEAR_MS = 10_000
"""Times that are this near may have changed places."""

FEWEST_SUNG, MOST_SUNG = 4, 0.7
"""From so many songs on, and where they take more than this share of the time of all that is said, their mark means
nothing."""

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
    """Cues in order of time, without those that have no text; a note for each that is not shown, or whose end had to
    be guessed."""
    cues, notes = [], []
    for one in unrolled(list(raw)):
        text = without_invisible(one.text).strip()[:LONGEST]
        if not text:
            continue
        mended, fault = _mended(replace(one, text=text))
        if fault:
            notes.append(Note("dialogue", f"a subtitle at {min(one.start_ms, LAST_MS)} ms {fault}: {text[:40]!r}"))
        if mended:
            cues.append(_cue(mended))
    told, marked = _unless_most_are_songs(cues)
    return tuple(sorted(told, key=lambda cue: cue.span)), (*notes, *marked)


def _unless_most_are_songs(cues: Sequence[Cue]) -> tuple[list[Cue], list[Note]]:
    """The cues, where notes are a mark: songs that most of what is said would be are speech."""
    sung = [cue for cue in cues if cue.kind == "lyrics"]
    sung_ms = sum(cue.span.duration_ms for cue in sung)
    said_ms_ = sum(cue.span.duration_ms for cue in cues if cue.kind == "speech")
    if len(sung) < FEWEST_SUNG or sung_ms <= MOST_SUNG * (sung_ms + said_ms_):
        return list(cues), []
    told = f"{len(sung)} of {len(cues)} subtitles are marked as songs: such a mark tells nothing, they are speech"
    return [replace(cue, kind="speech") if cue.kind == "lyrics" else cue for cue in cues], [Note("dialogue", told)]


def _mended(one: Raw) -> tuple[Raw | None, str]:
    """The cue with an end behind its start, None where it is never shown, and what was wrong.

    One that ends before it begins may be said all the same: from its start for as long as that takes, or, where both
    times are near, from its end on.
    """
    if one.start_ms >= LAST_MS:
        return None, "begins after a thousand hours"
    if max(one.start_ms, one.end_ms) < 0 or one.start_ms < one.end_ms <= 0:
        return None, "is over before the film begins"
    if one.end_ms > one.start_ms:
        return one, ""
    begins = one.end_ms if one.start_ms - one.end_ms <= NEAR_MS else one.start_ms
    ends = one.start_ms + said_ms(one.text)
    return replace(
        one, start_ms=begins, end_ms=ends
    ), f"ends before it begins: {(ends - begins) / 1000:g} s are kept free"


def _cue(one: Raw) -> Cue:
    text, speaker, names = spoken(one.text, one.speaker.strip(), one.names)
    span = Span(max(0, one.start_ms), min(one.end_ms, LAST_MS))
    heard = kind(text)
    if one.kind == "speech" or (one.kind and heard == "speech" and not names):
        heard = one.kind
    if heard == "speech":
        span = Span(span.start_ms, span.start_ms + least_ms(text, span.duration_ms))
    return Cue(span, text, heard, speaker, names)


def kind(text: str) -> CueKind:
    """What a cue's text is: a sound where all of it is in brackets and names sounds, lyrics where words stand between
    notes, else speech.

    Notes without words are music, a sound. Where a song and a sound meet it is lyrics; where anything meets speech,
    speech.
    """
    text = plain(without_invisible(text)).strip()
    sung, rest = _song(text)
    heard = {in_bracket(bracket) for bracket in BRACKETED.findall(rest)}
    if BRACKETED.sub("", rest).strip(EMPTY) or "speech" in heard:
        return "speech"
    if "lyrics" in heard or (sung and _has_words(text)):
        return "lyrics"
    return "sound" if heard or sung or any(note in rest for note in NOTES) else "speech"


def _song(text: str) -> tuple[bool, str]:
    """Whether there is a song, and the text without it. A line with a dash or a name between notes is speech."""
    if HASHED.fullmatch(text) and not _is_said(text[1:-1]):
        return True, _voices(text)
    lines = [line.strip() for line in text.split("\n")]
    if all(map(_is_sung, lines)) or (len(lines) == 1 and _is_sung(lines[0][::-1]) and not _is_said(text.strip(NOTES))):
        return True, _voices(text)
    if any(_is_said(part[1:-1]) for part in PAIRED.findall(text)):
        return False, text
    rest = PAIRED.sub("", text)
    return rest != text, rest


def _voices(song: str) -> str:
    """The brackets in a song that say that somebody speaks; the others are of the song."""
    return "\n".join(filter(is_voice, BRACKETED.findall(song)))


def _has_words(song: str) -> bool:
    """Whether it has words to sing: outside brackets, or in brackets with a note that name no sound."""
    words = BRACKETED.sub(
        lambda found: found[0] if NOTED.search(found[0]) and not is_sound(bare(found[0])) else "", song
    )
    return any(map(str.isalnum, words))


def _is_sung(line: str) -> bool:
    """Whether a line begins with a note and goes on as one song."""
    words = line.strip(NOTES)
    return line.startswith(tuple(NOTES)) and not any(note in words for note in NOTES) and not _is_said(words)


def _is_said(words: str) -> bool:
    return any(line.lstrip().startswith(("-", "–", "—", ">>")) or LABEL.match(line) for line in words.split("\n"))


def unless_all(raw: Sequence[Raw]) -> list[Raw]:
    """The cues without what the format says of their kinds, where it says so of every one: some file's only style
    is called "Title"."""
    if all(one.kind for one in raw if one.text.strip()):
        return [replace(one, kind=None) for one in raw]
    return list(raw)
