"""Packets of one track -> its CMAF segments: where they are cut, and the times of their samples."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.stream import Stream

from audiodesc.errors import FilmError
from audiodesc.media.cmaf_boxes import Sample, picture_head, sound_head
from audiodesc.media.discontinuities import lasting
from audiodesc.media.nal_units import in_lengths, without_adts
from audiodesc.media.remux import codec_of

MOST_BYTES: Final = 256 << 20
"""Of a stretch of the picture without a place to cut: it is held in memory."""

FINE_HZ, COARSE_HZ = 50_000, 10_000_000
"""A picture's ticks a second: a multiple of its own that is no less; of finer ones than the second, 90,000."""

HEAD_PACKETS: Final = 8
"""So many packets tell FFmpeg what the header says of a sound (E-AC-3: one frame may come in six)."""

Row = tuple[int, int, int]
"""Of a segment: its start and its duration in ticks, what an edit list hides left out; and its bytes."""


def _same(data: bytes) -> bytes:
    return data


class PictureSegments:
    """The picture, cut at key frames that later pictures alone refer to, each nearest to `wanted_s` seconds after the
    one before."""

    def __init__(self, stream: Stream, folder: Path, wanted_s: Fraction) -> None:
        base = stream.time_base or Fraction(1, av.time_base)
        self.scale = base.denominator * -(-FINE_HZ // base.denominator)
        self.scale = self.scale if self.scale <= COARSE_HZ else 90_000
        self.begins, self.head = 0, list[bytes]()
        self.rows: list[Row] = []
        self._file = _Files(folder)
        self._mul, self._div = (base * self.scale).as_integer_ratio()
        self._wanted = round(wanted_s * self.scale)
        self._samples: list[Sample] = []
        self._starts: list[tuple[int, int]] = []  # of key frames: their places in `_samples`, and times
        self._low = self._from = self._size = 0
        self._latest: av.Packet[Any] | None = None
        self._last = -1
        self._clean = _cleaner(stream)

    def add(self, packet: av.Packet[Any]) -> list[Fraction]:
        """Give the times, in seconds, of the cuts that are certain by now."""
        dts, pts = self._ticks(packet.dts), self._ticks(packet.dts if packet.pts is None else packet.pts)
        if self._last < 0:
            self.begins, dts = max(0, pts - dts), 0  # a key frame has its time of display for decoding, and is shown
            self.head.append(bytes(packet))  # so much later, which the edit list takes back
        else:
            dts = max(self._last + 1, dts + self.begins)
        self._last, self._latest = dts, packet
        cuts: list[Fraction] = []
        if packet.is_keyframe and self._samples:
            self._check()
            cuts = self._cut(pts, dts)
            self._starts.append((len(self._samples), pts))
            self._low = pts
        self._low = min(self._low, pts)
        data = self._clean(bytes(packet))
        self._size += len(data)
        if self._size > MOST_BYTES:
            at_s = self._from / self.scale
            raise FilmError(
                f"the picture cannot be cut into segments: behind {at_s:.0f} s there is no key frame for"
                f" {MOST_BYTES >> 20} MiB",
                "encode it again with a key frame every 2 to 6 s",
            )
        self._samples.append(Sample(dts, pts, packet.is_keyframe, data))
        return cuts

    def finish(self) -> list[Fraction]:
        """Write what is left; give the times of the last cuts."""
        if not self._latest:
            raise FilmError("the film has no picture that can be read", "copy it again")
        end = self._last + max(1, round(lasting(self._latest) * self.scale))
        self._check()
        cuts = self._cut(end, end)
        self._write(len(self._samples), end, end)
        return cuts

    @property
    def ends(self) -> int:
        """Where the last segment ends, in ticks."""
        return self.rows[-1][0] + self.rows[-1][1]

    def _ticks(self, time: int | None) -> int:
        return (2 * (time or 0) * self._mul + self._div) // (2 * self._div)

    def _check(self) -> None:
        """The last key frame begins no segment if pictures that come after it are shown before it."""
        if self._starts and self._low < self._starts[-1][1]:
            self._starts.pop()

    def _cut(self, following: int, dts: int) -> list[Fraction]:
        """Cut while a place that is known is nearer to the wanted one than the key frame that follows, or the end."""
        cuts = []
        while self._starts:
            goal = self._from + self._wanted
            place, time = min(self._starts, key=lambda start: abs(start[1] - goal))
            if time <= max(0, self._from) or abs(time - goal) > abs(following - goal):
                break
            after = self._samples[place].dts
            self._starts = [(at - place, pts) for at, pts in self._starts if at > place]
            self._write(place, after, time)
            cuts.append(Fraction(time, self.scale))
        return cuts

    def _write(self, count: int, end: int, shown: int) -> None:
        segment, self._samples = self._samples[:count], self._samples[count:]
        if not self.rows:
            segment = _from_zero(segment)
        head = picture_head(len(self.rows) + 1, segment, end, self.begins)
        size = self._file.write(head, [one.data for one in segment])
        self._size -= sum(len(one.data) for one in segment)
        self.rows.append((self._from, shown - self._from, size))
        self._from = shown


def _from_zero(samples: list[Sample]) -> list[Sample]:
    """The first segment with nothing shown before 0, and something at 0: earlier pictures, which others are made from,
    are over at once; else the first one stands from there."""
    shown = sorted(sample.pts for sample in samples)
    early = sum(pts < 0 for pts in shown)
    if not early:
        return [one._replace(pts=0) if one.pts == shown[0] else one for one in samples]
    places = {pts: place for place, pts in enumerate(shown[:early])}
    return [one._replace(pts=places.get(one.pts, max(one.pts, early))) for one in samples]


class SoundSegments:
    """A sound, cut at the frames nearest to the times of `cut_at`. Its n-th sample is where its packets put it: times
    that a container rounds are counted from the first packet on, by the length of its frames. The film's zero is at
    `begin_s` seconds of the segments."""

    def __init__(self, stream: Stream, folder: Path, begin_s: Fraction = Fraction(0)) -> None:
        context = stream.codec_context
        if not isinstance(context, av.AudioCodecContext):
            raise TypeError("not a sound")
        self.scale, self._frame = context.sample_rate, context.frame_size or 0
        self.begins, self.head = 0, list[bytes]()
        self.rows: list[Row] = []
        self._file = _Files(folder)
        base = (stream.time_base or Fraction(1, av.time_base)) * self.scale
        self._mul, self._div = base.as_integer_ratio()
        self._is_exact = base <= 2 and 1 in base.as_integer_ratio()
        self._near = 1 if self._is_exact else max(2, round(1.5 * base))
        self._starts: list[int] = []
        self._data: list[bytes] = []
        self._at: int | None = None  # where the next packet begins
        self._zero = round(begin_s * self.scale)
        self._cuts: deque[int] = deque()
        self._clean = _cleaner(stream)

    def cut_at(self, time_s: Fraction) -> None:
        """The picture is cut there."""
        self._cuts.append(round(time_s * self.scale))
        self._cut()

    def add(self, packet: av.Packet[Any]) -> tuple[Fraction, ...]:
        """Gives no cuts: those are the picture's."""
        at = (packet.pts if packet.pts is not None else packet.dts or 0) * self._mul // self._div
        if packet.is_discard and at >= 0:
            return ()  # an edit list hides it
        frame = self._frame
        if not frame or self._is_exact:
            frame = (packet.duration or 0) * self._mul // self._div or frame
        if self._at is None:
            at = self._first(at, frame)
        elif at - self._at < -frame // 2:
            return ()  # it overlaps the one before
        elif at - self._at <= self._near:
            at = self._at
        if len(self.head) < HEAD_PACKETS:
            self.head.append(bytes(packet))
        self._starts.append(at)
        self._data.append(self._clean(bytes(packet)))
        self._at = at + frame
        if self._cuts and self._at > self._cuts[0] + frame:
            self._cut()
        return ()

    def finish(self, end_s: Fraction, wanted_s: Fraction) -> None:
        """Write what is left; what lasts longer than the picture, which ends at `end_s`, in segments of `wanted_s`."""
        if self._at is None:
            return
        step, end = round(wanted_s * self.scale), round(end_s * self.scale)
        while self._at - end > step // 2:
            self._cuts.append(end)
            end += step
        self._cut(is_all=True)
        self._write(len(self._starts))

    @property
    def ends(self) -> int:
        """Where the last segment ends, in ticks."""
        return self.rows[-1][0] + self.rows[-1][1]

    def _first(self, at: int, frame: int) -> int:
        """Where the sound begins: an encoder's delay is of one frame more often than of nearly one."""
        at = -frame if not self._is_exact and abs(at + frame) <= self._near else at
        self.begins = max(0, -at - self._zero)
        return at

    def _cut(self, *, is_all: bool = False) -> None:
        while self._cuts and self._at is not None and (is_all or self._at > self._cuts[0] + 2 * self._frame):
            goal = self._cuts.popleft()
            place = bisect_left(self._starts, goal)
            if 0 < place < len(self._starts) and goal - self._starts[place - 1] < self._starts[place] - goal:
                place -= 1
            if 0 < place < len(self._starts):
                self._write(place)

    def _write(self, count: int) -> None:
        starts, data = self._starts[:count], self._data[:count]
        self._starts, self._data = self._starts[count:], self._data[count:]
        end = self._starts[0] if self._starts else self._at or 0
        durations = [after - start for start, after in zip(starts, (*starts[1:], end), strict=True)]
        media = starts[0] + self._zero + self.begins
        head = sound_head(len(self.rows) + 1, media, durations, [len(one) for one in data])
        shown = max(0, starts[0])
        self.rows.append((shown, end - shown, self._file.write(head, data)))


class _Files:
    """The segments of a track in a folder, numbered from 1 on."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder, self._count = folder, 0

    def write(self, head: bytes, data: list[bytes]) -> int:
        """Give the bytes of the next segment."""
        self._count += 1
        with (self._folder / segment_name(self._count)).open("wb") as file:
            file.writelines((head, *data))
            return file.tell()


def segment_name(number: int) -> str:
    """What the file of a segment is called."""
    return f"{number:05}.m4s"


def _cleaner(stream: Stream) -> Callable[[bytes], bytes]:
    """What makes a packet one of MP4, where the film's are those of an elementary stream."""
    codec, context = codec_of(stream), stream.codec_context
    extra = (context.extradata or b"") if context else b""
    if codec in ("h264", "hevc") and extra[:1] != b"\1":
        return in_lengths
    return without_adts if codec == "aac" and not extra else _same
