"""What all outputs of a batch say in the same way: states and causes in words, totals, times, and what retries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audiodesc.batch.model import STATES, FailureCause, FilmRow, FilmState
from audiodesc.core.formatting import shell

CAUSE_TITLES: Final[Mapping[FailureCause, str]] = {
    "usage": "An option is wrong",
    "input": "Film or subtitles cannot be used",
    "missing": "Something must be installed or fetched first",
    "output": "Results could not be written",
    "busy": "Another run held the folder",
    "strict": "Lines were left out, and --strict was given",
    "server": "The describer's server did not answer",
    "lost": "The process that made it died",
    "cancelled": "A person ended it",
    "other": "For another reason",
}

LOOK_STAGES: Final = ("look", "again")
"""Stages in which the describer looks at clips."""

STAGE_TITLES: Final[Mapping[str, str]] = {
    "probe": "reading the film",
    "load": "choosing the describer",
    "fetch": "fetching the model",
    "hash": "reading the whole film",
    "hear": "listening for speech",
    "shots": "finding the cuts",
    "look": "looking at the picture",
    "again": "looking again",
    "describe": "writing and speaking",
    "speak": "speaking",
    "listen": "measuring the sound",
    "mix": "mixing",
    "mux": "writing the film",
    "encode": "encoding the picture",
    "stills": "taking pictures",
}
"""Stages of a film (see `core.progress`) in words; others stand as they are called."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the films of a batch that are done or skipped. `tokens` is None where no film counted any; `stages` are
    seconds by stage, `findings` and `over` (narration over dialogue) numbers of films that have any."""

    films: int = 0
    duration_ms: int = 0
    lines: int = 0
    overlap_ms: int = 0
    over: int = 0
    findings: int = 0
    clips: int = 0
    cached: int = 0
    tokens: int | None = None
    stages: Mapping[str, float] = field(default_factory=dict)


def totals(rows: Iterable[FilmRow]) -> Totals:
    """The sums over these films."""
    results = [row.result for row in rows if row.result is not None]
    stages: Counter[str] = Counter()
    for one in results:
        stages.update(one.stages)
    tokens = [one.tokens for one in results if one.tokens is not None]
    return Totals(
        films=len(results),
        duration_ms=sum(one.duration_ms for one in results),
        lines=sum(one.lines for one in results),
        overlap_ms=sum(one.overlap_ms for one in results),
        over=sum(one.overlap_ms > 0 for one in results),
        findings=sum(bool(one.findings) for one in results),
        clips=sum(one.clips for one in results),
        cached=sum(one.cached for one in results),
        tokens=sum(tokens) if tokens else None,
        stages=dict(stages.most_common()),
    )


def counted(counts: Mapping[FilmState, int]) -> str:
    """How many films are in each state that has any: 12 done, 1 failed."""
    return ", ".join(f"{counts[state]:,} {state}" for state in STATES if counts.get(state)) or "no films"


def failures(rows: Iterable[FilmRow]) -> dict[FailureCause, list[FilmRow]]:
    """Films that failed, by the cause, the most frequent first."""
    found: dict[FailureCause, list[FilmRow]] = {}
    for row in rows:
        if row.state == "failed" and row.failed:
            found.setdefault(row.failed.cause, []).append(row)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def retry_command(folder: str | Path, causes: Sequence[str] = ()) -> str:
    """The command that queues failed films again."""
    return " ".join(("audiodesc batch retry", shell(str(folder)), *(f"--kind {cause}" for cause in causes)))


def seconds_of(row: FilmRow) -> float | None:
    """Seconds from the begin of a film's last run to its end; None where it did not end."""
    return None if row.started_at is None or row.ended_at is None else max(0.0, row.ended_at - row.started_at)


def stamp(time: float | None) -> str | None:
    """A moment as ISO 8601 in UTC, to the second."""
    return (
        None if time is None else datetime.fromtimestamp(time, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


def lasting(seconds: float) -> str:
    """A length of time as people say it: 42 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 or seconds == 0 else f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60} min"


def stage_title(stage: str) -> str:
    """A stage in words."""
    return STAGE_TITLES.get(stage, stage)
