"""What of a film's packets came into its copy, track by track."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import av
from av.stream import Stream

from audiodesc.core.formatting import number_of


@dataclass(slots=True)
class PacketCount:
    """Counts what is read of a film and what is written, by the tracks of the copy."""

    waiting: Counter[Stream] = field(default_factory=Counter)
    refused: Counter[Stream] = field(default_factory=Counter)

    def read(self, timed: Iterator[tuple[float, av.Packet[Stream]]]) -> Iterator[tuple[float, av.Packet[Stream]]]:
        """The same packets, each counted as it is read."""
        for time, packet in timed:
            self.waiting[packet.stream] += 1
            yield time, packet

    def out(self, packet: av.Packet[Stream], *, refused: bool) -> None:
        """Count a packet that was given to the copy, and whether that could not write it."""
        self.waiting[packet.stream] -= 1
        self.refused[packet.stream] += refused

    def lines(self, names: Mapping[Stream, str]) -> Iterator[str]:
        """A line for each track, by its name, of which something is missing."""
        for track, name in names.items():
            if count := self.refused[track]:
                yield f"{number_of(count, 'packet')} of {name} could not be written"
            if (count := self.waiting[track]) > 0:
                yield f"{number_of(count, 'packet')} of {name} overlap others and are not in its copy"
