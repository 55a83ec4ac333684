from __future__ import annotations

from pathlib import Path

from clicking import clicking, spliced
from films import Sound, clicks, make_film, silence

from audiodesc.media.probe import probe


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
