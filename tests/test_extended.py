"""A film that stops for lines: what is written of it, and that all of it is in its place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import webvtt
from films import Sound, make_film, write_srt

from audiodesc import pipeline
from audiodesc.core.stops import Stop, Stops
from audiodesc.deliver.extended import for_players, stop_track
from audiodesc.media.clips import read_wav
from audiodesc.media.probe import probe
from audiodesc.media.sound import RATE_HZ, read_sound
from audiodesc.project import Result
from audiodesc.scripts import read_script
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.srt_webvtt import cue_time
from audiodesc.settings import DeliverSettings, DialogueSettings, Settings, StopSettings, VoiceSettings

CUES = [(0, 1_000, "Hello there, my friend."), (3_000, 5_000, "I never knew."), (6_200, 9_000, "So it is, they say.")]
LONG = "A man in a green coat walks slowly along the harbour, looking for something that he lost."
AMID = "This line stands in the midst of the dialogue, and has no pause."
SCRIPT = f"""WEBVTT

00:00:01.200 --> 00:00:02.800
{LONG}

00:00:05.200 --> 00:00:06.000
He stops.

00:00:07.000 --> 00:00:08.000
{AMID}

00:00:10.200 --> 00:00:12.000
The sun goes down.
"""
EXTENDED = Settings(
    dialogue=DialogueSettings(hear=False),
    voice=VoiceSettings(name="espeak-en-gb"),
    deliver=DeliverSettings(track="flac", stems=True),
    stops=StopSettings(extended=True),
)


def silent_clicks(seconds: int) -> Sound:
    samples = np.zeros((2, seconds * RATE_HZ), np.float32)
    samples[:, RATE_HZ // 2 :: RATE_HZ] = 0.9
    return Sound(samples, "stereo", codec="aac", language="eng")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("extended")
    film = make_film(folder / "film.mp4", 14, sounds=[silent_clicks(14)], fps=25, b_frames=2)
    (folder / "mine.vtt").write_text(SCRIPT, "utf-8")
    return pipeline.render(film, folder / "mine.vtt", write_srt(folder / "film.srt", CUES), settings=EXTENDED)


def stops_of(made: Result) -> Stops:
    known = json.loads(made.files["stops"].read_text("utf-8"))
    return Stops(tuple(Stop(one["film_ms"], one["length_ms"]) for one in known["stops"]))


def test_the_film_stops_only_for_lines_that_do_not_fit(made: Result) -> None:
    spoken = {one.line.text: one for one in made.spoken}
    assert len(spoken) == 4
    assert spoken["The sun goes down."].stop_ms == 0
    first = spoken[LONG]
    clip_ms = -(-read_wav(first.clip).size * 1000 // RATE_HZ)
    assert first.span.end_ms == 2_850  # the pause ends 150 ms before the dialogue
    assert first.span.duration_ms + first.stop_ms == clip_ms
    assert spoken[AMID].span.start_ms == spoken[AMID].span.end_ms == 6_050  # the nearest moment of a pause
    assert made.report.overlap_ms == 0


def test_every_click_is_where_the_map_says(made: Result) -> None:
    stops = stops_of(made)
    film = probe(made.files["film"])
    track = film.audio_tracks[0]
    assert [one.role for one in film.audio_tracks] == ["description", ""]
    heard = np.abs(np.concatenate(list(read_sound(film, track)), axis=1)[0])
    assert film.duration_ms == pytest.approx(made.film.duration_ms + stops.total_ms, abs=1)
    for ms in range(500, 14_000, 1_000):
        at = stops.extended_ms(ms) * 48
        around = heard[at - 100 : at + 100]
        assert int(around.argmax()) == 100
    with av.open(str(made.files["film"])) as copied:
        times = [1000 * float(frame.time or 0) for frame in copied.decode(video=0)]
    assert times == pytest.approx([stops.extended_ms(40 * n) for n in range(350)], abs=0.05)


def test_all_sound_is_as_long_as_the_extended_film(made: Result) -> None:
    samples = made.film.duration_ms * 48 + stops_of(made).total_ms * 48
    for kind in ("track", "narration", "ducked"):
        with av.open(str(made.files[kind])) as sound:
            assert sum(frame.samples for frame in sound.decode(audio=0)) == samples


def test_the_map_and_its_track_say_the_same(made: Result) -> None:
    known = json.loads(made.files["stops"].read_text("utf-8"))
    assert known["extended_duration_ms"] == known["film_duration_ms"] + sum(one["length_ms"] for one in known["stops"])
    cues = webvtt.read(str(made.files["stops-vtt"])).captions
    assert [(cue.start, json.loads(cue.text)) for cue in cues] == [
        (cue_time(one["film_ms"]), {"pauseMedia": one["length_ms"]}) for one in known["stops"]
    ]
    ends = [part["extended_ms"] + part["film_end_ms"] - part["film_ms"] for part in known["parts"]]
    assert ends[-1] == known["extended_duration_ms"]


def test_players_that_stop_by_themselves_notice_each_line(made: Result) -> None:
    cues = read_script(made.files["extended"]).lines
    assert [cue.text for cue in cues] == [speech.line.text for speech in made.spoken]
    assert [cue.start_ms for cue in cues] == [speech.span.start_ms for speech in made.spoken]
    assert all(cue.end_ms - cue.start_ms >= 500 for cue in cues)


def test_report_and_page_have_both_times(made: Result) -> None:
    stops = stops_of(made)
    for segment in made.report.segments:
        assert segment.placed
        assert segment.heard
        assert segment.heard.duration_ms == segment.placed.duration_ms + (segment.stop_ms or 0)
        assert segment.sound
        assert segment.sound.start_ms == segment.heard.start_ms
    assert made.report.stops
    assert [one.at_ms for one in made.report.stops] == [stop.at_ms for stop in stops.stops]
    page = made.files["page"].read_text("utf-8")
    assert "of the film, which stops for" in page
    assert "seconds of the extended film" in page


def test_the_script_is_read_back_to_the_same_stops(made: Result) -> None:
    again = pipeline.render(made.files["script"].parent)
    assert [(one.span, one.stop_ms) for one in again.spoken] == [(one.span, one.stop_ms) for one in made.spoken]


def test_without_stops_all_is_as_ever_and_what_said_otherwise_goes(made: Result) -> None:
    folder = made.files["script"].parent
    film, script = made.film.path, made.film.path.with_name("mine.vtt")
    plain = pipeline.render(film, script, film.with_name("film.srt"), folder, replace(EXTENDED, stops=StopSettings()))
    assert [one.line.text for one in plain.spoken] == ["He stops.", "The sun goes down."]
    assert not [path for path in folder.iterdir() if "extended" in path.name or "stops" in path.name]
    assert plain.report.stops is None


def test_the_script_alone_touches_no_film(made: Result, tmp_path: Path) -> None:
    film, script = made.film.path, made.film.path.with_name("mine.vtt")
    chosen = replace(EXTENDED, stops=StopSettings(extended=True, extended_film=False))
    written = pipeline.render(film, script, film.with_name("film.srt"), tmp_path / "out", chosen)
    assert set(written.files) == {"script", "report", "extended", "stops", "stops-vtt"}
    assert len(written.spoken) == 4


def test_a_line_that_is_too_long_for_the_longest_stop_is_left_out(made: Result, tmp_path: Path) -> None:
    film, script = made.film.path, made.film.path.with_name("mine.vtt")
    chosen = replace(EXTENDED, stops=StopSettings(extended=True, extended_most_s=1.0, extended_film=False))
    written = pipeline.render(film, script, film.with_name("film.srt"), tmp_path / "out", chosen)
    reasons = {one.text: one.reason for one in written.left_out}
    assert "the film stops for 1.0 s at most" in reasons[LONG]


def test_a_film_without_a_line_has_a_script_for_players_too() -> None:
    assert for_players(ScriptDocument("film", "en", 1_000, ())).lines == ()
    assert stop_track(Stops()) == "WEBVTT\n"


def test_at_a_constant_rate_every_click_and_every_frame_is_where_the_map_says(made: Result, tmp_path: Path) -> None:
    film, script = made.film.path, made.film.path.with_name("mine.vtt")
    chosen = replace(EXTENDED, stops=StopSettings(extended=True, extended_form="cfr"))
    written = pipeline.render(film, script, film.with_name("film.srt"), tmp_path / "out", chosen)
    stops = stops_of(written)
    assert all(stop.length_ms % 40 == 0 for stop in stops.stops)
    with av.open(str(written.files["film"])) as again:
        picture = again.streams.video[0]
        assert picture.average_rate == picture.guessed_rate == 25
        times = [1000 * (frame.pts or 0) * (picture.time_base or 0) for frame in again.decode(video=0)]
    assert times == [40 * n for n in range(350 + stops.total_ms // 40)]
    track = probe(written.files["film"]).audio_tracks[0]
    heard = np.abs(np.concatenate(list(read_sound(probe(written.files["film"]), track)), axis=1)[0])
    for ms in range(500, 14_000, 1_000):
        at = stops.extended_ms(ms) * 48
        assert int(heard[at - 100 : at + 100].argmax()) == 100
    assert any("constant rate of 25 frames a second" in note.message for note in written.report.notes)
