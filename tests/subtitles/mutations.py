"""Ways to break a file."""

from __future__ import annotations

import random
from collections.abc import Callable

Mutation = Callable[[bytearray, bytes, random.Random], None]

TOKENS = [
    b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x99\xaa", b"\x8f", b"\x8a", b"\n", b"\n\n", b"\\N",
    b"<", b">", b"{", b"}", b"[", b"]", b"(", b")", b"-->", b"</p>", b"<p ", b"<![CDATA[", b"<!--", b"]]>", b"&a;",
    b"<!DOCTYPE tt [<!ENTITY a 'b'>]>", b"begin='x'", b'end="1s"', b"<SYNC Start=", b"WEBVTT", b"Dialogue: ",
    b"99999999999999999999", b"-1", b"00:00:01,000 --> 00:00:02,000", b"9420 942f", b"STL25.01",
]  # fmt: skip


def flip(data: bytearray, other: bytes, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)


def truncate(data: bytearray, other: bytes, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def cut(data: bytearray, other: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.randint(1, 200)]


def splice(data: bytearray, other: bytes, rng: random.Random) -> None:
    start = rng.randrange(max(1, len(other)))
    at = rng.randrange(len(data))
    data[at:at] = other[start : start + rng.randint(1, 2000)]


def repeat(data: bytearray, other: bytes, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    part = data[start : start + rng.randint(1, 50)]
    data[start:start] = part * rng.randint(1, rng.choice([3, 30, 3000]))


def insert(data: bytearray, other: bytes, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.choice(TOKENS) * rng.choice([1, 1, 1, 2, 50, 20_000])


MUTATIONS: tuple[Mutation, ...] = (flip, flip, truncate, cut, splice, repeat, insert, insert)


def mutated(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """The content, broken in one to four ways; `other` is another file to take parts of."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        if data:
            rng.choice(MUTATIONS)(data, other, rng)
    return bytes(data)
