"""How much is said, how fast, and where nothing is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from audiodesc.core.plurals import number_of
from audiodesc.judge.findings import Finding, Pace, ScriptLine
from audiodesc.judge.hard import FRAME_MS, fits
from audiodesc.judge.length import takes_ms, wpm_in
from audiodesc.judge.material import Material, merged
from audiodesc.judge.pauses import empty
from audiodesc.judge.rules import found
from audiodesc.model import Span
from audiodesc.planning.fit import SEPARATION_MS

SHORT_CUES = 0.5
"""With so many of its cues far too short, a script is most likely one for a player that stops the film."""


def measured(material: Material) -> Pace:
    """The numbers of a whole script. Cues of no length count no time."""
    lines = material.lines
    minutes = material.end_ms / 60_000
    return Pace(
        lines=len(lines),
        words=sum(len(line.text.split()) for line in lines),
        spoken_ms=sum(line.span.duration_ms for line in lines),
        wpm=0 if says_no_speed(material) else _whole_wpm(lines),
        fastest_wpm=max((_wpm(line) for line in lines), default=0),
        lines_per_minute=round(len(lines) / minutes, 2) if minutes else 0.0,
    )


def far_too_short(material: Material) -> list[ScriptLine]:
    """The lines that would need more than twice the fastest speed to be said in their cues."""
    most = 2 * material.yardstick.fastest_wpm
    return [line for line in material.lines if line.span.duration_ms * most < 60_000 * len(line.text.split())]


def says_no_speed(material: Material) -> bool:
    """Whether so many cues are far too short that their times do not say how fast anybody speaks."""
    return len(far_too_short(material)) > SHORT_CUES * len(material.lines)


def _whole_wpm(lines: Sequence[ScriptLine]) -> int:
    spoken_ms = sum(line.span.duration_ms for line in lines)
    return round(sum(len(line.text.split()) for line in lines) * 60_000 / spoken_ms) if spoken_ms else 0


def pace(material: Material) -> Iterator[Finding]:
    """Lines too fast or too close, pauses left empty, long stretches without a line."""
    yield from _fast(material)
    yield from _close(material)
    yield from empty(material)
    yield from _silent(material)


def _fast(material: Material) -> Iterator[Finding]:
    """Lines whose cue is too short for them, and the script; what does not even fit its room is told elsewhere."""
    most = material.yardstick.fastest_wpm
    for line in material.lines:
        if _wpm(line) > most and fits(line, material):
            seconds = line.span.duration_ms / 1000
            words = len(line.text.split())
            yield found(
                "fast-line", f"{number_of(words, 'word')} in {seconds:.1f} s: more than {most} words a minute", line
            )
    whole = _whole_wpm(material.lines)
    if whole > most and sum(line.span.duration_ms for line in material.lines) >= 60_000:
        yield found("fast-overall", f"the script asks for {whole} words a minute in the time of its cues")


def _wpm(line: ScriptLine) -> int:
    """How fast a line is. A cue may be trimmed to what is heard: the breath behind it belongs to its time."""
    return wpm_in(line.text, line.span.duration_ms + SEPARATION_MS)


def _close(material: Material) -> Iterator[Finding]:
    """Lines behind which the voice, at its fastest, has less than a breath until the next.

    A cue that lasts until the next begins (contiguous cues) does not say when its words end: `fast-line` is the rule
    for one that has too many.
    """
    most = material.yardstick.fastest_wpm
    for first, second in pairwise(material.lines):
        takes = takes_ms(first.text, most)
        if takes >= first.span.duration_ms and abs(second.span.start_ms - first.span.end_ms) <= FRAME_MS:
            continue
        done = min(first.span.end_ms, first.span.start_ms + takes)
        if 0 <= (breath := second.span.start_ms - done) < SEPARATION_MS:
            yield found("lines-close", f"begins {breath} ms after the line before it ends", second)


def _silent(material: Material) -> Iterator[Finding]:
    """Long stretches without a line; with dialogue known, only where a line could have been."""
    last_ms = material.duration_ms
    lines = merged([line.span for line in material.lines if last_ms is None or line.span.start_ms < last_ms])
    ending = [] if last_ms is None else [Span(last_ms, last_ms)]
    for first, second in pairwise([Span(0, 0), *lines, *ending]):
        stretch = Span(first.end_ms, max(first.end_ms, second.start_ms))
        if stretch.duration_ms > material.yardstick.silent_min * 60_000 and _usable(stretch, material):
            minutes = stretch.duration_ms / 60_000
            yield found("long-silence", f"{minutes:.1f} minutes without a line", span=stretch)


def _usable(stretch: Span, material: Material) -> bool:
    return material.cues is None or any(gap.span.overlap_ms(stretch) for gap in material.pauses)
