"""Films that are broken or odd: read or refused in one line, always an end, in little memory."""

from __future__ import annotations

import random
import struct
import sys
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pytest
from broken_films import MUTATIONS, SEEDS, mutated, odd, seeds

from audiodesc.errors import FilmError
from audiodesc.media.probe import probe

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))

from fuzz_films import MOST_MB, case

CASES = 4
"""Of each kind; `benchmarks/fuzz_films.py` runs as many as are wanted."""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return seeds(tmp_path_factory.mktemp("seeds"))


@pytest.mark.parametrize("kind", SEEDS)
def test_every_seed_is_read(tmp_path: Path, start: dict[str, bytes], kind: str) -> None:
    path = tmp_path / f"film.{kind}"
    path.write_bytes(start[kind])
    assert case(path)[:2] == ("read", "")


@pytest.mark.parametrize("kind", SEEDS)
def test_a_broken_one_is_read_or_refused(tmp_path: Path, start: dict[str, bytes], kind: str) -> None:
    rng, path = random.Random(kind), tmp_path / f"film.{kind}"
    for _ in range(CASES):
        path.write_bytes(mutated(start[kind], start[rng.choice(list(start))], rng))
        assert case(path)[1] == ""


@pytest.mark.parametrize("which", range(len(MUTATIONS)))
def test_a_transport_stream_with_one_fault(tmp_path: Path, start: dict[str, bytes], which: int) -> None:
    data, path = bytearray(start["ts"]), tmp_path / "film.ts"
    MUTATIONS[which](data, start["mp4"], random.Random(which))
    path.write_bytes(data)
    assert case(path)[1] == ""


def test_odd_films(tmp_path: Path) -> None:
    makers = list(odd(tmp_path))
    assert len(makers) >= 100
    for make in makers[3::12]:
        assert case(make())[1] == ""


@pytest.mark.parametrize("stated", [(16_000, 16_000), (160, 120)], ids=["stated", "not stated"])
def test_a_picture_of_16_000_pixels_a_side_takes_no_memory(tmp_path: Path, stated: tuple[int, int]) -> None:
    path = tmp_path / "film.mov"
    pictured(path, 16_000, stated)
    outcome, fault, _, memory_mb = case(path)
    assert (outcome, fault) == ("refused", "")
    assert memory_mb < MOST_MB / 2
    with pytest.raises(FilmError, match="more pixels than 8192 × 4320"):
        probe(path)


def pictured(path: Path, side: int, stated: tuple[int, int]) -> None:
    """A film of PNGs, black squares; its header may state another size."""
    packer = zlib.compressobj(1)
    rows = [packer.compress(bytes(1 + side // 8)) for _ in range(side)]
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", b"".join(rows) + packer.flush()), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("png", rate=1)
        stream.width, stream.height = stated
        stream.pix_fmt = "monob"
        out.start_encoding()
        for number in range(3):
            packet = av.Packet(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
            packet.pts = packet.dts = number
            packet.duration, packet.time_base, packet.stream = 1, Fraction(1), stream
            packet.is_keyframe = True
            out.mux(packet)


def test_an_index_that_makes_hours_of_seconds_is_damaged(tmp_path: Path, start: dict[str, bytes]) -> None:
    """One picture of 30 is said to last two hours."""
    content = start["mp4"]
    at = content.index(b"stts")
    scale = int.from_bytes(content[content.index(b"mdhd") + 16 :][:4])
    path = tmp_path / "film.mp4"
    path.write_bytes(content[: at + 16] + struct.pack(">I", 2 * 3600 * scale // 30) + content[at + 20 :])
    with pytest.raises(FilmError, match=r"last 2\.0 hours"):
        probe(path)
