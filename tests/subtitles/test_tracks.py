"""The track with the dialogue is taken, and read as a file of the same subtitles would be."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from films import FFMPEG, make_film, write_srt

from audiodesc.errors import SubtitleError
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Film, Span, SubtitleTrack, VideoTrack
from audiodesc.subtitles.tracks import LASTS_MS, read_track, text_track

CUES = [(1_000, 2_000, "<i>Where</i> are you?\nHere."), (2_500, 3_000, "[door opens]"), (3_000, 3_900, "ANNA: No.")]
READ = (
    Cue(Span(1_000, 2_000), "Where are you?\nHere."),
    Cue(Span(2_500, 3_000), "[door opens]", "sound"),
    Cue(Span(3_000, 3_900), "No.", "speech", "Anna"),
)


def film_with(*tracks: SubtitleTrack) -> Film:
    return Film(Path("film.mkv"), "f", "matroska", 4_000, Fraction(0), VideoTrack(0, "h264", 160, 120), (), tracks)


def with_text(folder: Path, suffix: str = ".mkv", codec: str = "srt", *options: str) -> Path:
    """A film of 4 s with CUES inside."""
    plain, subs = make_film(folder / f"plain{suffix}", 4), write_srt(folder / "subs.srt", CUES)
    film = folder / f"film{suffix}"
    inputs = ["-loglevel", "error", "-i", plain, "-i", subs, "-map", "0", "-map", "1"]
    subprocess.run([FFMPEG, *inputs, "-c", "copy", "-c:s", codec, *options, film], check=True)
    return film


def without_lengths(film: Path) -> Path:
    """The film again, with packets of text that do not say how long they last."""
    out = film.with_stem("lengthless")
    with av.open(str(film)) as source, av.open(str(out), "w") as sink:
        streams = {stream.index: sink.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.pts is not None:
                if packet.stream.type == "subtitle":
                    packet.duration = 0
                packet.stream = streams[packet.stream.index]
                sink.mux(packet)
    return out


@pytest.mark.parametrize(
    ("tracks", "index"),
    [
        ([], None),
        ([SubtitleTrack(2, "subrip", "", True), SubtitleTrack(3, "subrip", "", True)], 2),
        ([SubtitleTrack(2, "subrip", "", True), SubtitleTrack(3, "subrip", "", True, default=True)], 3),
        ([SubtitleTrack(2, "pgs", "", False, default=True), SubtitleTrack(3, "subrip", "", True)], 3),
        ([SubtitleTrack(2, "subrip", "", True, is_whole=False, default=True), SubtitleTrack(3, "ass", "", True)], 3),
        ([SubtitleTrack(2, "pgs", "", False), SubtitleTrack(3, "subrip", "", True, is_whole=False)], None),
    ],
)
def test_the_default_whole_text_track_is_taken_else_the_first(tracks: list[SubtitleTrack], index: int | None) -> None:
    taken = text_track(film_with(*tracks))
    assert (taken and taken.index) == index


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mkv", "srt"), (".mkv", "ass"), (".mkv", "webvtt"), (".mp4", "mov_text")]
)
def test_text_inside_a_film_is_read(tmp_path: Path, suffix: str, codec: str) -> None:
    film = probe(with_text(tmp_path, suffix, codec))
    track = text_track(film)
    assert track is not None
    assert read_track(film, track) == (READ, ())


def test_times_are_on_the_films_clock(tmp_path: Path) -> None:
    film = probe(with_text(tmp_path))
    later = replace(film, zero_s=film.zero_s + Fraction(1, 2))
    cues, _ = read_track(later, film.subtitle_tracks[0])
    assert [(cue.span.start_ms, cue.span.end_ms) for cue in cues] == [(500, 1_500), (2_000, 2_500), (2_500, 3_400)]


def test_a_cue_of_no_length_lasts_until_the_next_and_five_seconds_at_most(tmp_path: Path) -> None:
    film = probe(without_lengths(with_text(tmp_path)))
    track = text_track(film)
    assert track is not None
    cues, (note,) = read_track(film, track)
    assert [(cue.span.start_ms, cue.span.end_ms) for cue in cues] == [
        (1_000, 2_500),
        (2_500, 3_500),  # one second at least
        (3_000, 3_000 + LASTS_MS),
    ]
    assert "up to 5 s" in note.message


def test_a_track_without_text_is_refused_by_number(tmp_path: Path) -> None:
    plain, subs = make_film(tmp_path / "plain.mkv", 4), write_srt(tmp_path / "subs.srt", [(1_000, 2_000, "<i> </i>")])
    command = [FFMPEG, "-loglevel", "error", "-i", plain, "-i", subs, "-map", "0", "-map", "1", "-c:v", "copy"]
    subprocess.run([*command, tmp_path / "film.mkv"], check=True)
    film = probe(tmp_path / "film.mkv")
    with pytest.raises(SubtitleError, match="track 1 holds no subtitle") as caught:
        read_track(film, film.subtitle_tracks[0])
    assert "--subs" in caught.value.remedy
