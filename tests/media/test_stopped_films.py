"""A film with a click a second and the number of each frame in its picture comes out with all of them in place."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import FFMPEG, RATE, Sound, clicks, make_film, write_srt
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.core.stops import Stop, Stops
from audiodesc.media.containers import film_suffix
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import read_sound
from audiodesc.media.stopping import SoundStop, sound_stops, stopped_sound
from audiodesc.media.vobsub import shown_longer
from audiodesc.model import Samples, Span

BITS = 10


def numbered(number: int) -> NDArray[np.uint8]:
    """A picture with a number in ten squares, white for 1."""
    image = np.zeros((32, 16 * BITS, 3), np.uint8)
    for bit in range(BITS):
        image[:, 16 * bit : 16 * bit + 16] = 235 if number >> bit & 1 else 20
    return image


def number_in(frame: av.VideoFrame) -> int:
    grey = frame.to_ndarray(format="gray")
    return sum(1 << bit for bit in range(BITS) if grey[16, 16 * bit + 8] > 128)


def film_at(path: Path, times: list[float], sound: Sound, b_frames: int = 0) -> Path:
    """A film whose n-th frame shows n, at that of the times."""
    count = iter(range(-1, len(times)))
    return make_film(
        path, picture=lambda time: numbered(max(0, next(count))), sounds=[sound], times=times, gop=12, b_frames=b_frames
    )


def shown(path: Path) -> list[tuple[float, int]]:
    """(ms, number) of each frame, in order of time."""
    with av.open(str(path)) as film:
        return [(1000 * float(frame.time or 0), number_in(frame)) for frame in film.decode(video=0)]


def extended(source: Path, stops: Stops, folder: Path) -> Path:
    """The film with these stops, its own sound with nothing in them as the described one."""
    film = probe(source)
    track = programme(film).track
    assert track
    out = folder / f"out{film_suffix(film)}"
    m4a, mka = folder / "t.m4a", folder / "t.mka"
    with SoundFile(m4a, "m4a", track.layout, track.rate_hz, matroska=mka) as file:
        holes = sound_stops(stops, (), track.rate_hz)
        for block in stopped_sound(read_sound(film, track, track.rate_hz), holes, track.rate_hz, "silence"):
            if block.shape[1]:
                file.push(block)
    add_track(film, Description(m4a if out.suffix == ".mp4" else mka, "eng"), track, out, stops)
    return out


VFR = [n / 25 + (0.013 if n % 7 == 3 else 0) for n in range(150)]
RATES: dict[str, list[float]] = {
    "25": [n / 25 for n in range(150)],
    "24": [n / 24 for n in range(144)],
    "29.97": [n * 1001 / 30_000 for n in range(180)],
    "vfr": VFR,
}
TWO = Stops((Stop(1_310, 2_345), Stop(3_000, 700)))


@pytest.mark.parametrize(
    ("rate", "suffix", "hz", "layout", "b_frames"),
    [
        ("25", ".mp4", 48_000, "stereo", 2),
        ("24", ".mkv", 48_000, "5.1", 0),
        ("29.97", ".mp4", 44_100, "stereo", 3),
        ("29.97", ".mkv", 44_100, "stereo", 2),
        ("vfr", ".mp4", 48_000, "5.1", 2),
        ("vfr", ".mkv", 48_000, "stereo", 0),
    ],
)
def test_every_click_and_every_frame_is_in_its_place(
    tmp_path: Path, rate: str, suffix: str, hz: int, layout: str, b_frames: int
) -> None:
    channels = av.AudioLayout(layout).nb_channels
    sound = Sound(clicks(6, channels, hz), layout, rate=hz, codec="aac" if suffix == ".mp4" else "flac")
    times = RATES[rate]
    source = film_at(tmp_path / f"film{suffix}", times, sound, b_frames)
    before = shown(source)
    out = extended(source, TWO, tmp_path)
    after = shown(out)
    assert [number for _, number in after] == list(range(len(times)))
    for (was, number), (now, same) in zip(before, after, strict=True):
        later = 3_045 if was >= 3_000 else 2_345 if was >= 1_310 else 0
        assert number == same
        assert now == pytest.approx(was + later, abs=0.6 if suffix == ".mkv" else 0.05)
    film = probe(out)
    (track,) = film.audio_tracks
    assert track.role == "description"
    assert track.default
    heard = np.abs(np.concatenate(list(read_sound(film, track, hz)), axis=1)[0])
    own = [second * hz + hz // 2 for second in range(6)]
    wanted = [at + (3_045 * hz // 1000 if at >= 3 * hz else 2_345 * hz // 1000 if at >= 1.31 * hz else 0) for at in own]
    peaks = [at for at in np.flatnonzero(heard > 0.3) if heard[at] == heard[max(0, at - 20) : at + 20].max()]
    assert peaks == wanted


def test_the_picture_is_copied_and_not_encoded_again(tmp_path: Path) -> None:
    source = film_at(tmp_path / "film.mp4", RATES["25"], Sound(clicks(6), "mono", codec="aac"), 2)
    out = extended(source, TWO, tmp_path)
    pictures = []
    for path in (source, out):
        with av.open(str(path)) as film:
            pictures.append([bytes(packet) for packet in film.demux(video=0) if packet.size])
    assert pictures[0] == pictures[1]


def test_a_stop_at_the_start_shows_the_first_frame_and_one_at_the_end_the_last(tmp_path: Path) -> None:
    source = film_at(tmp_path / "film.mp4", RATES["25"], Sound(clicks(6), "mono", codec="aac"), 2)
    out = extended(source, Stops((Stop(0, 1_000), Stop(6_000, 2_000))), tmp_path)
    after = shown(out)
    assert after[0] == (0.0, 0)
    assert after[1] == (1_040.0, 1)
    assert after[-1][0] == pytest.approx(6_960)
    assert after[-1][1] == 149
    assert probe(out).duration_ms == probe(source).duration_ms + 3_000
    with av.open(str(out)) as film:
        video = film.streams.video[0]
        assert video.duration is not None
        assert video.time_base
        assert float(video.duration * video.time_base) == pytest.approx(9.0, abs=0.05)


def test_subtitles_and_chapters_move_with_the_film(tmp_path: Path) -> None:
    plain = film_at(tmp_path / "plain.mkv", RATES["25"], Sound(clicks(6), "mono"))
    cues = [(200, 900, "before"), (1_000, 2_000, "across"), (3_500, 4_500, "after")]
    srt = write_srt(tmp_path / "film.srt", cues)
    chapters = tmp_path / "chapters.txt"
    chapters.write_text(
        ";FFMETADATA1\n"
        + "".join(
            f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={start}\n"
            for start, end in ((0, 1_310), (1_310, 4_000), (4_000, 6_000))
        ),
        "utf-8",
    )
    for suffix, codec in ((".mkv", "srt"), (".mp4", "mov_text")):
        source = tmp_path / f"film{suffix}"
        sound = "aac" if suffix == ".mp4" else "copy"
        subprocess.run(
            [FFMPEG, "-v", "error", "-i", plain, "-i", srt, "-i", chapters, "-map", "0", "-map", "1", "-map_metadata",
             "2", "-c:v", "copy", "-c:a", sound, "-c:s", codec, "-y", source],
            check=True,
        )  # fmt: skip
        out = extended(source, TWO, tmp_path)
        moved = tmp_path / "moved.srt"
        subprocess.run([FFMPEG, "-v", "error", "-i", out, "-map", "0:s:0", "-y", moved], check=True)
        times = [line for line in moved.read_text("utf-8").splitlines() if "-->" in line]
        assert times == [
            "00:00:00,200 --> 00:00:00,900",
            "00:00:01,000 --> 00:00:04,345",
            "00:00:06,545 --> 00:00:07,545",
        ]
        with av.open(str(out)) as film:
            spans = [
                tuple(round(time * (one["time_base"] or 0) * 1000) for time in (one["start"], one["end"]))
                for one in film.chapters()
            ]
        assert spans == [(0, 3_655), (3_655, 7_045), (7_045, 9_045)]


def subpicture(hidden_ms: int) -> bytes:
    """A subtitle of a DVD: a picture of 8 by 2 pixels, shown at once and hidden after so long."""
    shown = bytes([1, 3, 0x32, 0x10, 4, 0xFF, 0xFF, 5, 0, 0, 7, 0, 0, 1, 6, 0, 4, 0, 6, 0xFF])
    lines = b"\0\1\0\1"
    first = 4 + len(lines)
    second = first + 4 + len(shown)
    hidden = round(hidden_ms * 90 / 1024).to_bytes(2) + second.to_bytes(2) + b"\2\xff"
    body = first.to_bytes(2) + lines + b"\0\0" + second.to_bytes(2) + shown + hidden
    return (len(body) + 2).to_bytes(2) + body


def test_a_subtitle_of_a_dvd_that_stands_when_the_film_stops_is_not_hidden(tmp_path: Path) -> None:
    """When it is hidden stands in the subtitle itself."""
    plain = film_at(tmp_path / "plain.mkv", RATES["25"], Sound(clicks(6), "mono"))
    source = tmp_path / "film.mkv"
    cues = [(200, 900), (1_000, 2_000), (3_500, 4_500)]
    with av.open(str(plain)) as film, av.open(str(source), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in film.streams}
        text = out.add_stream("dvdsub")
        out.start_encoding()
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                out.mux_one(packet)
        for start, end in cues:
            unit: av.Packet[av.stream.Stream] = av.Packet(subpicture(end - start))
            unit.pts = unit.dts = start
            unit.duration, unit.time_base, unit.stream = end - start, Fraction(1, 1000), text
            out.mux_one(unit)
    with av.open(str(extended(source, TWO, tmp_path))) as made:
        stream = made.streams.subtitles[0]
        subtitles = [packet for packet in made.demux(stream) if packet.size]
        shown = [stream.codec_context.decode2(one) for one in subtitles]
    assert [(one.pts, one.duration) for one in subtitles] == [(200, 700), (1_000, 3_345), (6_545, 1_000)]
    ends = [one.end_display_time for one in shown if one]
    assert ends == pytest.approx([700, 3_345, 1_000], abs=12)  # a tick


def test_a_damaged_subtitle_of_a_dvd_stays_as_it_is() -> None:
    whole = subpicture(1_000)
    for end in range(len(whole)):
        cut = whole[:end]
        assert len(shown_longer(cut, 500)) == len(cut)
    assert shown_longer(b"\0\4\0\0" * 2, 500) == b"\0\4\0\0" * 2


def with_all_sound(source: Path, stops: Stops, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The film with these stops in all of its sound tracks, and what was lost of it."""
    film = probe(source)
    suffix, anew = film_suffix(film), {}
    for track in film.audio_tracks:
        m4a, mka = folder / f"{track.index}.m4a", folder / f"{track.index}.mka"
        with SoundFile(m4a, "m4a", track.layout, track.rate_hz, matroska=mka) as file:
            holes = sound_stops(stops, (), track.rate_hz)
            for block in stopped_sound(read_sound(film, track, track.rate_hz), holes, track.rate_hz, "silence"):
                file.push(block)
        anew[track.index] = m4a if suffix == ".mp4" else mka
    out = folder / f"all{suffix}"
    first = film.audio_tracks[0]
    return out, add_track(film, Description(anew[first.index], "eng"), first, out, stops, anew=anew)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_all_sound_tracks_stop_with_the_film_and_the_description_is_the_first(tmp_path: Path, suffix: str) -> None:
    codecs = ("aac", "aac") if suffix == ".mp4" else ("flac", "ac3")
    languages = ("deu", "fra") if suffix == ".mp4" else ("ger", "fre")  # Matroska has the bibliographic codes
    own = [
        Sound(clicks(6, 2), "stereo", codec=codecs[0], language="deu"),
        Sound(clicks(6, 1, 44_100), "mono", 44_100, codecs[1], language="fra", default=False),
    ]
    source = make_film(tmp_path / f"film{suffix}", sounds=own, times=RATES["25"])
    out, lost = with_all_sound(source, TWO, tmp_path)
    assert lost == ()
    film = probe(out)
    assert [(one.language, one.role, one.default) for one in film.audio_tracks] == [
        ("eng", "description", True),
        (languages[0], "", False),
        (languages[1], "", False),
    ]
    for track in film.audio_tracks:
        hz = track.rate_hz
        heard = np.abs(np.concatenate(list(read_sound(film, track, hz)), axis=1)[0])
        for ms in range(500, 6_000, 1_000):
            at = TWO.extended_ms(ms) * hz // 1000
            assert int(heard[at - 100 : at + 100].argmax()) == 100


def test_of_a_film_that_stops_no_sound_goes_along_that_does_not(tmp_path: Path) -> None:
    source = film_at(tmp_path / "film.mp4", RATES["25"], Sound(clicks(6), "mono", codec="aac"))
    assert [one.role for one in probe(extended(source, TWO, tmp_path)).audio_tracks] == ["description"]


def in_blocks(sound: Samples, size: int) -> list[Samples]:
    return [sound[:, start : start + size] for start in range(0, sound.shape[1], size)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6_000), st.integers(1, 4_000)), min_size=1, max_size=4),
    st.integers(300, 20_000),
    st.sampled_from([8_000, 11_025]),
    st.sampled_from(["ambience", "hold", "silence"]),
)
def test_the_films_own_samples_are_as_they_were(
    given_stops: list[tuple[int, int]], size: int, hz: int, fill: str
) -> None:
    stops = Stops(tuple(Stop(at, length) for at, length in sorted(dict(given_stops).items())))
    sound = np.random.default_rng(size).normal(0, 0.1, (2, 6 * hz)).astype(np.float32)
    places = sound_stops(stops, (), hz)
    made = np.concatenate(list(stopped_sound(in_blocks(sound, size), places, hz, fill)), axis=1)  # type: ignore[arg-type]
    assert made.shape[1] == 6 * hz + sum(stop.count for stop in places)
    left: list[Samples] = []
    at = 0
    for stop in places:
        left.append(made[:, at : at + stop.at - sum(part.shape[1] for part in left)])
        at += left[-1].shape[1] + stop.count
    left.append(made[:, at:])
    assert np.array_equal(np.concatenate(left, axis=1), sound)
    assert np.isfinite(made).all()


def test_where_the_film_goes_on_it_is_where_the_map_says() -> None:
    for hz in (44_100, 48_000, 32_000):
        stops = Stops(tuple(Stop(at * 777, 333 + at) for at in range(1, 50)))
        done = 0
        for stop, (at, count) in zip(stops.stops, stops.places(hz), strict=True):
            done += count
            assert at == stop.at_ms * hz // 1000
            assert abs(Fraction(at + done, hz) * 1000 - stops.extended_ms(stop.at_ms)) < Fraction(1000, hz)


def test_speech_before_a_stop_is_not_looped() -> None:
    stops = Stops((Stop(2_000, 1_000), Stop(3_000, 1_000), Stop(4_000, 1_000)))
    heard = [Span(500, 1_800), Span(2_100, 2_300), Span(3_900, 5_000)]
    assert sound_stops(stops, heard, 1_000) == (
        SoundStop(2_000, 1_000, 1_800, 2_100),
        SoundStop(3_000, 1_000, 2_300, 3_900),
        SoundStop(4_000, 1_000, 4_000, 4_000),  # in the midst of speech: nothing is known to be without any
    )


RNG = np.random.default_rng(7)
NOISE = RNG.normal(0, 0.05, (2, 8 * RATE)).astype(np.float32)
SECONDS = np.arange(8 * RATE) / RATE
HUM = np.tile(sum(0.05 / n * np.sin(2 * np.pi * 50 * n * SECONDS) for n in (1, 2, 3)), (2, 1)).astype(np.float32)
BEAT = (NOISE * np.exp(-(SECONDS % 0.5) / 0.05)).astype(np.float32)


def in_stop(sound: Samples, fill: str, since_ms: int = 0, length_ms: int = 7_000) -> tuple[Samples, Samples]:
    """What is heard in a stop at 4 s; and all, with the second before and after it."""
    heard = [Span(0, since_ms)] if since_ms else []
    places = sound_stops(Stops((Stop(4_000, length_ms),)), heard, RATE)
    made = np.concatenate(list(stopped_sound(in_blocks(sound, RATE), places, RATE, fill)), axis=1)  # type: ignore[arg-type]
    end = 4 * RATE + length_ms * RATE // 1000
    return made[:, 4 * RATE : end], made[:, 3 * RATE : end + RATE]


def levels_db(sound: Samples, ms: int = 20) -> NDArray[np.float64]:
    size = ms * RATE // 1000
    parts = sound[0][: sound.shape[1] // size * size].reshape(-1, size).astype(float)
    return np.asarray(10 * np.log10((parts**2).mean(axis=1) + 1e-12))


@pytest.mark.parametrize("sound", [NOISE, HUM, NOISE + HUM], ids=["noise", "hum", "both"])
def test_ambience_goes_on_as_loud_and_without_a_click(sound: Samples) -> None:
    inside, around = in_stop(sound, "ambience")
    own, heard = levels_db(sound), levels_db(around)
    assert np.median(levels_db(inside)) == pytest.approx(np.median(own), abs=0.3)
    assert heard.max() <= own.max() + 1.0
    assert heard.min() >= own.min() - 3.0
    assert np.abs(np.diff(around)).max() <= np.abs(np.diff(sound)).max() * 1.15  # a click is a steep step


def test_ambience_without_speech_loops_only_what_is_after_it() -> None:
    """The voice before the pause is a tone that the pause does not have."""
    sound = NOISE.copy()
    sound[:, : 3 * RATE] += 0.3 * np.sin(2 * np.pi * 440 * SECONDS[: 3 * RATE])
    inside, _ = in_stop(sound, "ambience", since_ms=3_000)
    spectrum = np.abs(np.fft.rfft(inside[0]))
    hz = np.fft.rfftfreq(inside.shape[1], 1 / RATE)
    assert spectrum[np.abs(hz - 440) < 2].max() < 8 * np.median(spectrum)
    assert np.median(levels_db(inside)) == pytest.approx(np.median(levels_db(NOISE)), abs=0.3)


@pytest.mark.parametrize("case", ["beat", "too little", "silence"])
def test_what_cannot_be_looped_becomes_silence_without_a_click(case: str) -> None:
    sound = BEAT if case == "beat" else NOISE
    fill, since_ms = "silence" if case == "silence" else "ambience", 3_700 if case == "too little" else 0
    inside, around = in_stop(sound, fill, since_ms)
    soft = RATE // 100
    assert not inside[:, soft:-soft].any()
    assert np.abs(np.diff(around)).max() <= np.abs(np.diff(sound)).max() * 1.15


def test_hold_dies_away_and_comes_back() -> None:
    inside, _ = in_stop(NOISE, "hold", length_ms=4_000)
    heard = levels_db(inside, 100)
    usual = np.median(levels_db(NOISE, 100))
    assert heard[0] > usual - 3
    assert heard[5:-4].max() < -100
    assert heard[-1] > usual - 3
