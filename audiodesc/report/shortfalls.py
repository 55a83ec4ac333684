"""What the sound was to be, and is not: for the notes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

from audiodesc.core.formatting import clock
from audiodesc.core.plurals import number_of
from audiodesc.mix.ducking import LEAST_LU, Ducking
from audiodesc.mix.levels import loudness_profile
from audiodesc.mix.measure import Feed
from audiodesc.mix.momentary import integrated_lufs
from audiodesc.mix.sound_settings import SoundSettings
from audiodesc.mix.write import Measured
from audiodesc.report.html.wording import signed
from audiodesc.report.sound import sounds_of

SQUEEZED_LU = 0.5
"""A limiter that takes more is told of."""

HEARD_DB = 0.05
"""So far above its ceiling, a peak is told."""

NEAR_LU = 0.5
"""A narrator who stands no further under the least ratio is not told of: another meter may find as much."""

NAMED = 6
"""So many lines are named; the report has the ratio of each."""


def shortfalls(measured: Measured, chosen: SoundSettings) -> list[str]:
    """One sentence for each."""
    told = (
        _missed(measured, chosen),
        _squeezed(measured, chosen),
        _over(measured, chosen),
        _drowned(measured, chosen.ducking),
    )
    return [*_resampled(measured.mix.source, chosen), *chain.from_iterable(told)]


def _resampled(source: Feed, chosen: SoundSettings) -> Iterator[str]:
    keeps = loudness_profile(chosen.loudness).rate_hz is None
    if keeps and source.track and source.track.rate_hz != source.rate_hz:
        yield f"the film's sound of {source.track.rate_hz:,} Hz became {source.rate_hz:,} Hz"


def _missed(measured: Measured, chosen: SoundSettings) -> Iterator[str]:
    goal, reading = measured.mix.target, measured.reading_lufs
    if goal.lufs is None or measured.reached:
        return
    ceiling_db = loudness_profile(chosen.loudness).ceiling_db
    why = f" (the limiter keeps its peaks under {signed(ceiling_db)} dBTP)" if reading < goal.lufs else ""
    what = "mix's dialogue" if goal.gate == "dialogue" else "mix"
    yield f"the {what} is at {signed(reading)} LUFS, not {signed(goal.lufs)}{why}"


def _squeezed(measured: Measured, chosen: SoundSettings) -> Iterator[str]:
    """Where there is no target, what the limiter takes is taken from the film as it came in."""
    written = measured.written
    taken = integrated_lufs(written.ducked + written.spoken) - written.after.programme.integrated_lufs
    if measured.mix.target.lufs is None and taken > SQUEEZED_LU:
        ceiling_db = loudness_profile(chosen.loudness).ceiling_db
        yield f"the mix is {signed(taken)} LU less loud for its peaks to stay under {signed(ceiling_db)} dBTP"


def _over(measured: Measured, chosen: SoundSettings) -> Iterator[str]:
    ceiling_db, peak_db = loudness_profile(chosen.loudness).ceiling_db, measured.written.decoded_peak_db
    if peak_db is not None and peak_db > ceiling_db + HEARD_DB:
        yield f"the AAC peaks at {signed(peak_db)} dBTP when it is decoded, over {signed(ceiling_db)}"


def _drowned(measured: Measured, ducking: Ducking) -> Iterator[str]:
    """Lines that the film under them is too loud for, as both are written."""
    low = [line for line in sounds_of(measured) if line["ratio_lu"] < LEAST_LU - NEAR_LU]
    if not low:
        return
    worst = min(low, key=lambda line: line["ratio_lu"])
    times = ", ".join(clock(int(line["start_ms"]), 1) for line in low[:NAMED])
    more = f" and {len(low) - NAMED} more" if len(low) > NAMED else ""
    where = "below the film" if worst["ratio_lu"] < 0 else "above the film"
    ratio = signed(abs(worst["ratio_lu"]))
    yield (
        f"{number_of(len(low), 'line')} may not be heard over the film (at {times}{more}): the narrator should stand "
        f"{LEAST_LU:g} LU above it, and at {clock(int(worst['start_ms']), 1)} stands {ratio} LU {where}; "
        f"{_remedy(worst, ducking)}"
    )


def _remedy(line: dict[str, Any], ducking: Ducking) -> str:
    """What takes enough from the film under a line."""
    enough_db = math.floor(line["depth_db"] - LEAST_LU + line["ratio_lu"])
    if isinstance(ducking.depth_db, float | int):
        return f"leave out --duck, or give --duck {enough_db}"
    if line["depth_db"] <= ducking.cap_db + NEAR_LU:
        return f"give --duck-cap {enough_db}"
    if ducking.ratio_lu < LEAST_LU:
        return f"leave out --duck-ratio, or give --duck-ratio {LEAST_LU:g}"
    return f"give --duck-ratio {math.ceil(ducking.ratio_lu + LEAST_LU - line['ratio_lu'])}"
