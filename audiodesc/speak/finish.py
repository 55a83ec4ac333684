"""Post-processing of every spoken clip, whichever engine made it: cleaned, trimmed, faded, resampled, levelled; and
whether it can be speech at all, for engines fail in ways that are no errors."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import av
import av.filter
import numpy as np
import soxr
from numpy.typing import NDArray

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program and warns that `audioop` is deprecated: clips need neither
    warnings.filterwarnings("ignore", "Couldn't find ffmpeg or avconv", RuntimeWarning)
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    warnings.filterwarnings("ignore", "invalid escape sequence", SyntaxWarning)  # 3.12 compiles pydub
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence, detect_nonsilent

from audiodesc.media.loudness import SILENCE_LUFS, clip_loudness_lufs

FINISHING = 2
"""The version of this module's result, for fingerprints."""

RATE_HZ = 48_000
LOUDNESS_LUFS = -23.0
PEAK_DB = -1.0
FADE_MS = 5
RUMBLE_HZ = 60
"""Below it there is no voice: a deep man's lowest tone is 80 Hz."""

INAUDIBLE = 0.001
"""−60 dBFS."""

LONGEST_S, LONGEST_S_A_LETTER = 10, 0.5
"""A voice that reads figures out needs half a second a character; one that lost its way goes on for minutes."""

FLAT, STEADY_DB = 0.1, 2.5
"""Speech rises and falls by more than 5 dB from frame to frame, and its spectrum has peaks: 0.17 at most in words
that are all hissing, measured on the shipped voices. White noise has 0.56 and 0.1 dB."""

Sound = NDArray[np.float32]

_SILENCE_DB = -50.0  # below the clip's peak: under the softest consonant, above most engines' noise
_NOISIEST_DB = -35.0  # above it, what goes on between the words is no noise
_ABOVE_NOISE_DB = 6.0
_BREATH_DB = -25.0  # of the words' loudness: a breath is softer, and …
_BREATH_MS, _PARTED_MS = 120, 150  # … longer than a final t, or further from the words than a t from its vowel
_GAP_MS = 60
_TRIES = 3
_OFFSET = 0.2  # of the peak: a faulty engine's, which would hide the silence at the ends
_FULL = 2.0**31
_FRAME = 2048
_LOOK_AT_S = 3


def finish_clip(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """A clip ready to be mixed: 48 kHz mono float32 of −23 LUFS, with peaks of at most −1 dBFS.

    Takes mono sound, shape (samples,), int16 or float32 of full scale ±1. Rumble is taken out. Silence, the engine's
    noise and breaths at both ends are trimmed to the length of the fade (5 ms), so that the fade touches no sound
    that had silence before it; what is between the words stays. The loudest syllables are compressed gently, and
    peaks limited, so that all clips reach the level; where that is not enough the peak wins. Raises ValueError when
    nothing can be heard.
    """
    return finished_clip(samples, rate_hz)[0]


def finished_clip(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> tuple[Sound, float]:
    """The same, and by how much (linear) it raised float32 samples that are too soft to be compressed or limited."""
    trimmed = _array(_trimmed(_segment(samples, rate_hz)))
    cleaned = without_rumble(trimmed, rate_hz)
    clip = _as_segment(cleaned, rate_hz)
    faded = _array(clip.fade_in(FADE_MS).fade_out(FADE_MS))
    sound, gain = _levelled(soxr.resample(faded, rate_hz, RATE_HZ, quality="HQ"))
    peaks = float(np.max(np.abs(cleaned))) * float(np.max(np.abs(_centred(samples, rate_hz))))
    return sound, gain / max(peaks, INAUDIBLE**2)


def trimmed_clip(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Mono sound without the silence, the noise and the breaths at both ends, as `finish_clip` trims it, faded over
    5 ms where anything was taken away; at its own level. Raises ValueError when nothing can be heard."""
    clip = _trimmed(_segment(samples, rate_hz))
    peak = np.float32(np.max(np.abs(samples), initial=0.0))
    return _array(clip.fade_in(FADE_MS).fade_out(FADE_MS)) * peak


def words_in(samples: NDArray[np.float32], rate_hz: int) -> tuple[int, int]:
    """(first sample, sample after the last) of what `trimmed_clip` keeps. Raises ValueError as it does."""
    words, start_ms = _cut(_segment(samples, rate_hz))
    first = start_ms * rate_hz // 1000
    return first, min(len(samples), first + int(words.frame_count()))


def stretched(sound: Sound, rate: float) -> Sound:
    """A clip (48 kHz) `rate` times as fast at the same pitch, from 1 to 2: FFmpeg's WSOLA (`atempo`)."""
    return _through(sound, RATE_HZ, ("atempo", f"tempo={rate:.6f}"))


def clip_fault(samples: NDArray[np.float32], text: str) -> str:
    """Why a clip (48 kHz) cannot be used for that text, "" where it can."""
    if not np.isfinite(samples).all():
        return "the voice gave numbers that are not sound"
    if np.max(np.abs(samples), initial=0.0) < INAUDIBLE:
        return "nothing can be heard of it"
    seconds = len(samples) / RATE_HZ
    if seconds > LONGEST_S + LONGEST_S_A_LETTER * len(text):
        return f"the voice went on for {seconds:.0f} s"
    return ""


def is_noise(samples: NDArray[np.float32]) -> bool:
    """Whether a clip (48 kHz) hisses evenly from beginning to end, as no speech does."""
    part = samples[: _LOOK_AT_S * RATE_HZ]
    if len(part) < 4 * _FRAME:
        return False
    frames = np.lib.stride_tricks.sliding_window_view(part, _FRAME)[_FRAME // 2 :: _FRAME // 2]
    level_db = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME))) ** 2
    band = power[:, 100 * _FRAME // RATE_HZ : 8000 * _FRAME // RATE_HZ] + 1e-12
    flatness = np.exp(np.log(band).mean(axis=1)) / band.mean(axis=1)
    return bool(level_db.std() < STEADY_DB and np.median(flatness) > FLAT)


def _segment(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> AudioSegment:
    """The sound as 32-bit numbers with its peak at full scale: quiet engines lose nothing by rounding."""
    return _as_segment(_centred(samples, rate_hz), rate_hz)


def _centred(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """The sound within ±1, without a steady offset. Raises ValueError where there is none."""
    full = 2.0**15 if samples.dtype == np.int16 else 1.0
    sound = samples.astype(np.float64) / full
    peak = np.max(np.abs(sound), initial=0.0)
    if not np.isfinite(peak):
        raise ValueError("the voice engine gave numbers that are not sound")
    if peak < INAUDIBLE or len(sound) * 1000 < rate_hz:  # pydub counts in whole milliseconds
        raise ValueError("nothing can be heard of it")
    offset = float(np.median(sound))
    return sound - offset if abs(offset) < _OFFSET * peak else sound


def _as_segment(sound: NDArray[Any], rate_hz: int) -> AudioSegment:
    peak = max(float(np.max(np.abs(sound), initial=0.0)), 1e-9)
    whole = np.round(sound.astype(np.float64) / peak * (_FULL - 1)).astype("<i4")
    return AudioSegment(whole.tobytes(), sample_width=4, frame_rate=rate_hz, channels=1)


def _trimmed(clip: AudioSegment) -> AudioSegment:
    """Without the silence at both ends, but for the length of a fade; exact to 1 ms."""
    return _cut(clip)[0]


def _cut(clip: AudioSegment) -> tuple[AudioSegment, int]:
    """The same, and the ms at which it begins."""
    silence_db = min(_NOISIEST_DB, max(_SILENCE_DB, _noise_db(clip) + _ABOVE_NOISE_DB))
    start, end = _words(clip, silence_db)
    words = clip[start:end]
    before = detect_leading_silence(words, silence_db, chunk_size=1)
    after = detect_leading_silence(words.reverse(), silence_db, chunk_size=1)
    first, last = max(0, before - FADE_MS), len(words) - max(0, after - FADE_MS)
    return words[first:last], start + first


def _noise_db(clip: AudioSegment) -> float:
    """The level of the quietest tenth of the clip, in dBFS."""
    size = clip.frame_rate // 100
    sound = _array(clip)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    quiet = np.percentile(np.sqrt(np.mean(np.square(frames), axis=1)), 10) if len(frames) else 0.0
    return float(20 * np.log10(max(quiet, 1e-9)))


def _words(clip: AudioSegment, silence_db: float) -> tuple[int, int]:
    """Where the words are, in ms, with a little silence; breaths before and behind them are left out."""
    sounds: list[list[int]] = detect_nonsilent(clip, _GAP_MS, silence_db, seek_step=5)
    if not sounds:
        return 0, len(clip)
    level_db = max(clip[start:end].dBFS for start, end in sounds)

    def is_breath(number: int, beside: int) -> bool:
        start, end = sounds[number]
        gap = max(start, sounds[beside][0]) - min(end, sounds[beside][1])
        return clip[start:end].dBFS < level_db + _BREATH_DB and (end - start >= _BREATH_MS or gap >= _PARTED_MS)

    while len(sounds) > 1 and is_breath(0, 1):
        del sounds[0]
    while len(sounds) > 1 and is_breath(-1, -2):
        del sounds[-1]
    return max(0, sounds[0][0] - _GAP_MS), sounds[-1][1] + _GAP_MS


def _array(clip: AudioSegment) -> NDArray[np.float32]:
    return (np.frombuffer(clip.raw_data, "<i4") / _FULL).astype(np.float32)


def _levelled(sound: Sound) -> tuple[Sound, float]:
    """The sound at the clips' level, and the gain of what is too soft to be compressed or limited."""
    ceiling = 10 ** (PEAK_DB / 20)
    gain = _gain(sound)
    sound = compressed(sound * np.float32(gain), RATE_HZ)
    for _ in range(_TRIES):  # what the limiter takes is given back
        more = _gain(sound)
        sound, gain = sound * np.float32(more), gain * more
        if np.max(np.abs(sound)) <= ceiling:
            return sound, gain
        sound = limited(sound, RATE_HZ, ceiling)
    last = min(1.0, ceiling / float(np.max(np.abs(sound))))
    return sound * np.float32(last), gain * last


def _gain(sound: Sound) -> float:
    return float(10 ** ((LOUDNESS_LUFS - max(SILENCE_LUFS, clip_loudness_lufs(sound, RATE_HZ))) / 20))


def without_rumble(sound: Sound, rate_hz: int) -> Sound:
    """Without what lies below the voice, 12 dB an octave; a steady offset goes too."""
    return _through(sound, rate_hz, ("highpass", f"f={RUMBLE_HZ}:p=2"))


def compressed(sound: Sound, rate_hz: int) -> Sound:
    """Speech of −23 LUFS with its loudest syllables brought nearer to the others: what rises 6 dB above −20 dBFS
    (RMS) comes out 3 dB above it, and what is softer is left alone."""
    return _through(sound, rate_hz, ("acompressor", "threshold=0.125:ratio=2:attack=10:release=120:detection=rms"))


def limited(sound: Sound, rate_hz: int, ceiling: float) -> Sound:
    """With no sample above `ceiling` (linear)."""
    return _through(sound, rate_hz, ("alimiter", f"limit={ceiling:.6f}:attack=5:release=50:level=0:latency=1"))


def _through(sound: Sound, rate_hz: int, step: tuple[str, str]) -> Sound:
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="flt", sample_rate=rate_hz, layout="mono", time_base=Fraction(1, rate_hz))
    back = graph.add("aformat", "sample_fmts=flt")
    graph.link_nodes(source, graph.add(*step), back, graph.add("abuffersink")).configure()
    frame = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32)[np.newaxis], format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate_hz, 0
    graph.push(frame)
    graph.push(None)
    parts = []
    while True:
        try:
            made = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            break
        assert isinstance(made, av.AudioFrame)  # noqa: S101 — an audio graph gives nothing else
        parts.append(made.to_ndarray().reshape(-1))
    return np.concatenate(parts).astype(np.float32)
