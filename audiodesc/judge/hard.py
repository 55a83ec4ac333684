"""Faults that a listener cannot get round: over dialogue, too long for its room, out of place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from audiodesc.judge.findings import Finding, ScriptLine
from audiodesc.judge.length import takes_ms
from audiodesc.judge.material import Material, overlapped
from audiodesc.judge.rules import found
from audiodesc.model import Cue, Span

FRAME_MS = 42
"""Cues that overlap by up to a frame (of 24 a second) were rounded so."""

SURE = 1.15
"""A length estimated from a text may be off by so much: a line that would fit then is not said not to fit."""

EDGE_MS = 100
"""Subtitles are set to frames and cuts, not to the word: less of one is its edge."""

HEARD_MS = 250
"""The edges of speech found in sound are unsure: less is no overlap."""

QUOTED = 60
"""Of the dialogue under a line so many characters are told."""

OVERHANG_MS = 1_000
"""The last cue may end so long after the film: tracks of one file differ in length, and the voice is done by then."""


def hard(material: Material) -> Iterator[Finding]:
    """Over dialogue or speech heard, not fitting, under a silent subtitle, out of order, overlapping, past the end."""
    for line in material.lines:
        yield from _placed(line, material)
    for first, second in pairwise(material.lines):
        if second.span.start_ms < first.span.end_ms - FRAME_MS:
            over = first.span.end_ms - second.span.start_ms
            yield found("overlapping-lines", f"begins {over} ms before the line before it ends", second)
    latest = 0
    for line in material.written:
        if line.span.start_ms < latest:
            yield found("out-of-order", "starts before the cue that stands before it", line)
        latest = max(latest, line.span.start_ms)


def _placed(line: ScriptLine, material: Material) -> Iterator[Finding]:
    """What is wrong with a line's place: the worst of it."""
    if past := _past_end(line, material):
        yield past
    elif over := overlapped(line.span, material.captioned):
        text = _said(line.span, material.cues or (), material)
        sure = overlapped(line.span, material.spoken) + overlapped(line.span, material.voices)
        if sure > min(EDGE_MS, line.span.duration_ms // 2):
            yield found("over-dialogue", f"speaks {over} ms over dialogue: {text!r}", line)
        else:
            yield found("cue-edge", f"lies {over} ms under the edge of a subtitle: {text!r}", line)
    elif (heard := overlapped(line.span, material.voices)) > HEARD_MS:
        yield found("over-speech", f"speaks {heard} ms over a voice in the film's sound", line)
    elif not fits(line, material):
        takes, room = takes_ms(line.text, material.yardstick.fastest_wpm), material.room_ms(line)
        yield found(
            "does-not-fit",
            f"takes about {takes / 1000:.1f} s at {material.yardstick.fastest_wpm} words a minute (estimated from its "
            f"words and letters) and has {room / 1000:.1f} s",
            line,
        )
    elif under := overlapped(line.span, material.silent):
        text = _said(line.span, material.subtitles or (), material)
        yield found("under-subtitle", f"lies {under} ms under a subtitle in which nobody is heard: {text!r}", line)


def _past_end(line: ScriptLine, material: Material) -> Finding | None:
    """For a film that waits only the start counts."""
    duration_ms = material.duration_ms
    if duration_ms is None:
        return None
    if line.span.start_ms >= duration_ms:
        return found("past-end", f"starts {_seconds(line.span.start_ms - duration_ms)} after the film's end", line)
    if line.span.end_ms > duration_ms + OVERHANG_MS and not material.yardstick.extended:
        return found("past-end", f"ends {_seconds(line.span.end_ms - duration_ms)} after the film's end", line)
    return None


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f} s"


def fits(line: ScriptLine, material: Material) -> bool:
    """Whether a line can be said before the next line, dialogue or the film's end; True where that is in doubt."""
    return takes_ms(line.text, material.yardstick.fastest_wpm) <= material.room_ms(line) * SURE


def _said(span: Span, cues: Sequence[Cue], material: Material) -> str:
    """What the cues say there."""
    reach = Span(span.start_ms, max(span.end_ms, span.start_ms + 1))
    kinds = material.yardstick.protected
    said = (cue.text for cue in cues if cue.span.overlap_ms(reach) and cue.kind in kinds)
    text = " ".join(next(said, "").split())
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1].rstrip()}…"
