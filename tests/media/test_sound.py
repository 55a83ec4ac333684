from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from films import FFMPEG, RATE, Sound, click_places, clicks, make_film, silence, tone
from numpy.typing import NDArray

from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import length, read_sound


def heard(path: Path, track: int | None = None) -> NDArray[np.float32]:
    film = probe(path)
    chosen = programme(film, track).track
    assert chosen is not None
    sound = np.concatenate(list(read_sound(film, chosen)), axis=1)
    assert sound.shape[1] == length(film)
    return sound


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        *[(".mp4", codec) for codec in ("flac", "aac", "ac3", "mp3")],
        *[(".mov", codec) for codec in ("aac", "pcm_s24le")],
        *[(".mkv", codec) for codec in ("flac", "aac", "ac3", "mp3", "libopus", "pcm_s16le")],
    ],
)
def test_clicks_stay_where_they_are(tmp_path: Path, suffix: str, codec: str) -> None:
    path = make_film(tmp_path / f"film{suffix}", 4, sounds=[Sound(clicks(4), "mono", codec=codec)])
    assert click_places(heard(path)[0]) == [second * RATE + RATE // 2 for second in range(4)]


@pytest.mark.parametrize("codec", ["aac", "ac3", "mp2"])
def test_a_transport_stream_keeps_sound_and_picture_together(tmp_path: Path, codec: str) -> None:
    """A transport stream has no place for a coder's delay: a click may come that much late, and no later."""
    delay = {"aac": 1024, "ac3": 256, "mp2": 481}[codec]
    path = make_film(tmp_path / "film.ts", 4, sounds=[Sound(clicks(4), "mono", codec=codec)])
    late = np.array(click_places(heard(path)[0])) - np.arange(4) * RATE - RATE // 2
    assert np.ptp(late) <= 1
    assert 0 <= late.min() <= delay + 2


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_comes_at_48_khz_in_place(tmp_path: Path, rate: int) -> None:
    path = make_film(tmp_path / "film.mkv", 3, sounds=[Sound(clicks(3, rate=rate), "mono", rate)])
    expected = [round((second + (rate // 2) / rate) * RATE) for second in range(3)]
    assert np.abs(np.array(click_places(heard(path)[0])) - expected).max() <= 1


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_sound_that_starts_late_is_preceded_by_silence(tmp_path: Path, suffix: str) -> None:
    codec = "aac" if suffix == ".ts" else "flac"
    path = make_film(tmp_path / f"film{suffix}", 4, sounds=[Sound(clicks(3), "mono", start_s=0.75, codec=codec)])
    sound = heard(path)[0]
    assert np.abs(sound[: int(0.7 * RATE)]).max() < 1e-3
    assert abs(int(np.abs(sound[: 2 * RATE]).argmax()) - int(1.25 * RATE)) <= (48 if suffix == ".ts" else 0)


HALF_MS = RATE // 2000
"""Matroska's time stamps are whole milliseconds."""


def test_holes_are_silence_and_what_follows_stays_in_place(tmp_path: Path) -> None:
    sound = Sound(clicks(6), "mono", codec="pcm_s16le", holes=((1.9, 2.1), (3.2, 4.8)))
    samples = heard(make_film(tmp_path / "film.mkv", 6, sounds=[sound]))[0]
    expected = np.array([second * RATE + RATE // 2 for second in (0, 1, 2, 5)])
    assert np.abs(np.array(click_places(samples)) - expected).max() <= HALF_MS
    assert not samples[int(3.25 * RATE) : int(4.75 * RATE)].any()


def test_many_small_holes_do_not_add_up(tmp_path: Path) -> None:
    holes = tuple((second + 0.1, second + 0.15) for second in range(1, 19))
    sound = Sound(clicks(20), "mono", codec="pcm_s16le", holes=holes)
    places = click_places(heard(make_film(tmp_path / "film.mkv", 20, sounds=[sound]))[0])
    assert np.abs(np.array(places) - np.arange(20) * RATE - RATE // 2).max() <= HALF_MS


def test_sound_before_the_pictures_zero_of_a_stream_is_kept_on_the_players_clock(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", 3, sounds=[Sound(clicks(4), "mono")], video_start_s=0.5)
    assert click_places(heard(path)[0])[:3] == [RATE // 2, 3 * RATE // 2, 5 * RATE // 2]
    assert probe(path).video.end_ms == 3500
    assert probe(path).duration_ms == 4000


def test_short_sound_is_filled_and_long_sound_is_heard_to_its_end(tmp_path: Path) -> None:
    short = heard(make_film(tmp_path / "a.mkv", 3, sounds=[Sound(clicks(1), "mono")]))
    long = heard(make_film(tmp_path / "b.mkv", 2, sounds=[Sound(clicks(5), "mono")]))
    assert short.shape == (1, 3 * RATE)
    assert not short[0, RATE + 100 :].any()
    assert long.shape == (1, 5 * RATE)
    assert click_places(long[0]) == [second * RATE + RATE // 2 for second in range(5)]


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
def test_each_channel_keeps_its_own_sound(tmp_path: Path, layout: str, channels: int) -> None:
    samples = silence(2, channels)
    for channel in range(channels):
        samples[channel, 1000 * (channel + 1)] = 0.9
    sound = heard(make_film(tmp_path / "film.mkv", 2, sounds=[Sound(samples, layout)]))
    assert [int(np.abs(channel).argmax()) for channel in sound] == [1000 * (c + 1) for c in range(channels)]


def test_the_default_track_is_taken_or_the_one_asked_for(tmp_path: Path) -> None:
    loud, quiet = np.full((1, RATE * 2), 0.5, np.float32), np.full((1, RATE * 2), 0.1, np.float32)
    tracks = [Sound(quiet, "mono", default=False), Sound(loud, "mono", default=True)]
    path = make_film(tmp_path / "film.mkv", 2, sounds=tracks)
    assert heard(path)[0, RATE] == pytest.approx(0.5, abs=0.01)
    assert heard(path, 1)[0, RATE] == pytest.approx(0.1, abs=0.01)


def test_a_number_of_channels_without_names_is_heard(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.avi", 2, sounds=[Sound(clicks(2, 2), "stereo", codec="pcm_s16le")])
    assert programme(probe(path)).track.layout == "stereo"  # type: ignore[union-attr]
    for channel in heard(path):
        assert click_places(channel) == [RATE // 2, 3 * RATE // 2]


def test_a_transport_stream_that_starts_late_is_heard_from_its_start(tmp_path: Path) -> None:
    early = make_film(tmp_path / "early.ts", 3, sounds=[Sound(clicks(3), "mono", codec="ac3")])
    late = tmp_path / "late.ts"
    command = [FFMPEG, "-loglevel", "error", "-i", early, "-c", "copy", "-output_ts_offset", "900", late]
    subprocess.run(command, check=True)
    assert np.abs(np.array(click_places(heard(late)[0])) - click_places(heard(early)[0])).max() <= 1100


def test_what_is_not_a_number_is_no_sound(tmp_path: Path) -> None:
    samples = tone(2, level=0.5)
    samples[0, 5000:5010] = np.nan
    samples[0, 9000] = np.inf
    path = make_film(tmp_path / "film.mkv", 2, sounds=[Sound(samples, "mono", codec="pcm_f32le")])
    sound = heard(path)[0]
    assert np.abs(sound).max() <= 1
    assert not sound[5000:5010].any()
    assert np.array_equal(sound[:5000], samples[0, :5000])


@pytest.mark.parametrize(("layout", "channels"), [("6.1", 7), ("7.1", 8)])
@pytest.mark.parametrize("codec", ["pcm_s16le", "flac"])
def test_many_channels(tmp_path: Path, layout: str, channels: int, codec: str) -> None:
    samples = silence(2, channels)
    for channel in range(channels):
        samples[channel, 1000 * (channel + 1)] = 0.9
    plain = make_film(tmp_path / "plain.mkv", 2)
    raw = tmp_path / "sound.f32"
    raw.write_bytes(samples.T.astype("<f4").tobytes())
    film = tmp_path / "film.mkv"
    read = ["-f", "f32le", "-ar", str(RATE), "-ch_layout", layout, "-i", raw]
    command = [FFMPEG, "-loglevel", "error", "-i", plain, *read, "-map", "0:v", "-map", "1:a", "-c:v", "copy"]
    subprocess.run([*command, "-c:a", codec, film], check=True)
    sound = heard(film)
    assert [int(np.abs(channel).argmax()) for channel in sound] == [1000 * (c + 1) for c in range(channels)]


def test_sound_that_changes_its_form_midway_goes_on(tmp_path: Path) -> None:
    """As in a broadcast: stereo at 48 kHz, then mono at 44.1 kHz."""
    first = make_film(tmp_path / "a.ts", 3, sounds=[Sound(clicks(3, 2), "stereo", codec="mp2")])
    second = make_film(tmp_path / "b.ts", 3, sounds=[Sound(clicks(3, 1, 44_100), "mono", 44_100, codec="mp2")])
    later = tmp_path / "later.ts"
    command = [
        FFMPEG,
        "-loglevel",
        "error",
        "-i",
        second,
        "-c",
        "copy",
        "-muxdelay",
        "0",
        "-muxpreload",
        "0",
        "-output_ts_offset",
        "3",
        later,
    ]
    subprocess.run(command, check=True)
    film = tmp_path / "film.ts"
    film.write_bytes(first.read_bytes() + later.read_bytes())
    sound = heard(film)
    assert sound.shape[0] == 2
    places = np.array(click_places(sound[0]))
    assert len(places) >= 5
    assert np.abs((places - RATE // 2) / RATE - np.round((places - RATE // 2) / RATE)).max() < 0.05
