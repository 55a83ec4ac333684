"""Cues that stand longer than they are spoken -> the same, cut to their speech."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from audiodesc.core.intervals import among
from audiodesc.core.speech_rate import usual_ms
from audiodesc.dialogue.vad.segments import SpeechSegments
from audiodesc.model import Cue, Span

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


def cut(cues: Sequence[Cue], heard: SpeechSegments) -> Iterator[Cue]:
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
            yield _cut(cue, heard) if own and paid_ms >= usual_ms(cue.text) else cue


def _go_on(one: Cue, other: Cue) -> bool:
    """Whether two cues are lines of one sentence, of which the second begins where the first ends, as in captions that
    roll: then speech that reaches into both is of both."""
    first, second = sorted((one, other), key=lambda cue: cue.span)
    touch = abs(second.span.start_ms - first.span.end_ms) <= TOUCH_MS
    return touch and first.kind == second.kind and first.text.rstrip("\"'”’»)]")[-1:] not in tuple(".?!…。？！")


def _clear(speech: Sequence[Span], cue: Cue) -> list[Span]:
    return [span for span in among(speech, cue.span) if span.overlap_ms(cue.span) >= CLEARLY_MS]


def _cut(cue: Cue, heard: SpeechSegments) -> Cue:
    near = among(heard.possible, cue.span)
    start_ms, end_ms = near[0].start_ms - KEPT_MS, near[-1].end_ms + KEPT_MS
    latest_ms = cue.span.start_ms + (0 if _has_turns(cue) else LATEST_MS)
    return replace(cue, span=Span(max(cue.span.start_ms, min(start_ms, latest_ms)), min(cue.span.end_ms, end_ms)))


def _has_turns(cue: Cue) -> bool:
    """Whether several speak: the first of them may be the one who is not heard."""
    return len(cue.speakers) > 1 or TURN.search(cue.text) is not None
