"""Rules of time: over dialogue, too long for its place, out of place; too fast, too close; pauses left empty.

Failure F113 of WCAG 2 is that what matters is not described *and* a pause was there to describe it in. So a change that
a line describes soon after is no fault, nor is a rest that a describer would take; both by `audiodesc.planning.costs`,
as lines are planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from audiodesc.core.formatting import number_of
from audiodesc.core.intervals import joined, without
from audiodesc.core.speech_rate import estimated_ms, required_wpm
from audiodesc.judge.material import Material, overlapped
from audiodesc.judge.rules import Finding, Pace, finding
from audiodesc.model import Cue, Span
from audiodesc.planning.costs import REST_MS, WAIT_MS, scene_changes, tellable, untold
from audiodesc.planning.fit import SEPARATION_MS
from audiodesc.scripts.lines import ScriptLine

FRAME_MS = 42
"""Cues that overlap by up to a frame (of 24 a second) were rounded so."""

TOLERANCE = 1.15
"""A length estimated from a text may be off by so much: a line that would fit then is no finding."""

EDGE_MS = 100
"""Subtitles are set to frames and cuts, not to the word: less of one is its edge."""

MIN_OVERLAP_MS = 250
"""The edges of speech found in sound are unsure: less is no overlap."""

QUOTED = 60
"""So many characters of the dialogue under a line are quoted."""

OVERHANG_MS = 1_000
"""The last cue may end so long after the film: tracks of one file differ in length, and the voice is done by then."""


def check_placement(material: Material) -> Iterator[Finding]:
    """Over dialogue or speech heard, not fitting, under a silent subtitle, out of order, overlapping, past the end."""
    for line in material.lines:
        yield from _misplaced(line, material)
    for first, second in pairwise(material.lines):
        if second.span.start_ms < first.span.end_ms - FRAME_MS:
            over = first.span.end_ms - second.span.start_ms
            yield finding("overlapping-lines", f"begins {over} ms before the line before it ends", second)
    latest = 0
    for line in material.written:
        if line.span.start_ms < latest:
            yield finding("out-of-order", "starts before the cue that stands before it", line)
        latest = max(latest, line.span.start_ms)


def _misplaced(line: ScriptLine, material: Material) -> Iterator[Finding]:
    """What is wrong with a line's place: the worst of it."""
    if past := _past_end(line, material):
        yield past
    elif over := overlapped(line.span, material.captioned):
        text = _quoted(line.span, material.cues or (), material)
        sure = overlapped(line.span, material.spoken) + overlapped(line.span, material.voices)
        if sure > max(min(EDGE_MS, line.span.duration_ms // 2), int(material.criteria.extended)):
            yield finding("over-dialogue", f"speaks {over} ms over dialogue: {text!r}", line)
        else:
            yield finding("cue-edge", f"lies {over} ms under the edge of a subtitle: {text!r}", line)
    elif (heard := overlapped(line.span, material.voices)) > MIN_OVERLAP_MS:
        yield finding("over-speech", f"speaks {heard} ms over a voice in the film's sound", line)
    elif not fits(line, material):
        takes, free = estimated_ms(line.text, material.criteria.fastest_wpm), material.free_ms(line)
        yield finding(
            "does-not-fit",
            f"takes about {takes / 1000:.1f} s at {material.criteria.fastest_wpm} words a minute (estimated from its "
            f"words and letters) and has {free / 1000:.1f} s",
            line,
        )
    elif under := overlapped(line.span, material.silent):
        text = _quoted(line.span, material.subtitles or (), material)
        yield finding("under-subtitle", f"lies {under} ms under a subtitle in which nobody is heard: {text!r}", line)


def _past_end(line: ScriptLine, material: Material) -> Finding | None:
    """For a film that waits only the start counts."""
    duration_ms = material.duration_ms
    if duration_ms is None:
        return None
    if line.span.start_ms >= duration_ms:
        return finding("past-end", f"starts {_seconds(line.span.start_ms - duration_ms)} after the film's end", line)
    if line.span.end_ms > duration_ms + OVERHANG_MS and not material.criteria.extended:
        return finding("past-end", f"ends {_seconds(line.span.end_ms - duration_ms)} after the film's end", line)
    return None


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f} s"


def fits(line: ScriptLine, material: Material) -> bool:
    """Whether a line can be said before the next line, dialogue or the film's end; True where that is in doubt."""
    return estimated_ms(line.text, material.criteria.fastest_wpm) <= material.free_ms(line) * TOLERANCE


def _quoted(span: Span, cues: Sequence[Cue], material: Material) -> str:
    """The words of the cues in a span, shortened."""
    reach = Span(span.start_ms, max(span.end_ms, span.start_ms + 1))
    kinds = material.criteria.protected
    said = (cue.text for cue in cues if cue.span.overlap_ms(reach) and cue.kind in kinds)
    text = " ".join(next(said, "").split())
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1].rstrip()}…"


def check_empty_pauses(material: Material) -> Iterator[Finding]:
    """Usable pauses, and long parts of them beside the lines in them, with changes that no line describes in time."""
    lines = joined([reach(line, material) for line in material.lines])
    starts = [line.span.start_ms for line in material.lines]
    changes = list(scene_changes(sorted(material.cuts or ())))
    for pause, rest in _unused(material, lines):
        if missed := untold(tellable(rest, changes, material.criteria.usable_ms), starts, material.end_ms):
            picture = f"the picture changes {_times(len(missed))} in it with no line within {WAIT_MS // 1000} s"
            yield finding("empty-pause", f"{_empty_part(rest, pause)}, and {picture}", span=rest)


def _unused(material: Material, lines: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Pauses, each with the empty parts of it that are long enough to be used; a line in a pause excuses short ones."""
    for pause in (gap.span for gap in material.pauses):
        rests = list(without([pause], lines))
        if rests == [pause]:
            yield pause, pause
        elif not material.criteria.extended:  # else a line for which the film waits may be about the whole pause
            shortest = max(REST_MS + 1, material.criteria.usable_ms)
            yield from ((pause, rest) for rest in rests if rest.duration_ms >= shortest)


def reach(line: ScriptLine, material: Material) -> Span:
    """A line with a breath on both sides. It takes at least the time of its words."""
    end = max(line.span.end_ms, line.span.start_ms + estimated_ms(line.text, material.criteria.fastest_wpm))
    return Span(max(0, line.span.start_ms - SEPARATION_MS), end + SEPARATION_MS)


def _empty_part(rest: Span, pause: Span) -> str:
    if rest == pause:
        return f"a pause of {rest.duration_ms / 1000:.1f} s has no line"
    return f"{rest.duration_ms / 1000:.1f} s of a pause of {pause.duration_ms / 1000:.1f} s have no line"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


SHORT_CUES = 0.5
"""With so many of its cues far too short, a script is most likely one for a player that stops the film."""


def measured_lines(material: Material) -> Pace:
    """The numbers of a whole script. Cues of no length count no time."""
    lines = material.lines
    minutes = material.end_ms / 60_000
    return Pace(
        lines=len(lines),
        words=sum(len(line.text.split()) for line in lines),
        spoken_ms=sum(line.span.duration_ms for line in lines),
        wpm=0 if is_without_durations(material) else _whole_wpm(lines),
        fastest_wpm=max((_wpm(line) for line in lines), default=0),
        lines_per_minute=round(len(lines) / minutes, 2) if minutes else 0.0,
    )


def too_short_cues(material: Material) -> list[ScriptLine]:
    """The lines that would need more than twice the fastest speed to be spoken in their cues."""
    most = 2 * material.criteria.fastest_wpm
    return [line for line in material.lines if line.span.duration_ms * most < 60_000 * len(line.text.split())]


def is_without_durations(material: Material) -> bool:
    """Whether so many cues are far too short that their times do not say how fast anybody speaks."""
    return len(too_short_cues(material)) > SHORT_CUES * len(material.lines)


def _whole_wpm(lines: Sequence[ScriptLine]) -> int:
    spoken_ms = sum(line.span.duration_ms for line in lines)
    return round(sum(len(line.text.split()) for line in lines) * 60_000 / spoken_ms) if spoken_ms else 0


def check_speed(material: Material) -> Iterator[Finding]:
    """Lines whose cue is too short for them, and the script; a line that does not even fit breaks another rule."""
    most = material.criteria.fastest_wpm
    for line in material.lines:
        if _wpm(line) > most and fits(line, material):
            seconds = line.span.duration_ms / 1000
            words = len(line.text.split())
            yield finding(
                "fast-line", f"{number_of(words, 'word')} in {seconds:.1f} s: more than {most} words a minute", line
            )
    whole = _whole_wpm(material.lines)
    if whole > most and sum(line.span.duration_ms for line in material.lines) >= 60_000:
        yield finding("fast-overall", f"the script asks for {whole} words a minute in the time of its cues")


def _wpm(line: ScriptLine) -> int:
    """How fast a line is. A cue may be trimmed to its sound: the breath behind it belongs to its time."""
    return required_wpm(line.text, line.span.duration_ms + SEPARATION_MS)


def check_separation(material: Material) -> Iterator[Finding]:
    """Lines behind which the voice, at its fastest, has less than a breath until the next.

    A cue that lasts until the next begins (contiguous cues) does not say when its words end: `fast-line` is the rule
    for one that has too many.
    """
    most = material.criteria.fastest_wpm
    for first, second in pairwise(material.lines):
        takes = estimated_ms(first.text, most)
        if takes >= first.span.duration_ms and abs(second.span.start_ms - first.span.end_ms) <= FRAME_MS:
            continue
        done = min(first.span.end_ms, first.span.start_ms + takes)
        if 0 <= (breath := second.span.start_ms - done) < SEPARATION_MS:
            yield finding("lines-close", f"begins {breath} ms after the line before it ends", second)


def check_long_silences(material: Material) -> Iterator[Finding]:
    """Long stretches without a line; with dialogue known, only where a line could have been."""
    last_ms = material.duration_ms
    spans = [line.span for line in material.lines if last_ms is None or line.span.start_ms < last_ms]
    lines = joined(Span(span.start_ms, max(span.end_ms, span.start_ms + 1)) for span in spans)
    ending = [] if last_ms is None else [Span(last_ms, last_ms)]
    for first, second in pairwise([Span(0, 0), *lines, *ending]):
        stretch = Span(first.end_ms, max(first.end_ms, second.start_ms))
        if stretch.duration_ms > material.criteria.silent_min * 60_000 and _usable(stretch, material):
            minutes = stretch.duration_ms / 60_000
            yield finding("long-silence", f"{minutes:.1f} minutes without a line", span=stretch)


def _usable(stretch: Span, material: Material) -> bool:
    return material.cues is None or any(gap.span.overlap_ms(stretch) for gap in material.pauses)
