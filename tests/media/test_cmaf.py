"""A film as CMAF: every sample where it was, every boundary the picture's, nothing encoded again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import pytest
from clicking import AC3_DELAY, astray, clicking, ffmpeg, heard_by_ffmpeg, heard_by_us, seconds, shifted
from cmaf_parts import check_whole, film_of, fragments, whole
from films import RATE, Sound, clicks, make_film
from numpy.typing import NDArray

from audiodesc.core.stops import Stop, Stops
from audiodesc.errors import FilmError
from audiodesc.media import cmaf_tracks
from audiodesc.media.cmaf import check_cmaf, segment_film
from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import DESCRIBED
from audiodesc.media.probe import probe
from audiodesc.model import Film, Span

TWO_S = Fraction(2)


def cut_out(folder: Path) -> Path:
    """A piece copied out of an MP4, whose edit list hides what comes before 1.3 s, of picture and sound."""
    film = folder / "cut.mp4"
    ffmpeg("-ss", 1.3, "-i", clicking(folder, ".mp4", "aac"), "-c", "copy", film)
    return film


def later(suffix: str, codec: str, by: float, source: str) -> Callable[[Path], Path]:
    return lambda folder: shifted(clicking(folder, source, codec), folder / f"moved{suffix}", by)


CLICKING: dict[str, tuple[Callable[[Path], Path], list[int], int]] = {
    "mp4": (lambda folder: clicking(folder, ".mp4", "aac"), seconds(0, 1, 2, 3, 4), 0),
    "mp4, late": (later(".mp4", "aac", 0.3, ".mp4"), seconds(0, 1, 2, 3, 4, shift=0.3), 0),
    "mp4, early": (later(".mp4", "aac", -0.3, ".mp4"), seconds(1, 2, 3, shift=-0.3), 0),
    "mp4, cut out": (cut_out, seconds(2, 3, shift=-1.3), 0),
    "mkv": (lambda folder: clicking(folder, ".mkv", "aac"), seconds(0, 1, 2, 3, 4), 0),
    "mkv, flac, late": (later(".mkv", "flac", 0.3, ".mkv"), seconds(0, 1, 2, 3, 4, shift=0.3), 48),
    "webm, opus": (lambda folder: clicking(folder, ".mkv", "libopus"), seconds(0, 1, 2, 3, 4), 48),
    "ts, ac3": (lambda folder: clicking(folder, ".ts", "ac3"), [p + AC3_DELAY for p in seconds(0, 1, 2, 3, 4)], 1),
    "ts, aac": (lambda folder: clicking(folder, ".ts", "aac"), [p + 1024 for p in seconds(0, 1, 2, 3, 4)], 1),
}


@pytest.mark.parametrize("case", CLICKING)
def test_every_click_is_at_its_sample(tmp_path: Path, case: str) -> None:
    build, places, rounding = CLICKING[case]
    film = probe(build(tmp_path))
    made = segment_film(film, tmp_path, wanted_s=TWO_S)
    check_whole(tmp_path, made)
    both = film_of(tmp_path, made)
    for heard in (heard_by_us(both), heard_by_ffmpeg(both, 1)):
        assert np.abs(astray(heard[0], places)).max() <= rounding
    later = [
        [time for time in times if time > 0.03] for times in (shown(whole(tmp_path, made.picture)), on_clock(film))
    ]
    assert later[0] == pytest.approx(later[1], abs=0.001)


def behind(times: Sequence[float]) -> list[float]:
    """Without the first picture, and those that are over at once."""
    return [time for time in times if time > 0.03]


def on_clock(film: Film) -> list[float]:
    """When the pictures of a film are shown, on its clock."""
    return [time - float(film.zero_s) for time in shown(film.path)]


def shown(path: Path) -> list[float]:
    """When each picture is shown, in seconds."""
    with av.open(str(path)) as file:
        return [float(frame.time or 0) for frame in file.decode(video=0)]


def contents(path: Path, kind: str) -> list[str]:
    with av.open(str(path)) as file:
        stream = next(one for one in file.streams if one.type == kind)
        return [sha256(bytes(packet)).hexdigest() for packet in file.demux(stream) if packet.size]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 s, key frames every 2 s, B-frames, two sounds of different rates."""
    folder = tmp_path_factory.mktemp("film")
    sounds = [
        Sound(clicks(20, 2), "stereo", codec="aac", language="eng"),
        Sound(clicks(20, rate=44_100), "mono", 44_100, codec="aac", language="fra", default=False),
    ]
    return make_film(folder / "film.mp4", 20, sounds=sounds, gop=20, b_frames=2)


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 s of clicks as the mix writes them, an odd number of samples more."""
    path = tmp_path_factory.mktemp("described") / "film.m4a"
    with SoundFile(path, "m4a", "stereo") as file:
        file.push(np.pad(clicks(20, 2), ((0, 0), (0, 123))))
    return path


def test_what_is_said_of_each_track(tmp_path: Path, film: Path, described: Path) -> None:
    made = segment_film(probe(film), tmp_path, {DESCRIBED: described})
    check_whole(tmp_path, made)
    picture, first, second, last = made.tracks
    assert (picture.width, picture.height, picture.frame_rate, picture.video_range) == (160, 120, Fraction(10), "SDR")
    assert picture.codecs.startswith("avc1.4d40")  # main profile
    assert [track.codecs for track in (first, second, last)] == ["mp4a.40.2"] * 3
    assert [track.rate_hz for track in (first, second, last)] == [48_000, 44_100, 48_000]
    assert [track.channels for track in (first, second, last)] == [2, 1, 2]
    assert [track.language for track in (first, second)] == ["eng", "fra"]
    assert made.described is last
    assert [one.duration / picture.timescale for one in picture.segments] == [6, 6, 6, 2]
    for track in made.tracks:
        assert track.average_bps <= track.peak_bps
        size = sum((tmp_path / one.name).stat().st_size for one in track.segments)
        assert track.average_bps == pytest.approx(size * 8 / 20, rel=0.01)
    assert sum(one.duration for one in last.segments) == 20 * RATE + 123
    heard = heard_by_ffmpeg(whole(tmp_path, last), 2)
    assert astray(heard[0], seconds(*range(20))) == [0] * 20


def test_nothing_is_encoded_again(tmp_path: Path, film: Path) -> None:
    made = segment_film(probe(film), tmp_path)
    joined = [whole(tmp_path, track) for track in made.tracks[:2]]
    assert contents(joined[0], "video") == contents(film, "video")
    assert contents(joined[1], "audio") == contents(film, "audio")
    assert shown(joined[0]) == pytest.approx(shown(film))


def test_each_segment_is_played_without_those_before(tmp_path: Path, film: Path) -> None:
    made = segment_film(probe(film), tmp_path)
    init = (tmp_path / made.picture.init).read_bytes()
    for number, one in enumerate(made.picture.segments):
        alone = tmp_path / "alone.mp4"
        alone.write_bytes(init + (tmp_path / one.name).read_bytes())
        assert len(shown(alone)) == (20 if number == 3 else 60)
        assert min(shown(alone)) == pytest.approx(6 * number)


@pytest.mark.parametrize(("every", "lengths"), [(25, [5, 5, 5, 5]), (45, [4.5, 4.5, 4.5, 6.5]), (35, [7, 7, 6])])
def test_it_is_cut_at_the_key_frame_nearest_to_the_wanted_length(
    tmp_path: Path, every: int, lengths: list[float]
) -> None:
    path = make_film(tmp_path / "film.mp4", 20, gop=every)
    made = segment_film(probe(path), tmp_path)
    check_whole(tmp_path, made)
    assert [one.duration / made.picture.timescale for one in made.picture.segments] == lengths


def test_open_groups_of_pictures_begin_no_segment(tmp_path: Path) -> None:
    """Pictures shown before their key frame need those before it: only IDR frames, here every fourth second, do."""
    path = tmp_path / "film.mp4"
    x265 = "keyint=20:min-keyint=20:open-gop=1:bframes=4:b-adapt=0:scenecut=0:log-level=error"
    picture = "testsrc=s=160x120:d=12:r=10"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        picture,
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx265",
        "-x265-params",
        x265,
        "-tag:v",
        "hvc1",
        path,
    )
    made = segment_film(probe(path), tmp_path, wanted_s=TWO_S)
    check_whole(tmp_path, made)
    assert len(made.picture.segments) == 1
    assert made.picture.codecs.startswith("hvc1.1.6.L")
    assert shown(whole(tmp_path, made.picture)) == pytest.approx(shown(path))


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0, 0.1, 0.25, 0.9, 2.0, 2.05, 2.5, 4.2, 4.25, 6.0, 6.5, 7.75]
    path = make_film(tmp_path / "film.mp4", times=times, gop=3, b_frames=1)
    made = segment_film(probe(path), tmp_path, wanted_s=TWO_S)
    check_whole(tmp_path, made)
    assert shown(whole(tmp_path, made.picture)) == pytest.approx(times)


def test_a_picture_that_begins_late_stands_from_the_beginning(tmp_path: Path) -> None:
    sound = Sound(clicks(6), "mono", codec="aac")
    path = make_film(tmp_path / "film.mp4", 5, sounds=[sound], video_start_s=1.0, b_frames=2)
    made = segment_film(probe(path), tmp_path, wanted_s=TWO_S)
    check_whole(tmp_path, made)
    joined = whole(tmp_path, made.picture)
    assert shown(joined) == pytest.approx([0, *(1.1 + n / 10 for n in range(49))])
    assert astray(heard_by_ffmpeg(whole(tmp_path, made.tracks[1]), 1)[0], seconds(*range(6))) == [0] * 6


def test_pictures_before_the_film_are_over_at_once(tmp_path: Path) -> None:
    made = segment_film(probe(cut_out(tmp_path)), tmp_path)
    times = shown(whole(tmp_path, made.picture))
    assert sum(time < 0.01 for time in times) >= 3
    assert all(time >= 0 for time in times)
    assert min(time for time in times if time > 0.01) <= 0.1


def test_a_sound_with_a_hole_goes_on_where_it_did(tmp_path: Path) -> None:
    sound = Sound(clicks(8), "mono", codec="aac", holes=((2.1, 4.3),))
    path = make_film(tmp_path / "film.mkv", 8, sounds=[sound])
    made = segment_film(probe(path), tmp_path, wanted_s=TWO_S)
    heard = heard_by_ffmpeg(whole(tmp_path, made.tracks[1]), 1)
    assert np.abs(astray(heard[0], seconds(0, 1, 4, 5, 6, 7))).max() <= 48
    parts = fragments(tmp_path, made.tracks[1])
    assert all(before.end == after.start for before, after in itertools.pairwise(parts))


def test_a_sound_that_is_longer_than_the_picture_is_cut_too(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", 4, sounds=[Sound(clicks(11), "mono", codec="aac")])
    made = segment_film(probe(path), tmp_path, wanted_s=TWO_S)
    lengths = [round(one.duration / RATE, 1) for one in made.tracks[1].segments]
    assert lengths == [2.0, 2.0, 2.0, 2.0, 3.0]


def test_a_film_with_stops_and_a_part_of_one(tmp_path: Path, film: Path, described: Path) -> None:
    for name in ("stops", "part"):
        (tmp_path / name).mkdir()
    stops = Stops((Stop(5_000, 3_000),))
    longer = segment_film(probe(film), tmp_path / "stops", {DESCRIBED: described}, stops=stops)
    check_whole(tmp_path / "stops", longer)
    assert len(longer.tracks) == 2
    times = shown(whole(tmp_path / "stops", longer.picture))
    assert [times[49], times[50], times[-1]] == pytest.approx([4.9, 8.0, 22.9])
    cut = segment_film(probe(film), tmp_path / "part", part=Span(5_050, 15_000), wanted_s=TWO_S)
    check_whole(tmp_path / "part", cut)
    times = shown(whole(tmp_path / "part", cut.picture))
    assert [time for time in times if time > 0.02][:2] == pytest.approx([0.05, 0.15])
    heard = heard_by_ffmpeg(film_of(tmp_path / "part", cut), 2)
    assert np.abs(astray(heard[0], seconds(*range(5, 14), shift=-5.05))).max() <= 1


CODECS = {
    "av1": (["-c:v", "libsvtav1", "-preset", "12"], "av01.0.00M.08"),
    "vp9": (["-c:v", "libvpx-vp9", "-deadline", "realtime"], "vp09.00.10.08"),
    "hevc": (["-c:v", "libx265", "-x265-params", "log-level=error"], "hvc1.1.6.L30.90"),
}


@pytest.mark.parametrize("name", CODECS)
def test_codec_strings_of_pictures(tmp_path: Path, name: str) -> None:
    options, expected = CODECS[name]
    path = tmp_path / "film.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=160x120:d=1:r=10", "-pix_fmt", "yuv420p", *options, path)
    assert segment_film(probe(path), tmp_path).picture.codecs == expected


@pytest.mark.parametrize(
    ("codec", "expected"),
    [("ac3", "ac-3"), ("eac3", "ec-3"), ("libopus", "Opus"), ("flac", "fLaC"), ("alac", "alac")],
)
def test_codec_strings_of_sounds(tmp_path: Path, codec: str, expected: str) -> None:
    path = clicking(tmp_path, ".mkv", codec, 2)
    made = segment_film(probe(path), tmp_path)
    assert made.tracks[1].codecs == expected
    with av.open(str(whole(tmp_path, made.tracks[1]))) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) >= 2 * RATE - 1


def test_what_segments_do_not_hold(tmp_path: Path) -> None:
    path = clicking(tmp_path, ".mkv", "pcm_s16le", 2)
    made = segment_film(probe(path), tmp_path)
    assert len(made.tracks) == 1
    assert made.left_out == ("track 1 (pcm_s16le) is not played from CMAF segments: left out",)
    old = tmp_path / "old.mkv"
    ffmpeg("-i", path, "-c:v", "mpeg2video", "-c:a", "copy", old)
    with pytest.raises(FilmError, match="its picture is mpeg2video, which is not played from CMAF"):
        check_cmaf(probe(old))


def test_a_picture_without_key_frames_is_refused_before_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cmaf_tracks, "MOST_BYTES", 10_000)
    noise = np.random.default_rng(0)

    def picture(time: float) -> NDArray[np.uint8]:
        return noise.integers(0, 255, (120, 160, 3), np.uint8)

    path = make_film(tmp_path / "film.mp4", 20, picture, gop=10_000)
    with pytest.raises(FilmError, match="behind 0 s there is no key frame"):
        segment_film(probe(path), tmp_path)


@pytest.mark.parametrize(("transfer", "expected"), [("smpte2084", "PQ"), ("arib-std-b67", "HLG"), ("bt709", "SDR")])
def test_the_range_of_a_picture_is_named(tmp_path: Path, transfer: str, expected: str) -> None:
    path = tmp_path / "film.mp4"
    video = ["-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", f"log-level=error:transfer={transfer}"]
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=160x120:d=1:r=10", *video, "-color_trc", transfer, path)
    made = segment_film(probe(path), tmp_path).picture
    assert made.video_range == expected
    assert made.codecs.startswith("hvc1.2.4.L30")
