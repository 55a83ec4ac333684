"""Each deliverable of a film that stops for lines has the times of the film that it stands beside."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import aaf2
import av
import mido
import numpy as np
import opentimelineio as otio
import pytest
import rpp
from dash_films import cues
from deliver.timelines import Spoken, delivery
from films import make_film, write_srt
from recordings.speech import RATE, in_room, spoken, write
from test_extended import CUES, EXTENDED, LONG, SCRIPT, silent_clicks

from audiodesc import pipeline
from audiodesc.core.formatting import exact
from audiodesc.core.stops import Stop, Stops
from audiodesc.deliver import DELIVERABLES
from audiodesc.deliver.built_in import ExtraScript
from audiodesc.deliver.extended_tracks import encoded_again
from audiodesc.media.clips import cut
from audiodesc.media.probe import probe
from audiodesc.media.sound import read_sound
from audiodesc.media.wav_metadata import read_metadata
from audiodesc.model import AudioTrack, Span
from audiodesc.project import Result
from audiodesc.report.stops import stops_report
from audiodesc.scripts import read_script
from audiodesc.scripts.formats import writable
from audiodesc.settings import DeliverSettings, StopSettings
from audiodesc.subtitles.tracks import read_track

ALSO = (
    *(name for name in writable() if name != "webvtt"),
    *(n for n in DELIVERABLES if n not in ("script", "mix-mxf")),
)
FRAME_MS = 40


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("all")
    film = make_film(folder / "film.mp4", 14, sounds=[silent_clicks(14)], fps=25)
    (folder / "mine.vtt").write_text(SCRIPT, "utf-8")
    chosen = replace(EXTENDED, deliver=DeliverSettings(track="wav", stems=True, also=ALSO))
    return pipeline.render(film, folder / "mine.vtt", write_srt(folder / "film.srt", CUES), settings=chosen)


def script(path: Path) -> list[float]:
    return [line.start_ms for line in read_script(path).lines]


def rtf(path: Path) -> list[float]:
    found = re.findall(r"\d\. (\d\d):(\d\d):(\d\d)\.(\d{3})", path.read_text("utf-8"))
    return [((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in found]


def report(path: Path) -> list[float]:
    return [one["heard"]["start_ms"] for one in json.loads(path.read_text("utf-8"))["segments"]]


def begins(path: Path, start_ms: int) -> bool:
    """Whether the narrator begins there, after silence."""
    before, after = (cut(path, at, at + 100).samples for at in (start_ms - 100, start_ms))
    return bool(np.abs(before).max() < 1e-6 < 1e-4 < np.abs(after).max())  # silence but for the dither


def names(path: Path) -> list[float]:
    codes = [re.fullmatch(r"\d{4}_00-00-(\d\d)-(\d\d)\.wav", one.name) for one in sorted(path.glob("*.wav"))]
    return [int(code[1]) * 1000 + int(code[2]) * FRAME_MS for code in codes if code]


def regions(path: Path) -> list[float]:
    return [one.first / 48 for one in read_metadata(path).metadata.regions]


def edl(path: Path) -> list[float]:
    found = re.findall(r" C +\S+ \S+ 00:00:(\d\d):(\d\d) ", path.read_text("utf-8"))
    return [int(seconds) * 1000 + int(frames) * FRAME_MS for seconds, frames in found]


def timeline(path: Path) -> list[float]:
    clips = otio.adapters.read_from_file(str(path)).find_clips()
    return [float(clip.source_range.start_time.to_seconds() * 1000) for clip in clips]


def composition(path: Path) -> list[float]:
    with aaf2.open(str(path)) as file:
        [top] = file.content.toplevel()
        marks = [slot.segment for slot in top.slots if isinstance(slot, aaf2.mobslots.EventMobSlot)]
        return [mark["Position"].value * FRAME_MS for track in marks for mark in track.components]


def reaper(path: Path) -> list[float]:
    marks = [one for one in rpp.loads(path.read_text("utf-8")) if one[0] == "MARKER"]
    return [1000 * float(one[2]) for one in marks[::2]]


def audition(path: Path) -> list[float]:
    starts = re.findall(r"^Line \d+\t0:(\d\d)\.(\d{3})\t", path.read_text("utf-8-sig"), re.M)
    return [int(seconds) * 1000 + int(ms) for seconds, ms in starts]


def midi(path: Path) -> list[float]:
    file = mido.MidiFile(str(path), charset="utf-8")
    at, found = 0.0, []
    for message in file.tracks[0]:
        at += mido.tick2second(message.time, file.ticks_per_beat, 500_000)
        found += [1000 * at] if message.type == "marker" else []
    return found


def described(path: Path) -> list[float]:
    """Of the script in the film, which is its last text track."""
    film = probe(path)
    return [cue.span.start_ms for cue in read_track(film, film.subtitle_tracks[-1])[0]]


def rendition(path: Path) -> list[float]:
    cues = {line for one in (path / "descriptions").glob("*.vtt") for line in one.read_text("utf-8").splitlines()}
    times = [re.fullmatch(r"00:00:(\d\d)\.(\d{3}) --> .*", line) for line in cues]
    return sorted(int(time[1]) * 1000 + int(time[2]) for time in times if time)


def presentation(path: Path) -> list[float]:
    """The last text of a DASH presentation: the descriptions."""
    return [start for start, _, _ in cues(path, max(one.name for one in path.glob("text-*")))]


Starts = Callable[[Path], Sequence[float]]
OF_THE_FILM: dict[str, Starts] = {
    **dict.fromkeys(["script", "srt", "dapt", "docx", "xlsx", "csv", "txt", "extended"], script),
    "rtf": rtf,
}
OF_THE_EXTENDED: dict[str, tuple[Starts, float]] = {
    "report": (report, 0),
    "lines": (names, FRAME_MS),
    "wav-regions": (regions, 0.1),
    "edl": (edl, FRAME_MS),
    "otio": (timeline, FRAME_MS),
    "aaf": (composition, FRAME_MS),
    "reaper": (reaper, 0.1),
    "audition": (audition, 0),
    "protools": (midi, 1),
    "mp4": (described, 0),
    "mkv": (described, 0),
    "hls": (rendition, 0),
    "dash": (presentation, 0),
}
"""What begins when, and how much earlier at most a frame or a sound may."""

NO_LINE = {
    *("stops", "stops-vtt", "narration", "track", "film", "ducked", "stems", "page", "receiver-mix", "adm"),
    *("web", "package"),
    *("transcript", "transcript-md", "transcript-docx"),
    *(name for name in DELIVERABLES if name.startswith("mix-") and name != "mix-mxf"),
}
"""In these no line has a time of its own, or not one to be read: they have tests of their own."""


def test_every_deliverable_is_in_these_tables(made: Result) -> None:
    assert set(made.files) == {*OF_THE_FILM, *OF_THE_EXTENDED, *NO_LINE}


@pytest.mark.parametrize("name", ["receiver-mix", "adm"])
def test_sound_is_as_long_as_the_extended_film(made: Result, name: str) -> None:
    whole = probe(made.files["film"]).duration_ms
    assert read_metadata(made.files[name]).samples == pytest.approx(whole * 48, abs=48)


@pytest.mark.parametrize("name", OF_THE_FILM)
def test_scripts_have_times_of_the_film(made: Result, name: str) -> None:
    assert OF_THE_FILM[name](made.files[name]) == [one.span.start_ms for one in made.spoken]


@pytest.mark.parametrize("name", OF_THE_EXTENDED)
def test_what_lies_beside_the_extended_film_has_its_times(made: Result, name: str) -> None:
    read, early_ms = OF_THE_EXTENDED[name]
    wanted = [one.heard.start_ms for one in made.report.segments if one.heard]
    assert len(wanted) == 4
    for at, ms in zip(read(made.files[name]), wanted, strict=True):
        assert -early_ms - 0.1 <= at - ms <= 0.6


def test_the_narrator_begins_each_line_in_its_place(made: Result) -> None:
    starts = [one.heard.start_ms for one in made.report.segments if one.heard]
    assert all(begins(made.files["narration"], start_ms) for start_ms in starts)


@pytest.mark.parametrize("name", ["mix-wav", "mix-aac", "mix-ac3", "mix-opus", "mix-mp2"])
def test_the_mix_as_a_file_is_as_long_as_the_extended_film(made: Result, name: str) -> None:
    lasts_ms = made.film.duration_ms + sum(one.stop_ms for one in made.spoken)
    with av.open(str(made.files[name])) as file:
        heard_ms = sum(frame.samples for frame in file.decode(audio=0)) / RATE * 1000
    assert 0 <= heard_ms - lasts_ms < 35  # a packet


def test_the_page_has_the_times_of_the_extended_film(made: Result) -> None:
    page = made.files["page"].read_text("utf-8")
    assert all(exact(one.heard.start_ms) in page for one in made.report.segments if one.heard)


@pytest.mark.parametrize("name", ["edl", "otio"])
def test_every_file_that_a_timeline_names_is_there(made: Result, name: str) -> None:
    named = set(re.findall(r"film\.lines/(\d{4}_\S+?\.wav)", made.files[name].read_text("utf-8")))
    assert named == {path.name for path in made.files["lines"].glob("*.wav")}


def test_reaper_lays_the_silent_picture_over_the_ducked_film(made: Result) -> None:
    """The first sound of the extended film is the mix, in which the narrator is already."""
    tracks = rpp.loads(made.files["reaper"].read_text("utf-8")).findall("TRACK")
    assert [track.find("MUTESOLO")[1] for track in tracks] == ["1", "0", "0"]
    lasts = (made.film.duration_ms + sum(one.stop_ms for one in made.spoken)) / 1000
    assert {float(track.find("ITEM").find("LENGTH")[1]) for track in tracks} == {lasts}


def test_the_table_of_the_lines_is_a_script_of_the_film(made: Result) -> None:
    assert script(made.files["lines"] / "lines.csv") == [one.span.start_ms for one in made.spoken]


def test_recordings_longer_than_their_pauses_stop_the_film_and_come_back_by_their_names(
    made: Result, tmp_path: Path
) -> None:
    """A studio reads each line for as long as its file lasts and a second more, and names it as it was named."""
    folder, takes = made.files["script"].parent, tmp_path / "takes"
    takes.mkdir()
    for path, line in zip(sorted(made.files["lines"].glob("*.wav")), made.spoken, strict=True):
        write(takes / path.name, in_room(f"{line.line.text} {line.line.text}"))
    again = pipeline.render(folder, recordings=takes)
    assert [one.recording is not None for one in again.spoken] == [True] * 4
    assert [note.message for note in again.notes if note.stage == "record"] == []
    stops = Stops(tuple(Stop(one.at_ms, one.length_ms) for one in again.report.stops or ()))
    assert stops.total_ms > sum(one.stop_ms for one in made.spoken)
    assert again.report.overlap_ms == 0
    starts = [one.heard.start_ms for one in again.report.segments if one.heard]
    assert all(begins(again.files["narration"], start_ms) for start_ms in starts)
    film = probe(again.files["film"])
    assert film.duration_ms == pytest.approx(made.film.duration_ms + stops.total_ms, abs=1)
    clicks = np.abs(np.concatenate(list(read_sound(film, film.audio_tracks[1])), axis=1)[0])
    for ms in range(500, 14_000, 1_000):
        at = stops.extended_ms(ms) * 48
        assert int(clicks[at - 100 : at + 100].argmax()) == 100


def test_a_recording_that_is_longer_than_the_longest_stop_is_told_with_what_helps(made: Result, tmp_path: Path) -> None:
    film, takes = made.film.path, tmp_path / "takes"
    short = replace(EXTENDED, stops=StopSettings(extended=True, extended_most_s=1.0, extended_film=False))
    pipeline.render(film, film.with_name("mine.vtt"), film.with_name("film.srt"), tmp_path / "out", short)
    takes.mkdir()
    write(takes / "000001200.wav", spoken(LONG))
    result = pipeline.render(tmp_path / "out", settings=short, recordings=takes)
    [reason] = [one.reason for one in result.outcomes if one.text == LONG]
    needed_s = math.ceil(len(spoken(LONG)) / RATE - 1.7)  # the pause has so much
    assert "and the film stops for 1.0 s at most" in reason
    assert f"let the film stop for it: --extended-most {needed_s}, or let the voice speak it" in reason


def test_sound_that_cannot_stop_is_left_out_and_named(tmp_path: Path) -> None:
    given = delivery(tmp_path, [Spoken(0)])
    strange = (
        AudioTrack(3, "", 48_000, "stereo", "deu", "", default=False),
        AudioTrack(4, "pcm_s16le", 48_000, "hexadecagonal", "fra", "", default=False),
    )
    made, lines = encoded_again(replace(given, film=replace(given.film, audio_tracks=strange)), tmp_path, "mp4")
    assert made == {}
    assert lines[0] == "track 3 (audio) cannot stop with the film, and is not in it (nothing here can decode it)"
    assert lines[1].startswith("track 4 (audio) cannot stop with the film, and is not in it (aac ")
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("extended_film", "title", "headings"),
    [
        (True, "story (extended film): transcript", ["0:00 – 5:00", "5:00 – 10:00"]),
        (False, "story: transcript", ["0:00 – 5:00"]),
    ],
)
def test_a_transcript_has_the_times_of_the_film_that_it_is_read_beside(
    tmp_path: Path, extended_film: bool, title: str, headings: list[str]
) -> None:
    """The film stops for a minute at 0:11; the second line, at 4:50 of the film, is heard at 5:50."""
    given = delivery(tmp_path, [Spoken(10_000), Spoken(290_000)])
    first, second = given.outcomes
    assert first.speech
    heard = (Span(10_000, 71_000), Span(350_000, 351_000))
    segments = tuple(replace(one, heard=at) for one, at in zip(given.report.segments, heard, strict=True))
    stopping = replace(
        given,
        outcomes=(replace(first, speech=replace(first.speech, stop_ms=60_000)), second),
        report=replace(given.report, segments=segments, stops=stops_report(Stops((Stop(11_000, 60_000),)))),
        settings=replace(EXTENDED, stops=StopSettings(extended=True, extended_film=extended_film)),
    )
    ExtraScript("transcript-md").write(stopping, tmp_path / "made.md")
    rows = (tmp_path / "made.md").read_text("utf-8").splitlines()
    assert rows[0] == f"# {title}"
    assert [row[3:] for row in rows if row.startswith("## ")] == headings
