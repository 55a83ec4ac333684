"""Subtitles and what is heard -> the dialogue: when people really speak."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from audiodesc.hearing.spans import Heard
from audiodesc.model import Cue, Span
from audiodesc.spans import joined

KEPT_MS = 200
"""A cue is never cut nearer to where speech is possible."""

FASTEST_CPS = 25
"""Characters that can be spoken in a second, 260 words a minute in English. A cue is not cut below the time that its
text needs: the sound then does not tell all of it."""

CONTINUES_MS = 1500
"""Speech that goes on so long before or after its cue belongs to it; what goes on longer has no cue."""

SONG_MS = 1000
"""Singing this near to its lyrics, as between two lines of a song, is part of the song."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A cue at the times at which it is heard; `stood` is where its subtitle stands, None for speech without one."""

    cue: Cue
    stood: Span | None


def dialogue_heard(cues: Iterable[Cue], heard: Heard) -> tuple[Spoken, ...]:
    """The cues with the times at which they are heard, in order of time.

    A cue of speech that stands longer than it is spoken is cut, at both ends, to KEPT_MS from where speech is
    possible; one in which nothing is surely heard stays as it is. One that is shorter than its speech is made longer.
    Speech without a cue (foreign lines, a narrator, a crowd) gets one without text. Singing near lyrics is left to
    them. So each moment of `heard.speech` is in a cue of speech, unless it is near lyrics; and without any cue
    all comes from the sound.
    """
    given = list(cues)
    spoken = [Spoken(_cut(cue, heard), cue.span) for cue in given if cue.kind == "speech"]
    others = [Spoken(cue, cue.span) for cue in given if cue.kind != "speech"]
    songs = [_wider(cue.span) for cue in given if cue.kind == "lyrics"]
    rest = list(_without(heard.speech, joined([*(one.cue.span for one in spoken), *songs])))
    return tuple(sorted([*_longer(spoken, rest), *others], key=lambda one: one.cue.span))


def _cut(cue: Cue, heard: Heard) -> Cue:
    near = _among(heard.possible, cue.span)
    if not _among(heard.speech, cue.span):
        return cue
    start = max(cue.span.start_ms, near[0].start_ms - KEPT_MS)
    end = min(cue.span.end_ms, near[-1].end_ms + KEPT_MS)
    if (end - start) * FASTEST_CPS < len(cue.text) * 1000:
        return cue
    return replace(cue, span=Span(start, end))


def _longer(spoken: Iterable[Spoken], rest: Iterable[Span]) -> Iterator[Spoken]:
    """The cues, each with the speech that goes on at its ends, and what is left as cues without text."""
    rest = list(rest)
    before = {span.end_ms: span for span in rest if span.duration_ms <= CONTINUES_MS}
    after = {span.start_ms: span for span in before.values()}
    given: set[Span] = set()
    for one in spoken:
        span = one.cue.span
        early, late = before.get(span.start_ms, span), after.get(span.end_ms, span)
        given |= {early, late}
        yield replace(one, cue=replace(one.cue, span=Span(early.start_ms, late.end_ms)))
    yield from (Spoken(Cue(span, ""), None) for span in rest if span not in given)


def _wider(song: Span) -> Span:
    return Span(max(0, song.start_ms - SONG_MS), song.end_ms + SONG_MS)


def _among(spans: Sequence[Span], place: Span) -> Sequence[Span]:
    """Those of the spans, which are in order and apart, that reach into a place."""
    first = bisect_right(spans, place.start_ms, key=lambda span: span.end_ms)
    return spans[first : bisect_left(spans, place.end_ms, key=lambda span: span.start_ms)]


def _without(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """What is left of the spans; both are in order and apart."""
    for span in spans:
        start = span.start_ms
        for one in _among(taken, span):
            if one.start_ms > start:
                yield Span(start, one.start_ms)
            start = one.end_ms
        if start < span.end_ms:
            yield Span(start, span.end_ms)
