"""Descriptors of a receiver mix: how far a receiver takes the programme down, and where it puts the narrator; as bytes,
as the sound of a control track, and read out of a WAV file.

After BBC WHP 198 and ETSI TS 101 154, Annex E. A control track is Manchester code of 1280 bits a second, a descriptor
of 16 bytes each 100 ms.
"""

from __future__ import annotations

import math
import os
from binascii import crc_hqx
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.files import opened
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.wav_metadata import WavAbout, read_metadata
from audiodesc.model import Samples

DESCRIPTOR = RATE_HZ // 10
"""Samples that a descriptor lasts."""

BYTES = 16
BITS = 8 * BYTES
HALF_BIT = DESCRIPTOR / BITS / 2
"""Samples of half a bit: 18.75."""

HEAD = b"\xf8DTGAD\x31"
REST = b"\xff" * 5
FIRST_CRC = 0x1D0F
FADE_STEP_DB = 0.3
DEEPEST, MUTE = 0xFE, 0xFF
PAN_STEP = 360 / 256
WIDEST = 0x15
"""The pan of a narrator who is heard on the right alone, 29.5°; on the left alone it is that below zero."""

AMPLITUDE = 10 ** (-18 / 20)
"""Of the control track: EBU's alignment level (R 68), for the standard names none. It is 12 dB over what BBC's decoder
takes for a signal."""

THRESHOLD = 1000 / 2**15
"""Of BBC's decoder: a sample nearer to zero is no signal."""

STRETCH = 100 * DESCRIPTOR
OVERLAP = 3 * DESCRIPTOR
"""A file is read in such stretches, each with so much of that before it, in which its bits are found again."""


class Descriptor(NamedTuple):
    """`time_ms` is when it is complete, from the file's first sample: then a decoder can apply it. `fade_db` is the
    gain of the programme, 0 to −76.2 dB, or −inf. `pan_degrees` is the narrator's place, −180 to 180 with 0 in front,
    clockwise."""

    time_ms: int
    fade_db: float
    pan_degrees: float


def pan_degrees(pan: float) -> float:
    """The place in a descriptor for a narrator at `pan`, from −1 (left) to 1 (right)."""
    return pan * WIDEST * PAN_STEP


def encode(fade_db: float, degrees: float) -> bytes:
    """The bytes of a descriptor, with the nearest of its steps for both; below −76.35 dB the programme is mute."""
    steps = math.inf if fade_db == -math.inf else round(-fade_db / FADE_STEP_DB)
    fade = MUTE if steps > DEEPEST else max(0, int(steps))
    said = HEAD + bytes((fade, round(degrees / PAN_STEP) % 256)) + REST
    return said + crc_hqx(said, FIRST_CRC).to_bytes(2, "big")


def decode(content: bytes) -> tuple[float, float]:
    """(fade in dB, pan in degrees) of a descriptor's bytes. Raises ValueError for what is none."""
    if len(content) != BYTES or not content.startswith(HEAD) or crc_hqx(content, FIRST_CRC):
        raise ValueError(f"{content.hex()} is no descriptor of a receiver mix")
    fade, pan = content[len(HEAD)], content[len(HEAD) + 1]
    return -math.inf if fade == MUTE else -round(fade * FADE_STEP_DB, 1) + 0.0, (pan - 256 * (pan > 128)) * PAN_STEP


def control_track(content: bytes) -> Samples:
    """Descriptors as the sound of a control track, shape (samples,), at 48 kHz. After its mid-bit transition a bit that
    is set is negative."""
    bits = np.unpackbits(np.frombuffer(content, np.uint8)).astype(np.float32) * 2 - 1
    halves = np.stack([bits, -bits], axis=1).ravel() * np.float32(AMPLITUDE)
    places = np.arange(len(content) * DESCRIPTOR // BYTES, dtype=np.int64) * 4 // 75
    return np.asarray(halves[places], np.float32)


def read_descriptors(path: Path) -> Iterator[Descriptor]:
    """The descriptors on the right channel of a WAV file of two channels at 48 kHz, PCM of 16 or 24 bits, in order;
    none of any other form. What no descriptor can be read from is passed over.

    Raises OSError for what cannot be read, ValueError for what is no WAV file.
    """
    about = read_metadata(path)
    if (about.rate_hz, about.channels) != (RATE_HZ, 2) or about.bits not in (16, 24):
        return
    with os.fdopen(opened(path), "rb") as file:
        done = 0
        for start in range(0, about.samples, STRETCH):
            first = max(0, start - OVERLAP)
            file.seek(about.first_byte + first * 2 * about.bits // 8)
            content = file.read((start + STRETCH - first) * 2 * about.bits // 8)
            for end, found in _found(_right(content, about)):
                if first + end > done + DESCRIPTOR // 2:
                    done = first + end
                    yield Descriptor(round(done * 1000 / RATE_HZ), *found)


def _right(content: bytes, about: WavAbout) -> Samples:
    """The samples of the right channel."""
    width = about.bits // 8
    pairs = np.frombuffer(content[: len(content) // (2 * width) * 2 * width], np.uint8).reshape(-1, 2, width)
    high = np.ascontiguousarray(pairs[:, 1, -2:]).view("<i2")[:, 0]
    return np.asarray(high, np.float32) / np.float32(2**15)


def _found(signal: Samples) -> Iterator[tuple[int, tuple[float, float]]]:
    """Each descriptor in a signal, and the sample at which it ends."""
    bits, places = _bits(signal)
    packed = bits.tobytes()
    head = np.unpackbits(np.frombuffer(HEAD, np.uint8)).tobytes()
    at = packed.find(head)
    while 0 <= at <= len(packed) - BITS:
        whole = np.packbits(bits[at : at + BITS]).tobytes()
        lasting = places[at + BITS - 1] - places[at]
        if crc_hqx(whole, FIRST_CRC) == 0 and abs(lasting - (BITS - 1) * 2 * HALF_BIT) < 4 * HALF_BIT:
            yield round(places[at + BITS - 1] + HALF_BIT), decode(whole)
            at += BITS - 1
        at = packed.find(head, at + 1)


def _bits(signal: Samples) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bits of Manchester code, and the sample of each one's mid-bit transition.

    Two transitions are half a bit or a whole one apart; those a whole one apart are both mid-bit, and tell which of the
    others are. What is between them is no code, and what comes of it no descriptor.
    """
    strong = np.flatnonzero(np.abs(signal) > THRESHOLD)
    below = signal[strong] < 0
    turns = 1 + np.flatnonzero(below[1:] != below[:-1])
    places, set_bits = strong[turns], below[turns]
    if len(places) < 2:
        return np.zeros(0, np.uint8), np.zeros(0, np.int64)
    whole = np.diff(places, prepend=places[0]) > 1.5 * HALF_BIT
    parity = np.cumsum(np.where(whole, 2, 1)) % 2
    last = np.maximum.accumulate(np.where(whole, np.arange(len(whole)), -1))
    phase = np.where(last >= 0, parity[last], parity[whole.argmax()])
    is_mid = parity == phase
    return set_bits[is_mid].astype(np.uint8), places[is_mid].astype(np.int64)
