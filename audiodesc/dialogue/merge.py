"""Subtitles and what is heard -> the dialogue: when people really speak."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from audiodesc.core.intervals import joined, without
from audiodesc.core.speech_rate import usual_ms
from audiodesc.dialogue.trim import cut
from audiodesc.dialogue.vad.segments import SHORTEST_MS, SpeechSegments
from audiodesc.model import Cue, Span

CONTINUES_MS = 1500
"""Speech that goes on so long before or after its cue belongs to it; what goes on longer has no cue."""

SONG_MS = 2000
"""Two lyrics that are no farther apart are lines of one song, and singing between them is part of it."""

SUNG = 8
SUNG_MS = 3000
"""Words are sung for no more than so many times as long as it takes to say them, or this long. A lyric that stands
longer (one line of text for a whole song) is believed no further."""

ASIDE = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A cue at the times at which it is heard; `stood` is where its subtitle stands, None for speech without one."""

    cue: Cue
    stood: Span | None


def dialogue_heard(cues: Iterable[Cue], heard: SpeechSegments, *, cuts: bool = True) -> tuple[Spoken, ...]:
    """The cues with the times at which they are heard, in order of time.

    A cue of speech that stands longer than it is spoken is cut, with `cuts`, where its whole text is heard. One that
    is shorter than its speech is made longer. Speech without a cue (foreign lines, a narrator, a crowd) gets one
    without text. Singing under lyrics is left to them. So each moment of `heard.speech` is in a cue of speech, unless
    it is sung; and without any cue all comes from the sound.
    """
    given = list(cues)
    speech = [cue for cue in given if cue.kind == "speech"]
    kept = cut(given, heard) if cuts else speech
    spoken = [Spoken(cue, one.span) for cue, one in zip(kept, speech, strict=True)]
    others = [Spoken(cue, cue.span) for cue in given if cue.kind != "speech"]
    longer, rest = _longer(spoken, list(without(heard.speech, joined(one.cue.span for one in spoken))))
    voices = [Spoken(Cue(span, ""), None) for span in _unsung(rest, _songs(given))]
    return tuple(sorted([*longer, *voices, *others], key=lambda one: one.cue.span))


def _longer(spoken: Iterable[Spoken], rest: Sequence[Span]) -> tuple[list[Spoken], list[Span]]:
    """The cues, each with the speech that goes on at its ends, and the speech that is left."""
    before = {span.end_ms: span for span in rest if span.duration_ms <= CONTINUES_MS}
    after = {span.start_ms: span for span in before.values()}
    longer, given = [], set()
    for one in spoken:
        span = one.cue.span
        early, late = before.get(span.start_ms, span), after.get(span.end_ms, span)
        given |= {early, late}
        longer.append(replace(one, cue=replace(one.cue, span=Span(early.start_ms, late.end_ms))))
    return longer, [span for span in rest if span not in given]


def _songs(cues: Iterable[Cue]) -> list[Span]:
    """Where the voices that are heard may be lyrics'."""
    lyrics = (cue for cue in cues if cue.kind == "lyrics" and any(map(str.isalpha, ASIDE.sub("", cue.text))))
    return joined(map(_sung, lyrics), SONG_MS)


def _sung(lyrics: Cue) -> Span:
    longest_ms = max(SUNG_MS, SUNG * usual_ms(lyrics.text))
    return Span(lyrics.span.start_ms, min(lyrics.span.end_ms, lyrics.span.start_ms + longest_ms))


def _unsung(speech: Iterable[Span], songs: Sequence[Span]) -> Iterator[Span]:
    """Speech without the songs; what is then left of a span at a song's edge, too short for speech, is sung too."""
    for span in speech:
        yield from (one for one in without([span], songs) if one == span or one.duration_ms >= SHORTEST_MS)
