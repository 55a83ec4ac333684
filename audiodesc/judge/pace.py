"""How much is said, how fast, and where nothing is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise

from audiodesc.fit import SEPARATION_MS
from audiodesc.judge.findings import Finding, Pace, ScriptLine
from audiodesc.judge.hard import fits
from audiodesc.judge.length import takes_ms, wpm_in
from audiodesc.judge.material import Material, merged, overlapped
from audiodesc.judge.rules import found
from audiodesc.model import Span


def measured(material: Material) -> Pace:
    """The numbers of a whole script. Cues of no length count no time."""
    lines = material.lines
    words = sum(len(line.text.split()) for line in lines)
    spoken_ms = sum(line.span.duration_ms for line in lines)
    minutes = material.end_ms / 60_000
    return Pace(
        lines=len(lines),
        words=words,
        spoken_ms=spoken_ms,
        wpm=round(words * 60_000 / spoken_ms) if spoken_ms else 0,
        fastest_wpm=max((_wpm(line, material) for line in lines), default=0),
        lines_per_minute=round(len(lines) / minutes, 2) if minutes else 0.0,
    )


def pace(material: Material) -> Iterator[Finding]:
    """Lines too fast or too close, pauses left empty, long stretches without a line."""
    yield from _fast(material)
    yield from _close(material)
    yield from _empty(material)
    yield from _silent(material)


def _fast(material: Material) -> Iterator[Finding]:
    """Lines whose cue is too short for them, and the script; what does not even fit its room is told elsewhere."""
    most = material.yardstick.fastest_wpm
    for line in material.lines:
        if _wpm(line, material) > most and fits(line, material):
            seconds = line.span.duration_ms / 1000
            words = len(line.text.split())
            yield found("fast-line", f"{words} words in {seconds:.1f} s: more than {most} words a minute", line)
    whole = measured(material).wpm
    if whole > most and sum(line.span.duration_ms for line in material.lines) >= 60_000:
        yield found("fast-overall", f"the script asks for {whole} words a minute in the time of its cues")


def _wpm(line: ScriptLine, material: Material) -> int:
    """How fast a line is. What was recorded is trimmed: the breath behind it belongs to its time, as in a cue."""
    breath = SEPARATION_MS if material.recorded else 0
    return wpm_in(line.text, line.span.duration_ms + breath)


def _close(material: Material) -> Iterator[Finding]:
    """Lines behind which the voice, at its fastest, has less than a breath until the next."""
    most = material.yardstick.fastest_wpm
    for first, second in pairwise(material.lines):
        done = first.span.end_ms
        if not material.recorded:
            done = min(done, first.span.start_ms + takes_ms(first.text, most))
        if 0 <= (breath := second.span.start_ms - done) < SEPARATION_MS:
            yield found("lines-close", f"begins {breath} ms after the line before it ends", second)


def _empty(material: Material) -> Iterator[Finding]:
    """Usable pauses without a line in which the picture changes."""
    lines = merged([line.span for line in material.lines])
    cuts = sorted(material.cuts or ())
    for gap in material.pauses:
        changes = bisect_left(cuts, gap.span.end_ms) - bisect_left(cuts, gap.span.start_ms)
        if changes and not overlapped(gap.span, lines):
            length = gap.span.duration_ms / 1000
            message = f"a pause of {length:.1f} s has no line, and the picture changes {_times(changes)} in it"
            yield found("empty-pause", message, span=gap.span)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _silent(material: Material) -> Iterator[Finding]:
    """Long stretches without a line; with dialogue known, only where a line could have been."""
    edges = [Span(0, 0), *merged([line.span for line in material.lines])]
    if material.duration_ms is not None:
        edges.append(Span(max(material.duration_ms, edges[-1].end_ms), max(material.duration_ms, edges[-1].end_ms)))
    for first, second in pairwise(edges):
        stretch = Span(first.end_ms, max(first.end_ms, second.start_ms))
        if stretch.duration_ms > material.yardstick.silent_min * 60_000 and _usable(stretch, material):
            minutes = stretch.duration_ms / 60_000
            yield found("long-silence", f"{minutes:.1f} minutes without a line", span=stretch)


def _usable(stretch: Span, material: Material) -> bool:
    return material.cues is None or any(gap.span.overlap_ms(stretch) for gap in material.pauses)
