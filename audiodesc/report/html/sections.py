"""What the page says besides the lines: the pauses left empty, the check, the dialogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audiodesc.core.formatting import seconds
from audiodesc.core.plurals import number_of
from audiodesc.dialogue.basis import doubts
from audiodesc.report.html.facts import Spoken

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
