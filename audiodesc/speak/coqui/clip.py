"""The recording whose voice a cloning model takes on."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from audiodesc.errors import FilmError, InputError
from audiodesc.media.opening import open_film

RATE_HZ = 22_050
SHORTEST_S, LONGEST_S = 2, 60


def read_clip(path: Path) -> NDArray[np.float32]:
    """The first minute of a recording, of any format that a film may have: 22.05 kHz mono, full scale ±1.

    Raises InputError for what holds no sound, or less than two seconds of it.
    """
    remedy = "give 6 to 30 seconds of one person speaking clearly, such as a WAV file"
    try:
        with open_film(path) as container:
            if not container.streams.audio:
                raise InputError(f"{path} holds no sound", remedy)
            resampler = av.AudioResampler("flt", "mono", RATE_HZ)
            blocks: list[NDArray[np.float32]] = []
            for frame in container.decode(audio=0):
                blocks += (block.to_ndarray()[0] for block in resampler.resample(frame))
                if sum(map(len, blocks)) > LONGEST_S * RATE_HZ:
                    break
    except FilmError as error:
        raise InputError(f"{path} is not a recording that can be read, or it is missing", remedy) from error
    sound = np.concatenate(blocks or [np.zeros(0, np.float32)])[: LONGEST_S * RATE_HZ]
    if len(sound) < SHORTEST_S * RATE_HZ:
        raise InputError(f"{path} lasts {len(sound) / RATE_HZ:.1f} s: too short to take on its voice", remedy)
    return sound
