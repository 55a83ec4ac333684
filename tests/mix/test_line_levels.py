"""Every line's level, and how far it stands above the film, on real films: from the outputs, by a meter of others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest
from clicking import heard_in_file
from films import FFMPEG, RATE
from numpy.typing import NDArray
from stories import write_script

from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.mix.levels import LOUDEST_LUFS, QUIETEST_LUFS
from audiodesc.mix.measure import feed
from audiodesc.pipeline import render
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, DialogueSettings, Ducking, Settings, SoundSettings

pytestmark = pytest.mark.media

FILMS = {
    "5.1": ("bbb-rabbit-ad/video.mp4", 6),
    "silent": ("bbb-rabbit-ad/silent.mp4", 2),
    "11 kHz": ("mozilla-butter/tedglobal.ogv", 1),
    "two tracks": ("nasa/nasa_13013.mp4", 2),
}
SCRIPT = [
    ("00:00.600", "00:02.600", "A rabbit leaves its burrow and looks up."),
    ("00:03.400", "00:05.400", "It yawns."),
    ("00:06.200", "00:08.600", "A butterfly comes down on a flower in the meadow."),
]
DUCK_DB = -9.0
EDGE = RATE // 5
"""A line's beginning and end are left out where the film is compared: there it may still be on its way."""


@pytest.fixture(params=list(FILMS))
def described(request: pytest.FixtureRequest, media: Path, tmp_path: Path) -> tuple[Result, int]:
    path, channels = FILMS[request.param]
    film = tmp_path / Path(path).name  # without its subtitles, which would silence the script
    copied = ["-i", str(media / path), "-map", "0:V?", "-map", "0:a", "-sn", "-c", "copy", str(film)]
    subprocess.run([FFMPEG, "-v", "error", *copied], check=True)
    script = write_script(tmp_path / "s.vtt", SCRIPT)
    return render(
        film,
        script,
        output=tmp_path / "out",
        settings=Settings(
            dialogue=DialogueSettings(hear=False),
            sound=SoundSettings(loudness="source"),
            deliver=DeliverSettings(track="flac"),
        ),
    ), channels


def lufs(samples: NDArray[np.float32]) -> float:
    """Loudness of (channels, samples), the LFE left out; −inf for silence, of which pyloudnorm warns."""
    heard = np.delete(samples, 3, axis=0) if len(samples) == 6 else samples
    if not np.abs(heard).max() > 1e-4:
        return -np.inf
    return float(pyloudnorm.Meter(RATE).integrated_loudness(heard.T.astype(np.float64)))


def source_sound(made: Result) -> NDArray[np.float32]:
    film = probe(made.film.path)
    return np.concatenate(list(feed(film, programme(film).track, None, None).blocks()), axis=1)


def without_narrator(mix: NDArray[np.float32], narration: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mix less the narrator, who is in the centre, or at −3 dB in left and right."""
    rest = mix.copy()
    for channel, share in {1: {0: 1.0}, 2: {0: 0.5**0.5, 1: 0.5**0.5}, 6: {2: 1.0}}[len(mix)].items():
        rest[channel] -= narration[0] * share
    return rest


def test_every_line_stands_where_the_films_level_asks(described: tuple[Result, int]) -> None:
    made, channels = described
    film, mix, narration = (
        source_sound(made),
        heard_in_file(made.files["track"]),
        heard_in_file(made.files["narration"]),
    )
    assert mix.shape == film.shape == (channels, narration.shape[1])
    assert len(made.spoken) == len(SCRIPT)
    assert made.report.sound
    rate = made.report.sound.rate_hz
    spans = [(speech.span.start_ms * rate // 1000, speech.span.end_ms * rate // 1000) for speech in made.spoken]
    levels = [lufs(narration[:, a:b]) for a, b in spans]
    whole = lufs(film)
    wanted = min(LOUDEST_LUFS, max(QUIETEST_LUFS, whole)) if np.isfinite(whole) else -23.0
    assert levels == pytest.approx([wanted] * len(levels), abs=1)
    rest = without_narrator(mix, narration)
    for (a, b), level in zip(spans, levels, strict=True):
        inner = slice(a + EDGE, b - EDGE)
        before, after = lufs(film[:, inner]), lufs(rest[:, inner])
        if np.isfinite(before):
            assert after == pytest.approx(before + DUCK_DB, abs=0.3)
            assert level - after == pytest.approx(wanted - before - DUCK_DB, abs=1.3)
        else:
            assert np.abs(rest[:, inner]).max() < 1e-4


def test_between_the_lines_the_film_is_what_it_was(described: tuple[Result, int]) -> None:
    made, _ = described
    film, mix = source_sound(made), heard_in_file(made.files["track"])
    assert made.report.sound
    end = (made.spoken[-1].span.end_ms + 1_000) * made.report.sound.rate_hz // 1000
    assert np.abs(mix[:, end:] - film[:, end:]).max() < 2**-21  # dither may add a bit of 24


def test_the_narrator_is_heard_through_another_decoder_as_loud(described: tuple[Result, int]) -> None:
    """The AAC in the film, and the FLAC track, are one mix: within 0.3 LU."""
    made, _ = described
    with av.open(str(made.files["film"])) as film:
        number = len(film.streams.audio) - 1
        resampler = av.AudioResampler("flt", layout=film.streams.audio[number].layout.name, rate=RATE)
        frames = [out for frame in film.decode(audio=number) for out in resampler.resample(frame)]
        coded = np.concatenate([f.to_ndarray().reshape(-1, f.layout.nb_channels).T for f in frames], axis=1)
    assert lufs(coded) == pytest.approx(lufs(heard_in_file(made.files["track"])), abs=0.3)


AUTO = Ducking(depth_db="auto", hold_ms=0, cap_db=-20.0)
LONGER = "It yawns and stretches in the sun."
"""The film under a line is known in steps of 100 ms: of a word alone, another meter may find 1.5 LU more or less."""

TUNED = {
    "5.1": ("5.1", None),
    "5.1, quiet": ("5.1", -55.0),
    "5.1, loud": ("5.1", -6.0),
    "11 kHz": ("11 kHz", None),
    "11 kHz, loud": ("11 kHz", 4.0),
    "two tracks": ("two tracks", None),
    "silent": ("silent", None),
}
"""Real films as they are, or with their sound at another loudness (LUFS)."""


def tuned(source: Path, place: Path, to_lufs: float | None) -> Path:
    """The first 9 s of a film, at another loudness; above full scale in floating point, so that nothing is clipped."""
    change = ["-c:a", "copy"]
    if to_lufs is not None:
        film = probe(source)
        track = programme(film).track
        heard = np.concatenate([b for b, _ in zip(feed(film, track, None, None).blocks(), range(9), strict=False)], 1)
        change = ["-af", f"volume={to_lufs - lufs(heard)}dB:precision=float", "-c:a", "pcm_f32le"]
    streams = ["-map", "0:V", "-map", "0:a", "-sn", "-c:v", "copy"]
    subprocess.run([FFMPEG, "-v", "error", "-i", str(source), "-t", "9", *streams, *change, str(place)], check=True)
    return place


def level(samples: NDArray[np.float32]) -> float:
    """Loudness of all of a stretch, without a gate: in one block there is nothing that the others could gate."""
    heard = np.delete(samples, 3, axis=0) if len(samples) == 6 else samples
    if not np.abs(heard).max() > 1e-6:
        return -np.inf
    meter = pyloudnorm.Meter(RATE, block_size=heard.shape[1] / RATE)
    return float(meter.integrated_loudness(heard.T.astype(np.float64)))


@pytest.mark.parametrize("case", TUNED)
def test_automatic_depth_and_ratio_are_what_another_meter_finds(case: str, media: Path, tmp_path: Path) -> None:
    name, to_lufs = TUNED[case]
    suffix = ".mkv" if to_lufs is not None else Path(FILMS[name][0]).suffix
    film = tuned(media / FILMS[name][0], tmp_path / f"film{suffix}", to_lufs)
    chosen, written = SoundSettings(ducking=AUTO), DeliverSettings(track="wav", stems=True)
    script = write_script(tmp_path / "s.vtt", [SCRIPT[0], ("00:03.600", "00:05.600", LONGER), SCRIPT[2]])
    made = render(
        film,
        script,
        output=tmp_path / "out",
        settings=Settings(dialogue=DialogueSettings(hear=False), sound=chosen, deliver=written),
    )
    source, low, narration = (
        source_sound(made),
        heard_in_file(made.files["ducked"]),
        heard_in_file(made.files["narration"]),
    )
    lines = [segment.sound for segment in made.report.segments if segment.sound]
    assert len(lines) == len(made.spoken) == len(SCRIPT)
    depths = []
    for speech, told in zip(made.spoken, lines, strict=True):
        place = slice(*(ms * RATE // 1000 for ms in (speech.span.start_ms, speech.span.end_ms)))
        inner = slice(place.start + EDGE, place.stop - EDGE)
        film_lufs, spoken_lufs, under_lufs = level(source[:, place]), lufs(narration[:, place]), level(low[:, place])
        depths.append(told.depth_db)
        if film_lufs == -np.inf:
            assert told.depth_db == 0
            continue
        assert told.depth_db == pytest.approx(min(0.0, max(-20.0, spoken_lufs - film_lufs - 7)), abs=0.7)
        assert level(low[:, inner]) - level(source[:, inner]) == pytest.approx(told.depth_db, abs=0.1)
        assert told.ratio_lu == pytest.approx(spoken_lufs - under_lufs, abs=0.7)
    if "quiet" in case:
        assert depths == [0, 0, 0]
    if "loud" in case:
        assert max(depths) < -9
    assert min(depths) >= -20
