"""A film's sound track -> how likely it is that somebody speaks, for each 32 ms."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

import numpy as np

from audiodesc.hearing.lanes import PIECE, Piece, lanes, levelled, pieces
from audiodesc.hearing.silero import FRAME, FRAME_MS, Chances, Forward, Mono, backward
from audiodesc.media.sound import RATE_HZ, read_sound
from audiodesc.model import AudioTrack, Film, Samples
from audiodesc.progress import Progress, silent
from audiodesc.threads import ahead

VERSION = 1
"""For cache keys: with another model or another way to listen it changes."""

AHEAD = 64
"""In frames: what is heard backwards begins 2 s later, so that the model has settled."""

SECONDS_AHEAD = 20

SILENT = 1e-5
"""Below -100 dBFS nobody is heard, and the model is not asked."""


def listen(film: Film, track: AudioTrack, show: Progress = silent) -> bytes:
    """The chance of speech in each 32 ms of the film: one byte for each, from 0 to 255.

    Streams in constant memory. Raises FilmError for a film that cannot be read.
    """
    sound = ahead(lanes(_shown(film, track, show), track.layout), SECONDS_AHEAD)
    frames = -(-film.duration_ms // FRAME_MS)
    heard = chances(sound)[:frames]
    return bytes(np.rint(np.pad(heard, (0, frames - len(heard))) * 255).astype(np.uint8))


def _shown(film: Film, track: AudioTrack, show: Progress) -> Iterator[Samples]:
    done = 0
    for block in read_sound(film, track):
        yield block
        done += block.shape[1]
        show("hear", done // RATE_HZ, film.duration_ms // 1000)


def chances(sound: Iterable[Samples]) -> Chances:
    """The chance of speech, from 0 to 1, in each 32 ms of `lanes`, and of up to 16 s of silence after them.

    The mean of two hearings, forwards and backwards, misses fewer edges and soft words than one (benchmarks/gaps.py).
    Of several lanes the greatest chance counts.
    """
    return np.concatenate([np.zeros(0, np.float32), *_chances(pieces(sound))])


def _chances(sound: Iterable[Piece]) -> Iterator[Chances]:
    """Piece by piece, with the one before and the one after at hand."""
    ears: list[Forward] = []
    before: Piece | None = None
    with ThreadPoolExecutor(2) as pool:
        for now, following in pairwise(chain(sound, (None,))):
            assert now is not None  # noqa: S101 — only the last is
            ears = ears or [Forward() for _ in now.samples]
            following = following or Piece(np.zeros_like(now.samples), now.gains_db)
            heard = [levelled(before or now, now, following, lane, AHEAD) for lane in range(len(ears))]
            forth = [pool.submit(_forth, ear, samples) for ear, samples in zip(ears, heard, strict=True)]
            back = [pool.submit(_back, samples) for samples in heard]
            yield np.max([(a.result() + b.result()) / 2 for a, b in zip(forth, back, strict=True)], axis=0)
            before = now


def _forth(ear: Forward, samples: Mono) -> Chances:
    return ear.hear(samples[:PIECE]) if np.abs(samples[:PIECE]).max() > SILENT else _nobody()


def _back(samples: Mono) -> Chances:
    return backward(samples)[: PIECE // FRAME] if np.abs(samples[:PIECE]).max() > SILENT else _nobody()


def _nobody() -> Chances:
    return np.zeros(PIECE // FRAME, np.float32)


def packed(chances: bytes) -> str:
    """As text for a JSON file: about 100 kB for a film of 90 minutes."""
    return base64.b64encode(zlib.compress(chances)).decode()


def unpacked(text: str) -> bytes:
    """What `packed` made text of."""
    return zlib.decompress(base64.b64decode(text))
