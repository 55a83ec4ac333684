"""A receiver that mixes by the control track comes to what we mix ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from clicking import heard_in_file
from deliver.humming import LINES, SECONDS, Humming, film_sound, power_db
from films import RATE, Sound, make_film
from numpy.typing import NDArray
from receiving import channels, decoded, received_gain
from stories import write_script

from audiodesc import pipeline
from audiodesc.deliver import wanted_rows
from audiodesc.media.descriptors import read_descriptors
from audiodesc.media.wav_metadata import read_metadata
from audiodesc.mix.mixer import Levels
from audiodesc.mix.streaming import Written
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, Ducking, RunSettings, Settings, SoundSettings

DEPTH_DB = -9.0
SLOPE_DB = -DEPTH_DB / 3
"""Of the film's gain in 100 ms, where the ramp down of 300 ms is the steeper one."""


Described = Callable[..., Result]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """A film with a sound of that layout and rate, described by a hum; each made once."""
    duck = Ducking(depth_db=DEPTH_DB)

    @cache
    def render(layout: str | None = "stereo", rate: int = RATE, pan: float = 0.0, part: bool = False) -> Result:
        folder = tmp_path_factory.mktemp("film")
        count = {"mono": 1, "stereo": 2, "5.1": 6}.get(layout or "", 0)
        sounds = [Sound(film_sound(count, rate), layout, rate)] if layout else []
        film = make_film(folder / "film.mkv", SECONDS, sounds=sounds, fps=2)
        chosen = Settings(
            sound=SoundSettings(ducking=duck, pan=pan),
            deliver=DeliverSettings(track="wav", also=("receiver-mix",)),
            run=RunSettings(part_from="00:00:03", part_to="00:00:06") if part else RunSettings(),
        )
        return pipeline.render(film, write_script(folder / "s.vtt", LINES), settings=chosen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: Humming())
        yield render


def curve(result: Result) -> NDArray[np.float64]:
    """The film's gain at 48 kHz by construction: ramps of 300 and 500 ms that are straight in dB."""
    db = np.zeros(SECONDS * RATE)
    for speech in (one.speech for one in result.outcomes if one.speech):
        first, end = speech.span.start_ms * 48, speech.span.start_ms * 48 + RATE * 3 // 2
        corners = [first - 14_400, first, end, end + 24_000]
        db = np.minimum(db, np.interp(np.arange(len(db)), corners, [0, DEPTH_DB, DEPTH_DB, 0]))
    return 10 ** (db / 20)


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_a_receivers_mix_is_ours(described: Described, layout: str) -> None:
    """The film fades in steps of 100 ms: by half of what the ramp does meanwhile, and half of a step of 0.3 dB, it is
    off at most; and not at all while it is down."""
    made = described(layout)
    path = made.files["receiver-mix"]
    ours, gain, want = heard_in_file(made.files["track"]), received_gain(path), curve(made)
    narrator = channels(path)[0] / 2**23
    assert len(narrator) == ours.shape[1] == SECONDS * RATE
    off = 20 * np.log10(gain / want)
    assert np.abs(off).max() < SLOPE_DB / 2 + 0.16
    settled = np.isclose([np.roll(want, by) for by in (-9_600, 0, 4_900)], want.min()).all(axis=0)
    assert settled.sum() > 2 * RATE
    assert np.abs(off[settled]).max() < 0.01
    speakers = {"mono": {0: 1.0}, "stereo": {0: 0.5**0.5, 1: 0.5**0.5}, "5.1": {2: 1.0}}[layout]
    film = film_sound(len(ours))
    for number, channel in enumerate(ours):
        received = (
            film[number] * (1 if number == 3 and layout == "5.1" else gain) + speakers.get(number, 0.0) * narrator
        )
        assert np.abs(received - channel)[settled].max() < 1e-4
        assert power_db(received - channel) < power_db(channel) - 26
        assert power_db(received) == pytest.approx(power_db(channel), abs=0.1)


def test_each_descriptor_is_the_curve_where_it_counts(described: Described) -> None:
    made = described("stereo")
    want = curve(made)
    heard = decoded(made.files["receiver-mix"])
    assert [at // 4_800 for at, _, _ in heard] == list(range(1, SECONDS * 10))  # all but the first
    for at, fade, pan in heard:
        there = 20 * np.log10(want[at - 4_800 : at + 9_600])  # ±100 ms of when it counts
        assert there.min() - 0.16 <= -0.3 * fade <= there.max() + 0.16
        assert pan == 0
    read = list(read_descriptors(made.files["receiver-mix"]))
    assert [one.time_ms for one in read] == [100 * n for n in range(1, SECONDS * 10 + 1)]
    assert [round(-one.fade_db / 0.3) for one in read[1:]] == [fade for _, fade, _ in heard]
    assert min(one.fade_db for one in read) == DEPTH_DB


def test_the_narrators_place(described: Described) -> None:
    made = described(pan=-1.0)
    assert {one for _, _, one in decoded(made.files["receiver-mix"])} == {0xEB}


def test_a_film_at_44_kHz_comes_at_48(described: Described) -> None:  # noqa: N802
    made = described("stereo", rate=44_100)
    path = made.files["receiver-mix"]
    about = read_metadata(path)
    assert (about.rate_hz, about.channels, about.bits, about.samples) == (RATE, 2, 24, SECONDS * RATE)
    want, gain = curve(made), received_gain(path)
    assert np.abs(20 * np.log10(gain / want)).max() < SLOPE_DB / 2 + 0.3
    narrator = channels(path)[0] / 2**23
    loud = np.flatnonzero(np.abs(narrator) > 0.01)
    starts = [one.speech.span.start_ms * 48 for one in made.outcomes if one.speech]
    assert abs(loud[0] - starts[0]) < 8
    assert abs(loud[-1] - (starts[-1] + RATE * 3 // 2)) < 8


def test_a_film_without_sound_and_a_part(described: Described) -> None:
    silent = described(None)
    assert len(list(read_descriptors(silent.files["receiver-mix"]))) == SECONDS * 10
    path = described(part=True).files["receiver-mix"]
    assert read_metadata(path).samples == 3 * RATE
    fades = [one.fade_db for one in read_descriptors(path)]
    assert fades[10:20] == [DEPTH_DB] * 10  # the second line is a second into the part


def test_a_mix_that_missed_its_level_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And so are the files that are made of it."""
    passes: list[Levels] = []

    def better(written: Written, *more: object) -> Levels:
        passes.append(written.levels)
        return replace(written.levels, programme_db=1.0)

    monkeypatch.setattr("audiodesc.mix.streaming._better", better)
    monkeypatch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: Humming())
    film = make_film(tmp_path / "film.mkv", SECONDS, sounds=[Sound(film_sound(1), "mono")], fps=2)
    chosen = Settings(deliver=DeliverSettings(track="wav", also=("receiver-mix", "adm")))
    made = pipeline.render(film, write_script(tmp_path / "s.vtt", LINES), settings=chosen)
    assert [one.programme_db for one in passes] == [0.0, 1.0]
    for name, tracks in (("receiver-mix", 2), ("adm", 3)):
        about = read_metadata(made.files[name])
        assert (about.channels, about.samples) == (tracks, SECONDS * RATE)
    assert np.abs(channels(made.files["adm"])[1] / 2**23).max() == pytest.approx(0.05 * 10 ** (1 / 20), abs=1e-4)


def test_it_says_what_it_is(described: Described) -> None:
    said = read_metadata(described("mono").files["receiver-mix"]).metadata
    assert said.description.startswith("Audio description, receiver mix")
    assert said.info["ICMT"]


def test_it_is_made_only_when_asked_for() -> None:
    assert "receiver-mix" not in wanted_rows(Settings(), sound=True)
    assert "receiver-mix" in wanted_rows(Settings(deliver=DeliverSettings(also=("receiver-mix",))), sound=True)
