"""Cues trimmed to detected speech or made as long as it, and speech without a cue added: when people really speak."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from audiodesc.core.intervals import among, joined, without
from audiodesc.core.speech_rate import usual_ms
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
class DialogueCue:
    """A cue at the times at which it is heard; `given` is where its subtitle stands, None for speech without one."""

    cue: Cue
    given: Span | None


def merge_speech(cues: Iterable[Cue], heard: SpeechSegments, *, trims: bool = True) -> tuple[DialogueCue, ...]:
    """The cues with the times at which they are heard, in order of time.

    A cue of speech that stands longer than it is spoken is cut, with `trims`, where its whole text is heard. One that
    is shorter than its speech is made longer. Speech without a cue (foreign lines, a narrator, a crowd) gets one
    without text. Singing under lyrics is left to them. So each moment of `heard.speech` is in a cue of speech, unless
    it is sung; and without any cue all comes from the sound.
    """
    given = list(cues)
    speech = [cue for cue in given if cue.kind == "speech"]
    kept = trim(given, heard) if trims else speech
    spoken = [DialogueCue(cue, one.span) for cue, one in zip(kept, speech, strict=True)]
    others = [DialogueCue(cue, cue.span) for cue in given if cue.kind != "speech"]
    longer, rest = _longer(spoken, list(without(heard.speech, joined(one.cue.span for one in spoken))))
    voices = [DialogueCue(Cue(span, ""), None) for span in _unsung(rest, _songs(given))]
    return tuple(sorted([*longer, *voices, *others], key=lambda one: one.cue.span))


def _longer(spoken: Sequence[DialogueCue], rest: Sequence[Span]) -> tuple[list[DialogueCue], list[Span]]:
    """The cues, each with the speech that goes on at its ends, and the speech that is left. A touch between two cues is
    of the first alone: they do not overlap by what their times were rounded."""
    before = {span.end_ms: span for span in rest if span.duration_ms <= CONTINUES_MS}
    after = {span.start_ms: span for span in before.values()}
    ends, longer, given = {one.cue.span.end_ms for one in spoken}, [], set()
    for one in spoken:
        span = one.cue.span
        early, late = before.get(span.start_ms, span), after.get(span.end_ms, span)
        if early.duration_ms <= TOUCH_MS and early.start_ms in ends:
            early = span
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


KEPT_MS = 200
"""A cue is never cut nearer to where speech is possible."""

CLEARLY_MS = 200
"""Speech that reaches less far into a cue may be a neighbour's, heard too early or too late: 90 % of the edges
are heard within 200 ms of the true ones (benchmarks/gaps.py)."""

LATEST_MS = 500
"""Cues linger after their speech, but begin with it: no more than this is cut from their start."""

TOUCH_MS = 20
TURN = re.compile(r"(?:\n|[.?!…\"'”»]\s)\s*[-‐–—]")
"""The dash of a second speaker."""


def trim(cues: Sequence[Cue], heard: SpeechSegments) -> Iterator[Cue]:
    """The cues of speech, in the order given.

    Those are cut whose text is heard: as much sure speech as it takes to say it lies in them, and reaches into no
    other cue. Then nothing of it is left to be whispered, or spoken under noise, in what is cut off.
    """
    shares: dict[Span, list[Cue]] = defaultdict(list)
    for cue in cues:
        if cue.kind in ("speech", "lyrics"):
            for span in _clear(heard.speech, cue):
                shares[span].append(cue)
    for cue in cues:
        if cue.kind == "speech":
            own = [
                span
                for span in _clear(heard.speech, cue)
                if all(other is cue or _go_on(other, cue) for other in shares[span])
            ]
            paid_ms = sum(span.overlap_ms(cue.span) for span in own)
            yield _trimmed(cue, heard) if own and paid_ms >= usual_ms(cue.text) else cue


def _go_on(one: Cue, other: Cue) -> bool:
    """Whether two cues are lines of one sentence, of which the second begins where the first ends, as in captions that
    roll: then speech that reaches into both is of both."""
    first, second = sorted((one, other), key=lambda cue: cue.span)
    touch = abs(second.span.start_ms - first.span.end_ms) <= TOUCH_MS
    return touch and first.kind == second.kind and first.text.rstrip("\"'”’»)]")[-1:] not in tuple(".?!…。？！")


def _clear(speech: Sequence[Span], cue: Cue) -> list[Span]:
    return [span for span in among(speech, cue.span) if span.overlap_ms(cue.span) >= CLEARLY_MS]


def _trimmed(cue: Cue, heard: SpeechSegments) -> Cue:
    near = among(heard.possible, cue.span)
    start_ms, end_ms = near[0].start_ms - KEPT_MS, near[-1].end_ms + KEPT_MS
    latest_ms = cue.span.start_ms + (0 if _has_turns(cue) else LATEST_MS)
    return replace(cue, span=Span(max(cue.span.start_ms, min(start_ms, latest_ms)), min(cue.span.end_ms, end_ms)))


def _has_turns(cue: Cue) -> bool:
    """Whether several speak: the first of them may be the one who is not heard."""
    return len(cue.speakers) > 1 or TURN.search(cue.text) is not None
