"""A decoder of control tracks and a receiver, written from the standard's numbers alone, for tests of what we write."""

from __future__ import annotations

import wave
from binascii import crc_hqx
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
BIT = 37.5


@dataclass
class Decoder:
    """As BBC's open decoder: sample by sample, a signal beyond ±1000 of 16 bits, bits by the time between transitions,
    anew after each that is too short or too long. The first descriptor is lost to that."""

    level: int = 0
    since: int = 0
    at: int = 0
    is_mid: bool = False
    is_locked: bool = False
    bits: str = ""

    def feed(self, samples: NDArray[np.int16]) -> list[tuple[int, int, int]]:
        """(sample at which it is complete, fade, pan) of each descriptor."""
        found = []
        for sample in samples.tolist():
            self.at += 1
            self.since += 1
            now = 1 if sample > 1000 else -1 if sample < -1000 else self.level
            if now != self.level and self._turn(now) and len(self.bits) == 128 and (one := self._descriptor()):
                found.append(one)
        return found

    def _turn(self, now: int) -> bool:
        """Whether a bit more is known."""
        lasting, self.since, self.level = self.since, 0, now
        if not BIT / 4 < lasting < BIT * 1.25:
            self.is_locked, self.bits = False, ""
            return False
        if lasting > 0.75 * BIT:
            self.is_locked = self.is_mid = True
        else:
            self.is_mid = not self.is_mid
        if self.is_locked and self.is_mid:
            self.bits = self.bits[-127:] + ("1" if now < 0 else "0")
            return True
        return False

    def _descriptor(self) -> tuple[int, int, int] | None:
        content = int(self.bits[-128:], 2).to_bytes(16, "big")
        if content[:7] != bytes.fromhex("f84454474144") + b"1" or crc_hqx(content, 0x1D0F):
            return None
        return self.at, content[7], content[8]


def channels(path: Path) -> NDArray[np.int32]:
    """The samples of a WAV file of 24 bits, shape (channels, samples)."""
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (3, RATE)
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, file.getnchannels(), 3)
    whole = np.zeros((*raw.shape[:2], 4), np.uint8)
    whole[..., 1:] = raw
    return (whole.view("<i4")[..., 0] >> 8).T


def decoded(path: Path) -> list[tuple[int, int, int]]:
    """(sample at which it is complete, fade, pan) of each descriptor on the right channel."""
    return Decoder().feed((channels(path)[1] >> 8).astype(np.int16))


def received_gain(path: Path) -> NDArray[np.float64]:
    """What a receiver multiplies the programme by, a number a sample: each descriptor counts once it is complete."""
    right = channels(path)[1]
    gain = np.ones(len(right))
    for at, fade, _ in decoded(path):
        gain[at:] = 0.0 if fade == 0xFF else 10 ** (-0.3 * fade / 20)
    return gain
