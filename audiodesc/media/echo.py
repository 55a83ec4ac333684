"""What a player hears of a lossy file: its packets decoded again while they are written."""

from __future__ import annotations

import math
from typing import Any

import av

from audiodesc.core.concurrency import Worker
from audiodesc.media.samples import float_form, from_frame
from audiodesc.media.true_peak import HighestPeak


class Echo:
    """The true peak of what was encoded, on a thread of its own. A coder moves peaks, so that only this tells."""

    def __init__(self, encoder: av.AudioCodecContext) -> None:
        decoder = av.CodecContext.create(encoder.name, "r")
        assert isinstance(decoder, av.AudioCodecContext)  # noqa: S101 — the encoder is one
        self._decoder = decoder
        self._decoder.extradata = encoder.extradata
        self._former = av.AudioResampler(float_form(encoder.layout.name))
        self._highest = HighestPeak(encoder.layout.nb_channels)
        self._worker = Worker("decode", self._hear)

    def push(self, packet: av.Packet[Any]) -> None:
        """Take a packet as the encoder made it."""
        self._worker.push(av.Packet(bytes(packet)))

    def finish(self) -> float:
        """The highest true peak in dBTP, −inf for silence; ends it."""
        self._worker.push(None)
        self._worker.finish()
        self._highest.flush()
        return 20 * math.log10(self._highest.value) if self._highest.value > 0 else -math.inf

    def _hear(self, packet: av.Packet[Any] | None) -> None:
        for frame in self._decoder.decode(packet):
            for formed in self._former.resample(frame):
                self._highest.push(from_frame(formed))
