"""A film lasts as long as its picture or its sound, from its first picture on; tracks may take turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clicking import astray, clicking, ffmpeg, heard_by_us, seconds, spliced
from films import RATE, Sound, click_places, clicks, make_film, silence
from numpy.typing import NDArray

from audiodesc.errors import FilmError
from audiodesc.media.frames import clips
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.shots import shots
from audiodesc.media.track_extents import end_notes
from audiodesc.model import FrameRequest, Span

EVENLY = FrameRequest(fps=2, min_frames=1, max_frames=100, max_pixels=160 * 120)
SUFFIXES = {".mp4": "aac", ".mkv": "aac", ".ts": "ac3", ".mov": "aac", ".webm": "libopus", ".avi": "pcm_s16le"}


def brightening(time: float) -> NDArray[np.uint8]:
    return np.full((120, 160, 3), 20 + 20 * int(time * 2), np.uint8)


def notes(path: Path) -> list[str]:
    film = probe(path)
    return [note.message for note in end_notes(film, programme(film).track)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_last_picture_stands_while_the_sound_goes_on(tmp_path: Path, suffix: str) -> None:
    sound = Sound(clicks(7), "mono", codec=SUFFIXES[suffix])
    path = make_film(tmp_path / f"film{suffix}", 3, brightening, sounds=[sound])
    film = probe(path)
    assert abs(film.duration_ms - 7_000) <= 45
    assert film.video.end_ms is not None
    assert abs(film.video.end_ms - 3_000) <= 45
    assert len(click_places(heard_by_us(path)[0])) == 7
    clip, later = clips(film, [Span(2_000, 6_000), Span(5_000, 7_000)], EVENLY)
    assert [frame.time_ms for frame in clip.frames] == list(range(2_250, 6_000, 500))
    assert [frame.time_ms for frame in later.frames] == list(range(5_250, 7_000, 500))
    for frame in (*clip.frames, *later.frames):
        assert abs(int(frame.image.mean()) - (20 + 20 * min(5, frame.time_ms // 500))) <= 3
    assert shots(film).still[-1].end_ms == film.duration_ms
    (note,) = notes(path)
    assert "the last picture stands" in note


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_sound_that_ends_before_the_picture_is_told_of(tmp_path: Path, suffix: str) -> None:
    codec = SUFFIXES[suffix]
    path = make_film(tmp_path / f"film{suffix}", 7, sounds=[Sound(clicks(3), "mono", codec=codec)])
    assert abs(probe(path).duration_ms - 7_000) <= 45
    (note,) = notes(path)
    assert "the sound that is described ends at 3.0 s, the film at 7.0 s" in note


@pytest.mark.parametrize(("picture_s", "sound_s"), [(4, 4), (4, 3), (4, 4.3)])
def test_what_ends_nearly_together_is_no_news(tmp_path: Path, picture_s: float, sound_s: float) -> None:
    assert notes(make_film(tmp_path / "film.mp4", picture_s, sounds=[Sound(clicks(sound_s), "mono")])) == []


def test_a_packet_far_behind_all_others_makes_no_longer_film(tmp_path: Path) -> None:
    whole = make_film(tmp_path / "whole.mkv", 4, sounds=[Sound(clicks(4), "mono", codec="pcm_s16le")])
    late = Sound(clicks(60.01), "mono", codec="pcm_s16le", holes=((4, 60),))
    assert probe(make_film(tmp_path / "stray.mkv", 4, sounds=[late])).duration_ms == probe(whole).duration_ms


OFFSETS: dict[str, tuple[str, list[object]]] = {
    "fragments": ("film.mp4", ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]),
    "mp4": ("film.mp4", []),
    "mkv": ("film.mkv", []),
    "ts": ("film.ts", ["-muxdelay", 0, "-muxpreload", 0]),
    "flv": ("film.flv", []),
}


@pytest.mark.parametrize("case", OFFSETS)
def test_what_was_cut_out_of_a_longer_stream_begins_at_its_first_picture(tmp_path: Path, case: str) -> None:
    name, options = OFFSETS[case]
    source = make_film(tmp_path / "whole.mp4", 5, brightening, sounds=[Sound(clicks(5), "mono", codec="aac")])
    path = tmp_path / name
    ffmpeg("-i", source, "-c", "copy", "-output_ts_offset", 90, *options, path)
    if case == "fragments":
        path = decoded_from(path, 90)
    film = probe(path)
    assert abs(film.zero_s - 90) < 0.1
    assert abs(film.duration_ms - 5_000) <= 45
    off = astray(heard_by_us(path)[0], seconds(0, 1, 2, 3))
    assert max(off) - min(off) <= 48
    assert -48 <= min(off) <= 1024 + 48  # AAC's first packet, which is silent, is not cut off in each
    (clip,) = clips(film, [Span(0, 4_000)], EVENLY)
    for frame in clip.frames:
        assert abs(int(frame.image.mean()) - (20 + 20 * (frame.time_ms // 500))) <= 3


def decoded_from(path: Path, seconds_late: int) -> Path:
    """Fragments whose first decode time (`tfdt`) is later, as in a recorded live stream: FFmpeg writes it from 0."""
    content, place = bytearray(path.read_bytes()), 0
    scales = []
    while (place := content.find(b"mdhd", place + 1)) > 0:
        scales.append(int.from_bytes(content[place + 16 : place + 20]))
    place = 0
    while (place := content.find(b"tfdt", place + 1)) > 0:
        track = int.from_bytes(content[content.rindex(b"tfhd", 0, place) + 8 :][:4])
        wide = content[place + 4] == 1
        field = slice(place + 8, place + (16 if wide else 12))
        time = int.from_bytes(content[field]) + seconds_late * scales[track - 1]
        content[field] = time.to_bytes(8 if wide else 4)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("start_s", [0.2, 1.5])
def test_a_picture_that_begins_a_little_late_keeps_its_time(tmp_path: Path, start_s: float) -> None:
    path = make_film(
        tmp_path / "film.mkv", 3, sounds=[Sound(clicks(3), "mono", start_s=start_s)], video_start_s=start_s
    )
    assert probe(path).zero_s == 0
    assert abs(probe(path).duration_ms - (3_000 + start_s * 1000)) <= 1


def changing(folder: Path, second_pid: int, overlap_s: float = 0.0) -> Path:
    """A broadcast of 8 s whose sound comes under another PID from 4 s on."""
    parts = []
    for number, (pid, offset) in enumerate(((0x101, 0.0), (second_pid, 4.0 - overlap_s))):
        sound = Sound(clicks(4 + overlap_s if number else 4), "mono", codec="mp2")
        source = make_film(folder / f"{number}.ts", 4 + (overlap_s if number else 0), sounds=[sound])
        part = folder / f"part{number}.ts"
        pids = ["-streamid", "0:256", "-streamid", f"1:{pid}"]
        ffmpeg("-i", source, "-c", "copy", *pids, "-muxdelay", 0, "-muxpreload", 0, "-output_ts_offset", offset, part)
        parts.append(part.read_bytes())
    film = folder / "film.ts"
    film.write_bytes(b"".join(parts))
    return film


def test_sound_whose_pid_changes_goes_on(tmp_path: Path) -> None:
    path = changing(tmp_path, 0x102)
    film = probe(path)
    first, second = film.audio_tracks
    assert first.turns == second.turns == (first.index, second.index)
    assert abs(film.duration_ms - 8_000) <= 50
    for track in (0, 1):
        places = click_places(heard_by_us(path, track)[0])
        assert len(places) == 8
        assert np.abs(np.diff(places) - RATE).max() <= 1_200  # a coder's delay, and a packet
    (note,) = notes(path)
    assert "the sound goes on in track 2 at 4.0 s" in note


def test_tracks_that_last_together_take_no_turns(tmp_path: Path) -> None:
    tracks = [Sound(clicks(8), "mono", codec="mp2"), Sound(clicks(3), "mono", codec="mp2")]
    film = probe(make_film(tmp_path / "film.ts", 8, sounds=tracks))
    assert [track.turns for track in film.audio_tracks] == [(), ()]
    (note,) = [note.message for note in end_notes(film, film.audio_tracks[1])]
    assert note.endswith("while track 1 goes on")


def test_an_edit_list_without_end_is_refused_at_once(tmp_path: Path) -> None:
    from media.test_mp4 import WHOLE, edited

    source = make_film(tmp_path / "film.mp4", 6, sounds=[Sound(clicks(6), "mono", codec="aac")])
    for edits in ([(1, 0)] * 2_000, [(3_600_000, 0)] * 30, [(6_000, 0)] * 700):
        with pytest.raises(FilmError, match=r"is cut into [\d,]+ edits that last [\d.]+ hours"):
            probe(edited(source, [edits, WHOLE[1]]))


def test_the_form_is_that_of_most_of_the_film(tmp_path: Path) -> None:
    (tmp_path / "logo").mkdir()
    logo = clicking(tmp_path / "logo", ".ts", "ac3", 2, "stereo")
    main = make_film(tmp_path / "main.ts", 8, sounds=[Sound(clicks(8, 6, 44_100), "5.1", 44_100, "ac3")])
    track = probe(spliced(tmp_path / "film.ts", logo, main, 2.0)).audio_tracks[0]
    assert (track.layout, track.rate_hz) == ("5.1(side)", 44_100)


def test_a_short_break_with_more_channels_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "main").mkdir()
    main = clicking(tmp_path / "main", ".ts", "ac3", 8, "stereo")
    trailer = make_film(tmp_path / "trailer.ts", 2, sounds=[Sound(clicks(2, 6), "5.1", codec="ac3")])
    assert probe(spliced(tmp_path / "film.ts", trailer, main, 2.0)).audio_tracks[0].layout == "stereo"


def test_each_track_has_its_own(tmp_path: Path) -> None:
    tracks = [Sound(silence(2, 2), "stereo"), Sound(silence(2, 6), "5.1"), Sound(silence(2, 1, 8_000), "mono", 8_000)]
    found = probe(make_film(tmp_path / "film.mkv", 2, sounds=tracks)).audio_tracks
    assert [(track.layout, track.rate_hz) for track in found] == [("stereo", 48_000), ("5.1", 48_000), ("mono", 8_000)]
