"""What is done to every spoken clip, whichever engine made it: trim, fade, resample, level."""

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
    from pydub.silence import detect_leading_silence

FINISHING = 1
"""The version of this module's result, for fingerprints."""

RATE_HZ = 48_000
LOUDNESS_LUFS = -23.0
PEAK_DB = -1.0
FADE_MS = 5
_BLOCK = RATE_HZ * 400 // 1000  # BS.1770 measures blocks of 400 ms
_SILENCE_DB = -50.0  # below the clip's peak: under the softest consonant, above an engine's noise
_INAUDIBLE = 0.001  # −60 dBFS
_FULL = 2.0**31


def finish(samples: NDArray[np.int16] | NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """A clip ready to be mixed: 48 kHz mono float32 of −23 LUFS, with peaks of at most −1 dBFS.

    Takes mono sound, shape (samples,), int16 or float32 of full scale ±1. Silence at both ends is trimmed
    to the length of the fade (5 ms), so that the fade touches no sound that had silence before it.
    Where level and peak disagree the peak wins. Raises ValueError when nothing can be heard.
    """
    clip = _trimmed(_segment(samples, rate_hz))
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
        raise ValueError("nothing can be heard")
    whole = np.round(sound / peak * (_FULL - 1)).astype("<i4")
    return AudioSegment(whole.tobytes(), sample_width=4, frame_rate=rate_hz, channels=1)


def _trimmed(clip: AudioSegment) -> AudioSegment:
    """Without the silence at both ends, but for the length of a fade; exact to 1 ms."""
    before = detect_leading_silence(clip, _SILENCE_DB, chunk_size=1)
    after = detect_leading_silence(clip.reverse(), _SILENCE_DB, chunk_size=1)
    return clip[max(0, before - FADE_MS) : len(clip) - max(0, after - FADE_MS)]


def _array(clip: AudioSegment) -> NDArray[np.float32]:
    return (np.frombuffer(clip.raw_data, "<i4") / _FULL).astype(np.float32)


def _levelled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    wanted_db = LOUDNESS_LUFS - clip_loudness_lufs(sound)
    allowed_db = PEAK_DB - 20 * np.log10(np.max(np.abs(sound)))
    gain = np.float32(10 ** (min(wanted_db, allowed_db) / 20))
    return sound * gain
