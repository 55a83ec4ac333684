"""A recording -> a clip as any other: trimmed, as loud as the narrator, faster where its pause asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from audiodesc.core import cache
from audiodesc.media.clips import is_clip, wav_bytes
from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples
from audiodesc.speak.finish import FINISHING, LOUDNESS_LUFS, PEAK_DB, finish_clip, stretched, trimmed_clip

FASTEST: Final = 1.08
"""A recording is made faster by so much at most: more is heard as hurried or as an effect."""

LEVEL_LU = 0.3
"""Sound so near to the clips' level is at it."""

PEAK_NEAR_DB = 0.2


def finished(samples: Samples, *, cut: bool) -> Samples:
    """A recording, mono at 48 kHz, as a clip.

    What is at the clips' level already, as a file that was exported for the studio and came back, keeps every sample;
    `cut` says that it begins and ends where the line does. Raises ValueError where nothing can be heard.
    """
    own = samples if cut else trimmed_clip(samples, RATE_HZ)
    if is_levelled(own):
        return own
    return finish_clip(samples, RATE_HZ)


def is_levelled(samples: Samples) -> bool:
    """Whether a clip is as loud as clips are, or as its peaks let it be."""
    lufs = clip_loudness_lufs(samples, RATE_HZ)
    peak_db = 20 * np.log10(max(float(np.abs(samples).max(initial=0.0)), 1e-9))
    if peak_db > PEAK_DB + PEAK_NEAR_DB / 2:
        return False
    return abs(lufs - LOUDNESS_LUFS) <= LEVEL_LU or (lufs < LOUDNESS_LUFS and peak_db > PEAK_DB - PEAK_NEAR_DB)


def recorded_clip(name: str, read: Callable[[], tuple[Samples, bool]], rate: float, store: cache.Store) -> Path:
    """The clip of a recording at a rate, from the cache or made. `name` stands for its content; `read` gives its sound
    and whether it is cut as the line is. Raises ValueError where nothing can be heard."""
    rate = min(rate, FASTEST)
    key = cache.key("recorded", 1, of=name, rate=rate, finishing=FINISHING)
    place = store.path(key, ".wav")
    if is_clip(place):
        return place
    samples, cut = read()
    clip = finished(samples, cut=cut)
    return store.put(key, ".wav", wav_bytes(stretched(clip, rate) if rate > 1 else clip))
