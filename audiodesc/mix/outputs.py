"""Where the mix goes: the files of one pass, and what of the mix each gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from audiodesc.mix import Mix
from audiodesc.mix.mixer import Mixed
from audiodesc.model import Samples


class SinkFile(Protocol):
    """A file that grows block by block; it is a context manager, and leaving it finishes it."""

    @property
    def decoded_peak_db(self) -> float | None:
        """After the end, for a lossy kind: the true peak (dBTP) that a player hears; else None."""

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (channels, samples)."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Sink:
    """A file of sound or of what is derived from the sound, and what of a stretch of the mix goes into it, None for a
    stretch that has nothing for it. `kind` is what a lossy file is called in a note on its peaks."""

    file: SinkFile
    signal: Callable[[Mixed], Samples | None]
    kind: str = "AAC"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the mix goes: `sinks` opens the files of one pass, in order; `is_lossy` is whether the mixed track is coded
    by a lossy coder, `has_copy` whether lossy copies (`Mixed.coded`) are made of it too."""

    sinks: Callable[[Mix], Iterable[Sink]]
    is_lossy: bool
    has_copy: bool
