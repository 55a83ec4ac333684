"""MXF: the film's picture as it is, the programme's sound and the described mix, each channel at its sample."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import av
import pytest
from clicking import CLICK_AT, ClickingVoice, astray, ffmpeg, heard_by_ffmpeg, seconds
from films import FFMPEG, RATE, Sound, clicks, make_film, plain
from stories import write_script

from audiodesc import pipeline
from audiodesc.errors import AudiodescError, FilmError, UsageError
from audiodesc.media.mxf import check_mxf
from audiodesc.media.probe import probe
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, RunSettings, Settings, StopSettings

LENGTH = 5
SPOKEN = [round(1.1 * RATE) + CLICK_AT, round(3.1 * RATE) + CLICK_AT]
ALSO = DeliverSettings(also=("mix-mxf",), timecode_rate="25", timecode_start="10:00:00:00")


def clicking_film(folder: Path, layout: str | None, rate: int = RATE) -> Path:
    channels = av.AudioLayout(layout).nb_channels if layout else 0
    sounds = [Sound(0.3 * clicks(LENGTH, channels, rate), layout, rate, "flac")] if layout else []
    return make_film(folder / "film.mkv", LENGTH, sounds=sounds, fps=25)


def made(film: Path, **choices: Any) -> Result:
    script = write_script(
        film.parent / "mine.vtt", [("00:01.100", "00:01.500", "One."), ("00:03.100", "00:03.500", "Two.")]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
        return pipeline.render(film, script, settings=Settings(**{"deliver": ALSO, **choices}))


def picture(path: Path) -> list[str]:
    """A hash of each frame, as `ffmpeg` decodes it."""
    hashes = [FFMPEG, "-loglevel", "error", "-i", path, "-map", "0:v", "-f", "framemd5", "-"]
    told = subprocess.run(hashes, check=True, capture_output=True)
    return [line.split(",")[-1].strip() for line in told.stdout.decode().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("layout", "channels", "rate"),
    [
        ("mono", ["FC"], RATE),
        ("stereo", ["FL", "FR"], 44_100),
        ("5.1(side)", ["FL", "FR", "FC", "LFE", "SL", "SR"], RATE),
    ],
)
def test_each_channel_is_a_track_with_each_click_at_its_sample(
    tmp_path: Path, layout: str, channels: list[str], rate: int
) -> None:
    film = clicking_film(tmp_path, layout, rate)
    if layout == "stereo":  # MPEG-2 with B-frames, as XDCAM has
        film, source = tmp_path / "xdcam" / "film.mkv", film
        film.parent.mkdir()
        ffmpeg("-i", source, "-c:v", "mpeg2video", "-bf", 2, "-c:a", "copy", film)
    path = made(film).files["mix-mxf"]
    assert path.name == "film.mix.mxf"
    assert picture(path) == picture(film)
    with av.open(str(path)) as file:
        assert [stream.type for stream in file.streams] == ["video", *2 * len(channels) * ["audio"]]
        assert {one.codec_context.name for one in file.streams.audio} == {"pcm_s24le"}
        said = file.metadata
    assert said["timecode"] == "10:00:00:00"
    assert said["comment_title"] == "Audio description"
    assert said["comment_language"] == "eng"
    last = {"FC": "C", "FR": "R", "SR": "Rs"}[channels[-1]]
    assert said["comment_tracks"].endswith(
        f"{len(channels)} programme {last}" + said["comment_tracks"].split(last, 1)[1]
    )
    assert said["comment_tracks"].split(", ")[-1] == f"{2 * len(channels)} description {last}"
    narrator = {"FC"} if "FC" in channels else {"FL", "FR"}
    for number, channel in enumerate(2 * channels):
        heard = heard_by_ffmpeg(path, 1, number)
        assert heard.shape[1] == LENGTH * RATE
        assert max(map(abs, astray(heard[0], seconds(*range(LENGTH))))) <= (rate != RATE)
        is_described = number >= len(channels) and channel in narrator
        assert (astray(heard[0], SPOKEN) == [0, 0]) == is_described


def test_a_film_without_sound_has_a_silent_programme(tmp_path: Path) -> None:
    path = made(clicking_film(tmp_path, None)).files["mix-mxf"]
    assert abs(heard_by_ffmpeg(path, 1, 0)).max() < 1e-6
    assert astray(heard_by_ffmpeg(path, 1, 1)[0], SPOKEN) == [0, 0]


def test_sound_that_is_longer_than_the_picture_ends_with_it_and_that_is_told(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 4, sounds=[Sound(0.3 * clicks(5), "mono", codec="aac")], fps=25)
    result = made(film)
    told = [note.message for note in result.report.notes if "mix-mxf" in note.message]
    assert told == ["mix-mxf has the picture's 4.00 s, of a film of 5.00 s"]
    assert heard_by_ffmpeg(result.files["mix-mxf"], 1, 0).shape[1] == 4 * RATE


def test_sound_that_is_shorter_than_the_picture_is_silent_to_the_last_frame(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 5.08, sounds=[Sound(0.3 * clicks(4), "mono", codec="aac")], fps=25)
    path = made(film).files["mix-mxf"]
    assert len(picture(path)) == 127
    assert heard_by_ffmpeg(path, 1, 0).shape[1] == 127 * RATE // 25


@pytest.mark.parametrize(
    ("fault", "choices", "text"),
    [
        (UsageError, {"run": RunSettings(part_from="1", part_to="3")}, "mix-mxf is made of a whole film"),
        (UsageError, {"stops": StopSettings(extended=True)}, "mix-mxf holds no film that stops for lines"),
    ],
)
def test_a_part_or_a_film_that_stops_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[AudiodescError], choices: dict[str, Any], text: str
) -> None:
    monkeypatch.setattr("audiodesc.pipeline.analyse", lambda *given: pytest.fail("the work began"))
    with pytest.raises(fault, match=text):
        made(clicking_film(tmp_path, "mono"), **choices)


UNEVEN = [0, 0.04, 0.08, 0.2, 0.24, *(0.28 + 0.04 * n for n in range(60))]


@pytest.mark.parametrize(
    ("name", "more", "text"),
    [
        ("film.webm", {"fps": 25}, r"film\.webm: mix-mxf cannot be made: its picture is vp8: leave it out"),
        ("film.mkv", {"fps": 25, "b_frames": 2}, "its picture is H.264 with B-frames"),
        ("film.mkv", {"fps": 10}, "its picture has no frame rate that MXF knows"),
        ("film.mkv", {"fps": 25, "times": UNEVEN}, "its picture has no (constant )?frame rate"),
        ("film.mkv", {"fps": 25, "video_start_s": 0.5}, r"its picture begins 0\.50 s after its sound"),
    ],
)
def test_a_picture_that_mxf_does_not_take_is_one_line(
    tmp_path: Path, name: str, more: dict[str, Any], text: str
) -> None:
    codec = "libopus" if name.endswith("webm") else "flac"
    sound = Sound(clicks(2), "mono", codec=codec)
    film = probe(make_film(tmp_path / name, 2, plain(), [sound], **more))
    with pytest.raises(FilmError, match=text):
        check_mxf(film)
