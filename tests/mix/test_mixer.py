"""The mix: where the narrator goes, what is ducked, and that nothing depends on blocks. The narrator as a stream: each
clip at its sample, whatever the blocks, and in little memory."""

from __future__ import annotations

import tracemalloc
import wave
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audiodesc.media.sound import channel_names
from audiodesc.mix.levels import ducks
from audiodesc.mix.mixer import Levels, Mixed, MixSetup, Narration, mix, narrator_channels, to_stereo
from audiodesc.model import Gap, Line, Segment, Span, SpokenLine
from audiodesc.settings import Ducking

RATE_HZ = 48_000
TOTAL = 3 * RATE_HZ + 777
START_MS, LENGTH = 1_000, 24_003  # the line, in samples 48,000 to 72,003
LINE = slice(48_000, 72_003)
DEPTH = 10 ** (-9 / 20)
NO_DUCKING, DUCKING = Ducking(depth_db=0), Ducking(depth_db=-9, down_ms=300, up_ms=500)
LOUD = Levels(programme_db=0.0, ceiling_db=20.0)  # a limiter that has nothing to do
CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6, "5.1(side)": 6, "quad": 4, "7.1": 8}
CENTRE, LFE = 2, 3  # in 5.1

Sound = NDArray[np.float32]


def clip_values() -> NDArray[np.int16]:
    return (np.arange(LENGTH) * 7 % 9_000 + 1).astype(np.int16)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[SpokenLine]:
    path = tmp_path_factory.mktemp("clips") / "line.wav"
    return [written(path, clip_values())]


def written(path: Path, values: NDArray[np.int16]) -> SpokenLine:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(values.astype("<i2").tobytes())
    span = Span(START_MS, START_MS - (-len(values) * 1000 // RATE_HZ))
    return SpokenLine(Line(Segment(Gap(span), span, START_MS, 9), "A man.", "human"), path, span, 1.0)


def film(layout: str) -> Sound:
    """Quiet noise, different in each channel."""
    return np.random.default_rng(7).uniform(-0.1, 0.1, (CHANNELS[layout], TOTAL)).astype(np.float32)


def blocks_of(sound: Sound, *sizes: int) -> Iterator[Sound]:
    yield from np.split(sound, np.cumsum(sizes), axis=1)


def setup(layout: str, spoken: list[SpokenLine], ducking: Ducking, pan: float = 0.0) -> MixSetup:
    lines = Narration(spoken, 0.0).lines
    depth_db = ducking.depth_db or 0.0
    assert isinstance(depth_db, float | int)
    return MixSetup(layout, ducks(lines, [depth_db] * len(lines), ducking, RATE_HZ), ducking, pan=pan)


def stretches(
    sound: Sound,
    layout: str,
    spoken: list[SpokenLine],
    *sizes: int,
    ducking: Ducking = NO_DUCKING,
    levels: Levels = LOUD,
    narrator_db: float = 0.0,
    pan: float = 0.0,
) -> list[Mixed]:
    blocks = blocks_of(sound, *(sizes or (RATE_HZ, RATE_HZ, RATE_HZ)))
    return list(mix(blocks, Narration(spoken, narrator_db), setup(layout, spoken, ducking, pan), levels))


def mixed(
    sound: Sound,
    layout: str,
    spoken: list[SpokenLine],
    *sizes: int,
    ducking: Ducking = NO_DUCKING,
    levels: Levels = LOUD,
    narrator_db: float = 0.0,
) -> tuple[Sound, Sound]:
    """(track, narration) of the whole film."""
    parts = stretches(sound, layout, spoken, *sizes, ducking=ducking, levels=levels, narrator_db=narrator_db)
    return (
        np.concatenate([part.track for part in parts], axis=1),
        np.concatenate([part.narration for part in parts], axis=1),
    )


def voice() -> Sound:
    out = np.zeros(TOTAL, np.float32)
    out[LINE] = clip_values() / np.float32(32767)
    return out


@pytest.mark.parametrize("layout", CHANNELS)
def test_all_is_as_long_as_the_film(layout: str, spoken: list[SpokenLine]) -> None:
    track, narration = mixed(film(layout), layout, spoken, ducking=DUCKING, levels=Levels(6.0, -1.0))
    assert track.shape == (CHANNELS[layout], TOTAL)
    assert narration.shape == (1, TOTAL)
    assert track.dtype == narration.dtype == np.float32


@pytest.mark.parametrize(
    ("layout", "shares"),
    [
        ("mono", {0: 1.0}),
        ("stereo", {0: sqrt(0.5), 1: sqrt(0.5)}),
        ("5.1", {CENTRE: 1.0}),
        ("5.1(side)", {CENTRE: 1.0}),
        ("7.1", {CENTRE: 1.0}),
        ("quad", {0: sqrt(0.5), 1: sqrt(0.5)}),
    ],
)
def test_the_narrator_is_in_the_centre_to_the_sample(
    layout: str, shares: dict[int, float], spoken: list[SpokenLine]
) -> None:
    sound = film(layout)
    track, _ = mixed(sound, layout, spoken)
    for channel in range(CHANNELS[layout]):
        added = track[channel] - sound[channel]
        assert np.allclose(added, voice() * shares.get(channel, 0.0), atol=1e-6)


def test_left_and_right_are_three_decibels_down_each() -> None:
    gains = narrator_channels(["FL", "FR"])
    assert set(gains) == {"FL", "FR"}
    assert all(20 * np.log10(gain) == pytest.approx(-3.01, abs=0.01) for gain in gains.values())


def test_the_narration_alone_is_the_voice(spoken: list[SpokenLine]) -> None:
    _, narration = mixed(film("stereo"), "stereo", spoken, ducking=DUCKING)
    assert np.allclose(narration[0], voice(), atol=1e-6)


@pytest.mark.parametrize("layout", CHANNELS)
def test_the_film_passes_unchanged_away_from_lines(layout: str, spoken: list[SpokenLine]) -> None:
    sound = film(layout)
    track, _ = mixed(sound, layout, spoken, ducking=DUCKING)
    for away in (slice(0, 48_000 - 14_400), slice(72_003 + 24_000, None)):
        assert np.array_equal(track[:, away], sound[:, away])


@pytest.mark.parametrize("layout", CHANNELS)
def test_every_channel_but_the_bass_goes_down_under_a_line(layout: str, spoken: list[SpokenLine]) -> None:
    sound = film(layout)
    ducked, _ = mixed(sound, layout, spoken, ducking=DUCKING)
    plain, _ = mixed(sound, layout, spoken)
    loss = plain[:, LINE] - ducked[:, LINE]
    for channel in range(CHANNELS[layout]):
        bass = channel == LFE and layout in ("5.1", "5.1(side)", "7.1")
        assert np.allclose(loss[channel], 0 if bass else sound[channel, LINE] * (1 - DEPTH), atol=1e-6)


def test_the_bass_is_the_films_own_throughout(spoken: list[SpokenLine]) -> None:
    sound = film("5.1")
    track, _ = mixed(sound, "5.1", spoken, ducking=DUCKING)
    assert np.array_equal(track[LFE], sound[LFE])


def test_a_copy_for_a_coder_has_a_ceiling_of_its_own(spoken: list[SpokenLine]) -> None:
    sound = film("stereo") * 9
    parts = stretches(sound, "stereo", spoken, levels=Levels(0.0, -1.0, -4.0))
    coded = np.concatenate([part.coded for part in parts if part.coded is not None], axis=1)
    alone = {ceiling_db: mixed(sound, "stereo", spoken, levels=Levels(0.0, ceiling_db))[0] for ceiling_db in (-1, -4)}
    assert np.array_equal(np.concatenate([part.track for part in parts], axis=1), alone[-1])
    assert np.array_equal(coded, alone[-4])
    assert np.abs(coded).max() <= 10 ** (-4 / 20) < np.abs(alone[-1]).max()


def test_film_and_narrator_are_raised_together(spoken: list[SpokenLine]) -> None:
    sound = film("stereo")
    plain, quiet_narration = mixed(sound, "stereo", spoken, ducking=DUCKING)
    raised, narration = mixed(sound, "stereo", spoken, ducking=DUCKING, levels=Levels(6.0, 20.0))
    factor = 10 ** (6 / 20)
    assert np.allclose(raised, plain * factor, atol=1e-5)
    assert np.allclose(narration, quiet_narration * factor, atol=1e-5)


def test_the_ceiling_is_kept_and_the_narrator_stays_in_time(spoken: list[SpokenLine]) -> None:
    track, narration = mixed(film("mono") * 8, "mono", spoken, levels=Levels(6.0, -3.0))
    assert np.abs(track).max() <= 10 ** (-3 / 20)
    assert np.flatnonzero(narration[0])[[0, -1]].tolist() == [48_000, 72_002]


def test_the_narration_alone_does_not_clip(tmp_path: Path) -> None:
    # A finished clip peaks at up to −1 dBFS; beside the dialogue of a loud film it is raised by 7 dB.
    loud = written(tmp_path / "loud.wav", np.full(LENGTH, 29_000, np.int16))
    _, narration = mixed(film("stereo"), "stereo", [loud], levels=Levels(0.0, -1.0), narrator_db=7.0)
    assert np.abs(narration).max() <= 1.0


@given(st.lists(st.integers(1, 60_000), max_size=6))
@settings(max_examples=15)
def test_nothing_depends_on_blocks(spoken: list[SpokenLine], sizes: list[int]) -> None:
    sound = film("stereo") * 5
    levels = Levels(3.0, -6.0)
    whole = mixed(sound, "stereo", spoken, TOTAL, ducking=DUCKING, levels=levels)
    cut = mixed(sound, "stereo", spoken, *sizes, ducking=DUCKING, levels=levels)
    for one, other in zip(whole, cut, strict=True):
        assert one.shape == other.shape
        assert np.allclose(one, other, rtol=0, atol=2e-6)


def test_the_films_own_blocks_are_not_written_to(spoken: list[SpokenLine]) -> None:
    sound = film("stereo")
    before = sound.copy()
    mixed(sound, "stereo", spoken, ducking=DUCKING)
    assert np.array_equal(sound, before)


def test_it_streams(spoken: list[SpokenLine]) -> None:
    asked = 0

    def blocks() -> Iterator[Sound]:
        nonlocal asked
        for block in blocks_of(film("stereo"), RATE_HZ, RATE_HZ, RATE_HZ):
            asked += 1
            yield block

    parts = mix(blocks(), Narration(spoken, 0.0), setup("stereo", spoken, DUCKING), LOUD)
    first = next(parts)
    assert isinstance(first, Mixed)
    assert asked == 1
    assert first.narration.shape == (1, RATE_HZ)
    assert 0.9 * RATE_HZ <= first.track.shape[1] <= RATE_HZ


def test_a_film_without_a_single_sample() -> None:
    track, narration = mixed(np.zeros((2, 0), np.float32), "stereo", [], 0)
    assert track.shape == (2, 0)
    assert narration.shape == (1, 0)


def test_a_film_where_nobody_speaks_is_itself() -> None:
    sound = film("5.1")
    track, narration = mixed(sound, "5.1", [], ducking=DUCKING)
    assert np.array_equal(track, sound)
    assert not narration.any()


ALL = "mono stereo 2.1 3.0 4.0 quad 5.0 5.1 5.1(side) 6.0 6.1 hexagonal 7.0 7.1 7.1(wide) octagonal 5.1.4 7.1.4 22.2"


@pytest.mark.parametrize("layout", ALL.split())
@pytest.mark.parametrize("pan", [-1.0, -0.5, 0.0, 0.3, 1.0])
def test_the_narrator_is_as_loud_in_every_layout_and_at_every_place(layout: str, pan: float) -> None:
    shares = narrator_channels(channel_names(layout), pan)
    assert sum(share**2 for share in shares.values()) == pytest.approx(1)
    assert not {"LFE", "LFE2"} & set(shares)


@pytest.mark.parametrize("layout", ["stereo", "5.1", "7.1", "quad"])
def test_the_narrator_moves_to_the_side_that_is_asked_for(layout: str) -> None:
    left, right = (narrator_channels(channel_names(layout), pan) for pan in (-1.0, 1.0))
    assert left["FL"] == pytest.approx(1)
    assert right["FR"] == pytest.approx(1)
    assert sum(abs(share) > 1e-6 for share in left.values()) == 1


def test_the_pan_is_heard(spoken: list[SpokenLine]) -> None:
    sound = film("5.1")
    plain = np.concatenate([part.track for part in stretches(sound, "5.1", spoken, pan=-0.5)], axis=1)
    added = plain - sound
    assert np.allclose(added[0], voice() * sqrt(0.5), atol=1e-6)
    assert np.allclose(added[CENTRE], voice() * sqrt(0.5), atol=1e-6)
    assert not added[[1, 3, 4, 5]].any()


@pytest.mark.parametrize("layout", CHANNELS)
def test_the_stems_add_up_to_the_mix_before_the_limiter(layout: str, spoken: list[SpokenLine]) -> None:
    sound = film(layout)
    parts = stretches(sound, layout, spoken, ducking=DUCKING, levels=Levels(3.0, 40.0))
    track, narration, low = (
        np.concatenate([getattr(part, name) for part in parts], axis=1) for name in ("track", "narration", "film")
    )
    assert track.shape == low.shape
    shares = narrator_channels(channel_names(layout))
    total = low + np.array([[shares.get(name, 0.0)] for name in channel_names(layout)]) * narration
    assert np.abs(total - track).max() < 10 ** (-90 / 20)
    assert not np.array_equal(low, track)


def test_the_downmix_of_5_1_is_that_of_bs_775() -> None:
    down = sqrt(0.5)
    wanted = [[1, 0, down, 0, down, 0], [0, 1, down, 0, 0, down]]
    for layout in ("5.1", "5.1(side)"):
        assert np.allclose(to_stereo(layout), wanted, atol=1e-6)


@pytest.mark.parametrize("layout", ALL.split())
def test_a_downmix_is_the_same_on_both_sides_and_loses_nothing_but_the_bass(layout: str) -> None:
    matrix, channels = to_stereo(layout), channel_names(layout)
    heard = {name: set(np.flatnonzero(matrix[:, i])) for i, name in enumerate(channels)}
    for name, sides in heard.items():
        if name.startswith("LFE"):
            assert sides == set()
        elif name.endswith("C") and name not in ("FLC", "FRC"):
            assert sides == {0, 1}
        else:
            assert sides == ({0} if "L" in name else {1}), name
    assert matrix[0].sum() == pytest.approx(matrix[1].sum())


RATE_HZ = 48_000
FULL = 32767


def clip(path: Path, values: NDArray[np.int16]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(values.astype("<i2").tobytes())
    return path


def speech(path: Path, start_ms: int, samples: int) -> SpokenLine:
    span = Span(start_ms, start_ms - (-samples * 1000 // RATE_HZ))
    segment = Segment(Gap(span), span, start_ms, 9)
    return SpokenLine(Line(segment, "A man.", "human"), path, span, 1.0)


def ramp(count: int, top: int = 9_000) -> NDArray[np.int16]:
    """Every sample different from its neighbours, none of them silent."""
    return (np.arange(count) * 7 % top + 1).astype(np.int16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


def placed(folder: Path, *starts: int, samples: int = 4_805) -> list[SpokenLine]:
    return [speech(clip(folder / f"{start}.wav", ramp(samples)), start, samples) for start in starts]


def test_every_sample_of_a_clip_is_where_it_belongs(folder: Path) -> None:
    narration = Narration(placed(folder, 250), 0.0)
    out = narration.block(0, 48_000)
    assert out.shape == (48_000,)
    assert out.dtype == np.float32
    first = 12_000
    assert np.all(out[:first] == 0)
    assert np.array_equal(np.rint(out[first : first + 4_805] * FULL), ramp(4_805))
    assert np.all(out[first + 4_805 :] == 0)
    assert narration.lines == [(first, first + 4_805)]


@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=12))
@settings(max_examples=40)
def test_the_stream_does_not_depend_on_blocks(folder: Path, blocks: list[int]) -> None:
    spoken = placed(folder, 0, 100, 333, 700)
    total = 48_000
    starts = np.minimum(np.cumsum([0, *blocks, total]), total)
    narration = Narration(spoken, -3.0)
    sizes = np.diff(starts)
    cut = np.concatenate([narration.block(int(at), int(n)) for at, n in zip(starts, sizes, strict=False)])
    assert np.array_equal(cut, Narration(spoken, -3.0).block(0, total))


@pytest.mark.parametrize("gain_db", [-13.0, 0.0, 7.0])
def test_clips_are_raised_by_the_gain(folder: Path, gain_db: float) -> None:
    plain = Narration(placed(folder, 100), 0.0).block(0, 48_000)
    raised = Narration(placed(folder, 100), gain_db).block(0, 48_000)
    heard = plain > 0
    assert np.allclose(20 * np.log10(raised[heard] / plain[heard]), gain_db, atol=0.001)
    assert np.all(raised[~heard] == 0)


@pytest.mark.parametrize("ceiling_db", [0.0, -3.0])
def test_a_clip_that_is_raised_too_far_is_kept_under_the_ceiling(folder: Path, ceiling_db: float) -> None:
    tone = (29_000 * np.sin(np.arange(24_000) * 0.05)).astype(np.int16)
    narration = Narration([speech(clip(folder / "tone.wav", tone), 100, 24_000)], 7.0, ceiling_db)
    out = narration.block(0, 48_000)
    assert 20 * np.log10(np.abs(out).max()) == pytest.approx(ceiling_db, abs=0.7)
    assert np.abs(out).max() <= 10 ** (ceiling_db / 20)
    assert narration.lines == [(4_800, 28_800)]
    assert not out[:4_800].any()
    assert not out[28_800:].any()


def test_lines_are_in_order_of_time_whatever_the_order_of_speech(folder: Path) -> None:
    spoken = placed(folder, 700, 0, 300)
    narration = Narration(spoken, 0.0)
    assert [first for first, _ in narration.lines] == [0, 14_400, 33_600]
    ordered = Narration(sorted(spoken, key=lambda s: s.span), 0.0)
    assert np.array_equal(narration.block(0, 48_000), ordered.block(0, 48_000))


def test_clips_that_overlap_add_up(folder: Path) -> None:
    one, other = placed(folder, 100, 150)
    both = Narration([one, other], 0.0).block(0, 48_000)
    alone = [Narration([each], 0.0).block(0, 48_000) for each in (one, other)]
    assert np.allclose(both, alone[0] + alone[1], atol=1e-6)


def test_the_same_clip_may_be_heard_twice(folder: Path) -> None:
    path = clip(folder / "twice.wav", ramp(480))
    out = Narration([speech(path, 0, 480), speech(path, 500, 480)], 0.0).block(0, 48_000)
    assert np.array_equal(out[:480], out[24_000:24_480])
    assert out[:480].max() > 0


def test_an_end_past_the_film_is_not_there(folder: Path) -> None:
    out = Narration(placed(folder, 950), 0.0).block(0, 48_000)
    assert len(out) == 48_000
    assert np.array_equal(np.rint(out[45_600:] * FULL), ramp(4_805)[:2_400])


def test_nobody_speaks() -> None:
    narration = Narration([], 0.0)
    assert narration.lines == []
    assert np.array_equal(narration.block(0, 100), np.zeros(100))


def test_a_clip_late_in_the_film_stays_exact(folder: Path) -> None:
    start_ms = 23 * 3_600_000 + 1  # beyond what 32 bits of samples hold
    narration = Narration([speech(clip(folder / "late.wav", ramp(480)), start_ms, 480)], 0.0)
    first = start_ms * 48
    assert narration.lines == [(first, first + 480)]
    out = narration.block(first - 1, 482)
    assert (out[0], out[-1]) == (0, 0)
    assert np.array_equal(np.rint(out[1:-1] * FULL), ramp(480))


def test_clips_are_let_go_when_they_are_over(folder: Path) -> None:
    second = clip(folder / "second.wav", ramp(RATE_HZ))
    narration = Narration([speech(second, at * 1_000, RATE_HZ) for at in range(60)], 0.0)
    tracemalloc.start()
    try:
        for at in range(60):
            narration.block(at * RATE_HZ, RATE_HZ)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * RATE_HZ * 4  # all sixty are 60 × 192 kB
