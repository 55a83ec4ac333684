"""Packets as elementary streams have them -> as MP4 has them: NAL units with lengths, AAC without ADTS headers."""

from __future__ import annotations

from typing import Final

ADTS_SYNC: Final = 0xFFF0


def in_lengths(data: bytes) -> bytes:
    """H.264 or HEVC with start codes (Annex B) -> each NAL unit behind its length in four bytes. No unit ends with a
    zero byte: what is there belongs to the next start code."""
    units = (unit.rstrip(b"\0") for unit in data.split(b"\0\0\1")[1:])
    return b"".join(len(unit).to_bytes(4) + unit for unit in units if unit)


def without_adts(data: bytes) -> bytes:
    """AAC without the header of 7 bytes, 9 with a checksum, that each frame of a transport stream has."""
    if len(data) < 7 or int.from_bytes(data[:2]) & 0xFFF6 != ADTS_SYNC:
        return data
    return data[7:] if data[1] & 1 else data[9:]


def adts_config(data: bytes) -> bytes:
    """The AudioSpecificConfig (ISO/IEC 14496-3) of what such a header says, b"" where there is none: object type,
    index of the sample rate, channels."""
    if len(data) < 7 or int.from_bytes(data[:2]) & 0xFFF6 != ADTS_SYNC:
        return b""
    kind, rate, channels = (data[2] >> 6) + 1, data[2] >> 2 & 15, (data[2] & 1) << 2 | data[3] >> 6
    return (kind << 11 | rate << 7 | channels << 3).to_bytes(2)
