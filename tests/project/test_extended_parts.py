"""A part of a film that stops for lines: the same as the whole has there, in sound, picture, subtitles and chapters."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from films import FFMPEG, Sound, clicks, make_film, write_srt
from numpy.typing import NDArray
from test_extended import CUES, EXTENDED, SCRIPT, silent_clicks, stops_of

from audiodesc import pipeline
from audiodesc.core.stops import Stops
from audiodesc.errors import UsageError
from audiodesc.media.clips import cut
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe
from audiodesc.media.sound import read_sound
from audiodesc.model import Span
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, RunSettings, Settings, StopSettings

PART = Span(500, 6_100)
"""Three of four lines are in it; for the third, which has no pause, the film stops at 6.05 s."""

CHOSEN = replace(EXTENDED, deliver=DeliverSettings(track="wav", also=("edl", "reaper", "wav-regions")))
OF_PART = replace(CHOSEN, run=RunSettings(part_from="0.5", part_to="6.1"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("part")
    plain = make_film(folder / "plain.mp4", 14, sounds=[silent_clicks(14)], fps=25, b_frames=2)
    (folder / "mine.vtt").write_text(SCRIPT, "utf-8")
    subtitles = write_srt(folder / "film.srt", CUES)
    chapters = "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={start}\n"
        for start, end in ((0, 5_000), (5_000, 10_000), (10_000, 14_000))
    )
    (folder / "chapters.txt").write_text(f";FFMETADATA1\n{chapters}", "utf-8")
    inputs = ["-i", plain, "-i", subtitles, "-i", folder / "chapters.txt", "-map", "0", "-map", "1"]
    options = ["-map_metadata", "2", "-c", "copy", "-c:s", "mov_text"]
    subprocess.run([FFMPEG, "-v", "error", *map(str, inputs), *options, folder / "film.mp4"], check=True)
    return folder


def rendered(place: Path, settings: Settings) -> Result:
    return pipeline.render(place / "film.mp4", place / "mine.vtt", place / "film.srt", place / "film.ad", settings)


@pytest.fixture(scope="module")
def both(place: Path) -> tuple[Result, Result]:
    """The whole film and the part."""
    return rendered(place, CHOSEN), rendered(place, OF_PART)


def heard(path: Path) -> NDArray[np.float32]:
    return cut(path, 0, 100_000).samples


def in_part(ms: float, stops: Stops) -> float:
    """When a moment of the film is seen in the part's film."""
    return stops.extended_ms(round(ms)) - PART.start_ms


def test_the_sound_is_the_wholes_there_to_the_sample(both: tuple[Result, Result]) -> None:
    whole, part = both
    assert stops_of(part) == stops_of(whole)
    length = (PART.duration_ms + stops_of(part).total_ms) * 48
    for kind in ("track", "narration"):
        ours, theirs = heard(part.files[kind]), heard(whole.files[kind])
        assert ours.shape[1] == length
        assert np.abs(ours - theirs[:, PART.start_ms * 48 :][:, :length]).max() < 1e-6  # dither of 24 bits
    assert part.report.overlap_ms == 0


def test_every_click_frame_subtitle_and_chapter_is_in_its_place(both: tuple[Result, Result]) -> None:
    part = both[1]
    stops, film = stops_of(part), probe(part.files["film"])
    for track in film.audio_tracks:
        sound = np.abs(np.concatenate(list(read_sound(film, track)), axis=1)[0])
        for ms in range(500, 6_000, 1_000):
            at = round(in_part(ms, stops)) * 48
            near = sound[max(0, at - 100) : at + 100]
            assert int(near.argmax()) == min(at, 100)
    with av.open(str(part.files["film"])) as copied:
        frames = [1000 * float(frame.time or 0) for frame in copied.decode(video=0)]
        chapters = [
            tuple(round(1000 * time * (one["time_base"] or 0)) for time in (one["start"], one["end"]))
            for one in copied.chapters()
        ]
    wanted = [0.0, *(in_part(40 * n, stops) for n in range(13, 153))]
    assert frames[: len(wanted)] == pytest.approx(wanted, abs=0.1)
    assert len(frames) - len(wanted) <= 4  # those of which the last ones are made come after the part's end
    assert chapters == [(0, in_part(5_000, stops)), (in_part(5_000, stops), PART.duration_ms + stops.total_ms)]
    shown = subprocess.run(
        [FFMPEG, "-v", "error", "-i", part.files["film"], "-map", "0:s:0", "-f", "srt", "-"], capture_output=True,
        check=True, text=True,
    ).stdout  # fmt: skip
    assert shown.count("-->") == 1
    start_s = in_part(3_000, stops) / 1000
    assert f"00:00:{start_s:06.3f} -->".replace(".", ",") in shown


def test_files_beside_it_have_times_of_the_whole_film_that_stops(both: tuple[Result, Result]) -> None:
    whole, part = both
    rows = [[row for row in one.files["edl"].read_text().splitlines() if row[:3].isdigit()] for one in both]
    assert rows[1] == rows[0][: len(rows[1])]
    assert len(rows[1]) == 3
    known = json.loads(part.files["stops"].read_text())
    assert known["part"] == {"start_ms": 500, "end_ms": 6_100}
    assert (known["parts"][0]["film_ms"], known["parts"][-1]["film_end_ms"]) == (500, 6_100)
    assert f"POSITION {0.5}" in part.files["reaper"].read_text()
    assert {path.name for path in whole.files.values() if not path.exists()} == set()


def test_a_constant_rate_is_of_a_whole_film(place: Path) -> None:
    with pytest.raises(UsageError, match="cfr is of a whole film: give --extended-form vfr"):
        rendered(place, replace(OF_PART, stops=StopSettings(extended=True, extended_form="cfr")))


def test_in_matroska_chapters_keep_to_the_sound_though_all_begins_with_the_key_frame(tmp_path: Path) -> None:
    own = make_film(tmp_path / "own.mkv", 6, sounds=[Sound(clicks(6), "mono")], fps=25, gop=25)
    chapters = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=3000\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=3000\nEND=6000\n"
    (tmp_path / "chapters.txt").write_text(f";FFMETADATA1\n{chapters}", "utf-8")
    source = tmp_path / "film.mkv"
    given = ["-i", str(own), "-i", str(tmp_path / "chapters.txt"), "-map", "0", "-map_metadata", "1", "-c", "copy"]
    subprocess.run([FFMPEG, "-v", "error", *given, source], check=True)
    film, part = probe(source), Span(1_700, 5_200)  # the key frame is at 1 s
    with SoundFile(tmp_path / "t.m4a", "m4a", "mono", matroska=tmp_path / "t.mka") as file:
        file.push(np.zeros((1, 48 * part.duration_ms), np.float32))
    out = tmp_path / "out.mkv"
    add_track(film, Description(tmp_path / "t.mka"), film.audio_tracks[0], out, part=part)
    with av.open(str(out)) as copied:
        starts = [1000 * one["start"] * (one["time_base"] or 0) for one in copied.chapters()]
        sound = copied.streams.audio[0]
        blocks = [(frame.pts or 0, frame.to_ndarray()[0]) for frame in copied.decode(sound)]
    at, block = next((at, block) for at, block in blocks if np.abs(block).max() > 0.5)
    rate = sound.rate
    click_ms = 1000 * (at * float(sound.time_base or 0) + int(np.abs(block).argmax()) / rate)
    assert starts[1] - click_ms == pytest.approx(3_000 - 2_500, abs=1)  # the first click of the part is at 2.5 s
    assert starts[0] == pytest.approx(click_ms - 800, abs=1)
