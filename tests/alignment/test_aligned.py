"""A described track is found in a film by its sound: offset, rate, breaks and narration, known by construction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import soxr
from alignment.described import lines, music, narrated, voice
from numpy.typing import NDArray

from audiodesc.alignment.aligning import aligned
from audiodesc.alignment.features import RATE_HZ
from audiodesc.alignment.model import Alignment
from audiodesc.alignment.narration import narrated as find_narration

SECONDS = 160.0
SPANS = lines(SECONDS)
Mono = NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    film: Mono
    described: Mono


@pytest.fixture(scope="module")
def made() -> Made:
    film = music(SECONDS, rate=RATE_HZ)
    return Made(film, narrated(film, SPANS, RATE_HZ))


def sixteen(sound: Mono) -> NDArray[np.int16]:
    return np.rint(np.clip(sound, -1, 1) * 16_384).astype(np.int16)


def found(film: Mono, described: Mono) -> Alignment:
    return aligned(sixteen(film), sixteen(described))


def worst_ms(alignment: Alignment, described_s_of: list[tuple[float, float]]) -> float:
    """How far times of the film, given with those of the described track, are from where the pieces put them."""
    far = []
    for film_s, described_s in described_s_of:
        piece = next(one for one in alignment.pieces if one.start_s <= film_s < one.end_s)
        far.append(abs(piece.film_s(described_s) - film_s) * 1000)
    return max(far)


TIMES = np.arange(0.5, SECONDS - 1, 3.7).tolist()


@pytest.mark.parametrize("late_s", [7.25, -3.3, 0.0])
def test_an_offset_is_found(made: Made, late_s: float) -> None:
    described = made.described[round(-late_s * RATE_HZ) :] if late_s < 0 else made.described
    if late_s > 0:
        described = np.concatenate([music(late_s, 9, RATE_HZ), described])
    alignment = found(made.film, described)
    assert len(alignment.pieces) == 1
    assert worst_ms(alignment, [(at, at + late_s) for at in TIMES if at > -late_s]) < 1
    assert alignment.rate == 1.0


@pytest.mark.parametrize("rate", [25 / 24, 24 / 25, 1001 / 1000, 25 / 24 * 1000 / 1001, 1.0123])
def test_a_rate_is_found(made: Made, rate: float) -> None:
    described = soxr.resample(made.described, RATE_HZ * rate, RATE_HZ)
    alignment = found(made.film, described)
    assert len(alignment.pieces) == 1
    assert abs(alignment.rate - rate) < 1e-6
    assert worst_ms(alignment, [(at, at / rate) for at in TIMES]) < 2


@pytest.mark.parametrize("seconds", [20, 45])
@pytest.mark.parametrize("rate", [1.0, 25 / 24, 1000 / 1001])
def test_a_short_film(made: Made, seconds: int, rate: float) -> None:
    film, described = (sound[: seconds * RATE_HZ] for sound in (made.film, made.described))
    alignment = found(film, soxr.resample(described, RATE_HZ * rate, RATE_HZ) if rate != 1 else described)
    assert worst_ms(alignment, [(at, at / rate) for at in TIMES if at < seconds - 1]) < 1


@pytest.mark.parametrize(
    "damaged",
    [
        lambda sound: sound * 0.5,
        lambda sound: -sound,
        lambda sound: sound + 0.3 * np.sqrt(np.mean(sound**2)) * np.random.default_rng(1).standard_normal(len(sound)),
        lambda sound: soxr.resample(soxr.resample(sound, RATE_HZ, 3_000), 3_000, RATE_HZ),
        lambda sound: np.clip(sound, -0.1, 0.1),
    ],
    ids=["half as loud", "upside down", "noise 10 dB below", "up to 1.5 kHz", "clipped"],
)
def test_damaged_sound_is_found(made: Made, damaged: object) -> None:
    described = np.asarray(damaged(made.described), np.float32)  # type: ignore[operator]
    alignment = found(made.film, described)
    assert len(alignment.pieces) == 1
    assert worst_ms(alignment, [(at, at) for at in TIMES]) < 3


def test_a_drift_is_followed(made: Made) -> None:
    """A tape that runs slower and slower: by the end it is 60 ms late, on no straight line."""
    film_s = np.arange(len(made.film)) / RATE_HZ
    late_s = 0.06 * (film_s / SECONDS) ** 2
    described = np.interp(film_s, film_s + late_s, made.described).astype(np.float32)
    alignment = found(made.film, described)
    assert worst_ms(alignment, [(at, at + 0.06 * (at / SECONDS) ** 2) for at in TIMES]) < 20


def cut(sound: Mono, start_s: float, end_s: float) -> Mono:
    return np.concatenate([sound[: round(start_s * RATE_HZ)], sound[round(end_s * RATE_HZ) :]])


def test_a_scene_that_the_described_track_lacks(made: Made) -> None:
    alignment = found(made.film, cut(made.described, 60, 90))
    (gap,) = alignment.undescribed
    assert abs(gap.start_ms - 60_000) < 200
    assert abs(gap.end_ms - 90_000) < 200
    assert alignment.unplaced == ()
    assert worst_ms(alignment, [(at, at if at < 60 else at - 30) for at in TIMES if not 59 < at < 91]) < 1


def test_a_break_that_the_film_lacks(made: Made) -> None:
    middle = round(90 * RATE_HZ)
    advertisement = music(45, 55, RATE_HZ)
    described = np.concatenate([made.described[:middle], advertisement, made.described[middle:]])
    alignment = found(made.film, described)
    (extra,) = alignment.unplaced
    assert abs(extra.start_ms - 90_000) < 200
    assert abs(extra.end_ms - 135_000) < 200
    assert alignment.undescribed == ()
    assert worst_ms(alignment, [(at, at if at < 90 else at + 45) for at in TIMES if abs(at - 90) > 1]) < 1


def test_a_few_frames_that_were_cut(made: Made) -> None:
    alignment = found(made.film, cut(made.described, 90, 90.08))
    assert worst_ms(alignment, [(at, at if at < 90 else at - 0.08) for at in TIMES if abs(at - 90) > 1]) < 1


def test_several_breaks_at_pal_speed(made: Made) -> None:
    """A scene of 12 s left out, a break of 20 s put in, at 25/24."""
    whole = cut(made.described, 40, 52)
    middle = round(100 * RATE_HZ)
    described = np.concatenate([whole[:middle], music(20, 56, RATE_HZ), whole[middle:]])
    alignment = found(made.film, soxr.resample(described, RATE_HZ * 25 / 24, RATE_HZ))

    def there(at: float) -> float:
        at -= 12 if at > 52 else 0
        return (at + (20 if at > 100 else 0)) * 24 / 25

    assert worst_ms(alignment, [(at, there(at)) for at in TIMES if not 39 < at < 53 and abs(at - 112) > 1]) < 2


def test_another_scene_of_the_same_length_is_no_description(made: Made) -> None:
    described = made.described.copy()
    described[60 * RATE_HZ : 110 * RATE_HZ] = narrated(music(50, 57, RATE_HZ), lines(50), RATE_HZ)
    alignment = found(made.film, described)
    (gap,) = alignment.undescribed
    assert abs(gap.start_ms - 60_000) < 3_000
    assert abs(gap.end_ms - 110_000) < 3_000


def test_another_film_has_no_place(made: Made) -> None:
    other = narrated(music(SECONDS, 77, RATE_HZ), SPANS, RATE_HZ)
    assert found(made.film, other).matched_s < 0.1 * SECONDS
    assert found(made.film, np.zeros(len(made.film), np.float32)).pieces == ()
    assert found(made.film, voice(60, 5, RATE_HZ)).pieces == ()


@pytest.mark.parametrize("gain", [1.0, 0.4])
def test_narration_is_where_both_differ(made: Made, gain: float) -> None:
    film, described = sixteen(made.film), sixteen(made.described * gain)
    narration = find_narration(film, described, aligned(film, described))
    truth, heard = (np.zeros(round(SECONDS * 100), bool) for _ in range(2))
    for start, end in SPANS:
        truth[round(start * 100) : round(end * 100)] = True
    for span in narration.spans:
        heard[span.start_ms // 10 : span.end_ms // 10] = True
    assert (truth & heard).sum() > 0.95 * truth.sum()
    assert (truth & heard).sum() > 0.95 * heard.sum()
    assert abs(narration.gain_db + 20 * np.log10(gain)) < 0.1


def test_a_track_without_a_narrator_has_no_narration(made: Made) -> None:
    film = sixteen(made.film)
    assert find_narration(film, film, aligned(film, film)).spans == ()
