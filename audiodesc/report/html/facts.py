"""What the page says, taken out of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from audiodesc.core.formatting import clock, number_of, seconds, signed
from audiodesc.judge.output import SHOWN_AS
from audiodesc.model import Span
from audiodesc.narration.doubts import DoubtKind
from audiodesc.report.dialogue import CueChange, ReportDialogue, doubts, proof
from audiodesc.report.measured import ReportLoudness
from audiodesc.report.model import Check, Report, ReportSegment

LONGEST_SHOWN = 400
"""Characters of a line that is left out: it may be so because it has no end."""

VERSIONED = re.compile(r"(?<=.)/\d+$")


KINDS = {"speech": "speech", "sound": "sounds", "lyrics": "songs", "on_screen": "text on the screen"}
VERDICTS = {
    "in sync": "in time",
    "off": "late or early",
    "foreign": "they seem to be of another film",
    "unknown": "the sound does not tell whether they are in time",
}
DOUBTS: Mapping[DoubtKind, str] = {
    "not_in_facts": "not seen",
    "not_seen_again": "not seen again",
    "seen_once": "seen once",
    "answer": "of the model's",
}
SOURCES: Mapping[tuple[str, ...], str] = {
    ("subtitles", "sound"): "the subtitles and the film's sound",
    ("subtitles",): "the subtitles alone: nobody listened",
    ("sound",): "the film's sound alone: there are no subtitles",
    (): "not known: no subtitles were given, and nobody listened",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line that is heard; `number` is its number in the script. Levels are None where nothing was measured.

    `moved_from_ms` is where a person's script has it, None where it is spoken there or no person wrote it. `recorded`:
    a person speaks it; `voice` is its own voice, "" for the film's. Where the film stops for lines, times are those of
    the extended film; `film_ms` is when it begins in the film, which stops for `stop_s` seconds of it ("": not at all).
    """

    number: int
    start_ms: int
    end_ms: int
    text: str
    rate: float | None
    level_lufs: float | None
    ratio_lu: float | None
    depth_db: float | None
    moved_from_ms: int | None = None
    recorded: bool = False
    voice: str = ""
    film_ms: int | None = None
    stop_s: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line that is not heard; the times are those of its pause."""

    number: int
    start_ms: int
    end_ms: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers in the table of lines; `field` is one of `Spoken`, `name` short, for the style sheet."""

    field: str
    name: str
    title: str
    unit: str
    show: Callable[[float | None], str]


@dataclass(frozen=True, slots=True)
class Empty:
    """A pause in which no line is heard; `number` counts all pauses from 1. `why` is "" where that is not known."""

    number: int
    start_ms: int
    end_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class PageFinding:
    """What the check found. `start_ms` is None for what has no time."""

    severity: str
    start_ms: int | None
    what: str
    words: str


COLUMNS = (
    Column("rate", "rate", "Speed", "×", lambda value: signed(value, 2)),
    Column("level_lufs", "level", "Level", "LUFS", signed),
    Column("ratio_lu", "ratio", "Above the film", "LU", signed),
    Column("depth_db", "depth", "Film lowered", "dB", signed),
)
MEASURES = (
    ("integrated_lufs", "Integrated", "LUFS"),
    ("dialogue_lufs", "Dialogue", "LUFS"),
    ("short_term_lufs", "Short-term maximum", "LUFS"),
    ("range_lu", "Range", "LU"),
    ("true_peak_db", "True peak", "dBTP"),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table of loudness, as text."""

    name: str
    unit: str
    before: str
    after: str


def spoken(report: Report) -> list[Spoken]:
    """The report's lines that are heard, in order."""
    return [
        _spoken(segment.number or place, segment, segment.placed)
        for place, segment in enumerate(report.spoken, 1)
        if segment.placed
    ]


def _spoken(number: int, segment: ReportSegment, placed: Span) -> Spoken:
    sound = segment.sound
    moved = segment.written and segment.written.start_ms != placed.start_ms
    there = segment.heard or placed
    return Spoken(
        number,
        there.start_ms,
        there.end_ms,
        segment.line,
        segment.rate,
        sound.level_lufs if sound else None,
        sound.ratio_lu if sound else None,
        sound.depth_db if sound else None,
        segment.written.start_ms if segment.written and moved else None,
        bool(segment.recording),
        segment.voice or "",
        placed.start_ms if segment.heard else None,
        seconds(segment.stop_ms) if segment.stop_ms else "",
    )


def left_out(report: Report) -> list[LeftOut]:
    """The report's lines that are not heard, in order."""
    return [
        LeftOut(one.number or place, one.start_ms, one.end_ms, one.line[:LONGEST_SHOWN], one.reason)
        for place, one in enumerate(report.left_out, 1)
    ]


def summary(report: Report) -> list[tuple[str, str]]:
    """What stands at the top: pairs of a name and a value."""
    totals, under_ms = report.totals, report.under_subtitles_ms
    sung_ms = sum(line.over_ms for line in report.dialogue.lines_over_lyrics)
    rows = [
        ("Narration over dialogue", _over(report)),
        ("Under subtitles in which nobody is heard", f"{under_ms} ms" if under_ms else ""),
        ("Over songs with lyrics", f"{sung_ms} ms" if sung_ms else ""),
        ("Lines spoken", f"{totals.lines}, {seconds(totals.seconds_spoken * 1000, 0)} s in all"),
        ("Recorded by a person", recorded_share(report)),
        ("Lines left out", str(totals.left_out)),
        ("Pauses", f"{totals.usable_pauses}, {totals.usable_pauses_left_empty} left empty"),
        ("Length", clock(report.film.duration_ms)),
        ("Stops for lines", _stops(report)),
        ("Voice", f"{report.voice}, {totals.words_per_minute} words a minute"),
        ("Language", report.language),
        ("Made by", report.made_by),
        ("Describer", _describer(report)),
    ]
    return [row for row in rows if row[1]]


def recorded_share(report: Report) -> str:
    """How many of the lines are a person's voice; "" where none is."""
    count = sum(bool(one.recording) for one in report.spoken)
    return f"{count} of {number_of(len(report.spoken), 'line')}" if count else ""


def _stops(report: Report) -> str:
    """How often and how long the film stops, "" where it does not."""
    if not report.stops:
        return ""
    total_ms = sum(stop.length_ms for stop in report.stops)
    long = clock(report.film.duration_ms + total_ms)
    return f"{len(report.stops)}, {seconds(total_ms)} s in all: with them the film lasts {long}"


def _over(report: Report) -> str:
    if report.overlap_ms is None:
        return "not known: no subtitles were given"
    return f"{report.overlap_ms} ms {proof(report.dialogue)}".strip()


def _describer(report: Report) -> str:
    """As it calls itself; in older reports, what its fingerprint begins with, without versions and settings."""
    if report.describer_label:
        return report.describer_label
    repository, is_model, _ = report.describer.partition("@")
    return repository if is_model else VERSIONED.sub("", repository.split(" ")[0])


def loudness(measured: ReportLoudness) -> list[Measure]:
    """Before and after, for each measure."""
    rows = [
        Measure(name, unit, signed(getattr(measured.before, field)), signed(getattr(measured.after, field)))
        for field, name, unit in MEASURES
    ]
    coded_db = measured.decoded_true_peak_db
    return rows + (
        [] if coded_db is None else [Measure("True peak of the AAC", "dBTP", signed(None), signed(coded_db))]
    )


def wanted(measured: ReportLoudness) -> str:
    """What the loudness is held against, and whether that was reached."""
    goal, ceiling = measured.target_lufs, f"at most {signed(measured.ceiling_db)} dBTP"
    if goal is None:
        return f"{measured.profile}, as the film came in, {ceiling}"
    what = "the dialogue " if measured.gate == "dialogue" else ""
    reached = "reached" if measured.reached else "not reached"
    return f"{measured.profile}, wanted {what}at {signed(goal)} LUFS, {ceiling}: {reached}"


def empty_pauses(report: Report, lines: Sequence[Spoken]) -> list[Empty]:
    """The pauses that no line touches, in order."""
    return [
        Empty(number, gap.start_ms, gap.end_ms, gap.why or "")
        for number, gap in enumerate(report.gaps, 1)
        if not any(line.start_ms < gap.end_ms and line.end_ms > gap.start_ms for line in lines)
    ]


def findings(check: Check) -> list[PageFinding]:
    """In the order of the report: by time, those without one first."""
    return [
        PageFinding(SHOWN_AS[one.severity], one.start_ms, f"{one.message}: {one.advice}", one.words)
        for one in check.findings
    ]


def unjudged(check: Check) -> list[tuple[str, str]]:
    """Why rules were not judged, and which."""
    reasons: dict[str, list[str]] = {}
    for rule, why in check.not_judged.items():
        reasons.setdefault(why, []).append(rule)
    return [(why, ", ".join(rules)) for why, rules in reasons.items()]


def dialogue_facts(known: ReportDialogue) -> list[tuple[str, str]]:
    """How the dialogue is known, and what the sound changed: pairs of a name and a value."""
    rows = [("Known from", SOURCES[known.known_from])]
    if known.subtitles:
        rows.append(("Subtitles against the sound", VERDICTS[known.subtitles.verdict]))
        if moved := len(known.subtitles.moved):
            rows.append(("Moved to their speech", f"in {number_of(moved, 'piece')}"))
    rows += _changed(known.changed_by_sound)
    rows += [("Less sure", doubts(known))] if doubts(known) else []
    protected = ", ".join(KINDS[kind] for kind in known.protected)
    return [*rows, ("Never spoken over", protected)]


def _changed(changes: Sequence[CueChange]) -> Iterator[tuple[str, str]]:
    """By how much subtitles were made longer or shorter at both ends, and the speech that has none."""
    ends = [[ms for ms in (one.earlier_ms, one.later_ms) if ms is not None] for one in changes]
    longer = [ms for both in ends if (ms := sum(end for end in both if end > 0))]
    shorter = [ms for both in ends if (ms := sum(-end for end in both if end < 0))]
    without = [one.end_ms - one.start_ms for one, both in zip(changes, ends, strict=True) if not both]
    for name, found, noun in (
        ("Heard longer than they stand", longer, "subtitle"),
        ("Heard shorter than they stand", shorter, "subtitle"),
        ("Speech without a subtitle", without, "place"),
    ):
        if found:
            yield name, f"{number_of(len(found), noun)}, {seconds(sum(found))} s in all"
