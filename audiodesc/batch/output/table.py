"""Tables of a batch for a terminal, as text in rows and columns; the command line draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audiodesc.batch.model import STATES, FilmRow, FilmState
from audiodesc.batch.output.facts import counted, failures, lasting, retry_command, seconds_of, stage_title, totals
from audiodesc.core.formatting import clock, number_of, signed

MOST_FILMS: Final = 200
"""Rows of a table of films: what is more is counted, and stands in the sheet."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """Heads of columns, rows of as many cells, and lines that stand below; columns of `numbers` are set right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    below: Sequence[str] = ()


def state_table(counts: Mapping[FilmState, int]) -> TextTable:
    """How many films are in each state."""
    return TextTable(("state", "films"), [(state, f"{counts.get(state, 0):,}") for state in STATES], frozenset({1}))


def film_table(rows: Sequence[FilmRow], most: int = MOST_FILMS) -> TextTable:
    """A row for each film, failed and running ones first; `most` of them."""
    order = {state: place for place, state in enumerate(("failed", "running", "held", "queued", "done", "skipped"))}
    shown = sorted(rows, key=lambda row: (order[row.state], row.id))
    left = len(rows) - most
    below = [f"{number_of(left, 'film')} more: --csv or --json shows all."] if left > 0 else []
    heads = ("film", "state", "length", "lines", "overlap ms", "LUFS", "findings", "clips", "took", "what")
    return TextTable(heads, [_film(row) for row in shown[:most]], frozenset({2, 3, 4, 5, 6, 7, 8}), below)


def _film(row: FilmRow) -> tuple[str, ...]:
    took, of = seconds_of(row), row.result
    ended = ("", "", "", "", "", "") if of is None else (
        clock(of.duration_ms), f"{of.lines:,}", f"{of.overlap_ms:,}", signed(of.loudness_lufs),
        f"{len(of.findings):,}", f"{of.clips:,}",
    )  # fmt: skip
    return (row.job.name, row.state, *ended, "" if took is None else lasting(took), what_of(row))


def what_of(row: FilmRow) -> str:
    """What is to be said of a film besides its state: why it failed, or how far it is."""
    if row.state == "failed" and row.failed:
        return row.failed.message
    if row.state == "running":
        return f"{stage_title(row.stage)} {share(row)}".strip()
    if row.losses:
        return f"its process died {number_of(row.losses, 'time')}"
    return ""


def share(row: FilmRow) -> str:
    """How much of the stage of a running film is done; "" where nobody knows of how much."""
    return f"{100 * min(row.done, row.total) // row.total} %" if row.total else ""


def summary(rows: Sequence[FilmRow], counts: Mapping[FilmState, int], folder: str | Path) -> list[str]:
    """The lines that stand at the end of a run: counts, proof, cost, and each cause of failures with what retries."""
    of = totals(rows)
    lines = [f"Films: {counted(counts)}."]
    if of.films:
        cached = f" ({of.cached:,} known already)" if of.cached else ""
        tokens = f", {of.tokens:,} tokens" if of.tokens is not None else ""
        lines.append(
            f"{number_of(of.lines, 'line')} in {clock(of.duration_ms)} of film, {number_of(of.clips, 'clip')} looked "
            f"at{cached}{tokens}."
        )
        over = f", in {number_of(of.over, 'film')}" if of.over else ""
        lines.append(f"Narration over dialogue, measured in the sound: {of.overlap_ms:,} ms{over}.")
    for cause, failed in failures(rows).items():
        lines.append(f"{number_of(len(failed), 'film')} failed ({cause}): {retry_command(folder, [cause])}")
        lines += [f"  {row.job.name}: {row.failed.message}" for row in failed[:3] if row.failed]
        lines += [f"  and {len(failed) - 3:,} more"] if len(failed) > 3 else []
    return lines
