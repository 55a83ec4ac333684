"""What was measured of the sound, and where it is not as it was to be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from typing import Any

from audiodesc.core.formatting import clock, number_of, signed
from audiodesc.media.loudness import BLOCK, STEPS_HZ
from audiodesc.mix.ducking import LEAST_LU, corners, ramps
from audiodesc.mix.levels import loudness_profile, share
from audiodesc.mix.measure import Feed, Metered, inside, integrated_lufs, level_lufs
from audiodesc.mix.mixdown import LineOverFilm, Mix
from audiodesc.mix.mixer import names, narrator_channels
from audiodesc.mix.streaming import Measured, Written
from audiodesc.model import Span
from audiodesc.settings import Ducking, Settings, SoundSettings

GAIN_DIGITS = 8
"""Of the narrator's linear gain in a channel: with as many, the stems are the mix to 24 bits."""


def measurements(
    content: Mapping[str, Any], measured: Measured, chosen: Settings, *, dialogue_known: bool
) -> dict[str, Any]:
    """The report with what was measured; the lines are told with the segments that they are spoken in."""
    written, sound = measured.written, measured.mix
    return {
        **content,
        "segments": _segments(content["segments"], measured),
        "overlap_ms": written.overlap_ms if dialogue_known else None,
        "under_subtitles_ms": written.subtitled_ms,
        "narration_heard_ms": written.heard_ms,
        "loudness": _loudness(measured, chosen.sound),
        "sound": _sound(sound, chosen),
        "gain_curve": _curve(sound),
    }


def _loudness(measured: Measured, chosen: SoundSettings) -> dict[str, Any]:
    written, sound = measured.written, measured.mix
    duration_ms = sound.source.film.duration_ms
    return {
        "profile": chosen.loudness,
        "gate": sound.target.gate,
        "target_lufs": sound.target.lufs,
        "ceiling_db": loudness_profile(chosen.loudness).ceiling_db,
        "reached": measured.reached,
        "before": _measurement(measured.before),
        "after": _measurement(written.after),
        "dialogue_lufs": round(measured.before.dialogue_lufs, 2),
        "dialogue_share": round(share(measured.places.speech, duration_ms), 3),
        "narrator_db": round(sound.narrator_db, 2),
        "programme_db": round(written.levels.programme_db, 2),
        "decoded_true_peak_db": None if written.decoded_peak_db is None else round(written.decoded_peak_db, 2),
    }


def _measurement(found: Metered) -> dict[str, float]:
    return {name: round(value, 2) for name, value in asdict(found.programme).items()} | {
        "dialogue_lufs": round(found.dialogue_lufs, 2)
    }


def _sound(sound: Mix, chosen: Settings) -> dict[str, Any]:
    shares = narrator_channels(names(sound.source.layout), chosen.sound.pan)
    return {
        "layout": sound.source.layout,
        "rate_hz": sound.source.rate_hz,
        "bits": sound.bits if chosen.deliver.track != "m4a" else None,
        "narrator": {name: round(share, GAIN_DIGITS) for name, share in shares.items() if share > 1e-6},
    }


def _curve(sound: Mix) -> list[list[float]]:
    """[ms, dB] of each corner of the film's gain."""
    rate_hz = sound.source.rate_hz
    found = corners(sound.desk.ducks, sound.desk.ducking, rate_hz)
    return [[round(at * 1000 / rate_hz, 2), round(db, 2)] for at, db in found]


def _segments(segments: list[dict[str, Any]], measured: Measured) -> list[dict[str, Any]]:
    """The lines are in order of time, as are the segments that have one."""
    lines = iter(sounds_of(measured))
    spoken = sorted((s for s in segments if s["placed"]), key=lambda s: s["placed"]["start_ms"])
    sounds = {id(segment): line for segment, line in zip(spoken, lines, strict=True)}
    return [segment | {"sound": sounds.get(id(segment))} for segment in segments]


def sounds_of(measured: Measured) -> list[dict[str, Any]]:
    """What was measured of each line, in order of time."""
    sound = measured.mix
    pairs = zip(sound.lines, sound.desk.ducks, strict=True)
    down, up = ramps(sound.desk.ducking, sound.source.rate_hz)
    return [_line(line, measured, (duck.first - down, duck.first, duck.end, duck.end + up)) for line, duck in pairs]


def _line(line: LineOverFilm, measured: Measured, duck: tuple[int, int, int, int]) -> dict[str, Any]:
    rate_hz, raised_db = measured.mix.source.rate_hz, measured.written.levels.programme_db

    def ms(sample: int) -> float:
        return round(sample * 1000 / rate_hz, 2)

    span = Span(line.first * 1000 // rate_hz, line.end * 1000 // rate_hz)
    spoken_lufs = _spoken_lufs(line.level_lufs + raised_db, span, measured.written)
    ducked_lufs = level_lufs(measured.written.ducked, span)
    return {
        "start_ms": ms(line.first),
        "end_ms": ms(line.end),
        "depth_db": round(line.depth_db, 2),
        "level_lufs": round(spoken_lufs, 2),
        "film_lufs": round(line.film_lufs + raised_db, 2),
        "ducked_lufs": round(ducked_lufs, 2),
        "ratio_lu": round(spoken_lufs - ducked_lufs, 2),
        "duck": dict(zip(("down_from_ms", "down_ms", "up_from_ms", "up_ms"), map(ms, duck), strict=True)),
    }


def _spoken_lufs(planned_lufs: float, span: Span, written: Written) -> float:
    """How loud a line came out; as it was planned where it may hold no block of its own."""
    if span.duration_ms < (BLOCK + 1) * 1000 // STEPS_HZ:
        return planned_lufs
    return integrated_lufs(written.spoken[inside([span], len(written.spoken))])


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
