"""Streams with a timestamp discontinuity midway: picture, sound and subtitles go on together. Copies of films whose
packets no muxer takes as they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from clicking import AC3_DELAY, astray, clicking, ffmpeg, heard_by_ffmpeg, heard_by_us, seconds, spliced
from films import RATE, Picture, Sound, clicks, make_film, silence
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.errors import FilmError
from audiodesc.media.described_tracks import Description
from audiodesc.media.discontinuities import (
    MOST,
    MOST_NOTES,
    Stretch,
    discontinuity_notes,
    find_discontinuities,
    on_clock,
    stretches,
)
from audiodesc.media.encode import SoundFile
from audiodesc.media.frames import clips, key_frames
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe
from audiodesc.model import Discontinuity, Film, FrameRequest, Span, VideoTrack

EVENLY = FrameRequest(fps=2, min_frames=1, max_frames=100, max_pixels=160 * 120)
PICTURE, SOUND = 0, 1


def grey(first: int) -> Picture:
    """Brightness that tells the time: 10 more each half second."""

    def at(time: float) -> NDArray[np.uint8]:
        return np.full((120, 160, 3), first + 10 * int(time * 2), np.uint8)

    return at


def joined(folder: Path, from_s: float = 0.0, at_s: float = 0.0, lasts_s: float = 4.0) -> Path:
    """Two streams, byte for byte one after the other; their brightness goes on from 20 up."""
    parts = []
    for name, first in (("first", 20), ("second", 20 + round(lasts_s * 20))):
        (folder / name).mkdir()
        sound = Sound(clicks(lasts_s), "mono", codec="ac3")
        parts.append(make_film(folder / name / "f.ts", lasts_s, grey(first), sounds=[sound], fps=20))
    return spliced(folder / "film.ts", parts[0], parts[1], at_s, from_s)


JUMPS = {"back": (900.0, 0.0), "ahead": (0.0, 7_200.0), "over the end of 33 bits": (95_300.0, 20.0)}


@pytest.mark.parametrize("jump", JUMPS)
def test_the_film_is_as_long_as_its_parts_and_the_place_is_told(tmp_path: Path, jump: str) -> None:
    film = probe(joined(tmp_path, *JUMPS[jump]))
    assert abs(film.duration_ms - 8_000) <= 50
    (note,) = discontinuity_notes(film)
    assert "timestamp discontinuity at 4.0 s" in note.message
    assert note.span
    assert abs(note.span.start_ms - 4_000) <= 50


@pytest.mark.parametrize("jump", JUMPS)
def test_each_picture_is_the_one_shown_at_its_time_on_both_sides(tmp_path: Path, jump: str) -> None:
    film = probe(joined(tmp_path, *JUMPS[jump]))
    spans = [Span(5_500, 7_500), Span(500, 1_500), Span(3_000, 5_000)]
    for clip in clips(film, spans, EVENLY):
        assert len(clip.frames) == clip.span.duration_ms // 500
        for frame in clip.frames:
            assert abs(int(frame.image.mean()) - (20 + 10 * (frame.time_ms // 500))) <= 3
    keys = [frame.time_ms for frame in key_frames(film, 90)]
    assert keys == sorted(keys)
    assert keys[-1] > 7_000


def test_a_program_stream_in_which_not_each_picture_has_a_place_of_its_own(tmp_path: Path) -> None:
    source, part = clicking(tmp_path, ".ts", "ac3", PART_S), tmp_path / "part.vob"
    ffmpeg("-i", source, "-c:v", "mpeg2video", "-c:a", "copy", "-f", "vob", part)
    film = tmp_path / "film.mpg"
    film.write_bytes(part.read_bytes() * 3)
    alone, heard = astray(heard_by_us(part)[0], seconds(0, 1, 2)), heard_by_us(film)[0]
    assert probe(film).duration_ms == 3 * probe(part).duration_ms
    for number in range(3):
        places = seconds(0, 1, 2, shift=number * probe(part).duration_ms / 1000)
        assert np.abs(np.subtract(astray(heard, places), alone)).max() <= 1


def test_a_small_overlap_or_hole_is_no_new_clock(tmp_path: Path) -> None:
    for number, at_s in enumerate((3.5, 4.0, 9.0)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert probe(joined(folder, 0.0, at_s)).discontinuities == ()


def test_sound_goes_on_where_the_ffmpeg_program_lets_it(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = clicking(tmp_path / "first", ".ts", "ac3", 12.8)  # a jump of less than 10 s it takes for an overlap
    film = spliced(tmp_path / "film.ts", first, clicking(tmp_path / "second", ".ts", "ac3", 3), 0.0)
    ours, theirs = (np.flatnonzero(np.abs(sound[0]) > 0.3) for sound in (heard_by_us(film), heard_by_ffmpeg(film, 1)))
    assert len(ours) == len(theirs) == 13 + 3
    assert np.abs(ours - theirs).max() <= 0.04 * RATE  # of a picture: it goes on from the track that comes first


OFFSETS = (0.0, 0.2, 3_600.0, 60_000.0, 95_442.0)
"""Seconds; on the way from the last on, the 33 bits of the clock come to their end."""

PART_S = 3.2
"""Whole pictures, and whole frames of AC-3."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same clicks at each offset."""
    folder = tmp_path_factory.mktemp("parts")
    film = clicking(folder, ".ts", "ac3", PART_S)
    made = [folder / f"{number}.ts" for number in range(len(OFFSETS))]
    for offset, place in zip(OFFSETS, made, strict=True):
        ffmpeg("-i", film, "-c", "copy", "-muxdelay", 0, "-muxpreload", 0, "-output_ts_offset", offset, place)
    return made


@settings(max_examples=12)
@given(order=st.lists(st.integers(0, len(OFFSETS) - 1), min_size=1, max_size=7))
def test_whatever_clocks_are_joined_every_click_comes_at_its_sample(parts: list[Path], order: list[int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.ts"
        path.write_bytes(b"".join(parts[number].read_bytes() for number in order))
        film = probe(path)
        assert abs(film.duration_ms - len(order) * PART_S * 1000) <= 10
        heard = heard_by_us(path)[0]
    part = round(PART_S * RATE)
    places = [place + number * part for number in range(len(order)) for place in seconds(0, 1, 2)]
    off = astray(heard, [place + AC3_DELAY for place in places])
    assert max(map(abs, off)) <= 1, off


def test_a_film_that_only_its_sound_puts_back_keeps_its_clock() -> None:
    """The picture goes on: what is stamped earlier is an overlap, which is left out."""
    one, other = Stretch(0), Stretch(1_000)
    one.add(PICTURE, Fraction(0), Fraction(4))
    one.add(SOUND, Fraction(0), Fraction(4))
    other.add(PICTURE, Fraction(4), Fraction(8))
    other.add(SOUND, Fraction(1), Fraction(5))
    assert find_discontinuities([one, other], PICTURE, Fraction(0)) == ()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 95_000), st.integers(20, 5_000)), min_size=1, max_size=12))
def test_every_stretch_begins_where_the_one_before_ended(parts: list[tuple[int, int]]) -> None:
    found = []
    for number, (start, lasts) in enumerate(parts):
        found.append(Stretch(number * 1_000))
        found[-1].add(PICTURE, Fraction(start), Fraction(start + lasts))
    begun = find_discontinuities(found, PICTURE, Fraction(parts[0][0]))
    shifts, at = {one.byte: one.shift_s for one in begun}, Fraction(parts[0][0])
    shift = Fraction(0)
    for stretch in found:
        shift = shifts.get(stretch.byte, shift)
        hole = stretch.start(PICTURE) + shift - at
        assert hole == 0 if stretch.byte in shifts else -1 <= hole <= 10
        at = stretch.end(PICTURE) + shift


def packet(pos: int | None, pts: int | None, track: int = PICTURE) -> Any:
    return SimpleNamespace(pos=pos, pts=pts, dts=pts, time_base=Fraction(1, 1000), stream_index=track)


def test_time_stamps_are_moved_by_where_a_packet_lies_and_not_by_when_it_comes() -> None:
    begun = (Discontinuity(100, Fraction(5), 5_000), Discontinuity(200, Fraction(-3), 9_000))
    places: Sequence[tuple[int | None, int | None]] = [(0, 10), (150, 10), (90, 10), (200, 10), (None, 10), (100, None)]
    moved = [one.pts for one in on_clock((packet(*place) for place in places), begun)]
    assert moved == [10, 5_010, 10, -2_990, -2_990, None]
    both = [packet(150, 10), packet(90, 10, SOUND), packet(None, 10), packet(None, 10, SOUND)]
    assert [one.pts for one in on_clock(both, begun)] == [5_010, 10, 5_010, 10]  # each track has its own last place


class Restless:
    """A stream in which each packet begins a clock of its own."""

    name = "file:restless.ts"
    format = SimpleNamespace(name="mpegts")
    start_time = 0

    def __init__(self) -> None:
        self.streams = SimpleNamespace(video=[object()], audio=[])

    def demux(self, streams: object) -> Iterator[Any]:
        stream = SimpleNamespace(guessed_rate=None)
        for number in range(10 * MOST):
            time = 100 * (-number % 1_000)
            yield SimpleNamespace(
                pos=number, pts=time, dts=time, duration=1, time_base=Fraction(1), stream_index=0, stream=stream
            )


def test_a_clock_that_never_stops_beginning_is_an_error_and_no_endless_list() -> None:
    with pytest.raises(FilmError, match=r"restless\.ts: more than 1,000 timestamp discontinuities"):
        stretches(Restless())  # type: ignore[arg-type]


def test_of_many_places_only_the_first_are_told() -> None:
    begun = tuple(Discontinuity(n, Fraction(1), n * 1_000) for n in range(MOST_NOTES + 3))
    picture = VideoTrack(0, "h264", 160, 120)
    film = Film(Path(os.devnull), "f", "mpegts", 100_000, Fraction(0), picture, (), (), begun)
    notes = [note.message for note in discontinuity_notes(film)]
    assert len(notes) == MOST_NOTES + 1
    assert "3 more timestamp discontinuities" in notes[-1]


def copied(source: Path, folder: Path) -> Path:
    """A copy in Matroska, with a silent track added."""
    film = probe(source)
    with SoundFile(folder / "t.m4a", "m4a", "mono", matroska=folder / "t.mka") as file:
        file.push(silence(film.duration_ms / 1000))
    add_track(film, Description(folder / "t.mka"), film.audio_tracks[0], folder / "copy.mkv")
    return folder / "copy.mkv"


def times(path: Path, kind: str) -> list[float]:
    """When each packet of the first track of that kind is shown or heard, in seconds."""
    with av.open(str(path)) as film:
        stream = next(stream for stream in film.streams if stream.type == kind)
        return [float(p.pts * stream.time_base) for p in film.demux(stream) if p.pts is not None and stream.time_base]


def test_where_two_streams_overlap_sound_is_left_out_and_pictures_are_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = clicking(tmp_path / "a", ".ts", "ac3", 3), clicking(tmp_path / "b", ".ts", "ac3", 3)
    source = spliced(tmp_path / "film.ts", first, second, 2.5)
    copy = copied(source, tmp_path)
    sound, picture = times(copy, "audio"), times(copy, "video")
    assert len(picture) == len(times(source, "video")) == 60
    assert sound == sorted(sound)
    assert len(sound) < len(times(source, "audio"))
    assert max(later - earlier for earlier, later in pairwise(sound)) <= 0.033  # one frame of AC-3
    assert picture == sorted(picture)


def test_what_an_edit_list_hides_of_the_sound_does_not_put_off_the_picture(tmp_path: Path) -> None:
    source = clicking(tmp_path, ".mov", "aac")
    early = ["-itsoffset", -0.5, "-i", source, "-map", "0:v", "-map", "1:a", "-c:v", "prores_ks", "-c:a", "copy"]
    ffmpeg("-i", source, *early, tmp_path / "film.mov")
    copy = copied(tmp_path / "film.mov", tmp_path)
    assert times(copy, "video")[0] == 0
    assert 0 <= times(copy, "audio")[0] < 1024 / RATE + 0.001
