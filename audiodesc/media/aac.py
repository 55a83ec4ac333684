"""AAC, encoded in parts on all cores: packet by packet what one encoder would write that never stops.

FFmpeg's encoder at a constant quality forgets what it has encoded within a few frames, but for two things. Where sound
asks for more bits than a frame may have, bands lose their protection against holes for good: every encoder here starts
with sounds that take it from all of them. And the first frame of short windows of a channel is quantised by thresholds
of the last such frame before it, however long ago. So a part begins with a run-in, which is thrown away, and ends with
frames that the next one has too. Where the packets of both are the same is the join: each channel's windows, their
order and the sound go on as if there were none. Packets of its own a part has for its first frames of short windows.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

import av
import numpy as np
from av.codec.context import Flags
from numpy.typing import NDArray

from audiodesc.core.cache import Store, key
from audiodesc.media.kept_parts import CodedPart, KeptParts
from audiodesc.media.loudness import decoded_peak
from audiodesc.media.sound import to_frame
from audiodesc.model import Samples

FRAME = 1024
"""Samples of each channel in a packet; those of packet n begin a frame before the n-th: the encoder's delay."""

LAMBDA = 600
"""The quality. From here on the encoder's psychoacoustic model does not fit its thresholds to a number of bits as long
as a frame has enough of them."""

PAIR_BPS = 400_000
"""Bits a second that a pair of channels may take where it needs them.

Against FFmpeg's own choice (`twoloop`) at 192 kb/s, which was used before, over 9 films of different kinds
(`benchmarks/aac.py`): 240 kb/s (162 to 340); in each film the noise is 6 to 22 dB lower against the sound and, by the
model of ITU-R BS.1387, lower against the mask: over the whole (by 0.6 to 14.5 dB), in the 95th percentile of the frames
and in the worst one, which is masked everywhere (−4 dB; before up to +5 dB). The mean of the frames' dB is higher in
three films, by 0.4, 4 and 11 dB, all below −27 dB: a constant bit rate spends on quiet frames what nobody hears.
"""

CUTOFF_HZ = 20_000
SETTINGS = {"aac_coder": "fast", "global_quality": str(LAMBDA), "aac_tns": "0", "aac_pns": "0"}
"""The coder that FFmpeg's manual calls "better and much faster at higher bitrates".

Without temporal noise shaping, with which this coder leaves up to 18 dB more noise in frames of attacks, and without
noise in place of noise, which saves next to nothing here.
"""

CODED = 1
"""Version of what a part is made into."""

PART_VALUES = 4 << 20
"""Samples of all channels in a part: 44 s of stereo, 15 s of 5.1, so that those under way take little memory."""

RUN_IN = RUN_OUT = 16
"""Frames of a part before and after its own."""

SETTLED = 5
"""From this frame of a run-in on packets are the same, if they are ever."""

TILTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5)
NOISES, ATTACKS, RISE = 4, 24, 10
"""Of what an encoder is given first. With 16 attacks a band was left out in 1 of 30 films, with 24 in none."""

ALIKE = 4
"""Packets on either side of a join that are the same in both parts, where that can be found."""

AT_ONCE = 64
"""Frames that are given to the encoder together."""

MOST_THREADS = 4
"""Parts that are encoded at a time: more would wait for the mix."""


@dataclass(frozen=True, slots=True)
class PartSound:
    """What a part is made of: `samples`, shape (channels, samples), and whether these begin and end where the whole
    does.

    `loud` is what the encoder remembers of short windows before it: the loudest or next to nothing. Of two parts side
    by side each has the other, so that packets in which it matters are not the same.
    """

    samples: Samples
    layout: str
    rate_hz: int
    begins: bool
    ends: bool
    loud: bool

    @property
    def key(self) -> str:
        """The name of its packets in a store."""
        encoder, sound = list(av.library_versions["libavcodec"]), hashlib.sha256(self.samples.data).hexdigest()
        chosen = [SETTINGS, PAIR_BPS, CUTOFF_HZ, SETTLED, self.layout, self.rate_hz]
        return key("aac", CODED, encoder=encoder, sound=sound, chosen=chosen, place=[self.begins, self.ends, self.loud])


def part_frames(channels: int) -> int:
    """How many frames of its own a part has."""
    return PART_VALUES // FRAME // channels


def configure(encoder: av.AudioCodecContext, channels: int, rate_hz: int) -> None:
    """Set an encoder that is not open yet to what all AAC here is encoded with."""
    encoder.bit_rate = PAIR_BPS * channels // 2 * 120 // LAMBDA  # the encoder's measure: what quality 120 would take
    encoder.flags |= Flags.qscale | Flags.bitexact  # else each 256th packet has the encoder's name in it
    encoder.options = SETTINGS | {"cutoff": str(min(CUTOFF_HZ, rate_hz // 2))}


def coded(part: PartSound) -> CodedPart:
    """The packets of a part; without `part.ends`, those that no later sound can change."""
    encoder, lead, packets, size = _encoder(part), _lead(len(part.samples), loud=part.loud), [], AT_ONCE * FRAME
    if part.begins:
        lead = np.pad(lead, ((0, 0), (0, 2 * FRAME)))
    for samples in (lead, *(part.samples[:, start : start + size] for start in range(0, part.samples.shape[1], size))):
        packets += [bytes(packet) for packet in encoder.encode(to_frame(samples, part.layout, part.rate_hz))]
    if part.ends:
        packets += [bytes(packet) for packet in encoder.encode(None)]
    packets = packets[lead.shape[1] // FRAME :]
    heard = packets if part.begins else packets[SETTLED - 2 :]
    return CodedPart(tuple(packets), decoded_peak(encoder, heard, begins=part.begins, ends=part.ends))


def _encoder(part: PartSound) -> av.AudioCodecContext:
    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)  # noqa: S101 — the name is one of sound
    encoder.sample_rate, encoder.layout, encoder.format = part.rate_hz, part.layout, av.AudioFormat("fltp")
    encoder.time_base = Fraction(1, part.rate_hz)
    configure(encoder, len(part.samples), part.rate_hz)
    return encoder


def _lead(channels: int, *, loud: bool) -> Samples:
    """What every encoder is given first: attacks of noise, white to red; one that is loud or hardly one, as the last;
    and noise that rises slowly, so that neither it nor what follows is another."""
    random = np.random.default_rng(1)
    silence = np.zeros((channels, 2 * FRAME))
    parts = [silence, _noise(random, channels, NOISES)]
    for number in range(ATTACKS):
        attack = _noise(random, channels, 3, TILTS[number % len(TILTS)])
        for channel in attack:
            channel[: 2 * FRAME - random.integers(FRAME)] = 0
        parts.append(attack)
    parts += [silence, _noise(random, channels, 1) * (1 if loud else 1e-3), silence[:, : FRAME if loud else 0]]
    parts.append(_noise(random, channels, RISE) * np.logspace(-3, 0, RISE * FRAME))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _noise(random: np.random.Generator, channels: int, frames: int, tilt: float = 0.0) -> NDArray[np.float64]:
    """Noise at full scale, shape (channels, samples), whose spectrum falls with that power of the frequency."""
    spectrum = np.fft.rfft(random.standard_normal((channels, frames * FRAME)))
    noise = np.fft.irfft(spectrum * (np.fft.rfftfreq(frames * FRAME) + 1 / FRAME) ** -tilt)
    return np.asarray(noise / np.abs(noise).max())


def join(ours: CodedPart, first: int, theirs: CodedPart, their_first: int, wanted: int) -> int:
    """The number of the packet from which on the next part's are taken: in the midst of packets that are the same in
    both, at most `ALIKE` on either side, and as near to `wanted` as can be.

    `first` and `their_first` are the numbers of the parts' first packets.
    """
    begin, end = their_first + SETTLED, first + len(ours.packets)
    same = [ours.packets[at - first] == theirs.packets[at - their_first] for at in range(begin, end)]

    def alike(at: int) -> int:
        before, after = same[at - begin - 1 :: -1] if at > begin else [], same[at - begin :]
        return min(ALIKE, *(sum(1 for _ in takewhile(bool, side)) for side in (before, after)))

    return max(range(begin, end), key=lambda at: (alike(at), -abs(at - wanted)))


class PartsEncoder:
    """Encodes sound that is pushed block by block. What `push` and `finish` give together are the packets of the whole,
    in order, and depend on nothing but the sound; those of parts that are in the store are not made again.
    """

    def __init__(self, layout: str, rate_hz: int, store: Store | None = None) -> None:
        self._layout, self._rate_hz = layout, rate_hz
        self._kept = KeptParts(store) if store else None
        self._channels = av.AudioLayout(layout).nb_channels
        self._frames = part_frames(self._channels)
        self._first = self._held = self._number = 0
        self._sound = self._empty()  # of a part, from frame `_first` on
        self._threads = min(MOST_THREADS, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._threads, "encode")
        self._waiting: deque[tuple[int, Future[CodedPart]]] = deque()
        self._last: tuple[int, CodedPart, int] | None = None  # its first packet, it, and the packet that is next
        self.decoded_peak_db = -math.inf
        """The true peak (dBTP) of what was encoded so far, as a player hears it."""

    def push(self, samples: Samples) -> list[bytes]:
        """Take a block, float32 of shape (channels, samples)."""
        ready: list[bytes] = []
        while samples.shape[1]:
            if self._held == self._sound.shape[1]:
                ready += self._next_part()
            taken = samples[:, : self._sound.shape[1] - self._held]
            self._sound[:, self._held : self._held + taken.shape[1]] = taken
            self._held += taken.shape[1]
            samples = samples[:, taken.shape[1] :]
        return ready

    def finish(self) -> list[bytes]:
        """The packets that are left; ends it."""
        ready: list[bytes] = []
        if self._held:
            self._submit(np.ascontiguousarray(self._sound[:, : self._held]), ends=True)
        while self._waiting:
            ready += self._taken()
        if self._last:
            first, part, at = self._last
            ready += part.packets[at - first :]
        self.close()
        if self._kept:
            self._kept.drop_old()
        return ready

    def close(self) -> None:
        """End it without the rest."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _empty(self) -> Samples:
        """Room for the part that begins at `_first`."""
        frames = (self._number + 1) * self._frames + RUN_OUT - self._first
        return np.empty((self._channels, frames * FRAME), np.float32)

    def _next_part(self) -> list[bytes]:
        """Have a part encoded of which more is to come, and begin the next; gives what is ready."""
        ready: list[bytes] = []
        while len(self._waiting) >= self._threads:
            ready += self._taken()
        whole = self._sound
        self._submit(whole, ends=False)
        self._number += 1
        after = self._number * self._frames - RUN_IN
        again = whole[:, (after - self._first) * FRAME :]
        self._first, self._held = after, again.shape[1]
        self._sound = self._empty()
        self._sound[:, : self._held] = again
        return ready

    def _submit(self, sound: Samples, *, ends: bool) -> None:
        part = PartSound(sound, self._layout, self._rate_hz, not self._number, ends, self._number % 2 == 1)
        self._waiting.append((self._first, self._pool.submit(self._made, part)))

    def _made(self, part: PartSound) -> CodedPart:
        return self._kept.made(part.key, lambda: coded(part)) if self._kept else coded(part)

    def _taken(self) -> tuple[bytes, ...]:
        """The packets up to the join between the last part that was taken and the next, which is waited for."""
        first, future = self._waiting.popleft()
        part = future.result()
        self.decoded_peak_db = max(self.decoded_peak_db, part.decoded_peak_db)
        before, self._last = self._last, (first, part, 0)
        if before is None:
            return ()
        their_first, theirs, at = before
        meets = join(theirs, their_first, part, first, first + RUN_IN)
        self._last = first, part, meets
        return theirs.packets[at - their_first : meets - their_first]
