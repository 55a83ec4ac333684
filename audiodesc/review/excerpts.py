"""A line as a render would mix it, with the film around: voiced, placed, ducked and limited by the same functions."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from audiodesc.mix import plan_mix
from audiodesc.mix.levels import Duck, loudness_profile, share, target
from audiodesc.mix.measure import Metered
from audiodesc.mix.mixer import Levels, Narration, mix, to_stereo
from audiodesc.model import Outcome, Samples, Span, SpokenLine
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.placing import placed_few
from audiodesc.project.project import Snapshot
from audiodesc.project.recorded import recordings_of
from audiodesc.report.model import Report
from audiodesc.review.film_sound import stretch

NEAR_MS: Final = 30_000
"""Lines so far around one are placed and mixed with it: further away they do not change how it sounds."""

LEAD_MS: Final = 2_000
"""The mix begins so much earlier, for ramps and the limiter."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of the mix, shape (channels, samples), one or two channels; where in the film it begins, and the line
    in it (None: it is not spoken, and `reason` says why)."""

    samples: Samples
    rate_hz: int
    start_ms: int
    line: Span | None
    reason: str = ""


def placed_near(known: KnownFilm, folder: Path, snapshot: Snapshot, line: ProjectLine) -> tuple[Outcome, ...]:
    """What comes of a line, which may be another than in the snapshot, and of those around it; `folder` has the
    recordings."""
    near = Span(max(0, line.start_ms - NEAR_MS), line.start_ms + NEAR_MS)
    others = [one for one in snapshot.lines if one.id != line.id and near.start_ms <= one.start_ms <= near.end_ms]
    lines = tuple(sorted([*others, line], key=lambda one: (one.start_ms, one.id)))
    ids = {one.id for one in lines}
    drafts = tuple(one for one in snapshot.drafts if one.id in ids)
    on = replace(known.on, recordings=recordings_of(lines, folder))
    return placed_few(Snapshot(snapshot.number, lines, drafts), known.found, on)


def excerpt(
    known: KnownFilm,
    before: Metered,
    outcomes: Sequence[Outcome],
    id: str,
    around: tuple[int, int],
    last: Report | None,
) -> Excerpt:
    """The line of that id in the mix of these outcomes, with `around` (ms before and after) it. Where it is not spoken,
    the film alone where it was to be."""
    outcome = next((one for one in outcomes if one.segment.id == id), None)
    spoken = [one.speech for one in outcomes if one.speech]
    line = outcome.speech.span if outcome and outcome.speech else None
    place = line or (outcome.segment.written or outcome.segment.gap.span if outcome else Span(0, 0))
    start_ms = max(0, place.start_ms - around[0])
    stop_ms = min(known.film.duration_ms, max(place.end_ms, place.start_ms + 1_000) + around[1])
    stop_ms = max(stop_ms, start_ms)
    sound = mixed(known, before, spoken, (start_ms, stop_ms), last)
    reason = "" if line or not outcome else outcome.reason
    return Excerpt(sound, known.feed.rate_hz, start_ms, line, reason)


def mixed(
    known: KnownFilm, before: Metered, spoken: Sequence[SpokenLine], span_ms: tuple[int, int], last: Report | None
) -> Samples:
    """The mix from one time to another; at most two channels. `last` has the gain of the last render, which the whole
    film decides about."""
    source, chosen = known.feed, known.settings
    profile = loudness_profile(chosen.sound.loudness)
    goal = target(profile, share(known.speech, known.film.duration_ms))
    plan = plan_mix(source, before, spoken, known.speech, goal, chosen.sound, chosen.deliver)
    gain_db = _programme_db(last, chosen.sound.loudness)
    levels = Levels(plan.first_db if gain_db is None else gain_db, profile.ceiling_db)
    plan = plan.ducked_for(levels)
    begin_ms = _begin(span_ms[0], spoken)
    rate = source.rate_hz
    first, start, stop = (ms * rate // 1000 for ms in (begin_ms, *span_ms))
    film = stretch(source, first, min(source.samples, stop + rate))
    narration = Narration(
        list(_moved(spoken, begin_ms)), plan.narrator_db, profile.ceiling_db - levels.programme_db, rate
    )
    setup = replace(plan.setup, ducks=tuple(_shifted(plan.setup.ducks, first)))
    parts = [part.track for part in mix(_blocks(film, rate), narration, setup, levels)]
    whole: Samples = np.concatenate(parts, axis=1)[:, start - first : stop - first]
    return np.asarray(to_stereo(source.layout) @ whole, np.float32) if len(whole) > 2 else whole


def _programme_db(last: Report | None, loudness: str) -> float | None:
    made = last.loudness if last else None
    return made.programme_db if made and made.profile == loudness else None


def _begin(start_ms: int, spoken: Iterable[SpokenLine]) -> int:
    """A whole second before the stretch in which no line is being spoken."""
    begin_ms = max(0, start_ms - LEAD_MS) // 1000 * 1000
    for one in sorted(spoken, key=lambda one: -one.span.start_ms):
        if one.span.start_ms < begin_ms < one.span.end_ms + 1_000:
            begin_ms = one.span.start_ms // 1000 * 1000
    return begin_ms


def _moved(spoken: Iterable[SpokenLine], by_ms: int) -> Iterator[SpokenLine]:
    for one in spoken:
        if one.span.start_ms >= by_ms:
            yield replace(one, span=Span(one.span.start_ms - by_ms, one.span.end_ms - by_ms))


def _shifted(ducks: Iterable[Duck], by: int) -> Iterator[Duck]:
    return (Duck(one.first - by, one.end - by, one.depth_db) for one in ducks)


def _blocks(film: Samples, size: int) -> Iterator[Samples]:
    return (film[:, at : at + size] for at in range(0, film.shape[1], size))


def wav(samples: Samples, rate_hz: int) -> bytes:
    """A WAV file of 16 bits, of sound of shape (channels, samples)."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(len(samples))
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(np.rint(np.clip(samples.T, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
