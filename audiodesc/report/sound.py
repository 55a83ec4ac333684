"""What was measured of the sound, and where it is not as it was to be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from operator import itemgetter

from audiodesc.core.formatting import clock, number_of, signed
from audiodesc.media.loudness import BLOCK, STEPS_HZ
from audiodesc.media.sound import channel_names
from audiodesc.mix import LineOverFilm, Mix
from audiodesc.mix.levels import LEAST_LU, corners, loudness_profile, ramps, share
from audiodesc.mix.measure import Feed, Metered, inside_spans, integrated_lufs, level_lufs
from audiodesc.mix.mixer import narrator_channels
from audiodesc.mix.streaming import Measured, Written
from audiodesc.model import Span
from audiodesc.report.measured import Level, Measurement, MixSound, ReportLoudness
from audiodesc.report.model import (
    LineSound,
    Report,
    ReportDuck,
    ReportSegment,
)
from audiodesc.settings import Ducking, SoundSettings

GAIN_DIGITS = 8
"""Of the narrator's linear gain in a channel: with as many, the stems are the mix to 24 bits."""


def with_sound(
    report: Report,
    measured: Measured,
    chosen: SoundSettings,
    begins_ms: int = 0,
    *,
    lossless: bool,
    dialogue_known: bool,
) -> Report:
    """The report with what was measured of the sound; each line's with the segment that it is spoken in.

    `lossless`: the mixed track keeps its word length. Where a part of the film was mixed, it begins at `begins_ms`:
    times in the report are the film's.
    """
    written, sound = measured.written, measured.mix
    return replace(
        report,
        segments=_segments(report.segments, measured, begins_ms),
        overlap_ms=written.overlap_ms if dialogue_known else None,
        under_subtitles_ms=written.subtitled_ms,
        narration_heard_ms=written.heard_ms,
        loudness=_loudness(measured, chosen),
        sound=_sound(sound, chosen.pan, lossless=lossless),
        gain_curve=_curve(sound, begins_ms),
    )


def _loudness(measured: Measured, chosen: SoundSettings) -> ReportLoudness:
    written, sound = measured.written, measured.mix
    return ReportLoudness(
        profile=chosen.loudness,
        gate=sound.target.gate,
        target_lufs=sound.target.lufs,
        ceiling_db=loudness_profile(chosen.loudness).ceiling_db,
        reached=measured.reached,
        before=_measurement(measured.before),
        after=_measurement(written.after),
        dialogue_lufs=_level(measured.before.dialogue_lufs),
        dialogue_share=round(share(measured.places.speech, sound.source.duration_ms), 3),
        narrator_db=_level(sound.narrator_db),
        programme_db=_level(written.levels.programme_db),
        decoded_true_peak_db=_level(written.decoded_peak_db),
    )


def _measurement(found: Metered) -> Measurement:
    whole = found.programme
    return Measurement(
        integrated_lufs=_level(whole.integrated_lufs),
        range_lu=_level(whole.range_lu),
        short_term_lufs=_level(whole.short_term_lufs),
        true_peak_db=_level(whole.true_peak_db),
        dialogue_lufs=_level(found.dialogue_lufs),
    )


def _level(value: float | None) -> Level:
    """Rounded; None for what is not measured, and for silence."""
    return None if value is None or not math.isfinite(value) else round(value, 2)


def _sound(sound: Mix, pan: float, *, lossless: bool) -> MixSound:
    shares = narrator_channels(channel_names(sound.source.layout), pan)
    return MixSound(
        layout=sound.source.layout,
        rate_hz=sound.source.rate_hz,
        bits=sound.bits if lossless else None,
        narrator={name: round(share, GAIN_DIGITS) for name, share in shares.items() if share > 1e-6},
    )


def _curve(sound: Mix, begins_ms: int) -> tuple[tuple[float, float], ...]:
    """[ms, dB] of each corner of the film's gain."""
    rate_hz = sound.source.rate_hz
    found = corners(sound.setup.ducks, sound.setup.ducking, rate_hz)
    return tuple((round(at * 1000 / rate_hz + begins_ms, 2), round(db, 2)) for at, db in found)


def _segments(segments: Sequence[ReportSegment], measured: Measured, begins_ms: int) -> tuple[ReportSegment, ...]:
    """The lines are in order of time; a person's segments need not be."""
    placed = sorted((one.placed, number) for number, one in enumerate(segments) if one.placed)
    sounds = {
        number: sound for (_, number), sound in zip(placed, _later(line_sounds(measured), begins_ms), strict=True)
    }
    return tuple(replace(one, sound=sounds.get(number)) for number, one in enumerate(segments))


def _later(sounds: Sequence[LineSound], by_ms: int) -> Iterator[LineSound]:
    """The same, as much later."""
    for one in sounds:
        times = {name: getattr(one.duck, name) + by_ms for name in ("down_from_ms", "down_ms", "up_from_ms", "up_ms")}
        yield replace(one, start_ms=one.start_ms + by_ms, end_ms=one.end_ms + by_ms, duck=replace(one.duck, **times))


def line_sounds(measured: Measured) -> list[LineSound]:
    """What was measured of each line, in order of time."""
    sound = measured.mix
    pairs = zip(sound.lines, sound.setup.ducks, strict=True)
    down, up = ramps(sound.setup.ducking, sound.source.rate_hz)
    return [_line(line, measured, (duck.first - down, duck.first, duck.end, duck.end + up)) for line, duck in pairs]


def _line(line: LineOverFilm, measured: Measured, duck: tuple[int, int, int, int]) -> LineSound:
    rate_hz, raised_db = measured.mix.source.rate_hz, measured.written.levels.programme_db

    def ms(sample: int) -> float:
        return round(sample * 1000 / rate_hz, 2)

    span = Span(line.first * 1000 // rate_hz, line.end * 1000 // rate_hz)
    spoken_lufs = _spoken_lufs(line.level_lufs + raised_db, span, measured.written)
    ducked_lufs = level_lufs(measured.written.ducked, span)
    down_from, down, up_from, up = map(ms, duck)
    return LineSound(
        start_ms=ms(line.first),
        end_ms=ms(line.end),
        depth_db=round(line.depth_db, 2),
        level_lufs=_level(spoken_lufs),
        film_lufs=_level(line.film_lufs + raised_db),
        ducked_lufs=_level(ducked_lufs),
        ratio_lu=_level(spoken_lufs - ducked_lufs),
        duck=ReportDuck(down_from_ms=down_from, down_ms=down, up_from_ms=up_from, up_ms=up),
    )


def _spoken_lufs(planned_lufs: float, span: Span, written: Written) -> float:
    """How loud a line came out; as it was planned where it may hold no block of its own."""
    if span.duration_ms < (BLOCK + 1) * 1000 // STEPS_HZ:
        return planned_lufs
    return integrated_lufs(written.spoken[inside_spans([span], len(written.spoken))])


SQUEEZED_LU = 0.5
"""LU that a limiter may take before a note says so."""

OVER_DB = 0.05
"""dB that a decoded peak may stand above its ceiling before a note says so."""

NEAR_LU = 0.5
"""LU that a narrator may stand under the least ratio without a note: another meter may find as much."""

NAMED = 6
"""So many lines are named; the report has the ratio of each."""


def shortfalls(measured: Measured, chosen: SoundSettings) -> list[str]:
    """What the sound was to be and is not, a sentence for each."""
    found = (
        _missed(measured, chosen),
        _squeezed(measured, chosen),
        _over(measured, chosen),
        _drowned(measured, chosen.ducking),
    )
    return [*_resampled(measured.mix.source, chosen), *chain.from_iterable(found)]


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
    if peak_db is not None and peak_db > ceiling_db + OVER_DB:
        kind = measured.written.peaking
        yield f"the {kind} peaks at {signed(peak_db)} dBTP when it is decoded, over {signed(ceiling_db)}"


def _drowned(measured: Measured, ducking: Ducking) -> Iterator[str]:
    """Lines that the film under them is too loud for, as both are written; over silence none is."""
    ratios = [(line.ratio_lu, line) for line in line_sounds(measured) if line.ratio_lu is not None]
    low = [(ratio_lu, line) for ratio_lu, line in ratios if ratio_lu < LEAST_LU - NEAR_LU]
    if not low:
        return
    ratio_lu, worst = min(low, key=itemgetter(0))
    times = ", ".join(clock(int(line.start_ms), 1) for _, line in low[:NAMED])
    more = f" and {len(low) - NAMED} more" if len(low) > NAMED else ""
    where = "below the film" if ratio_lu < 0 else "above the film"
    yield (
        f"{number_of(len(low), 'line')} may not be heard over the film (at {times}{more}): the narrator should stand "
        f"{LEAST_LU:g} LU above it, and at {clock(int(worst.start_ms), 1)} stands {signed(abs(ratio_lu))} LU {where}; "
        f"{_remedy(worst.depth_db, ratio_lu, ducking)}"
    )


def _remedy(depth_db: float, ratio_lu: float, ducking: Ducking) -> str:
    """What lowers the film enough under a line that is lowered by `depth_db`."""
    enough_db = math.floor(depth_db - LEAST_LU + ratio_lu)
    if isinstance(ducking.depth_db, float | int):
        return f"leave out --duck, or give --duck {enough_db}"
    if depth_db <= ducking.cap_db + NEAR_LU:
        return f"give --duck-cap {enough_db}"
    if ducking.ratio_lu < LEAST_LU:
        return f"leave out --duck-ratio, or give --duck-ratio {LEAST_LU:g}"
    return f"give --duck-ratio {math.ceil(ducking.ratio_lu + LEAST_LU - ratio_lu)}"
