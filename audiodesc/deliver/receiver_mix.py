"""A receiver mix: the narrator alone, and beside it the control track by which a receiver takes the programme down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from audiodesc.deliver.base import Delivery
from audiodesc.deliver.broadcast_wav import WavTracks, broadcast_tracks
from audiodesc.deliver.sinks import Beside, Derived
from audiodesc.deliver.sound import SoundDeliverable, SoundOrder
from audiodesc.media.descriptors import DESCRIPTOR, control_track, encode, pan_degrees
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.wav_chunks import WavFile
from audiodesc.mix import Mix
from audiodesc.mix.mixer import Mixed
from audiodesc.mix.outputs import Sink
from audiodesc.model import Film, Note, Samples
from audiodesc.settings import DeliverSettings, Settings

WHAT: Final = "Audio description, receiver mix: left narrator, right control track (BBC WHP 198)"
FRAME: Final = 2 * 3
"""Bytes of a sample of both channels."""

A_SECOND: Final = RATE_HZ // DESCRIPTOR
"""Descriptors."""


class ReceiverMix(SoundDeliverable):
    """A WAV file of two channels as long as the film: the narrator at the level of the mix, and for each 100 ms a
    descriptor with the gain of the film (`Mixed.gain`) and the place of the narrator (`--pan`)."""

    name, content = "receiver-mix", "narration"
    summary = "for broadcast: the narrator, and the control track by which a receiver fades the film: WAV (BBC WHP 198)"

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.receiver-mix.wav"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return film.duration_ms * RATE_HZ // 1000 * FRAME

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        path = order.files[self.name]
        file = broadcast_tracks(path, mix, order, WavTracks(WHAT, self.content, 2, "dual-mono"))
        made = ReceiverMixFile(file, mix.source.rate_hz, pan_degrees(mix.setup.pan))
        yield Sink(Beside(made, path.name), _narrator_and_gain)

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        """The mix has written it whole."""
        return ()


def _narrator_and_gain(part: Mixed) -> Samples:
    """Shape (2, samples)."""
    voice = part.narration[0]
    return np.stack([voice, np.ones_like(voice) if part.gain is None else part.gain])


class ReceiverMixFile(Derived):
    """A receiver mix that grows block by block, from the narrator and the gain of the film at `rate_hz`; the narrator
    stands at `degrees` clockwise from the front."""

    def __init__(self, file: WavFile, rate_hz: int, degrees: float) -> None:
        super().__init__(file)
        self._rate_hz, self._degrees = rate_hz, degrees
        self._resampler = None if rate_hz == RATE_HZ else soxr.ResampleStream(rate_hz, RATE_HZ, 1, quality="VHQ")
        self._gain: NDArray[np.float32] = np.zeros(0, np.float32)
        self._voice: NDArray[np.float32] = np.zeros(0, np.float32)
        self._control: NDArray[np.float32] = np.zeros(0, np.float32)
        self._taken = self._written = self._done = 0

    def push(self, samples: Samples) -> None:
        """Add a block of narrator and gain (linear), float32 of shape (2, samples)."""
        self._taken += samples.shape[1]
        self._gain = np.concatenate([self._gain, samples[1]])
        self._push(samples[0], is_last=False)

    def _finish(self) -> None:
        total = self._taken * RATE_HZ // self._rate_hz
        last = self._gain[-1:] if self._gain.size else np.ones(1, np.float32)
        self._gain = np.concatenate([self._gain, np.repeat(last, 3 * self._rate_hz // A_SECOND)])
        self._push(np.zeros(0, np.float32), is_last=True)
        left = total - self._written
        self._voice = np.pad(self._voice[:left], (0, max(0, left - len(self._voice))))
        self._control = self._control[:left]
        self._write()

    def _push(self, voice: NDArray[np.float32], *, is_last: bool) -> None:
        if self._resampler:
            voice = self._resampler.resample_chunk(voice, last=is_last)
        self._voice = np.concatenate([self._voice, voice])
        sent = b"".join(encode(fade, self._degrees) for fade in self._fades())
        self._control = np.concatenate([self._control, control_track(sent)])
        self._write()

    def _fades(self) -> Iterator[float]:
        """The fade of each descriptor whose time is known: a receiver has it when it is complete, and keeps to it until
        the next is. So it is that of the 100 ms after its own, between the highest and the lowest there."""
        while True:
            now = self._done * self._rate_hz // A_SECOND
            first, end = ((self._done + n) * self._rate_hz // A_SECOND - now for n in (1, 2))
            if end > len(self._gain):
                return
            there = self._gain[first:end]
            yield float(10 * np.log10(there.max()) + 10 * np.log10(there.min()))
            self._gain = self._gain[first:]
            self._done += 1

    def _write(self) -> None:
        size = min(len(self._voice), len(self._control))
        self._file.push(np.stack([self._voice[:size], self._control[:size]]))
        self._voice, self._control = self._voice[size:], self._control[size:]
        self._written += size
