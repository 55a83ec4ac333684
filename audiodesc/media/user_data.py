"""Closed captions in one packet of a picture (ATSC A/53, part 4). The picture is not decoded for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

GA94 = b"GA94\x03"
REGISTERED = b"\xb5\x00\x31" + GA94
"""Captions of the ATSC, as ITU-T T.35 has it: in messages of H.264, HEVC, VVC and AV1."""

IN_PICTURES = b"\0\0\1\xb2" + GA94
"""The same in MPEG-2: user data."""

ESCAPED = {"h264", "hevc", "vvc"}
"""Where a 3 stands behind two zeros and means nothing."""

CARRIES = 0x40
"""Of the first byte behind the mark: there are captions. Its last five bits say how many, the second byte nothing."""

LONGEST = 2 + 31 * 3
LINE_21 = (0b100, 0b101)
"""Of the last three bits of a triplet: valid, and CEA-608 of the first or the second field. The others are CEA-708."""

Triplet = bytes
"""Of which field it is, and two bytes of CEA-608 with their parity."""


def in_packet(data: bytes, codec: str) -> Iterator[Triplet]:
    """The triplets of a packet of that codec; those that are cut off are left out."""
    mark = IN_PICTURES if codec == "mpeg2video" else REGISTERED
    ends = [at + len(mark) for at in _places(data, mark)]
    return chain.from_iterable(_of_message(data[end : end + 2 * LONGEST], codec) for end in ends)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + len(mark))


def _of_message(data: bytes, codec: str) -> Iterator[Triplet]:
    plain = data.replace(b"\0\0\3", b"\0\0") if codec in ESCAPED else data
    count = plain[0] & 31 if plain and plain[0] & CARRIES else 0
    return line_21(plain[2 : 2 + 3 * count])


def line_21(data: bytes) -> Iterator[Triplet]:
    """The triplets of CEA-608 that are not padding."""
    for at in range(0, len(data) - 2, 3):
        if data[at] & 0b111 in LINE_21 and (data[at + 1] | data[at + 2]) & 0x7F:
            yield data[at : at + 3]
