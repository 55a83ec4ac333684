"""The timecode of films: of a tmcd track, of MXF, of a time reference; and what a user asks for instead."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest
from commandline import audiodesc
from films import make_film

from audiodesc.core.stops import Stop, Stops
from audiodesc.errors import UsageError
from audiodesc.media import own_timecode as module
from audiodesc.media.containers import check_copy
from audiodesc.media.described_tracks import Description
from audiodesc.media.mux import add_track
from audiodesc.media.own_timecode import film_timecode, own_timecode
from audiodesc.media.probe import probe
from audiodesc.model import Span
from audiodesc.settings import DeliverSettings

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def film(folder: Path, name: str, rate: str, start: str, *more: str) -> Path:
    path = folder / name
    source = f"color=s=64x64:r={rate}:d=1"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, "-timecode", start, *more, str(path)]
    subprocess.run(command, check=True)
    return path


def sound(folder: Path) -> Path:
    """A second of silence, as a track."""
    path = folder / "track.m4a"
    command = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=48000:d=1", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize(
    ("name", "rate", "start", "expected"),
    [
        ("a.mov", "25", "10:00:00:12", ("25", "10:00:00:12")),
        ("a.mov", "30000/1001", "01:00:00;02", ("29.97df", "01:00:00;02")),
        ("a.mov", "30000/1001", "01:00:00:02", ("29.97", "01:00:00:02")),
        ("a.mov", "24000/1001", "00:59:58:23", ("23.976", "00:59:58:23")),
        ("a.mp4", "50", "09:59:50:49", ("50", "09:59:50:49")),
        ("a.mxf", "25", "10:00:00:00", ("25", "10:00:00:00")),
    ],
)
def test_a_film_says_how_it_counts_and_where_it_starts(
    tmp_path: Path, name: str, rate: str, start: str, expected: tuple[str, str]
) -> None:
    more = ("-c:v", "mpeg2video") if name.endswith("mxf") else ("-c:v", "mpeg4")
    count, is_known = own_timecode(probe(film(tmp_path, name, rate, start, *more)))
    assert is_known
    assert (count.rate_name, count.start_code) == expected


@pytest.mark.parametrize(("rate", "start"), [("25", "10:00:00:12"), ("30000/1001", "01:00:00;02")])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_described_film_keeps_the_timecode(tmp_path: Path, suffix: str, rate: str, start: str) -> None:
    found = probe(film(tmp_path, f"a{suffix}", rate, start, "-c:v", "libx264"))
    copy = tmp_path / "copy.mp4"
    assert check_copy(found) == ()
    assert add_track(found, Description(sound(tmp_path)), None, copy) == ()
    assert own_timecode(probe(copy)) == own_timecode(found)
    assert own_timecode(found)[0].start_code == start


@pytest.mark.parametrize("more", [{"stops": Stops((Stop(500, 400),))}, {"part": Span(400, 900)}])
def test_a_film_with_other_frames_has_not_its_timecode(tmp_path: Path, more: dict[str, Any]) -> None:
    found = probe(film(tmp_path, "a.mp4", "25", "10:00:00:12", "-c:v", "libx264"))
    copy = tmp_path / "copy.mp4"
    add_track(found, Description(sound(tmp_path)), None, copy, **more)
    assert not own_timecode(probe(copy))[1]


def test_a_film_that_says_nothing_is_counted_from_zero(tmp_path: Path) -> None:
    count, is_known = own_timecode(probe(make_film(tmp_path / "a.mp4", 1, fps=25)))
    assert (count.rate_name, count.start, is_known) == ("25", 0, False)


def test_a_time_reference_counts_samples_from_midnight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of broadcast waves; no container of films that FFmpeg writes holds one."""
    assert module._seconds({"time_reference": str(48_000 * 3_600)}, 48_000) == 3_600
    assert module._seconds({"time_reference": "-5"}, 48_000) is None
    assert module._seconds({"time_reference": str(10**30)}, 48_000) is None
    assert module._seconds({}, 48_000) is None
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        picture: Any = out.add_stream("mpeg4", rate=25)
        picture.width = picture.height = 64
        sound: Any = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
        sound.metadata["time_reference"] = str(48_000 * 7_200)
        for n in range(25):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            out.mux(picture.encode(frame))
        out.mux(picture.encode())
        heard = av.AudioFrame(format="s16", layout="mono", samples=48_000)
        heard.rate, heard.pts, heard.time_base = 48_000, 0, Fraction(1, 48_000)
        out.mux(sound.encode(heard))
        out.mux(sound.encode())
    count, is_known = own_timecode(probe(path))
    assert (count.start_code, is_known) == ("02:00:00:00", True)


def test_a_user_may_ask_for_another(tmp_path: Path) -> None:
    made = probe(film(tmp_path, "a.mov", "25", "10:00:00:12", "-c:v", "mpeg4"))

    def asked(**chosen: Any) -> tuple[str, str]:
        count, is_known = film_timecode(made, DeliverSettings(**chosen))
        assert is_known
        return count.rate_name, count.start_code

    assert asked() == ("25", "10:00:00:12")
    assert asked(timecode_start="01:00:00:00") == ("25", "01:00:00:00")
    assert asked(timecode_rate="50") == ("50", "10:00:00:12")
    assert asked(timecode_rate="29.97df", timecode_start="01:00:00:00") == ("29.97df", "01:00:00;00")
    with pytest.raises(UsageError, match="frame 24, and there are 24 in a second"):
        DeliverSettings(timecode_rate="24", timecode_start="01:00:00:24")
    with pytest.raises(UsageError, match="'1 hour' is no timecode"):
        DeliverSettings(timecode_start="1 hour")
    with pytest.raises(UsageError, match="frame 25, and there are 25"):
        asked(timecode_start="01:00:00:25")


def test_tracks_says_it(tmp_path: Path) -> None:
    path = film(tmp_path, "a.mov", "25", "10:00:00:12", "-c:v", "mpeg4")
    assert "Its timecode starts at 10:00:00:12, at 25 frames a second." in audiodesc("tracks", path).stdout


def test_a_sheet_that_does_not_say_how_it_counts_is_judged_by_the_films_timecode(tmp_path: Path) -> None:
    path = film(tmp_path, "a.mov", "25", "10:00:00:00", "-c:v", "mpeg4")
    script = tmp_path / "a.csv"
    script.write_text("in,out,text\n10:00:00:05,10:00:00:20,Rain falls.\n")

    def rules(*more: str) -> set[str]:
        done = audiodesc("check", script, "--film", path, "--no-picture", "--json", *more)
        return {finding["rule"] for finding in json.loads(done.stdout)["findings"]}

    assert "past-end" not in rules()
    assert "past-end" in rules("--timecode-start", "09:00:00:00")
