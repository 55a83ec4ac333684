"""Films with closed captions in their pictures (ATSC A/53), put into the packets byte by byte."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from line21 import Sent

RATES = (Fraction(30_000, 1001), Fraction(24_000, 1001))
PADDING = b"\x80\x80"
OPTIONS = {
    "libx264": {"preset": "ultrafast", "bf": "3", "g": "24"},
    "libx265": {"preset": "ultrafast", "bf": "3", "g": "24", "x265-params": "log-level=none"},
    "mpeg2video": {"bf": "2", "g": "12"},
    "libsvtav1": {"preset": "12", "g": "24", "svtav1-params": "lp=1"},
}
Triplets = Callable[[int], bytes]
"""What stands in the picture of a frame; 0 is the first that is shown."""


def encoded(path: Path, fps: Fraction, count: int, codec: str = "libx264") -> Path:
    """A small film of so many frames, with B-frames."""
    with av.open(str(path), "w") as out:
        video = out.add_stream(codec, rate=fps)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        video.options = dict(OPTIONS[codec])
        video.codec_context.time_base = 1 / fps
        for number in range(count):
            image = np.full((64, 64, 3), number * 5 % 256, np.uint8)
            image[:, number % 44 : number % 44 + 20] = 255
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, 1 / fps
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


def captioned(source: Path, path: Path, triplets: Triplets) -> Path:
    """The film again, its packets as they are, with captions in each picture."""
    with av.open(str(source)) as film:
        times = sorted(packet.pts for packet in film.demux(video=0) if packet.pts is not None)
    number = {time: at for at, time in enumerate(times)}
    with av.open(str(source)) as film, av.open(str(path), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in film.streams}
        codec = film.streams.video[0].codec_context.codec.canonical_name
        for packet in film.demux():
            if packet.pts is None:
                continue
            if packet.stream.type == "video":
                packet = _with(packet, with_triplets(bytes(packet), triplets(number[packet.pts]), codec))
            packet.stream = copies[packet.stream_index]
            out.mux(packet)
    return path


def beside(source: Path, path: Path, fps: Fraction, sent: Sent) -> Path:
    """The picture again as MXF, with these words of the first field in ancillary data (SMPTE ST 436)."""
    with av.open(str(source)) as film, av.open(str(path), "w") as out:
        video = out.add_stream_from_template(film.streams.video[0], opaque=True)
        data = out.add_data_stream("smpte_436m_anc")
        wrap = BitStreamFilterContext("eia608_to_smpte436m", "cc_dec", data)
        for number, packet in enumerate(film.demux(video=0)):
            if packet.pts is None:
                continue
            packet.stream = video
            out.mux(packet)
            words = av.Packet(b"\xfc" + sent.get(number, PADDING))
            words.pts = words.dts = number
            words.duration, words.time_base = 1, 1 / fps
            for wrapped in wrap.filter(words):
                wrapped.stream = data
                out.mux(wrapped)
    return path


def line_21(first: Sent, second: Sent | None = None) -> Triplets:
    """Both fields, padded, and an empty one of CEA-708 behind them, as broadcasters have it."""

    def triplets(frame: int) -> bytes:
        fields = ((b"\xfc", first.get(frame, PADDING)), (b"\xfd", (second or {}).get(frame, PADDING)))
        words = [mark + sent[at : at + 2] for mark, sent in fields for at in range(0, len(sent), 2)]
        return b"".join(words) + b"\xfa\0\0"

    return triplets


def _with(packet: av.Packet[Any], data: bytes) -> av.Packet[Any]:
    other = av.Packet(data)
    for name in ("pts", "dts", "duration", "time_base", "is_keyframe", "stream"):
        setattr(other, name, getattr(packet, name))
    return other


def with_triplets(data: bytes, triplets: bytes, codec: str) -> bytes:
    """A packet of that codec with the triplets before its picture. Its units begin with their lengths, as in MP4."""
    body = b"GA94\x03" + bytes([0x40 | len(triplets) // 3, 0xFF]) + triplets + b"\xff"
    if codec == "mpeg2video":
        at = data.index(b"\0\0\1\1")
        return data[:at] + b"\0\0\1\xb2" + body + data[at:]
    if codec == "av1":
        unit = b"\x04\xb5\x00\x31" + body + b"\x80"  # T.35 metadata, ahead of its temporal unit
        return b"\x2a" + bytes([len(unit)]) + unit + data
    head = b"\x06" if codec == "h264" else b"\x4e\x01"
    unit = head + escaped(b"\x04" + bytes([len(body) + 3]) + b"\xb5\x00\x31" + body + b"\x80")
    at = 0
    while not _is_picture(data[at + 4], codec):
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return data[:at] + len(unit).to_bytes(4, "big") + unit + data[at:]


def _is_picture(head: int, codec: str) -> bool:
    return head & 31 in (1, 5) if codec == "h264" else head >> 1 & 63 < 32


def escaped(data: bytes) -> bytes:
    """With a 3 wherever two zeros would else be followed by 3 or less (H.264, 7.4.1)."""
    out = bytearray()
    for byte in data:
        if out[-2:] == b"\0\0" and byte <= 3:
            out.append(3)
        out.append(byte)
    return bytes(out)
