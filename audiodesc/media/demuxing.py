"""The packets of a film, in the order in which they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream


def demuxed(container: InputContainer, streams: Sequence[Stream] | None = None) -> Iterator[av.Packet[Any]]:
    """The packets of these streams, or of all, from where the file stands.

    Transport streams may grow a stream on the way, when a programme changes or data is damaged. PyAV leaves it out,
    and at the end, when nothing else is to come, fails over it.
    """
    packets = container.demux(list(streams)) if streams is not None else container.demux()
    while True:
        try:
            packet = next(packets)
        except (StopIteration, IndexError):
            return
        yield packet
