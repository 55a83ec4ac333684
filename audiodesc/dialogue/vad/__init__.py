"""Voice activity detection (VAD): a film's sound -> the probability of speech in each 32 ms, and how loud it is.

`detect` runs over a film, `segments.speech_segments` says where people speak.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

import numpy as np

from audiodesc.core.concurrency import ahead
from audiodesc.core.intervals import runs
from audiodesc.core.progress import Progress, silent
from audiodesc.dialogue.vad.segments import LEAST_NEG_THRESHOLD, LEVEL_FRAMES, THRESHOLD, Activity, as_levels
from audiodesc.dialogue.vad.silero import (
    CHUNK,
    FRAME,
    FRAME_MS,
    Chunk,
    Forward,
    Mono,
    Powers,
    Probabilities,
    audio_chunks,
    backward,
    channel_mixes,
    levelled,
    mono_mixes,
    screened,
)
from audiodesc.media.sound import RATE_HZ, read_sound
from audiodesc.model import AudioTrack, Film, Samples

VERSION = 2
"""For cache keys: raise it with another model or another way of detection."""

AHEAD = 64
"""In frames: the backward run begins 2 s later, so that the model has settled."""

SECONDS_AHEAD = 20

NOBODY = 0.05
"""In a mix beside the first, where the probability stays below it in a whole chunk, the backward run is spared."""

MOST_FRAMES = 25 * 3_600_000 // FRAME_MS
"""A film lasts 24 hours at most."""

BESIDE = np.float32(0.85)
"""By so much the probabilities of mixes beside the first count: more mixes of music take more of it for speech. Speech
reaches 0.9 and more somewhere, music 0.5 (benchmarks/first_rule.py)."""


def detect(film: Film, track: AudioTrack, show: Progress = silent) -> Activity:
    """The probability of speech over the whole film, and how loud it is.

    Streams in constant memory. Raises FilmError for a film that cannot be read.
    """
    return activity(_shown(film, track, show), track.layout, -(-film.duration_ms // FRAME_MS))


def activity(blocks: Iterable[Samples], layout: str, frames: int) -> Activity:
    """The same of sound at 48 kHz, for so many frames of 32 ms."""
    parts = [(np.zeros(0, np.float32), np.zeros(0)), *_by_chunk(blocks, layout)]
    found = np.concatenate([probabilities for probabilities, _ in parts])[:frames]
    blocks_known = -(-frames // LEVEL_FRAMES)
    levels = as_levels(np.concatenate([powers for _, powers in parts]))[:blocks_known]
    return Activity(
        bytes(np.rint(np.pad(found, (0, frames - len(found))) * 255).astype(np.uint8)),
        bytes(np.pad(levels, (0, blocks_known - len(levels)))),
    )


def _shown(film: Film, track: AudioTrack, show: Progress) -> Iterator[Samples]:
    done = 0
    for block in read_sound(film, track):
        yield block
        done += block.shape[1]
        show("hear", done // RATE_HZ, film.duration_ms // 1000)


def probabilities(blocks: Iterable[Samples], layout: str) -> Probabilities:
    """The probability of speech, from 0 to 1, in each 32 ms of sound at 48 kHz, and of up to 16 s of silence after it.

    The mean of two runs, forward and backward, misses fewer edges and soft words than one (benchmarks/gaps.py).
    Of several mixes the greatest probability counts.
    """
    return np.concatenate([np.zeros(0, np.float32), *(found for found, _ in _by_chunk(blocks, layout))])


def _by_chunk(blocks: Iterable[Samples], layout: str) -> Iterator[tuple[Probabilities, Powers]]:
    """Chunk by chunk, with the one before and the one after at hand; the power is that of each block."""
    sides = channel_mixes(layout).sides
    streams: dict[int, Forward] = {}
    before: Chunk | None = None
    with ThreadPoolExecutor(2) as pool:
        for now, following in pairwise(chain(audio_chunks(ahead(mono_mixes(blocks, layout), SECONDS_AHEAD)), (None,))):
            assert now is not None  # noqa: S101 — only the last is
            following = following or Chunk(np.zeros_like(now.samples), np.zeros_like(now.powers))
            found = screened(now.samples)
            streams = {mix: streams.get(mix) or Forward() for mix in found.mixes}
            level = [levelled(before or now, now, following, mix, AHEAD) for mix in found.mixes]
            both = pool.map(_both, streams.values(), level, found.mixes)
            counted = [_only_sure(one) if n in sides else one for n, one in zip(found.mixes, both, strict=True)]
            yield np.max([np.zeros(CHUNK // FRAME, np.float32), *counted], axis=0), found.powers
            before = now


def _both(stream: Forward, samples: Mono, mix: int) -> Probabilities:
    """The mean of both runs. A mix beside the first counts less, and not at all where the forward run finds nothing."""
    forth = stream.run(samples[:CHUNK])
    if mix and forth.max() < NOBODY:
        return np.zeros_like(forth)
    both = (forth + backward(samples)[: CHUNK // FRAME]) / 2
    return np.asarray(both * BESIDE if mix else both, np.float32)


def _only_sure(probabilities: Probabilities) -> Probabilities:
    """Without stretches that never reach the threshold; what begins or ends outside is kept. In the sides a voice that
    is out of phase stands alone, and is sure; what is not is most often the rest of music."""
    kept = probabilities.copy()
    for start, end in runs(probabilities >= LEAST_NEG_THRESHOLD):
        if start > 0 and end < len(probabilities) and probabilities[start:end].max() < THRESHOLD:
            kept[start:end] = 0
    return kept


def packed(found: Activity) -> dict[str, str]:
    """As text for a JSON file: about 120 kB for a film of 90 minutes."""
    return {
        name: base64.b64encode(zlib.compress(values)).decode()
        for name, values in (("chances", found.probabilities), ("levels", found.levels))
    }


def unpacked(kept: Mapping[str, str], duration_ms: int | None = None) -> Activity:
    """What `packed` made text of. Raises any of `cache.WRONG` for anything else, and where it is of a film of another
    length than `duration_ms`."""
    found = Activity(*(_unzipped(kept[name]) for name in ("chances", "levels")))
    if found.levels and len(found.levels) != -(-len(found.probabilities) // LEVEL_FRAMES):
        raise ValueError(f"{len(found.levels)} levels do not go with {len(found.probabilities)} frames")
    if duration_ms is not None and len(found.probabilities) != -(-duration_ms // FRAME_MS):
        raise ValueError(f"{len(found.probabilities)} frames are not {duration_ms} ms")
    return found


def _unzipped(text: str) -> bytes:
    """Raises ValueError or zlib.error for what is cut short, or holds more than any film."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(base64.b64decode(text), MOST_FRAMES)
    if not unpacker.eof:
        raise ValueError("cut short, or longer than any film")
    return found
