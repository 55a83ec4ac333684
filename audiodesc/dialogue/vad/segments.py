"""Probabilities of speech -> where somebody speaks, where nobody does, and where that is not sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.intervals import joined, runs, without
from audiodesc.dialogue.vad.silero import FRAME_MS
from audiodesc.model import AudioTrack, Span

Numbers = NDArray[np.float64]
Doubt = Literal["loud", "faint"]
"""Why detection is not sure: sound as loud as speech, or probabilities below the threshold for long."""

THRESHOLD = 0.4
NEG_THRESHOLD = 0.25
"""Speech reaches THRESHOLD somewhere and lasts as long as the probability stays above NEG_THRESHOLD. With these, no
more than 0.02 % of the speech placed in noise and music, down to 5 dB above it, lay in a pause (benchmarks/gaps.py);
silero-vad's own 0.5 and 0.35 are made for cutting recordings, where a lost word-end costs less."""

LEAST_THRESHOLD = 0.12
LEAST_NEG_THRESHOLD = 0.08
FLOOR = 0.4
TIMES_FLOOR = 12.0
NEAR_FRAMES = 640
"""Where little but speech raises the probability, both thresholds are lower, down to these: at TIMES_FLOOR times the
FLOOR quantile of what lies within NEAR_FRAMES (20 s) on both sides. Whispers and soft words under noise reach no more
than 0.2, and noise without speech 0.05; music of many voices reaches 0.5 by itself (benchmarks/first_rule.py)."""

POSSIBLE = 0.1
"""Below it nobody speaks."""

JOINED_MS = 100
SHORTEST_MS = 200
"""Breaks up to JOINED_MS are part of the speech; what is then shorter than SHORTEST_MS is no speech (silero-vad takes
100 and 250; a spoken "No." has 210)."""

SHORTEST_SOFT_MS = 288
"""The same for speech that stays below THRESHOLD: what is shorter is as often the end of a sound."""

WINDOW = 128
"""In frames: doubt is measured over 4 s."""

DOUBT = 0.15
DOUBTFUL = 0.5
"""Detection is not sure where, in a window, this share of what is no speech has a probability above DOUBT …"""

LOUD_WINDOW = 256
LOUD_DB = (-4.0, 5.0)
LOUD_SHARE = 0.75
"""… or where, for 8 s, this share of the time nobody is heard, and of that it is as loud as speech is in this film,
give or take LOUD_DB: speech under music as loud as itself may have no probability at all. What is louder drowns speech,
and no film lets people speak under it; where speech is detected between, detection works."""

SHORTEST_UNSURE_MS = 1000
KNOWN_BLOCKS = 8
"""How loud speech is, is not known of less than 4 s of it."""

LEVEL_FRAMES = 16
"""Frames in a block, of which the level is known."""


LEVELS_PER_DB = 2
QUIETEST_DB = -110.0


@dataclass(frozen=True, slots=True)
class Activity:
    """`probabilities`: of speech in each 32 ms, a byte for each, from 0 to 255. `levels`: how loud each 512 ms are, a
    byte for each, in half decibels above QUIETEST_DB; none where that is not known."""

    probabilities: bytes
    levels: bytes = b""


@dataclass(frozen=True, slots=True)
class SpeechSegments:
    """Spans in order, apart from each other: `speech` is surely speech, outside `possible` nobody speaks. In the
    `unsure` ones, each with the reason, there may be speech that is not detected. `clear` is the speech that reaches
    THRESHOLD, with which subtitles are compared."""

    speech: tuple[Span, ...] = ()
    possible: tuple[Span, ...] = ()
    unsure: tuple[tuple[Span, Doubt], ...] = ()
    clear: tuple[Span, ...] = ()


def speech_segments(found: Activity, duration_ms: int) -> SpeechSegments:
    """Where people speak in a film that lasts so long, by what `vad.detect` found. Speech is always possible."""
    values = np.frombuffer(found.probabilities, np.uint8) / 255
    every = np.ones(len(values))
    clear = _speech(values, THRESHOLD * every, NEG_THRESHOLD * every, SHORTEST_MS, duration_ms)
    soft = _speech(values, *thresholds(values), SHORTEST_SOFT_MS, duration_ms)
    more = (span for span in without(soft, clear) if span.duration_ms >= SHORTEST_MS)
    speech = joined([*clear, *more])
    possible = joined([*_times(runs(values >= POSSIBLE), duration_ms), *speech])
    unsure = _unsure(values, np.frombuffer(found.levels, np.uint8), speech, duration_ms)
    return SpeechSegments(tuple(speech), tuple(possible), unsure, tuple(clear))


def _speech(values: Numbers, enter: Numbers, leave: Numbers, shortest_ms: int, duration_ms: int) -> list[Span]:
    sure = [run for run in runs(values >= leave) if (values >= enter)[slice(*run)].any()]
    return [span for span in joined(_times(sure, duration_ms), JOINED_MS) if span.duration_ms >= shortest_ms]


def thresholds(values: Numbers) -> tuple[Numbers, Numbers]:
    """For each frame the probability that speech reaches somewhere, and that down to which it lasts."""
    if not len(values):
        return values, values
    capped = np.minimum(values, THRESHOLD)
    at = np.arange(0, len(values), NEAR_FRAMES // 10)
    floors = [np.quantile(capped[max(0, n - NEAR_FRAMES) : n + NEAR_FRAMES + 1], FLOOR) for n in at]
    enter = np.clip(TIMES_FLOOR * np.interp(np.arange(len(values)), at, floors), LEAST_THRESHOLD, THRESHOLD)
    return enter, np.clip(enter * NEG_THRESHOLD / THRESHOLD, LEAST_NEG_THRESHOLD, NEG_THRESHOLD)


def _unsure(
    values: Numbers, levels: NDArray[np.uint8], speech: list[Span], duration_ms: int
) -> tuple[tuple[Span, Doubt], ...]:
    spoken = np.zeros(len(values), bool)
    for span in speech:
        spoken[span.start_ms // FRAME_MS : -(-span.end_ms // FRAME_MS)] = True
    loud = _for_long(_loud(levels, spoken), ~spoken, LOUD_SHARE, LOUD_WINDOW, round(LOUD_SHARE * LOUD_WINDOW))
    faint = _for_long(values >= DOUBT, ~spoken, DOUBTFUL, WINDOW, WINDOW // 4) & ~loud
    found: list[tuple[Span, Doubt]] = [(span, "loud") for span in _lasting(loud, duration_ms)]
    found += [(span, "faint") for span in _lasting(faint, duration_ms)]
    return tuple(sorted(found))


def _lasting(on: NDArray[np.bool_], duration_ms: int) -> list[Span]:
    return [span for span in _times(runs(on), duration_ms) if span.duration_ms >= SHORTEST_UNSURE_MS]


def _for_long(
    on: NDArray[np.bool_], quiet: NDArray[np.bool_], share: float, window: int, least: int
) -> NDArray[np.bool_]:
    """The frames without speech (`quiet`) from the first to the last that is on of each window of so many frames that
    has `least` quiet ones, of which at least that share is on."""
    if len(on) < window:
        return np.zeros(len(on), bool)
    rest = _in_windows(quiet, window)
    starts = np.flatnonzero((rest >= least) & (_in_windows(on & quiet, window) >= share * rest))
    covered = np.zeros(len(on) + 1, np.int64)
    np.add.at(covered, starts, 1)
    np.add.at(covered, starts + window, -1)
    out = np.zeros(len(on), bool)
    for start, end in runs(np.cumsum(covered)[:-1] > 0):
        places = np.flatnonzero((on & quiet)[start:end])
        out[start + places[0] : start + places[-1] + 1] = True
    return out & quiet


def _in_windows(on: NDArray[np.bool_], window: int) -> NDArray[np.int64]:
    """How many frames are on in the window that begins at each frame."""
    sums = np.concatenate(([0], np.cumsum(on)))
    return np.asarray(sums[window:] - sums[:-window])


def _loud(levels: NDArray[np.uint8], spoken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The frames of blocks that are as loud as those in which somebody speaks all the time."""
    blocks = min(len(levels), len(spoken) // LEVEL_FRAMES)
    whole = spoken[: blocks * LEVEL_FRAMES].reshape(-1, LEVEL_FRAMES).all(axis=1)
    if whole.sum() < KNOWN_BLOCKS:
        return np.zeros(len(spoken), bool)
    low, high = np.median(levels[:blocks][whole]) + np.array(LOUD_DB) * LEVELS_PER_DB
    loud = (levels[:blocks] >= low) & (levels[:blocks] <= high)
    return np.pad(np.repeat(loud, LEVEL_FRAMES), (0, len(spoken) - blocks * LEVEL_FRAMES))


def as_levels(powers: Numbers) -> NDArray[np.uint8]:
    """Powers of sound, full scale being 1, as the bytes in which levels are kept: half decibels above QUIETEST_DB."""
    db = 10 * np.log10(np.maximum(powers, 1e-12))
    return np.clip(np.rint((db - QUIETEST_DB) * LEVELS_PER_DB), 0, 255).astype(np.uint8)


def levels_at(found: Activity, frames: int) -> NDArray[np.uint8]:
    """The level of each frame; 0, silence, where none is known."""
    levels = np.repeat(np.frombuffer(found.levels, np.uint8), LEVEL_FRAMES)[:frames]
    return np.pad(levels, (0, frames - len(levels)))


def _times(runs: list[tuple[int, int]], duration_ms: int) -> list[Span]:
    return [Span(a * FRAME_MS, min(b * FRAME_MS, duration_ms)) for a, b in runs if a * FRAME_MS < duration_ms]


SAME = 0.7
MORE = 0.1
MORE_MS = 3000
"""A track in which this share of the programme's speech is heard too, and MORE than the programme has (by MORE_MS at
least), is the same film with a voice more: a description, or a commentary, that nobody hears with the programme."""


@dataclass(frozen=True, slots=True)
class Together:
    """The programme's activity with that of other tracks; `counted` are those that have speech which the programme
    does not have, `aside` those that are the same film with a voice more."""

    activity: Activity
    counted: tuple[AudioTrack, ...] = ()
    aside: tuple[AudioTrack, ...] = ()


def together(own: Activity, others: Sequence[tuple[AudioTrack, Activity]], duration_ms: int) -> Together:
    """Speech on the programme and on the tracks beside it. Those that are aside count where it is silent."""
    programme_ = speech_segments(own, duration_ms)
    silent = levels_at(own, len(own.probabilities)) == 0
    values, levels = np.frombuffer(own.probabilities, np.uint8), np.frombuffer(own.levels, np.uint8)
    counted, aside = [], []
    for track, found in others:
        other = speech_segments(found, duration_ms)
        more = list(without(other.clear, programme_.possible))
        theirs = np.frombuffer(found.probabilities, np.uint8)
        if _is_same(programme_, other, more):
            aside.append(track)
            theirs = np.where(silent, theirs, 0).astype(np.uint8)
        elif more:
            counted.append(track)
        values = np.maximum(values, theirs)
        levels = np.maximum(levels, np.frombuffer(found.levels, np.uint8)) if track not in aside else levels
    return Together(Activity(values.tobytes(), levels.tobytes()), tuple(counted), tuple(aside))


def _is_same(own: SpeechSegments, other: SpeechSegments, more: Sequence[Span]) -> bool:
    own_ms = sum(span.duration_ms for span in own.clear)
    common_ms = own_ms - sum(span.duration_ms for span in without(own.clear, other.clear))
    more_ms = sum(span.duration_ms for span in more)
    return own_ms > 0 and common_ms >= SAME * own_ms and more_ms >= max(MORE_MS, MORE * own_ms)
