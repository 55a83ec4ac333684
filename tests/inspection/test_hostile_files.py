"""Files that are damaged, or made to do harm: each is inspected, or refused."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from inspection.described_films import DESCRIPTION_HZ, OWN_HZ, Given, arranged, tones_film
from inspection.streams import DESCRIPTION, OWN, adaptation_set, master, mpd, segments

from audiodesc.errors import AudiodescError
from audiodesc.inspection import inspect
from audiodesc.inspection.model import to_json

NAMES = ("film.mp4", "film.mkv", "film.ts", "master.m3u8", "sound1.m3u8", "film.mpd")
HEAD = 4_000
"""Bytes at the beginning and the end, where tables are."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    tones = tones_film(folder)
    for suffix in (".mp4", ".mkv", ".ts"):
        sounds = [Given(OWN_HZ, "default"), Given(DESCRIPTION_HZ, "visual_impaired", "eng", "AD")]
        arranged(tones, folder / f"film{suffix}", sounds)
    segments(tones, folder)
    master(folder, OWN, DESCRIPTION)
    mpd(folder, adaptation_set("picture", "video"), adaptation_set("sound1", "audio"))
    return folder


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """With some bytes changed or cut out of its beginning or end."""
    bytes_ = bytearray(raw)
    for _ in range(chance.choice((1, 4, 20))):
        near = chance.randrange(min(HEAD, len(bytes_) // 2))
        at = near if chance.random() < 0.5 else len(bytes_) - 1 - near
        if chance.random() < 0.3:
            del bytes_[at : at + chance.randrange(1, 16)]
        else:
            bytes_[at] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(bytes_)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_inspected_or_refused(whole: Path, name: str) -> None:
    chance, raw = random.Random(name), (whole / name).read_bytes()
    place = whole / f"damaged{Path(name).suffix}"
    for _ in range(25):
        place.write_bytes(damaged(raw, chance))
        with suppress(AudiodescError):  # in one line, as its tests say
            to_json(inspect(place, loudness=False))
    place.unlink()


def test_real_files(media: Path) -> None:
    """Every one of them is inspected, or refused."""
    kinds = set()
    for path in sorted(one for one in media.rglob("*") if one.is_file()):
        with suppress(AudiodescError):
            kinds.add(inspect(path, loudness=False).kind)
    assert {"film", "sound", "script", "subtitles"} <= kinds
