"""What was measured of a mix, as the report has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audiodesc.mix.levels import Gate
from audiodesc.report.dialogue import Count

Level = float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The loudness of the whole film, of its dialogue, and its true peak in dBTP."""

    integrated_lufs: Level
    range_lu: Level
    short_term_lufs: Level
    true_peak_db: Level
    dialogue_lufs: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLoudness:
    """The mix against its target, before and after; `narrator_db` and `programme_db` are the gains of both.

    `target_lufs` is None where the mix is as loud as the film, `decoded_true_peak_db` where no AAC was written.
    """

    profile: str
    gate: Gate
    target_lufs: float | None
    ceiling_db: float
    reached: bool
    before: Measurement
    after: Measurement
    dialogue_lufs: Level
    dialogue_share: float
    narrator_db: Level
    programme_db: Level
    decoded_true_peak_db: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSound:
    """The mix: `bits` is None for AAC, `narrator` has the narrator's linear gain in each channel that has any."""

    layout: str
    rate_hz: Count
    bits: int | None
    narrator: Mapping[str, float]
