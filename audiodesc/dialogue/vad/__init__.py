"""Speech in the sound itself, and what it says about the subtitles.

`listen` gives the probability of speech for each 32 ms of a film, `heard` where people speak.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

import numpy as np

from audiodesc.core.concurrency import ahead
from audiodesc.core.progress import Progress, silent
from audiodesc.dialogue.vad.segments import LEAST_NEG_THRESHOLD, LEVEL_FRAMES, THRESHOLD, Activity, as_levels, runs
from audiodesc.dialogue.vad.silero import (
    FRAME,
    FRAME_MS,
    PIECE,
    Chances,
    Forward,
    Mono,
    Piece,
    Powers,
    backward,
    lane_mix,
    lanes,
    levelled,
    pieces,
    screened,
)
from audiodesc.media.sound import RATE_HZ, read_sound
from audiodesc.model import AudioTrack, Film, Samples

VERSION = 2
"""For cache keys: with another model or another way to listen it changes."""

AHEAD = 64
"""In frames: what is heard backwards begins 2 s later, so that the model has settled."""

SECONDS_AHEAD = 20

NOBODY = 0.05
"""In a lane beside the first, where the chance stays below it in a whole piece, the second hearing is spared."""

MOST_FRAMES = 25 * 3_600_000 // FRAME_MS
"""A film lasts 24 hours at most."""

BESIDE = np.float32(0.85)
"""By so much the probabilities of lanes beside the first count: more lanes of music take more of it for speech. Speech
reaches 0.9 and more somewhere, music 0.5 (benchmarks/first_rule.py)."""


def listen(film: Film, track: AudioTrack, show: Progress = silent) -> Activity:
    """The probability of speech over the whole film, and how loud it is.

    Streams in constant memory. Raises FilmError for a film that cannot be read.
    """
    return activity(_shown(film, track, show), track.layout, -(-film.duration_ms // FRAME_MS))


def activity(blocks: Iterable[Samples], layout: str, frames: int) -> Activity:
    """The same of sound at 48 kHz, for so many frames of 32 ms."""
    parts = [(np.zeros(0, np.float32), np.zeros(0)), *_heard(blocks, layout)]
    found = np.concatenate([chances for chances, _ in parts])[:frames]
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


def chances(blocks: Iterable[Samples], layout: str) -> Chances:
    """The probability of speech, from 0 to 1, in each 32 ms of sound at 48 kHz, and of up to 16 s of silence after it.

    The mean of two hearings, forwards and backwards, misses fewer edges and soft words than one (benchmarks/gaps.py).
    Of several lanes the greatest probability counts.
    """
    return np.concatenate([np.zeros(0, np.float32), *(found for found, _ in _heard(blocks, layout))])


def _heard(blocks: Iterable[Samples], layout: str) -> Iterator[tuple[Chances, Powers]]:
    """Piece by piece, with the one before and the one after at hand; the power is that of each block."""
    sides = lane_mix(layout).sides
    ears: dict[int, Forward] = {}
    before: Piece | None = None
    with ThreadPoolExecutor(2) as pool:
        for now, following in pairwise(chain(pieces(ahead(lanes(blocks, layout), SECONDS_AHEAD)), (None,))):
            assert now is not None  # noqa: S101 — only the last is
            following = following or Piece(np.zeros_like(now.samples), np.zeros_like(now.powers))
            found = screened(now.samples)
            ears = {lane: ears.get(lane) or Forward() for lane in found.lanes}
            heard = [levelled(before or now, now, following, lane, AHEAD) for lane in found.lanes]
            probabilities = pool.map(_both, ears.values(), heard, found.lanes)
            counted = [_sure(one) if n in sides else one for n, one in zip(found.lanes, probabilities, strict=True)]
            yield np.max([np.zeros(PIECE // FRAME, np.float32), *counted], axis=0), found.powers
            before = now


def _both(ear: Forward, samples: Mono, lane: int) -> Chances:
    """The mean of both hearings. In a lane beside the first less counts, and nothing where nobody is heard forwards."""
    forth = ear.hear(samples[:PIECE])
    if lane and forth.max() < NOBODY:
        return np.zeros_like(forth)
    both = (forth + backward(samples)[: PIECE // FRAME]) / 2
    return np.asarray(both * BESIDE if lane else both, np.float32)


def _sure(chances: Chances) -> Chances:
    """Without stretches that never reach the threshold; what begins or ends outside is kept. In the sides a voice that
    is out of phase stands alone, and is sure; what is not is most often the rest of music."""
    kept = chances.copy()
    for start, end in runs(chances >= LEAST_NEG_THRESHOLD):
        if start > 0 and end < len(chances) and chances[start:end].max() < THRESHOLD:
            kept[start:end] = 0
    return kept


def packed(found: Activity) -> dict[str, str]:
    """As text for a JSON file: about 120 kB for a film of 90 minutes."""
    return {
        name: base64.b64encode(zlib.compress(values)).decode()
        for name, values in (("chances", found.chances), ("levels", found.levels))
    }


def unpacked(kept: Mapping[str, str], duration_ms: int | None = None) -> Activity:
    """What `packed` made text of. Raises any of `cache.WRONG` for anything else, and where it is of a film of another
    length than `duration_ms`."""
    found = Activity(*(_unzipped(kept[name]) for name in ("chances", "levels")))
    if found.levels and len(found.levels) != -(-len(found.chances) // LEVEL_FRAMES):
        raise ValueError(f"{len(found.levels)} levels do not go with {len(found.chances)} frames")
    if duration_ms is not None and len(found.chances) != -(-duration_ms // FRAME_MS):
        raise ValueError(f"{len(found.chances)} frames are not {duration_ms} ms")
    return found


def _unzipped(text: str) -> bytes:
    """Raises ValueError or zlib.error for what is cut short, or holds more than any film."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(base64.b64decode(text), MOST_FRAMES)
    if not unpacker.eof:
        raise ValueError("cut short, or longer than any film")
    return found
