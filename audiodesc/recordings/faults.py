"""What is wrong with a recording, as far as it can be measured: clipped, noisy, with hum, silent, too fast or too slow
for its words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audiodesc.core.formatting import number_of
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples
from audiodesc.recordings.sound import Recording
from audiodesc.speak.finish import INAUDIBLE

Kind = Literal["clipped", "noise", "hum", "silence", "quiet", "narrow", "pace"]

FRAME = RATE_HZ // 50
"""Samples of 20 ms."""

NOISE_DB = -40.0
"""So far below the words the noise in the pauses must stay: ACX wants speech at −23 to −18 dB RMS and a noise floor of
−60 dB RMS or less, which is 37 to 42 dB."""

HUM_DB = -46.0
"""So far below the words hum must stay: 6 dB more than noise, for a tone stands out of noise by that much, and is
counted over a few of its harmonics only."""

QUIET_DB = -45.0
"""Words at a lower level (dBFS, RMS) were recorded with so little gain that raising them raises the noise of the
converter, about −96 dBFS in 16 bits, to half of what is allowed."""

PAUSE_FRAMES = 12
"""A pause is steady for so long, 240 ms: no consonant is, and in less 50 Hz and 60 Hz look the same."""

PAUSE_DB = -10.0
"""A pause is at least so far below the words."""

STEADY_DB = 3.0
"""The noise of a room varies by less from frame to frame; what fades out, as a word does, by more."""

FLOOR_DB = 6.0
"""What lies within so much of the quietest pause is pause."""

WORDS_DB = -20.0
"""What lies within so much of the loudest tenth is words."""

HUM_HZ = 1_600
"""The rate at which hum is looked for: sound up to 800 Hz."""

MAINS: Final = {50: "50 Hz", 60: "60 Hz"}
DRIFT: Final = np.arange(-0.5, 0.51, 0.1)
"""Hz that a mains frequency may be off: EN 50160 allows ±1 % in normal operation."""

HARMONICS = 6
LISTENED_S = 4
"""Of all pauses together."""

SHARE = 0.5
"""Hum is at least so much of the power in the pauses below 800 Hz; noise has far less at so few frequencies."""

SLOWEST_WPM, QUICKEST_WPM = 70, 300
"""Human describers speak 145 to 225 words a minute inside their cues; beyond these a line is another one, or sound
played at the wrong rate."""

LEAST_WORDS = 4
"""Of fewer words the pace says nothing."""

NARROW_HZ = 16_000
"""Sound from a telephone or a call has nothing above 4 or 8 kHz: its file's rate is below this."""


@dataclass(frozen=True, slots=True)
class RecordingFault:
    """One thing that is wrong, in a clause that follows "its recording"."""

    kind: Kind
    message: str


def is_silent(recording: Recording) -> bool:
    """Whether nothing can be heard in it: no sample above −60 dBFS."""
    return float(np.abs(recording.samples).max(initial=0.0)) < INAUDIBLE


def recording_faults(recording: Recording, text: str, spoken_s: float) -> tuple[RecordingFault, ...]:
    """All that is wrong with a recording of a text, of which `spoken_s` seconds are words.

    Noise and hum are measured in pauses alone: where there are none, nothing is said of them.
    """
    levels = _levels(recording.samples)
    words_db = _words_db(levels)
    floor_db, pauses = _pauses(levels, words_db)
    return (
        *_clipped(recording),
        *_quiet(words_db),
        *(_hum(recording.samples, pauses, words_db) or _noise(floor_db, words_db)),
        *_narrow(recording),
        *_pace(text, spoken_s),
    )


def _levels(samples: Samples) -> NDArray[np.float64]:
    """dBFS (RMS) of each whole frame."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-15))


def _words_db(levels: NDArray[np.float64]) -> float:
    """The level of the words: the mean power of the frames within 20 dB of the loudest tenth."""
    if not len(levels):
        return -math.inf
    loud = levels[levels > np.percentile(levels, 90) + WORDS_DB]
    return float(10 * np.log10(np.mean(10 ** (loud / 10)))) if len(loud) else -math.inf


def _pauses(levels: NDArray[np.float64], words_db: float) -> tuple[float, NDArray[np.bool_]]:
    """The noise floor in dBFS, that of the quietest pause, and which frames lie in one as quiet; −inf and none where
    there is no pause."""
    inside = np.zeros(len(levels), bool)
    if len(levels) < PAUSE_FRAMES:
        return -math.inf, inside
    windows = sliding_window_view(levels, PAUSE_FRAMES)
    steady = windows[windows.std(axis=1) < STEADY_DB].mean(axis=1)
    if not steady.size or (floor_db := float(steady.min())) > words_db + PAUSE_DB:
        return -math.inf, inside
    low = sliding_window_view(levels < floor_db + FLOOR_DB, PAUSE_FRAMES).all(axis=1)
    for start in np.flatnonzero(low):
        inside[start + 1 : start + PAUSE_FRAMES - 1] = True  # beside its ends words still sound
    return floor_db, inside


def _clipped(recording: Recording) -> Iterator[RecordingFault]:
    if recording.clipped:
        times = number_of(recording.clipped, "place")
        yield RecordingFault("clipped", f"is clipped in {times}: record it again with less gain")


def _quiet(words_db: float) -> Iterator[RecordingFault]:
    if words_db < QUIET_DB:
        yield RecordingFault("quiet", f"is very soft ({words_db:.0f} dBFS): record it again with more gain")


def _noise(floor_db: float, words_db: float) -> tuple[RecordingFault, ...]:
    if floor_db <= words_db + NOISE_DB:
        return ()
    message = (
        f"has a noise floor only {words_db - floor_db:.0f} dB below the words, of {-NOISE_DB:.0f} wanted: record it in "
        "a quieter room, or have the noise reduced"
    )
    return (RecordingFault("noise", message),)


def _hum(samples: Samples, pauses: NDArray[np.bool_], words_db: float) -> tuple[RecordingFault, ...]:
    """Mains hum: a tone of 50 or 60 Hz with its harmonics that goes on through the pauses."""
    if not pauses.any():
        return ()
    low = soxr.resample(samples, RATE_HZ, HUM_HZ, quality="HQ").astype(np.float64)
    where = np.flatnonzero(np.repeat(pauses, FRAME * HUM_HZ // RATE_HZ)[: len(low)])[: LISTENED_S * HUM_HZ]
    sound = low[where] - low[where].mean()
    power = float(np.mean(np.square(sound)))
    if _db(power) < words_db + HUM_DB:
        return ()
    best, mains = max((_tone_power(sound, where, mains + off), mains) for mains in MAINS for off in DRIFT)
    if _db(best) < words_db + HUM_DB or best < SHARE * power:
        return ()
    message = (
        f"hums at {MAINS[mains]} and its harmonics, {words_db - _db(best):.0f} dB below the words: look for the cable "
        "or the lamp that hums, or have it filtered"
    )
    return (RecordingFault("hum", message),)


def _db(power: float) -> float:
    return 10 * math.log10(power + 1e-15)


def _tone_power(sound: NDArray[np.float64], where: NDArray[np.int_], hz: float) -> float:
    """The mean power of the tone of this frequency and its harmonics that lies nearest to the sound."""
    phases = 2 * np.pi * hz * np.outer(where / HUM_HZ, np.arange(1, HARMONICS + 1))
    base = np.concatenate([np.cos(phases), np.sin(phases)], axis=1)
    fitted, *_ = np.linalg.lstsq(base, sound, rcond=None)
    return float(np.mean(np.square(base @ fitted)))


def _narrow(recording: Recording) -> Iterator[RecordingFault]:
    if recording.rate_hz < NARROW_HZ:
        yield RecordingFault("narrow", f"has {recording.rate_hz} Hz, as of a telephone: record it at 48 kHz")


def _pace(text: str, spoken_s: float) -> Iterator[RecordingFault]:
    words = len(text.split())
    if words < LEAST_WORDS or spoken_s <= 0:
        return
    wpm = words / spoken_s * 60
    if not SLOWEST_WPM <= wpm <= QUICKEST_WPM:
        how = "slow" if wpm < SLOWEST_WPM else "quick"
        yield RecordingFault(
            "pace",
            f"is too {how} for the words of its line ({wpm:.0f} a minute): is it another line's, cut off, or at the "
            "wrong sampling rate?",
        )
