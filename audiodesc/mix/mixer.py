"""The mix: one streaming pass over plain blocks of samples, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import av
import numpy as np
from numpy.typing import NDArray

from audiodesc.media.sound import RATE_HZ
from audiodesc.mix.ducking import Ducking, gain
from audiodesc.mix.limiter import Limiter
from audiodesc.mix.narration import Narration
from audiodesc.model import Samples


@dataclass(frozen=True, slots=True)
class Levels:
    """`programme_db` raises film and narrator together; no true peak goes above `ceiling_db` (dBTP)."""

    programme_db: float
    ceiling_db: float


@dataclass(frozen=True, slots=True)
class Mixed:
    """A stretch of the result. `track` has the film's channels, `narration` one, shape (1, samples).

    The two need not be equally long in one stretch (the limiter holds sound back); over the film they are.
    """

    track: Samples
    narration: Samples


def mix(
    film: Iterable[Samples], layout: str, narration: Narration, ducking: Ducking, levels: Levels
) -> Iterator[Mixed]:
    """The film, ducked, with the narrator in the centre, limited.

    `film` gives 48 kHz blocks in the channels of `layout` (FFmpeg's name), from the film's zero on. The n-th
    sample of the result is the n-th of the film. The LFE channel is not ducked.
    """
    channels = [channel.name for channel in av.AudioLayout(layout).channels]
    ducked = np.array([[name not in LFE] for name in channels])
    places = {channels.index(name): np.float32(share) for name, share in narrator_channels(channels).items()}
    programme = np.float32(10 ** (levels.programme_db / 20))
    limiter = Limiter(len(channels), levels.ceiling_db)
    lines, start = narration.lines, 0
    for block in film:
        count = block.shape[1]
        voice = narration.block(start, count) * programme
        out = block * programme if programme != 1 else block.copy()
        curve = gain(start, count, lines, ducking, RATE_HZ)
        if curve is not None:
            _duck(out, curve, ducked)
        for channel, share in places.items():
            out[channel] += voice * share
        yield Mixed(limiter.push(out), voice[None])
        start += count
    yield Mixed(limiter.flush(), np.zeros((1, 0), np.float32))


def _duck(block: Samples, curve: NDArray[np.float32], ducked: NDArray[np.bool_]) -> None:
    np.multiply(block, curve, out=block, where=ducked)


LFE = ("LFE", "LFE2")
PAIRS = (("FL", "FR"), ("DL", "DR"))


def narrator_channels(channels: list[str]) -> Mapping[str, float]:
    """Which channels carry the narrator, and at what linear gain.

    The centre at 0 dB where there is one, else left and right at −3 dB each, which is as loud.
    """
    if "FC" in channels:
        return {"FC": 1.0}
    for pair in PAIRS:
        if set(pair) <= set(channels):
            return dict.fromkeys(pair, sqrt(0.5))
    return {channels[0]: 1.0}
