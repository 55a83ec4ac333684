"""What the page says, taken out of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from audiodesc.core.formatting import clock, number_of, seconds, signed
from audiodesc.dialogue.basis import basis, doubts

LONGEST_SHOWN = 400
"""Characters of a line that is left out: it may be so because it has no end."""

VERSIONED = re.compile(r"(?<=.)/\d+$")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line that is heard; `number` is its number in the script. Levels are None where nothing was measured.

    `moved_from_ms` is where a person's script has it, None where it is spoken there or no person wrote it.
    """

    number: int
    start_ms: int
    end_ms: int
    text: str
    rate: float
    level_lufs: float | None
    ratio_lu: float | None
    depth_db: float | None
    moved_from_ms: int | None = None


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


def spoken(content: Mapping[str, Any]) -> list[Spoken]:
    """The report's lines that are heard, in order."""
    heard = [segment for segment in content["segments"] if segment["placed"]]
    return [_spoken(segment.get("number") or place, segment) for place, segment in enumerate(heard, 1)]


def left_out(content: Mapping[str, Any]) -> list[LeftOut]:
    """The report's lines that are not heard, in order."""
    silent = [segment for segment in content["segments"] if segment["line"] and not segment["placed"]]
    return [
        LeftOut(
            segment.get("number") or place,
            segment["start_ms"],
            segment["end_ms"],
            segment["line"][:LONGEST_SHOWN],
            segment["reason"],
        )
        for place, segment in enumerate(silent, 1)
    ]


def summary(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands at the top: pairs of a name and a value."""
    totals, settings = content["totals"], content["settings"]
    overlap, under = content.get("overlap_ms"), content.get("under_subtitles_ms")
    sung = sum(line["over_ms"] for line in content["dialogue"].get("lines_over_lyrics", ()))
    rows = [
        ("Narration over dialogue", _over(overlap, content)),
        ("Under subtitles in which nobody is heard", f"{under} ms" if under else ""),
        ("Over songs with lyrics", f"{sung} ms" if sung else ""),
        ("Lines spoken", f"{totals['lines']}, {seconds(totals['seconds_spoken'] * 1000, 0)} s in all"),
        ("Lines left out", str(totals["left_out"])),
        ("Pauses", f"{totals['usable_pauses']}, {totals['usable_pauses_left_empty']} left empty"),
        ("Length", clock(content["film"]["duration_ms"])),
        ("Voice", f"{settings['voice']}, {totals['words_per_minute']} words a minute"),
        ("Language", str(settings["language"])),
        ("Made by", content["made_by"]),
        ("Describer", _describer(settings)),
    ]
    return [row for row in rows if row[1]]


def _over(overlap_ms: int | None, content: Mapping[str, Any]) -> str:
    if overlap_ms is None:
        return "not known: no subtitles were given"
    return f"{overlap_ms} ms {basis(content['dialogue'])}".strip()


def _describer(settings: Mapping[str, Any]) -> str:
    """As it calls itself; in older reports, what its fingerprint begins with, without versions and settings."""
    if label := settings.get("describer_label"):
        return str(label)
    repository, is_model, _ = str(settings["describer"]).partition("@")
    return repository if is_model else VERSIONED.sub("", repository.split(" ")[0])


def loudness(content: Mapping[str, Any]) -> list[Measure]:
    """Before and after, for each measure that the report holds."""
    measured = content["loudness"]
    before = {"dialogue_lufs": measured.get("dialogue_lufs")} | measured["before"]
    after = measured["after"]
    rows = [
        Measure(name, unit, signed(_finite(before.get(field))), signed(_finite(after.get(field))))
        for field, name, unit in MEASURES
        if field in before or field in after
    ]
    coded_db = _finite(measured.get("decoded_true_peak_db"))
    return (
        rows if coded_db is None else [*rows, Measure("True peak of the AAC", "dBTP", signed(None), signed(coded_db))]
    )


def wanted(content: Mapping[str, Any]) -> str:
    """What the loudness is held against, and whether that was reached; "" where the report does not say."""
    measured = content["loudness"]
    if "profile" not in measured:
        return ""
    goal, ceiling = measured["target_lufs"], f"at most {signed(measured['ceiling_db'])} dBTP"
    if goal is None:
        return f"{measured['profile']}, as the film came in, {ceiling}"
    what = "the dialogue " if measured["gate"] == "dialogue" else ""
    reached = "reached" if measured["reached"] else "not reached"
    return f"{measured['profile']}, wanted {what}at {signed(goal)} LUFS, {ceiling}: {reached}"


def _spoken(number: int, segment: Mapping[str, Any]) -> Spoken:
    sound = segment.get("sound") or {}
    written_ms, start_ms = (segment.get("written") or {}).get("start_ms"), segment["placed"]["start_ms"]
    return Spoken(
        number,
        segment["placed"]["start_ms"],
        segment["placed"]["end_ms"],
        segment["line"],
        segment["rate"],
        _finite(sound.get("level_lufs")),
        _finite(sound.get("ratio_lu")),
        _finite(sound.get("depth_db")),
        written_ms if written_ms != start_ms else None,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


SEVERITIES = {"error": "error", "warning": "warning", "info": "hint"}
KINDS = {"speech": "speech", "sound": "sounds", "lyrics": "songs", "on_screen": "text on the screen"}
VERDICTS = {
    "in sync": "in time",
    "off": "late or early",
    "foreign": "they seem to be of another film",
    "unknown": "the sound does not tell whether they are in time",
}
SOURCES = {
    ("subtitles", "sound"): "the subtitles and the film's sound",
    ("subtitles",): "the subtitles alone: nobody listened",
    ("sound",): "the film's sound alone: there are no subtitles",
    (): "not known: no subtitles were given, and nobody listened",
}


@dataclass(frozen=True, slots=True)
class Empty:
    """A pause in which no line is heard; `number` counts all pauses from 1. `why` is "" where that is not known."""

    number: int
    start_ms: int
    end_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check found. `start_ms` is None for what has no time."""

    severity: str
    start_ms: int | None
    what: str
    words: str


def empty_pauses(content: Mapping[str, Any], lines: Sequence[Spoken]) -> list[Empty]:
    """The pauses that no line touches, in order."""
    return [
        Empty(number, gap["start_ms"], gap["end_ms"], gap.get("why", ""))
        for number, gap in enumerate(content["gaps"], 1)
        if not any(line.start_ms < gap["end_ms"] and line.end_ms > gap["start_ms"] for line in lines)
    ]


def findings(content: Mapping[str, Any]) -> list[Finding]:
    """In the order of the report: by time, those without one first."""
    return [
        Finding(SEVERITIES[one["severity"]], one.get("start_ms"), f"{one['message']}: {one['advice']}", one["words"])
        for one in content["check"]["findings"]
    ]


def counted(content: Mapping[str, Any]) -> str:
    """How many findings there are of each severity."""
    counts = content["check"]["counts"]
    return ", ".join(number_of(counts[kind], name) for kind, name in SEVERITIES.items())


def unjudged(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why rules were not judged, and which."""
    reasons: dict[str, list[str]] = {}
    for rule, why in content["check"]["not_judged"].items():
        reasons.setdefault(why, []).append(rule)
    return [(why, ", ".join(rules)) for why, rules in reasons.items()]


def dialogue(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How the dialogue is known, and what the sound changed: pairs of a name and a value."""
    known = content["dialogue"]
    rows = [("Known from", SOURCES[tuple(known["known_from"])])]
    if aligned := known["subtitles"]:
        rows.append(("Subtitles against the sound", VERDICTS[aligned["verdict"]]))
        if moved := len(aligned["moved"]):
            rows.append(("Moved to their speech", f"in {number_of(moved, 'piece')}"))
    rows += _changed(known["changed_by_sound"])
    rows += [("Less sure", doubts(known))] if doubts(known) else []
    protected = ", ".join(KINDS[kind] for kind in known["protected"])
    return [*rows, ("Never spoken over", protected)]


def _changed(changes: Sequence[Mapping[str, int | None]]) -> Iterator[tuple[str, str]]:
    """By how much subtitles were made longer or shorter at both ends, and the speech that has none."""
    ends = [[ms for ms in (one["earlier_ms"], one["later_ms"]) if ms is not None] for one in changes]
    longer = [ms for both in ends if (ms := sum(end for end in both if end > 0))]
    shorter = [ms for both in ends if (ms := sum(-end for end in both if end < 0))]
    without = [_length(one) for one, both in zip(changes, ends, strict=True) if not both]
    for name, found, noun in (
        ("Heard longer than they stand", longer, "subtitle"),
        ("Heard shorter than they stand", shorter, "subtitle"),
        ("Speech without a subtitle", without, "place"),
    ):
        if found:
            yield name, f"{number_of(len(found), noun)}, {seconds(sum(found))} s in all"


def _length(one: Mapping[str, int | None]) -> int:
    return (one["end_ms"] or 0) - (one["start_ms"] or 0)
