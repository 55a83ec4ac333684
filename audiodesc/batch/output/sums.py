"""Sums over the films of a batch, kept up to date: after the first reading only films whose log has grown are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from audiodesc.batch.model import FailureCause, FilmRow, FilmState
from audiodesc.batch.output.facts import LOOK_STAGES
from audiodesc.batch.state import BatchState

PAGE = 1000
"""Rows and lines of the log that are read at a time."""


@dataclass(frozen=True, slots=True)
class BatchSums:
    """What a batch came to so far. `causes` are failed films by cause, `stages` seconds of work by stage; `tokens` is 0
    where nobody counted; `span_s` lasts from the first begin to the last end of films that ended."""

    counts: Mapping[FilmState, int] = field(default_factory=dict)
    causes: Mapping[FailureCause, int] = field(default_factory=dict)
    stages: Mapping[str, float] = field(default_factory=dict)
    lines: int = 0
    clips: int = 0
    cached: int = 0
    tokens: int = 0
    duration_ms: int = 0
    overlap_ms: int = 0
    losses: int = 0
    attempts: int = 0
    span_s: float = 0.0

    @property
    def observation_s(self) -> float:
        """Seconds in which films waited for the describer to look."""
        return sum(self.stages.get(stage, 0.0) for stage in LOOK_STAGES)


class Sums:
    """The sums of one state, of one owner or of all; to be asked again and again, by one thread."""

    def __init__(self, owner: str | None = None) -> None:
        self._owner = owner
        self._read_to = 0
        self._films: dict[int, Counter[str]] = {}
        self._sum: Counter[str] = Counter()
        self._spans: dict[int, tuple[float, float]] = {}

    def read(self, state: BatchState) -> BatchSums:
        """The sums as they are now."""
        if self._read_to == 0:
            self._read_all(state)
        else:
            for film in self._changed(state):
                row = state.row(film)
                if row is not None and self._owner in (None, row.owner):
                    self._take(row)
        counts = state.counts(self._owner)
        if counts.get("failed", 0) != sum(self._of("cause").values()):  # failed films were taken out of the list
            self._read_all(state)
        return self._sums(counts)

    def _read_all(self, state: BatchState) -> None:
        while self._changed(state):  # before the rows: what changes meanwhile is read again
            pass
        self._films, self._spans, self._sum, after = {}, {}, Counter(), 0
        while rows := state.rows(owner=self._owner, after=after, most=PAGE):
            for row in rows:
                self._take(row)
            after = rows[-1].id

    def _changed(self, state: BatchState) -> list[int]:
        """Films with new lines of the log, each once."""
        films: dict[int, None] = {}
        while entries := state.log(after=self._read_to, most=PAGE):
            self._read_to = entries[-1].number
            films |= dict.fromkeys(entry.film for entry in entries)
        return list(films)

    def _take(self, row: FilmRow) -> None:
        self._sum.subtract(self._films.get(row.id, Counter()))
        self._films[row.id] = parts = _parts(row)
        self._sum.update(parts)
        self._spans.pop(row.id, None)
        if row.started_at is not None and row.ended_at is not None:
            self._spans[row.id] = (row.started_at, row.ended_at)

    def _of(self, kind: str) -> dict[str, float]:
        """Sums of a kind that has names, those of 0 left out."""
        head = f"{kind} "
        return {
            key.removeprefix(head): value for key, value in self._sum.items() if key.startswith(head) and value > 1e-9
        }

    def _sums(self, counts: Mapping[FilmState, int]) -> BatchSums:
        whole = {name: round(self._sum[name]) for name in WHOLE}
        causes = {cause: round(value) for cause, value in self._of("cause").items()}
        spans = self._spans.values()
        span_s = max(end for _, end in spans) - min(begin for begin, _ in spans) if spans else 0.0
        return BatchSums(counts, causes, self._of("stage"), **whole, span_s=span_s)  # type: ignore[arg-type]


WHOLE = ("lines", "clips", "cached", "tokens", "duration_ms", "overlap_ms", "losses", "attempts")


def _parts(row: FilmRow) -> Counter[str]:
    """What a film adds to the sums."""
    parts: Counter[str] = Counter({"losses": row.losses, "attempts": row.attempts})
    if row.state == "failed" and row.failed:
        parts[f"cause {row.failed.cause}"] = 1
    if row.state in ("done", "skipped") and (of := row.result):
        parts.update({f"stage {stage}": value for stage, value in of.stages.items()})
        parts.update(lines=of.lines, clips=of.clips, cached=of.cached, tokens=of.tokens or 0)
        parts.update(duration_ms=of.duration_ms, overlap_ms=of.overlap_ms)
    return parts
