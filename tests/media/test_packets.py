"""Copies of films whose packets no muxer takes as they are."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
from clicking import clicking, ffmpeg, spliced
from films import RATE, silence

from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe


def copied(source: Path, folder: Path) -> Path:
    """A copy in Matroska, with a silent track added."""
    film = probe(source)
    with SoundFile(folder / "t.m4a", "m4a", "mono", matroska=folder / "t.mka") as file:
        file.push(silence(film.duration_ms / 1000))
    add_track(film, folder / "t.mka", film.audio_tracks[0], folder / "copy.mkv")
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
