"""What the sound was to be, and is not: for the notes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from audiodesc.deliver import Measured
from audiodesc.metering import Feed
from audiodesc.mix.levels import loudness_profile
from audiodesc.mix.momentary import integrated_lufs
from audiodesc.mix.sound_settings import SoundSettings
from audiodesc.page.wording import signed

SQUEEZED_LU = 0.5
"""A limiter that takes more is told of."""

HEARD_DB = 0.05
"""So far above its ceiling, a peak is told."""


def shortfalls(measured: Measured, chosen: SoundSettings) -> list[str]:
    """One sentence for each."""
    told = (_missed(measured, chosen), _squeezed(measured, chosen), _over(measured, chosen))
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
