"""Timecode: every number of a day against a count that skips numbers by the rule, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.timecode import RATES, Timecode, of_film, standard, timecode

DAY_MS = 24 * 3600 * 1000
ANY_RATE = st.sampled_from(sorted(RATES))


def counted(nominal: int, dropped: int, minutes: range) -> Iterator[tuple[int, str]]:
    """(frame, code) of every number from the first minute on: SMPTE's rule taken literally, a number at a time; of
    minutes that are not wanted only those within six frames of a minute's beginning and end."""
    mark, frame = ";" if dropped else ":", 0
    for minute in range(24 * 60):
        skipped = dropped if minute % 10 else 0
        for number in range(skipped, 60 * nominal) if minute in minutes else _ends(skipped, 60 * nominal):
            code = f"{minute // 60:02}:{minute % 60:02}:{number // nominal:02}{mark}{number % nominal:02}"
            yield frame + number - skipped, code
        frame += 60 * nominal - skipped


def _ends(first: int, end: int) -> list[int]:
    return [*range(first, first + 6), *range(end - 6, end)]


@pytest.mark.parametrize(("name", "nominal", "dropped"), [("29.97df", 30, 2), ("59.94df", 60, 4), ("25", 25, 0)])
def test_every_frame_of_a_day_has_the_number_that_counting_gives(name: str, nominal: int, dropped: int) -> None:
    """Frame by frame for eleven minutes, and around every minute of 24 hours."""
    count = timecode(name)
    for frame, code in counted(nominal, dropped, range(59, 70)):
        assert (count.code(frame), count.frames(code)) == (code, frame)
    assert count.day == frame + 1 == 24 * 3600 * nominal - 24 * 54 * dropped
    assert count.code(count.day) == count.code(0)


def test_drop_frame_keeps_up_with_the_clock_and_other_codes_do_not() -> None:
    """At 29.97 fps an hour of plain numbers lasts 3.6 s more than an hour; drop-frame strays by 2.6 frames a day, and
    by two more within ten minutes."""
    for name in ("29.97df", "59.94df"):
        count = timecode(name)
        for minute in range(0, 24 * 60, 7):
            code = f"{minute // 60:02}:{minute % 60:02}:30;00"
            assert abs(count.ms(code) - (minute * 60 + 30) * 1000) <= 4.6 * 1001 / 30
    assert timecode("29.97").ms("01:00:00:00") == 3_603_600
    assert timecode("23.976").ms("01:00:00:00") == 3_603_600
    assert timecode("25").ms("01:00:00:00") == 3_600_000


@given(name=ANY_RATE, start=st.integers(0, 2_000_000), frame=st.integers(0, 1_000_000))
def test_a_time_is_what_its_code_says(name: str, start: int, frame: int) -> None:
    fps, drops = RATES[name]
    count = Timecode(fps, drops, start)
    ms = round(frame * 1000 / fps)
    if ms < 12 * 3600 * 1000:
        assert count.text(ms) == count.code(start + frame)
        assert count.ms(count.text(ms)) == ms


@given(name=ANY_RATE, ms=st.integers(0, DAY_MS // 2 - 1000), more=st.integers(0, 100_000))
def test_codes_are_in_the_order_of_times_and_half_a_frame_near(name: str, ms: int, more: int) -> None:
    count = timecode(name)
    assert abs(count.ms(count.text(ms)) - ms) <= count.precision_ms
    assert count.frames(count.text(ms)) <= count.frames(count.text(ms + more))


def test_the_start_is_added_and_taken_off_over_midnight_too() -> None:
    count = timecode("25", "10:00:00:00")
    assert count.text(2_520) == "10:00:02:13"
    assert count.ms("10:00:02:13") == 2_520
    with pytest.raises(ValueError, match="before the film's start, 10:00:00:00"):
        count.ms("09:59:59:24")
    late = timecode("29.97df", "23:59:59;00")
    assert late.text(2_002) == "00:00:01;00"
    assert late.ms("00:00:01;00") == 2_002


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("00:01:00;00", "drop-frame leaves out"),
        ("00:01:00;01", "drop-frame leaves out"),
        ("00:00:00;30", "there are 30 in a second"),
        ("00:60:00;00", "no time of a day"),
        ("24:00:00;00", "no time of a day"),
        ("1:2:3", "is no timecode"),
        ("00:00:01.50", "is no timecode"),
        ("=1+1", "is no timecode"),
    ],
)
def test_what_is_no_code_is_refused(code: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        timecode("29.97df").ms(code)


def test_the_tenth_minute_drops_nothing() -> None:
    count = timecode("29.97df")
    assert count.code(count.frames("00:09:59;29") + 1) == "00:10:00;00"
    assert count.code(count.frames("00:00:59;29") + 1) == "00:01:00;02"


@pytest.mark.parametrize(
    ("fps", "code", "name", "start"),
    [
        (Fraction(30000, 1001), "01:00:00;00", "29.97df", "01:00:00;00"),
        (Fraction(30000, 1001), "01:00:00:00", "29.97", "01:00:00:00"),
        (Fraction(2997, 100), "", "29.97", "00:00:00:00"),
        (Fraction(25), "09:59:50:00", "25", "09:59:50:00"),
        (Fraction(25), "nonsense", "25", "00:00:00:00"),
        (Fraction(15), "", "15", "00:00:00:00"),
        (Fraction(297, 10), "", "30", "00:00:00:00"),
        (None, "", "25", "00:00:00:00"),
    ],
)
def test_a_film_is_counted_at_its_rate(fps: Fraction | None, code: str, name: str, start: str) -> None:
    count = of_film(fps, code)
    assert (count.rate_name, count.start_code) == (name, start)


def test_rates_in_use_are_exact() -> None:
    assert standard(Fraction(24000, 1001)) == standard(Fraction(23976, 1000)) == Fraction(24000, 1001)
    assert standard(Fraction(24)) == 24
    assert standard(Fraction(60000, 1001)) == RATES["59.94"][0]
