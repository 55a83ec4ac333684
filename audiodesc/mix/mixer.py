"""The mix: one streaming pass over plain blocks of samples, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from audiodesc.media.sound import RATE_HZ
from audiodesc.mix.channels import LFE, names, narrator_channels
from audiodesc.mix.ducking import Duck, Ducking, gain
from audiodesc.mix.limiter import Limiter
from audiodesc.mix.narration import Narration
from audiodesc.model import Samples


@dataclass(frozen=True, slots=True)
class Levels:
    """`programme_db` raises film and narrator together; no true peak goes above `ceiling_db` (dBTP).

    `coded_db` is the ceiling of a second copy of the mix, for a lossy coder; None where there is none.
    """

    programme_db: float
    ceiling_db: float
    coded_db: float | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """How film and narrator are put together. `layout` is FFmpeg's name for the film's channels, `pan` the narrator's
    place from −1 (left) to 1 (right), `ducks` where the film goes down."""

    layout: str
    ducks: tuple[Duck, ...] = ()
    ducking: Ducking = Ducking()  # noqa: RUF009 — frozen
    rate_hz: int = RATE_HZ
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Mixed:
    """A stretch of the result. `track` has the film's channels, `narration` one, shape (1, samples); `film` is the
    ducked film alone, before the limiter. `coded` is the track for a lossy coder, under its own ceiling.

    `track` and `coded` need not be as long as the others in one stretch (the limiter holds sound back); over the film
    they are.
    """

    track: Samples
    narration: Samples
    film: Samples
    coded: Samples | None = None


def mix(film: Iterable[Samples], narration: Narration, desk: Desk, levels: Levels) -> Iterator[Mixed]:
    """The film, ducked, with the narrator in the centre, limited.

    `film` gives blocks in the desk's layout and rate, from the film's zero on. The n-th sample of the result is the
    n-th of the film. The LFE channel is not ducked.
    """
    channels = names(desk.layout)
    bass = [channels.index(name) for name in channels if name in LFE]
    shares = narrator_channels(channels, desk.pan)
    places = {channels.index(name): np.float32(share) for name, share in shares.items()}
    programme = np.float32(10 ** (levels.programme_db / 20))
    limiter = Limiter(len(channels), levels.ceiling_db)
    second = None if levels.coded_db is None else Limiter(len(channels), levels.coded_db)
    start = 0
    for block in film:
        count = block.shape[1]
        voice = narration.block(start, count)
        low = raised = block * programme if programme != 1 else block
        curve = gain(start, count, desk.ducks, desk.ducking, desk.rate_hz)
        if curve is not None:
            low = raised * curve
            low[bass] = raised[bass]
        out = low
        if voice.any():
            voice, out = voice * programme, low.copy()
            for channel, share in places.items():
                out[channel] += voice * share
        yield Mixed(limiter.push(out), voice[None], low, second.push(out) if second else None)
        start += count
    nothing = np.zeros((len(channels), 0), np.float32)
    yield Mixed(limiter.flush(), nothing[:1], nothing, second.flush() if second else None)
