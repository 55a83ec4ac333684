"""The picture of a film that stops, at a constant frame rate: every number in its frame, the look as it was, captions
sent once."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from captioned import captioned, encoded
from films import FFMPEG, Sound, clicks, make_film, plain
from media.test_closed_captions import numbered as triplets
from media.test_closed_captions import said
from media.test_stopped_films import RATES, extended, film_at, number_in

from audiodesc.core.stops import Stop, Stops
from audiodesc.errors import FilmError
from audiodesc.media.closed_captions import IN_PICTURE, captions
from audiodesc.media.constant_rate import constant_picture, constant_rate
from audiodesc.media.containers import film_suffix
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe

EXACT_RATES = {"25": Fraction(25), "24": Fraction(24), "29.97": Fraction(30_000, 1001), "vfr": Fraction(25)}


def whole(fps: Fraction, *stops: tuple[int, int]) -> Stops:
    """Stops at these times (ms) of so many frames."""
    made, frames, done_ms = [], 0, 0
    for at_ms, count in stops:
        frames += count
        made.append(Stop(at_ms, round(frames * 1000 / fps) - done_ms))
        done_ms += made[-1].length_ms
    return Stops(tuple(made))


def encoded_again(source: Path, stops: Stops, folder: Path) -> Path:
    film = probe(source)
    path = folder / "picture.mp4"
    constant_picture(film, stops, constant_rate(film), path)
    return path


def pictures(path: Path) -> list[tuple[Fraction, av.VideoFrame]]:
    with av.open(str(path)) as film:
        base = film.streams.video[0].time_base or Fraction(1)
        return [((frame.pts or 0) * base, frame) for frame in film.decode(video=0)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_each_frame_is_one_of_a_constant_rate_and_shows_its_number(tmp_path: Path, rate: str, suffix: str) -> None:
    fps = EXACT_RATES[rate]
    source = film_at(tmp_path / f"film{suffix}", RATES[rate], Sound(clicks(6), "mono", codec="aac"), 2)
    assert constant_rate(probe(source)) == fps
    stops = whole(fps, (1_310, 60), (3_000, 11))
    made = pictures(encoded_again(source, stops, tmp_path))
    first = [-(-at_ms * fps // 1000) for at_ms in (1_310, 3_000)]  # the first frame behind each stop
    wanted: list[int] = []
    for number in range(len(RATES[rate])):
        wanted += [number] + [number] * sum(c for at, c in zip(first, (60, 11), strict=True) if number == at - 1)
    assert [time for time, _ in made] == [n / fps for n in range(len(made))]
    assert [number_in(frame) for _, frame in made][: len(wanted)] == wanted
    assert len(made) - len(wanted) in ((0,) if suffix == ".mkv" else (0, 1, 2))  # the last frame of the MP4 lasts 0.1 s


def test_a_stop_at_the_start_repeats_the_first_frame_and_one_at_the_end_the_last(tmp_path: Path) -> None:
    source = film_at(tmp_path / "film.mkv", RATES["25"], Sound(clicks(6), "mono"))
    stops = whole(Fraction(25), (0, 10), (6_000, 5))
    shown = [number_in(frame) for _, frame in pictures(encoded_again(source, stops, tmp_path))]
    assert shown == [0] * 11 + list(range(1, 149)) + [149] * 6


def test_a_picture_that_begins_late_does_so_again(tmp_path: Path) -> None:
    source = make_film(tmp_path / "late.mp4", 2, sounds=[Sound(clicks(3), "mono", codec="aac")], fps=25,
                       video_start_s=0.5)  # fmt: skip
    made = pictures(encoded_again(source, whole(Fraction(25), (1_000, 5)), tmp_path))
    assert made[0][0] == pytest.approx(0.5, abs=0.001)
    assert len(made) == 55


def test_an_odd_size_becomes_an_even_one(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.webm", 1, plain(size=(161, 91)), fps=25)
    assert probe(source).video.width == 161
    made = pictures(encoded_again(source, whole(Fraction(25), (400, 5)), tmp_path))
    assert {(frame.width, frame.height) for _, frame in made} == {(162, 92)}
    assert len(made) == 30


def test_a_picture_of_which_nothing_is_decoded_is_refused(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", 1, sounds=[Sound(clicks(1), "mono")], fps=25)
    known = probe(film)
    with av.open(str(film)) as source, av.open(str(tmp_path / "broken.mkv"), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            broken = av.Packet(b"\xff" * packet.size) if packet.stream.type == "video" else packet
            broken.pts, broken.dts, broken.time_base = packet.pts, packet.dts, packet.time_base
            broken.stream = copies[packet.stream_index]
            out.mux(broken)
    with pytest.raises(FilmError, match="cannot be decoded"):
        constant_picture(
            replace(known, path=tmp_path / "broken.mkv", identity=None), STOPPED, Fraction(25), tmp_path / "out.mp4"
        )


LOOKS = {
    "sd": ("libx264", "yuv422p", "12/11", "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m", 90),
    "full range": ("libx264", "yuv420p", "1", "fullrange=on:colorprim=bt709:transfer=bt709:colormatrix=bt709", 0),
    "hdr": (
        "libx265", "yuv420p10le", "1",
        "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
        "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)", 0,
    ),
}  # fmt: skip


def look(path: Path) -> dict[str, object]:
    """What a player is told of how a picture looks."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frame = next(film.decode(video=0))
        context = stream.codec_context
        beside: object = frame.side_data
        light = {name: bytes(data) for name in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL")
                 if (data := beside.get(name))}  # type: ignore[attr-defined]  # fmt: skip
        return {
            "size": (frame.width, frame.height, frame.format.name, stream.sample_aspect_ratio or 1, frame.rotation),
            "colours": (context.color_range, context.colorspace, context.color_primaries, context.color_trc),
            "light": light,
            "rate": (stream.average_rate, stream.guessed_rate),
        }


@pytest.mark.parametrize("kind", LOOKS)
def test_the_picture_looks_as_it_did(tmp_path: Path, kind: str) -> None:
    codec, form, aspect, params, turned = LOOKS[kind]
    options = [f"-{codec.removeprefix('lib')}-params", params, "-pix_fmt", form, "-c:v", codec, "-crf", "12"]
    plain, source = tmp_path / "plain.mp4", tmp_path / "film.mp4"
    made = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=192x144:r=25:d=1,setsar={aspect}", *options, plain]
    subprocess.run(made, check=True)
    turn = [FFMPEG, "-v", "error", "-display_rotation", str(turned), "-i", plain, "-c", "copy", source]
    subprocess.run(turn, check=True)
    path = encoded_again(source, whole(Fraction(25), (400, 5)), tmp_path)
    assert look(path) == look(source)
    before, after = ([frame for _, frame in pictures(one)] for one in (source, path))
    pairs = list(zip([*before[:10], *[before[9]] * 5, *before[10:]], after, strict=True))
    peak = 1023 if form.endswith("10le") else 255
    noise = [np.mean((a.to_ndarray().astype(float) - b.to_ndarray()) ** 2) for a, b in pairs]
    assert 10 * np.log10(peak**2 / np.mean(noise)) > 42  # dB of PSNR; 40 is hardly to be told from the source


STOPPED = whole(Fraction(25), (600, 10), (1_200, 20))


def in_a_film(source: Path, folder: Path, *, constant: bool) -> Path:
    """The film with the stops in it, one way or the other."""
    if not constant:
        return extended(source, STOPPED, folder)
    film = probe(source)
    out = folder / f"out{film_suffix(film)}"
    with SoundFile(folder / "t.m4a", "m4a", "mono", matroska=folder / "t.mka") as file:
        file.push(np.zeros((1, 48 * (film.duration_ms + STOPPED.total_ms)), np.float32))
    picture = {film.video.index: encoded_again(source, STOPPED, folder)}
    sound = folder / ("t.m4a" if out.suffix == ".mp4" else "t.mka")
    add_track(film, Description(sound), None, out, stops=STOPPED, anew=picture)
    return out


@pytest.mark.parametrize("constant", [False, True], ids=["vfr", "cfr"])
@pytest.mark.parametrize(
    ("codec", "suffix"), [("libx264", ".mp4"), ("libx264", ".mkv"), ("libx265", ".mp4"), ("mpeg2video", ".mkv")]
)
def test_captions_in_the_picture_travel_with_it_and_are_sent_once(
    tmp_path: Path, codec: str, suffix: str, constant: bool
) -> None:
    plain = captioned(encoded(tmp_path / "plain.mp4", Fraction(25), 60, codec), tmp_path / f"c{suffix}", triplets)
    source = tmp_path / f"film{suffix}"
    tone = ["-f", "lavfi", "-i", "sine=d=2.4", "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run([FFMPEG, "-v", "error", "-i", plain, *tone, source], check=True)
    found = captions(probe(in_a_film(source, tmp_path, constant=constant)))[IN_PICTURE]
    assert [triplet for _, triplet in found] == [one for frame in range(60) for one in said(frame)]
    assert [time for time, _ in found[::2]] == pytest.approx(
        [STOPPED.extended_ms(frame * 40) for frame in range(60)], abs=1
    )


def test_a_second_picture_has_no_constant_rate_and_is_told(tmp_path: Path) -> None:
    one = make_film(tmp_path / "one.mkv", 2, sounds=[Sound(clicks(2), "mono")], fps=25)
    source = tmp_path / "film.mkv"
    both = ["-map", "0", "-map", "1:v", "-c", "copy"]
    subprocess.run([FFMPEG, "-v", "error", "-i", one, "-i", one, *both, source], check=True)
    film = probe(source)
    picture = {film.video.index: encoded_again(source, STOPPED, tmp_path)}
    with SoundFile(tmp_path / "t.m4a", "m4a", "mono", matroska=tmp_path / "t.mka") as file:
        file.push(np.zeros((1, 48 * (film.duration_ms + STOPPED.total_ms)), np.float32))
    lost = add_track(film, Description(tmp_path / "t.mka"), None, tmp_path / "out.mkv", stops=STOPPED, anew=picture)
    assert "track 2 (video) has no constant rate and is not in the extended film" in lost
