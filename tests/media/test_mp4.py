"""MP4 edit lists: a gap in the middle, which FFmpeg fills with what was before."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from clicking import clicking
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.errors import FilmError
from audiodesc.media.mp4 import check_edits
from audiodesc.media.probe import probe

NESTED = (b"moov", b"trak", b"edts")
Edits = Sequence[tuple[int, int]]
"""Of a track: (milliseconds, where in the track's own ticks it begins, −1 for a gap) of each edit."""

PICTURE, SOUND = 16_000, 48_000
"""Ticks a second."""
PRIMED = 1024
WHOLE = [[(6_000, 0)], [(6_000, PRIMED)]]


def edited(source: Path, edits: Sequence[Edits], *, wide: bool = False) -> Path:
    """The film with other edit lists; its index is at its end, so that nothing else moves."""
    content = source.read_bytes()
    left = list(edits)
    film = source.with_name("edited.mp4")
    film.write_bytes(_rebuilt(content, left, wide))
    return film


def _rebuilt(content: bytes, left: list[Edits], wide: bool) -> bytes:
    out, at = b"", 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + size]
        if kind in NESTED:
            body = _rebuilt(body, left, wide)
        elif kind == b"elst":
            body = _edit_list(left.pop(0), wide)
        out, at = out + struct.pack(">I4s", len(body) + 8, kind) + body, at + size
    return out


def _edit_list(edits: Edits, wide: bool) -> bytes:
    form = ">QqI" if wide else ">IiI"
    entries = b"".join(struct.pack(form, ticks, media, 0x10000) for ticks, media in edits)
    return struct.pack(">II", wide << 24, len(edits)) + entries


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clicking(tmp_path_factory.mktemp("edits"), ".mp4", "aac", 6)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("track", [0, 1])
def test_a_gap_in_the_middle_is_refused_and_its_place_is_named(source: Path, track: int, wide: bool) -> None:
    ticks, primed = ((PICTURE, 0), (SOUND, PRIMED))[track]
    edits = [list(WHOLE[0]), list(WHOLE[1])]
    edits[track] = [(3_000, primed), (2_000, -1), (1_000, 3 * ticks + primed)]
    with pytest.raises(FilmError, match=r"edited\.mp4 has a gap in its edit list at 3\.0 s"):
        probe(edited(source, edits, wide=wide))


@pytest.mark.parametrize(
    "edits",
    [
        WHOLE,
        [[(500, -1), (6_000, 0)], [(300, -1), (200, -1), (6_000, PRIMED)]],
        [[(3_000, 0), (2_000, 4 * PICTURE)], [(3_000, PRIMED), (2_000, 4 * SOUND + PRIMED)]],
        [[(6_000, 0)], [(3_000, PRIMED), (20, -1), (3_000, 3 * SOUND + PRIMED)]],
    ],
    ids=["whole", "late", "a piece cut out", "a gap that nobody notices"],
)
def test_other_edit_lists_are_taken(source: Path, edits: Sequence[Edits]) -> None:
    assert probe(edited(source, edits)).audio_tracks


@settings(max_examples=30)
@given(st.data())
def test_a_damaged_index_is_no_traceback(source: Path, data: st.DataObject) -> None:
    """Sizes and counts of an attacker: boxes that go on for ever, end before they begin, or hold a billion edits."""
    content = bytearray(source.read_bytes())
    index = content.index(b"moov")
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(index - 4, len(content) - 8))
        content[place : place + 4] = data.draw(st.binary(min_size=4, max_size=4))
    film = source.with_name("damaged.mp4")
    film.write_bytes(content)
    with suppress(FilmError):
        check_edits(film)


def test_a_count_of_edits_that_is_a_lie_costs_nothing(source: Path) -> None:
    film = edited(source, WHOLE)
    content = bytearray(film.read_bytes())
    at = content.index(b"elst") + 8
    content[at : at + 4] = b"\xff\xff\xff\xff"
    film.write_bytes(content)
    check_edits(film)
