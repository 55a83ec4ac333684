"""What is done to every spoken clip, whichever engine made it: clean, trim, fade, resample, level."""

from __future__ import annotations

import warnings
from typing import Any

import av
import av.filter
import numpy as np
import soxr
from numpy.typing import NDArray

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program and tells of `audioop`'s end: clips need neither
    warnings.filterwarnings("ignore", "Couldn't find ffmpeg or avconv", RuntimeWarning)
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    warnings.filterwarnings("ignore", "invalid escape sequence", SyntaxWarning)  # 3.12 compiles pydub
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence, detect_nonsilent

from audiodesc.speak.dynamics import compressed, limited, without_rumble

FINISHING = 2
"""The version of this module's result, for fingerprints."""

RATE_HZ = 48_000
LOUDNESS_LUFS = -23.0
PEAK_DB = -1.0
FADE_MS = 5
_BLOCK = RATE_HZ * 400 // 1000  # BS.1770 measures blocks of 400 ms
_SILENCE_DB = -50.0  # below the clip's peak: under the softest consonant, above most engines' noise
_NOISIEST_DB = -35.0  # above it, what goes on between the words is no noise
_ABOVE_NOISE_DB = 6.0
_BREATH_DB = -25.0  # of the words' loudness: a breath is softer, and …
_BREATH_MS, _PARTED_MS = 120, 150  # … longer than a final t, or further from the words than a t from its vowel
_GAP_MS = 60
_TRIES = 3
_OFFSET = 0.2  # of the peak: a faulty engine's, which would hide the silence at the ends
_INAUDIBLE = 0.001  # −60 dBFS
_FULL = 2.0**31


def finish(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """A clip ready to be mixed: 48 kHz mono float32 of −23 LUFS, with peaks of at most −1 dBFS.

    Takes mono sound, shape (samples,), int16 or float32 of full scale ±1. Rumble is taken out. Silence, the engine's
    noise and breaths at both ends are trimmed to the length of the fade (5 ms), so that the fade touches no sound
    that had silence before it; what is between the words stays. The loudest syllables are compressed gently, and
    peaks limited, so that all clips reach the level; where that is not enough the peak wins. Raises ValueError when
    nothing can be heard.
    """
    trimmed = _array(_trimmed(_segment(samples, rate_hz)))
    clip = _as_segment(without_rumble(trimmed, rate_hz), rate_hz)
    faded = _array(clip.fade_in(FADE_MS).fade_out(FADE_MS))
    return _levelled(soxr.resample(faded, rate_hz, RATE_HZ, quality="HQ"))


def clip_loudness_lufs(samples: NDArray[np.float32]) -> float:
    """The integrated loudness (ITU-R BS.1770-4, gated) of 48 kHz mono sound; −70 or less is silence.

    A clip under 400 ms, too short for the standard, is measured as if it were repeated: so it comes out as
    loud as longer speech of the same level, which silence around it would not do.
    """
    if len(samples) < _BLOCK:
        samples = np.tile(samples, -(-_BLOCK // len(samples)) + 1)
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="flt", sample_rate=RATE_HZ, layout="mono", time_base=None)
    meter = graph.add("ebur128", "metadata=1:framelog=quiet")
    graph.link_nodes(source, meter, graph.add("abuffersink")).configure()
    graph.push(_frame(samples))
    graph.push(None)
    return _last_reading(graph)


def _frame(samples: NDArray[np.float32]) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="flt", layout="mono")
    frame.sample_rate = RATE_HZ
    frame.pts = 0
    return frame


def _last_reading(graph: av.filter.Graph) -> float:
    reading = -np.inf
    while True:
        try:
            frame: Any = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return reading
        reading = float(frame.metadata.get("lavfi.r128.I", reading))


def _segment(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> AudioSegment:
    """The sound as 32-bit numbers with its peak at full scale: quiet engines lose nothing by rounding."""
    full = 2.0**15 if samples.dtype == np.int16 else 1.0
    sound = samples.astype(np.float64) / full
    peak = np.max(np.abs(sound), initial=0.0)
    if not np.isfinite(peak):
        raise ValueError("the voice engine gave numbers that are not sound")
    if peak < _INAUDIBLE or len(sound) * 1000 < rate_hz:  # pydub counts in whole milliseconds
        raise ValueError("nothing can be heard of it")
    offset = float(np.median(sound))
    return _as_segment(sound - offset if abs(offset) < _OFFSET * peak else sound, rate_hz)


def _as_segment(sound: NDArray[Any], rate_hz: int) -> AudioSegment:
    peak = max(float(np.max(np.abs(sound), initial=0.0)), 1e-9)
    whole = np.round(sound.astype(np.float64) / peak * (_FULL - 1)).astype("<i4")
    return AudioSegment(whole.tobytes(), sample_width=4, frame_rate=rate_hz, channels=1)


def _trimmed(clip: AudioSegment) -> AudioSegment:
    """Without the silence at both ends, but for the length of a fade; exact to 1 ms."""
    silence_db = min(_NOISIEST_DB, max(_SILENCE_DB, _noise_db(clip) + _ABOVE_NOISE_DB))
    start, end = _words(clip, silence_db)
    clip = clip[start:end]
    before = detect_leading_silence(clip, silence_db, chunk_size=1)
    after = detect_leading_silence(clip.reverse(), silence_db, chunk_size=1)
    return clip[max(0, before - FADE_MS) : len(clip) - max(0, after - FADE_MS)]


def _noise_db(clip: AudioSegment) -> float:
    """What is heard where least is heard, over a tenth of the clip, in dBFS."""
    size = clip.frame_rate // 100
    sound = _array(clip)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    quiet = np.percentile(np.sqrt(np.mean(np.square(frames), axis=1)), 10) if len(frames) else 0.0
    return float(20 * np.log10(max(quiet, 1e-9)))


def _words(clip: AudioSegment, silence_db: float) -> tuple[int, int]:
    """Where the words are, in ms, with a little silence; breaths before and behind them are left out."""
    heard: list[list[int]] = detect_nonsilent(clip, _GAP_MS, silence_db, seek_step=5)
    if not heard:
        return 0, len(clip)
    level_db = max(clip[start:end].dBFS for start, end in heard)

    def is_breath(number: int, beside: int) -> bool:
        start, end = heard[number]
        gap = max(start, heard[beside][0]) - min(end, heard[beside][1])
        return clip[start:end].dBFS < level_db + _BREATH_DB and (end - start >= _BREATH_MS or gap >= _PARTED_MS)

    while len(heard) > 1 and is_breath(0, 1):
        del heard[0]
    while len(heard) > 1 and is_breath(-1, -2):
        del heard[-1]
    return max(0, heard[0][0] - _GAP_MS), heard[-1][1] + _GAP_MS


def _array(clip: AudioSegment) -> NDArray[np.float32]:
    return (np.frombuffer(clip.raw_data, "<i4") / _FULL).astype(np.float32)


def _levelled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    ceiling = 10 ** (PEAK_DB / 20)
    sound = compressed(_raised(sound), RATE_HZ)
    for _ in range(_TRIES):  # what the limiter takes is given back
        sound = _raised(sound)
        if np.max(np.abs(sound)) <= ceiling:
            return sound
        sound = limited(sound, RATE_HZ, ceiling)
    return sound * np.float32(min(1.0, ceiling / np.max(np.abs(sound))))


def _raised(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return sound * np.float32(10 ** ((LOUDNESS_LUFS - clip_loudness_lufs(sound)) / 20))
