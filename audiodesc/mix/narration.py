"""The narrator alone, as a stream on the film's clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import soxr

from audiodesc.media.clips import read_wav, wav_length
from audiodesc.media.sound import RATE_HZ
from audiodesc.mix.limiter import Limiter
from audiodesc.model import Samples, SpokenLine


class Narration:
    """The clips in their places, all raised by `gain_db`, their true peaks kept under `ceiling_db` (dBTP).

    A clip is read when its time comes, and let go. Clips come at 48 kHz and are brought to `rate_hz`.
    """

    def __init__(
        self, spoken: Sequence[SpokenLine], gain_db: float, ceiling_db: float = 0.0, rate_hz: int = RATE_HZ
    ) -> None:
        self._ceiling_db, self._rate_hz = ceiling_db, rate_hz
        self._gain = 10 ** (gain_db / 20)
        self._first = 0  # of the lines that are not over yet
        self._placed = sorted(((place(speech, rate_hz), speech) for speech in spoken), key=lambda pair: pair[0])
        self._open: dict[int, Samples] = {}

    @property
    def lines(self) -> list[tuple[int, int]]:
        """(first sample, sample after the last) of each line, in order."""
        return [place for place, _ in self._placed]

    def block(self, start: int, count: int) -> Samples:
        """`count` samples from sample `start`, mono, shape (samples,); blocks are asked for in order."""
        out = np.zeros(count, np.float32)
        while self._first < len(self._placed) and self._placed[self._first][0][1] <= start:
            self._open.pop(self._first, None)
            self._first += 1
        for i in range(self._first, len(self._placed)):
            (first, end), speech = self._placed[i]
            if first >= start + count:
                break
            if end > start:
                clip = self._open[i] if i in self._open else self._open.setdefault(i, self._read(speech))
                a, b = max(first, start), min(end, start + count)
                out[a - start : b - start] += clip[a - first : b - first]
        return out

    def _read(self, speech: SpokenLine) -> Samples:
        return limited(clip_at(speech, self._rate_hz) * np.float32(self._gain), self._ceiling_db)


def limited(clip: Samples, ceiling_db: float) -> Samples:
    """A raised clip, shape (samples,), with its true peaks kept under the ceiling (dBTP)."""
    limiter = Limiter(1, ceiling_db)
    out: Samples = np.concatenate([limiter.push(clip[None]), limiter.flush()], axis=1)[0]
    return out


def clip_at(speech: SpokenLine, rate_hz: int) -> Samples:
    """The line's sound at that rate, shape (samples,), as long as its place."""
    clip = read_wav(speech.clip)
    if rate_hz == RATE_HZ:
        return clip
    first, end = place(speech, rate_hz)
    sound = np.asarray(soxr.resample(clip, RATE_HZ, rate_hz, quality="VHQ"), np.float32)[: end - first]
    return np.pad(sound, (0, end - first - len(sound)))


def place(speech: SpokenLine, rate_hz: int) -> tuple[int, int]:
    """(first sample, sample after the last) of a line."""
    first = speech.span.start_ms * rate_hz // 1000
    return first, first + wav_length(speech.clip) * rate_hz // RATE_HZ
