"""The n-th sample of every output is the n-th of the film, however its sound stands in the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from clicking import (
    AC3_DELAY,
    CLICK_AT,
    Build,
    ClickingVoice,
    astray,
    clicking,
    ffmpeg,
    heard_by_ffmpeg,
    heard_by_us,
    heard_in_file,
    seconds,
    shifted,
    sparse,
    spliced,
)
from films import RATE, Sound, clicks, make_film
from stories import write_script

from audiodesc import pipeline
from audiodesc.media.probe import probe
from audiodesc.media.sound import length, read_sound
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, Settings

TICK = RATE // 1000
"""Matroska's time stamps are whole milliseconds: a copied track that begins late or has a hole is off by that much."""


def plain(suffix: str, codec: str, layout: str = "mono", late: int = 0) -> Build:
    return lambda folder: (clicking(folder, suffix, codec, layout=layout), [p + late for p in seconds(0, 1, 2, 3, 4)])


def moved(suffix: str, codec: str, by: float, source: str = ".mp4") -> Build:
    """Sound that is late, or, with a negative number, early: MP4 cuts it, the others let the picture begin later."""
    cuts = suffix in (".mp4", ".mov")

    def build(folder: Path) -> tuple[Path, list[int]]:
        film = shifted(clicking(folder, source, codec), folder / f"moved{suffix}", by)
        shift = by if cuts or by > 0 else 0.0
        numbers = (1, 2, 3) if shift < 0 else (0, 1, 2, 3)
        return film, seconds(*numbers, shift=shift)

    return build


def prores(by: float) -> Build:
    """A film that goes from MOV into Matroska, which has no edit list."""

    def build(folder: Path) -> tuple[Path, list[int]]:
        source, film = clicking(folder, ".mov", "aac"), folder / "film.mov"
        video = ["-c:v", "prores_ks", "-c:a", "copy"]
        ffmpeg("-i", source, "-itsoffset", by, "-i", source, "-map", "0:v", "-map", "1:a", *video, film)
        return film, seconds(*((1, 2, 3, 4) if by < 0 else (0, 1, 2, 3)), shift=by)

    return build


def cut_copy(suffix: str) -> Build:
    """A piece copied out of an MP4: its edit list hides what comes before 1.3 s."""

    def build(folder: Path) -> tuple[Path, list[int]]:
        film = folder / f"cut{suffix}"
        ffmpeg("-ss", 1.3, "-i", clicking(folder, ".mp4", "aac"), "-c", "copy", film)
        return film, seconds(2, 3, shift=-1.3)

    return build


def holed(suffix: str, codec: str, rate: int, holes: tuple[tuple[float, float], ...], left: tuple[int, ...]) -> Build:
    def build(folder: Path) -> tuple[Path, list[int]]:
        sound = Sound(clicks(6, rate=rate), "mono", rate, codec, holes=holes)
        film = make_film(folder / f"holes{suffix}", 6, sounds=[sound])
        return film, [round((n + (rate // 2) / rate) * RATE) for n in left]

    return build


def rated(suffix: str, codec: str, rate: int, fps: str = "25") -> Build:
    def build(folder: Path) -> tuple[Path, list[int]]:
        raw, film = folder / "clicks.f32", folder / f"rate{suffix}"
        raw.write_bytes(clicks(5, rate=rate).astype("<f4").tobytes())
        picture = ["-f", "lavfi", "-i", f"color=s=160x120:d=5:r={fps}"]
        video = "libtheora" if suffix == ".ogv" else "libx264"
        sound = ["-f", "f32le", "-ar", rate, "-ac", 1, "-i", raw, "-c:v", video, "-c:a", codec]
        ffmpeg(*picture, *sound, film)
        return film, [round((n + (rate // 2) / rate) * RATE) for n in range(5)]

    return build


def stamped_late(offset_s: float) -> Build:
    """A transport stream that begins at a later time; after 26.5 hours its timestamps wrap."""

    def build(folder: Path) -> tuple[Path, list[int]]:
        film = folder / "late.ts"
        ffmpeg("-i", clicking(folder, ".ts", "ac3"), "-c", "copy", "-output_ts_offset", offset_s, film)
        return film, [p + AC3_DELAY for p in seconds(0, 1, 2, 3, 4)]

    return build


def joined(at_s: float, rate: int) -> Build:
    """A logo of 3 s in stereo, then the film in 5.1, its first sample at `at_s`."""

    def build(folder: Path) -> tuple[Path, list[int]]:
        (folder / "logo").mkdir()
        (folder / "main").mkdir()
        logo = clicking(folder / "logo", ".ts", "ac3", 3, "stereo")
        sound = Sound(clicks(6, 6, rate), "5.1", rate, "ac3")
        main = make_film(folder / "main/main.ts", 6, sounds=[sound])
        late = round(AC3_DELAY * RATE / rate)
        places = [p + AC3_DELAY for p in seconds(0, 1, 2)] + [p + late for p in seconds(1, 2, 3, 4, shift=at_s)]
        return spliced(folder / "film.ts", logo, main, at_s), places

    return build


def begun_anew(from_s: float, at_s: float, after_s: float = 3.2) -> Build:
    """Two streams joined byte for byte: the clock of the first begins at `from_s`, and after `after_s` of it that of
    the second at `at_s`. 3.2 s are whole frames of AC-3: of no other length could a copy keep to the sample."""

    def build(folder: Path) -> tuple[Path, list[int]]:
        (folder / "first").mkdir()
        (folder / "second").mkdir()
        first = clicking(folder / "first", ".ts", "ac3", after_s)
        second = clicking(folder / "second", ".ts", "ac3", 4)
        places = [place + AC3_DELAY for place in seconds(0, 1, 2) + seconds(0, 1, 2, 3, shift=after_s)]
        return spliced(folder / "film.ts", first, second, at_s, from_s), places

    return build


CASES: dict[str, Build] = {
    "mp4, priming": plain(".mp4", "aac"),
    "mp4, late": moved(".mp4", "aac", 0.3),
    "mp4, early": moved(".mp4", "aac", -0.3),
    "mp4, cut out": cut_copy(".mp4"),
    "mov, late": moved(".mov", "pcm_s16le", 0.4, ".mov"),
    "mov to mkv": prores(0.0),
    "mov to mkv, early": prores(-0.3),
    "mov to mkv, late": prores(0.3),
    "mkv, late": moved(".mkv", "flac", 0.3, ".mkv"),
    "mkv, early": moved(".mkv", "flac", -0.3, ".mkv"),
    "webm": plain(".webm", "libopus"),
    "ts": plain(".ts", "ac3", late=AC3_DELAY),
    "ts, at 4 hours": stamped_late(14_397.5),
    "ts, over the end of its clock": stamped_late(95_441.0),
    "mkv, holes": holed(".mkv", "pcm_s16le", RATE, ((1.9, 2.1), (3.2, 4.8)), (0, 1, 2, 5)),
    "mkv, holes, 44.1 kHz": holed(".mkv", "pcm_s16le", 44_100, ((1.9, 2.1), (3.2, 4.8)), (0, 1, 2, 5)),
    "mkv, 44.1 kHz": rated(".mkv", "flac", 44_100),
    "mp4, 44.1 kHz, 23.976": rated(".mp4", "aac", 44_100, "24000/1001"),
    "mp4, 29.97": rated(".mp4", "aac", 48_000, "30000/1001"),
    "ogg, 44.1 kHz": rated(".ogv", "libvorbis", 44_100),
    "ogg, opus": rated(".ogv", "libopus", 48_000),
    "ogg, 11 kHz": rated(".ogv", "libvorbis", 11_025, "24000/1001"),
    "ts, a discontinuity": begun_anew(0.0, 0.0),
    "ts, a discontinuity, overlapping": begun_anew(0.0, 0.0, 3.0),
    "ts, a discontinuity that jumps ahead": begun_anew(0.0, 3_600.0),
    "ts, a discontinuity that jumps back over its end": begun_anew(95_000.0, 0.0),
    "ts, 5.1 after stereo": joined(3.0, 48_000),
    "ts, 5.1 at 44.1 kHz after stereo, overlapping": joined(2.8, 44_100),
    "ts, 5.1 after stereo, with a hole": joined(3.7, 48_000),
}


Described = Callable[..., Result]
Track = Literal["m4a", "flac", "wav"]


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Described:
    """A film, described by a voice that clicks at 1.2 s and 3.2 s."""
    monkeypatch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
    script = write_script(tmp_path / "s.vtt", [("00:01.100", "00:01.500", "One."), ("00:03.100", "00:03.500", "Two.")])

    def render(film: Path, kind: Track = "flac") -> Result:
        return pipeline.render(
            film, script, output=tmp_path / "out", settings=Settings(deliver=DeliverSettings(track=kind, stems=True))
        )

    return render


SPOKEN = [round(1.1 * RATE) + CLICK_AT, round(3.1 * RATE) + CLICK_AT]


@pytest.mark.parametrize("case", CASES)
def test_every_click_is_at_its_sample(tmp_path: Path, described: Described, case: str) -> None:
    film, places = CASES[case](tmp_path)
    made = described(film)
    channels = 6 if "5.1" in case else 1
    assert any("timestamp discontinuity" in note.message for note in made.report.notes) == ("a discontinuity" in case)
    assert made.report.sound
    rate = made.report.sound.rate_hz
    total = length(made.film, rate)
    centre, side = (2, 0) if channels == 6 else (0, 0)
    mix, narration = heard_in_file(made.files["track"]), heard_in_file(made.files["narration"])
    assert mix.shape == (channels, total)
    assert narration.shape == (1, total)
    spoken, clicked = ([round(place * rate / RATE) for place in rows] for rows in (SPOKEN, places))
    assert astray(narration[0], spoken) == [0, 0]
    film, ducked = made.files["film"], heard_in_file(made.files["ducked"])
    copies = [heard_by_us(film, rate=rate), heard_by_ffmpeg(film, channels, 1, rate)]
    rounding = 4 if case == "mkv, holes, 44.1 kHz" else 1
    for heard in (mix, *copies):
        assert astray(heard[centre], spoken) == [0, 0]
        assert np.abs(astray(heard[side], clicked)).max() <= rounding
    assert ducked.shape == mix.shape
    assert np.abs(astray(ducked[side], clicked)).max() <= rounding
    tick = TICK if made.files["film"].suffix == ".mkv" else 1
    originals = [heard_by_us(made.files["film"], 0)]
    if "after stereo" not in case and "discontinuity, overlapping" not in case:  # `ffmpeg` does not cut what overlaps
        originals.append(heard_by_ffmpeg(made.files["film"], channels))
    for original in originals:
        assert np.abs(astray(original[0], places)).max() <= tick


@pytest.mark.parametrize("kind", ["m4a", "flac", "wav"])
@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6), ("7.1", 8)])
def test_every_layout_in_every_file(
    tmp_path: Path, described: Described, kind: Track, layout: str, channels: int
) -> None:
    raw, film = tmp_path / "clicks.f32", tmp_path / "film.mkv"
    raw.write_bytes(clicks(5, channels).T.astype("<f4").tobytes())
    sound = ["-f", "f32le", "-ar", RATE, "-ch_layout", layout, "-i", raw, "-c:a", "flac"]
    ffmpeg("-f", "lavfi", "-i", "color=s=160x120:d=5:r=10", *sound, film)
    made = described(film, kind)
    heard = [heard_in_file(made.files["track"]), heard_by_ffmpeg(made.files["track"], channels)]
    heard += [heard_by_us(made.files["film"]), heard_by_ffmpeg(made.files["film"], channels, 1)]
    speaking = {1: [0], 2: [0, 1]}.get(channels, [2])
    for samples in heard:
        assert len(samples) == channels
        for number, channel in enumerate(samples):
            if number != 3 or (samples is heard[0] and kind != "m4a"):  # AAC's LFE carries no clicks
                assert astray(channel, seconds(0, 1, 2, 3, 4)) == [0] * 5
            if number in speaking:
                assert astray(channel, SPOKEN) == [0, 0]
    assert astray(heard_in_file(made.files["narration"])[0], SPOKEN) == [0, 0]


def test_sound_four_hours_into_the_film(tmp_path: Path) -> None:
    """Ten seconds of sound in a film of four hours: the silence between is made, not read."""
    rate, hours = 8_000, 4 * 3600
    film = sparse(tmp_path / "film.mkv", [(0, clicks(5, rate=rate)), (hours - 5, clicks(5, rate=rate))], hours, rate)
    source = probe(film)
    assert source.duration_ms == hours * 1000
    done, first, last = 0, np.zeros(0, np.float32), np.zeros(0, np.float32)
    for block in read_sound(source, source.audio_tracks[0]):
        if done < 10 * RATE:
            first = np.append(first, block[0])
        elif done > (hours - 10) * RATE:
            last = np.append(last, block[0])
        done += block.shape[1]
    assert done == hours * RATE
    assert astray(first, seconds(0, 1, 2, 3, 4)) == [0] * 5
    begins = done - len(last)
    assert astray(last, [p - begins for p in seconds(*range(hours - 5, hours))]) == [0] * 5
