"""A recording -> a clip as any other: trimmed, as loud as the narrator, faster where its pause asks for it; and its
sound before and after the clip, for editors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from audiodesc.core import cache
from audiodesc.media.clips import faded_in, is_clip, wav_bytes
from audiodesc.media.loudness import clip_loudness_lufs
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples
from audiodesc.speak.finish import (
    FINISHING,
    LOUDNESS_LUFS,
    PEAK_DB,
    finish_clip,
    finished_clip,
    stretched,
    trimmed_clip,
    without_rumble,
    words_in,
)

FASTEST: Final = 1.08
"""A recording is made faster by so much at most: more is heard as hurried or as an effect."""

LEVEL_LU = 0.3
"""Sound so near to the clips' level is at it."""

PEAK_NEAR_DB = 0.2

HANDLE: Final = RATE_HZ // 2
"""Samples of a take that are kept at either end of its clip: half a second, as editors ask for."""

DARK: Final = 1e-6
"""−120 dBFS: what is softer is no sound, but silence that somebody laid there."""


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


def handles(samples: Samples, words: tuple[int, int] | None = None) -> tuple[Samples, Samples]:
    """What a recording, mono at 48 kHz, holds before and after its clip, at the clip's level: at most HANDLE samples
    each, up to silence that is none of the room's. It comes down to nothing next to the clip, which does so too.

    `words` are (first sample, sample after the last) of a recording that is not to be trimmed. Raises ValueError where
    nothing can be heard.
    """
    first, end = words or words_in(samples, RATE_HZ)
    own = samples[first:end] if words else trimmed_clip(samples, RATE_HZ)
    if not is_levelled(own):
        _, gain = finished_clip(own if words else samples, RATE_HZ)
        samples = without_rumble(samples, RATE_HZ) * np.float32(gain)
    ceiling = np.float32(10 ** (PEAK_DB / 20))
    before = _until_silence(samples[max(0, first - HANDLE) : first][::-1])[::-1]
    after = _until_silence(samples[end : end + HANDLE])
    return faded_in(before.clip(-ceiling, ceiling)[::-1])[::-1], faded_in(after.clip(-ceiling, ceiling))


def _until_silence(samples: Samples) -> Samples:
    """Without silence at the end; nothing where there is silence at once."""
    heard = np.flatnonzero(np.abs(samples) > DARK)
    return samples[: int(heard[-1]) + 1 if len(heard) else 0]


def recorded_handles(name: str, read: Callable[[], tuple[Samples, Samples]], store: cache.Store) -> tuple[Path, Path]:
    """The handles of a recording as WAV files as clips are, from the cache or made; of no samples where there are none.
    Raises ValueError as `handles` does."""
    keys = [cache.key("handle", 1, of=name, side=side, finishing=FINISHING) for side in ("before", "after")]
    before, after = (store.path(key, ".wav") for key in keys)
    if not (before.is_file() and after.is_file()):
        before, after = (store.put(key, ".wav", wav_bytes(made)) for key, made in zip(keys, read(), strict=True))
    return before, after
