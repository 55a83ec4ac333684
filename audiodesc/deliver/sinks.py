"""What stands between the mix and a file: a thread of its own, and 48 kHz where the mix has another rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import soxr

from audiodesc.core.concurrency import Worker
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples


class Pushed(Protocol):
    """A file that takes blocks, and is finished by leaving it as a context."""

    def push(self, samples: Samples) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Derived(ABC):
    """What makes the samples of a file of what is pushed, and holds some back: leaving it writes them, and finishes the
    file."""

    def __init__(self, file: Pushed) -> None:
        self._file = file

    @abstractmethod
    def push(self, samples: Samples) -> None:
        """Add a block."""

    @abstractmethod
    def _finish(self) -> None:
        """Write what is held back."""

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
        except BaseException as fault:
            self._file.__exit__(type(fault), fault, fault.__traceback__)
            raise
        self._file.__exit__(kind, error, trace)


class Beside:
    """A file that is written on a thread of its own, at `rate_hz`, where it takes another rate than the mix has.

    What goes wrong on the thread is raised by the next `push`, or on leaving.
    """

    def __init__(self, file: Pushed, name: str, rate_hz: int = RATE_HZ) -> None:
        self._file, self._rate_hz = file, rate_hz
        self._resampler: soxr.ResampleStream | None = None
        self._pushed = self._given = 0
        self._worker = Worker(f"encode {name}", self._push)

    @property
    def decoded_peak_db(self) -> float | None:
        """That of the file, where it is lossy."""
        peak: float | None = getattr(self._file, "decoded_peak_db", None)
        return peak

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples)."""
        if samples.shape[1]:
            self._worker.push(samples)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._worker.finish()
            if error is None:
                self._flush()
        except BaseException as fault:
            self._file.__exit__(type(fault), fault, fault.__traceback__)
            if error is None:
                raise
        else:
            self._file.__exit__(kind, error, trace)

    def _push(self, samples: Samples) -> None:
        self._pushed += samples.shape[1]
        if self._rate_hz == RATE_HZ:
            self._file.push(samples)
            return
        if self._resampler is None:
            self._resampler = soxr.ResampleStream(self._rate_hz, RATE_HZ, len(samples), "float32", "VHQ")
        self._give(self._resampler.resample_chunk(np.ascontiguousarray(samples.T)))

    def _flush(self) -> None:
        """What the resampler held back, to the sample as long as the sound is."""
        if self._resampler is None:
            return
        channels = self._resampler.resample_chunk(np.zeros((0, self._channels), np.float32), last=True)
        left = round(self._pushed * RATE_HZ / self._rate_hz) - self._given
        self._give(np.pad(channels, ((0, max(0, left - len(channels))), (0, 0)))[:left])

    def _give(self, samples: Samples) -> None:
        """Samples of shape (samples, channels)."""
        self._given += len(samples)
        self._channels = samples.shape[1]
        self._file.push(np.ascontiguousarray(samples.T))
