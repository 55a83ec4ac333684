"""The mixer: one streaming pass over plain blocks of samples, film and narrator, in constant memory; and its limiter,
which keeps true peaks under a ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audiodesc.media.clips import read_wav, wav_length
from audiodesc.media.loudness import HOP, hop_peaks
from audiodesc.media.sound import RATE_HZ, channel_names
from audiodesc.mix.levels import Duck, gain
from audiodesc.model import Samples, SpokenLine
from audiodesc.settings import Ducking, SoundSettings

REACH = 60
"""Hops (20 ms) on either side over which the lowest gain is held, and again over which it is smoothed: the gain
begins to go down 40 ms before a peak, and is back 40 ms after it. A hop shares one value of required gain."""

SAFETY_DB = 0.1
"""White noise at full scale is held this much too high at worst."""


HANN: NDArray[np.float64] = np.hanning(2 * REACH + 3)[1:-1] / np.hanning(2 * REACH + 3).sum()


class Limiter:
    """Keeps sound under `ceiling_db` (dBTP).

    The gain is the smoothed minimum of what the peaks within 20 ms ask for, so that it never asks too little
    and never jumps. It depends on the sound alone, not on how that is cut into blocks; where nothing is
    too loud the sound passes unchanged. Behind its `channels` a block may have `carried` others, such as the parts that
    the sound is the sum of: these get the same gain, and are not measured.
    """

    def __init__(self, channels: int, ceiling_db: float, carried: int = 0) -> None:
        self._ceiling = 10 ** ((ceiling_db - SAFETY_DB) / 20)
        self._channels = channels
        self._sound: Samples = np.zeros((channels + carried, HOP), np.float32)  # a hop of context, then what is held
        self._required = np.ones(2 * REACH + 1)  # history, then one value for each measured hop
        self._measured = 0

    def push(self, block: Samples) -> Samples:
        """Take a block, shape (channels + carried, samples); give the samples that are ready, fewer or more."""
        self._sound = np.concatenate([self._sound, block], axis=1)
        self._measure()
        return self._release(self._measured - 2 * REACH - 2)

    def flush(self) -> Samples:
        """The samples that were held back; ends it."""
        held = self._sound.shape[1] - HOP
        hops = -(-held // HOP)
        silence = np.zeros((len(self._sound), (hops + 2 * REACH + 4) * HOP - held), np.float32)
        self._sound = np.concatenate([self._sound, silence], axis=1)
        self._measure()
        return self._release(hops)[:, :held]

    def _measure(self) -> None:
        """Required gain of every hop that has a hop of context on its right."""
        ready = (self._sound.shape[1] - 2 * HOP) // HOP
        if ready <= self._measured:
            return
        peaks = hop_peaks(self._sound[: self._channels, self._measured * HOP : (ready + 2) * HOP], self._ceiling)
        required = self._ceiling / np.maximum(peaks, self._ceiling)
        self._required = np.concatenate([self._required, required])
        self._measured = ready

    def _release(self, hops: int) -> Samples:
        if hops <= 0:
            return self._sound[:, :0]
        out = self._sound[:, HOP : HOP + hops * HOP]
        required = self._required[: hops + 4 * REACH + 3]
        if required.min() < 1:
            lowest = sliding_window_view(required, 2 * REACH + 3).min(axis=1)
            smooth = np.convolve(lowest, HANN, "valid")
            at = np.arange(hops * HOP) / HOP
            out = out * np.interp(at, np.arange(hops + 1), smooth).astype(np.float32)
        self._sound = self._sound[:, hops * HOP :]
        self._required = self._required[hops:]
        self._measured -= hops
        return out


PAN = SoundSettings().pan

LFE = ("LFE", "LFE2")
PAIRS = (("FL", "FR"), ("DL", "DR"), ("BIL", "BIR"))
DOWN_3_DB = sqrt(0.5)


def narrator_channels(channels: Sequence[str], pan: float = PAN) -> Mapping[str, float]:
    """Which channels carry the narrator, and at what linear gain; their powers add up to one.

    The centre at 0 dB where there is one, else left and right at −3 dB each. `pan` from −1 (left) to 1 (right)
    moves it from there to the one side.
    """
    left, right = next((pair for pair in PAIRS if set(pair) <= set(channels)), ("", ""))
    side = right if pan > 0 else left
    if "FC" in channels and (not side or not pan):
        return {"FC": 1.0}
    if "FC" in channels:
        return {"FC": cos(abs(pan) * pi / 2), side: sin(abs(pan) * pi / 2)}
    if side:
        return {left: cos((pan + 1) * pi / 4), right: sin((pan + 1) * pi / 4)}
    return {channels[0]: 1.0}


def narrator_places(layout: str, pan: float) -> Mapping[int, np.float32]:
    """The same by the numbers of the channels of a layout, FFmpeg's name."""
    channels = channel_names(layout)
    return {channels.index(name): np.float32(share) for name, share in narrator_channels(channels, pan).items()}


def placed(voice: Samples, layout: str, pan: float) -> Samples:
    """A narration, shape (samples,), in the channels of a layout as the mix adds it, shape (channels, samples)."""
    out = np.zeros((len(channel_names(layout)), len(voice)), np.float32)
    for channel, share in narrator_places(layout, pan).items():
        out[channel] = voice * share
    return out


def to_stereo(layout: str) -> NDArray[np.float32]:
    """The gains of a downmix after ITU-R BS.775, shape (2, channels): the centre and what is behind come in at −3 dB,
    a single channel behind at −3 dB in all, the LFE not. What BS.775 does not name is treated as its neighbours are.
    """
    return np.array([_shares(name) for name in channel_names(layout)], np.float32).T


def _shares(name: str) -> tuple[float, float]:
    if name in LFE:
        return 0.0, 0.0
    if name in ("BC", "TBC"):
        return 0.5, 0.5
    if name.endswith("C") and name not in ("FLC", "FRC"):  # in front: FC, TFC, BFC; above: TC
        return DOWN_3_DB, DOWN_3_DB
    full = 1.0 if name in ("FL", "FR", "FLC", "FRC", "DL", "DR", "BIL", "BIR") else DOWN_3_DB
    return (full, 0.0) if name.endswith("L") or name == "FLC" else (0.0, full)


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
        self._placed = sorted(((place_clip(speech, rate_hz), speech) for speech in spoken), key=lambda pair: pair[0])
        self._open: dict[int, Samples] = {}

    @property
    def lines(self) -> list[tuple[int, int]]:
        """(first sample, sample after the last) of each line, in order."""
        return [place_clip for place_clip, _ in self._placed]

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
        return limited_clip(clip_at(speech, self._rate_hz) * np.float32(self._gain), self._ceiling_db)


def limited_clip(clip: Samples, ceiling_db: float) -> Samples:
    """A raised clip, shape (samples,), with its true peaks kept under the ceiling (dBTP)."""
    limiter = Limiter(1, ceiling_db)
    out: Samples = np.concatenate([limiter.push(clip[None]), limiter.flush()], axis=1)[0]
    return out


def clip_at(speech: SpokenLine, rate_hz: int) -> Samples:
    """The line's sound at that rate, shape (samples,), as long as its place."""
    clip = read_wav(speech.clip)
    if rate_hz == RATE_HZ:
        return clip
    first, end = place_clip(speech, rate_hz)
    sound = np.asarray(soxr.resample(clip, RATE_HZ, rate_hz, quality="VHQ"), np.float32)[: end - first]
    return np.pad(sound, (0, end - first - len(sound)))


def place_clip(speech: SpokenLine, rate_hz: int) -> tuple[int, int]:
    """(first sample, sample after the last) of a line."""
    first = speech.span.start_ms * rate_hz // 1000
    return first, first + wav_length(speech.clip) * rate_hz // RATE_HZ


@dataclass(frozen=True, slots=True)
class Levels:
    """`programme_db` raises film and narrator together; no true peak goes above `ceiling_db` (dBTP).

    `coded_db` is the ceiling of a second copy of the mix, for a lossy coder; None where there is none.
    """

    programme_db: float
    ceiling_db: float
    coded_db: float | None = None


@dataclass(frozen=True, slots=True)
class MixSetup:
    """How film and narrator are put together. `layout` is FFmpeg's name for the film's channels, `pan` the narrator's
    place from −1 (left) to 1 (right), `ducks` where the film goes down."""

    layout: str
    ducks: tuple[Duck, ...] = ()
    ducking: Ducking = Ducking()  # noqa: RUF009 — frozen
    rate_hz: int = RATE_HZ
    pan: float = PAN


@dataclass(frozen=True, slots=True)
class Mixed:
    """A stretch of the result. `track` has the film's channels, `narration` one, shape (1, samples); `film` is the
    ducked film alone, before the limiter, and `unducked` the same before it is ducked. `gain` is what the film is
    multiplied by while it is ducked, shape (samples,), None where that is 1 all along; the LFE is not ducked. `coded`
    is the track for a lossy coder, under its own ceiling.

    `track` and `coded` need not be as long as the others in one stretch (the limiter holds sound back); over the film
    they are.
    """

    track: Samples
    narration: Samples
    film: Samples
    unducked: Samples
    gain: NDArray[np.float32] | None = None
    coded: Samples | None = None


def mix(film: Iterable[Samples], narration: Narration, setup: MixSetup, levels: Levels) -> Iterator[Mixed]:
    """The film, ducked, with the narrator in the centre, limited.

    `film` gives blocks in the setup's layout and rate, from the film's zero on. The n-th sample of the result is the
    n-th of the film. The LFE channel is not ducked.
    """
    channels = channel_names(setup.layout)
    bass = [channels.index(name) for name in channels if name in LFE]
    places = narrator_places(setup.layout, setup.pan)
    programme = np.float32(10 ** (levels.programme_db / 20))
    limiter = Limiter(len(channels), levels.ceiling_db)
    second = None if levels.coded_db is None else Limiter(len(channels), levels.coded_db)
    start = 0
    for block in film:
        count = block.shape[1]
        voice = narration.block(start, count)
        low = raised = block * programme if programme != 1 else block
        curve = gain(start, count, setup.ducks, setup.ducking, setup.rate_hz)
        if curve is not None:
            low = raised * curve
            low[bass] = raised[bass]
        out = low
        if voice.any():
            voice, out = voice * programme, low.copy()
            for channel, share in places.items():
                out[channel] += voice * share
        yield Mixed(limiter.push(out), voice[None], low, raised, curve, second.push(out) if second else None)
        start += count
    nothing = np.zeros((len(channels), 0), np.float32)
    yield Mixed(limiter.flush(), nothing[:1], nothing, nothing, None, second.flush() if second else None)
