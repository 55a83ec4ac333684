"""What happens at a time is drawn at that time's place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import cue, curve, report, segment, waveform

from audiodesc.mix.measure import bins, row_ms
from audiodesc.report.html import facts
from audiodesc.report.html.picture import DIALOGUE, GAIN, PAUSES, SOUND, PictureRow, picture
from audiodesc.report.model import Report

HOUR = 3_600_000
SILENT: list[tuple[int, int]] = []


def rows(
    content: Report, loud: list[tuple[int, int]] = SILENT, spoken: list[tuple[int, int]] = SILENT
) -> list[PictureRow]:
    duration = content.film.duration_ms
    waves = waveform(duration, loud), waveform(duration, spoken)
    return picture(content, facts.spoken(content), facts.left_out(content), *waves)


def sides(path: str) -> list[tuple[float, float]]:
    """Left and right of each band or box."""
    found = re.findall(r"M([\d.]+) [\d.]+h([\d.]+)", path)
    return [(float(left), round(float(left) + float(width), 1)) for left, width in found]


def strokes(path: str) -> dict[float, tuple[int, int]]:
    """Top and bottom of each upright stroke, by its place."""
    x, y = 0.0, 0
    out = {}
    for dx, dy, height in re.findall(r"m([\d.]+) ?(-?\d+)v(\d+)", path):
        x, top = x + float(dx), y + int(dy)
        y = top + int(height)
        out[x] = (top, y)
    return out


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


@pytest.mark.parametrize(
    ("duration", "length", "count"),
    [
        (800, 1_000, 1),
        (16_000, 16_000, 1),
        (16_001, 17_000, 1),
        (30_000, 30_000, 1),
        (71_292, 30_000, 3),
        (24 * 60_000, 120_000, 12),
        (90 * 60_000, 300_000, 18),
        (4 * HOUR, 600_000, 24),
        (24 * HOUR, HOUR, 24),
    ],
)
def test_rows_are_few_and_of_a_round_length(duration: int, length: int, count: int) -> None:
    assert row_ms(duration) == length
    drawn = rows(report(duration))
    assert [(row.start_ms, row.end_ms) for row in drawn] == [
        (n * length, min(duration, (n + 1) * length)) for n in range(count)
    ]
    assert drawn[-1].width == pytest.approx((duration - (count - 1) * length) * 1000 / length)


@given(duration=st.integers(1, 24 * HOUR))
def test_the_waveform_has_as_many_stretches_as_the_film_needs(duration: int) -> None:
    count, bin_us = bins(duration)
    assert (count - 1) * bin_us < duration * 1000 <= count * bin_us
    assert (row_ms(duration) * 1000) % bin_us == 0
    assert count <= 12_000 * 2


def test_dialogue_pauses_and_lines_are_at_their_times() -> None:
    """A film of 20 s is one row of 1000 units: 50 units a second."""
    content = report(
        20_000,
        [segment((0, 4_000), "One.", (1_000, 3_000)), segment((10_000, 16_000), "Two.", (10_500, 15_500))],
        [cue(4_000, 9_000, "Hello."), cue(16_000, 18_000, "[wind]", "sound"), cue(18_000, 20_000, "Goodbye.")],
    )
    [row] = rows(content)
    assert sides(row.speech) == [(200, 450), (900, 1000)]
    assert sides(row.other) == [(800, 900)]
    assert sides(row.pauses) == [(0, 200), (500, 800)]
    assert sides(row.under) == [(50, 150), (525, 775)]
    assert [(mark.x, sides(mark.box), mark.label) for mark in row.marks] == [
        (50, [(50, 150)], "1"),
        (525, [(525, 775)], "2"),
    ]
    assert row.speech.startswith(f"M200 {DIALOGUE.middle:g}h")
    assert row.pauses.startswith(f"M0 {PAUSES.top:g}h200v{PAUSES.height:g}")
    assert row.words == ("Spoken lines: 2. Lines left out: 0. Pauses: 2. Seconds of dialogue: 7 of 20.")


def test_what_goes_over_the_end_of_a_row_goes_on_in_the_next() -> None:
    """Rows of 30 s: a line from 29 to 31 s is in both, and only the first is where the table leads."""
    first, second = rows(report(40_000, [segment((29_000, 32_000), "Over.", (29_000, 31_000))]))
    assert sides(first.under) == [(966.7, 1000)]
    assert sides(second.under) == [(0, 33.3)]
    assert [mark.first for mark in (*first.marks, *second.marks)] == [True, False]


def test_what_ends_where_a_row_begins_is_not_in_it() -> None:
    _, second = rows(report(60_000, [segment((20_000, 30_000), "Before.", (20_000, 30_000))]))
    assert (second.under, second.pauses, second.marks) == ("", "", [])


def test_the_waveform_is_loud_where_the_sound_is() -> None:
    """50 units a second: 2–4 s is strokes 100–199; the loudest fills the strip, a voice half as loud half of it."""
    duration = 20_000
    waves = waveform(duration, [(2_000, 4_000)], 0.6), waveform(duration, [(3_000, 3_500)], 0.3)
    [row] = picture(report(duration), [], [], *waves)
    mixed, voice = strokes(row.mixed), strokes(row.narration)
    assert sorted(mixed) == [n + 0.5 for n in range(100, 200)]
    assert set(mixed.values()) == {(SOUND.top, SOUND.bottom)}
    assert sorted(voice) == [n + 0.5 for n in range(150, 175)]
    assert set(voice.values()) == {(SOUND.middle - SOUND.height / 4, SOUND.middle + SOUND.height / 4)}


def test_a_long_film_has_every_second_stroke() -> None:
    """Rows of ten minutes: 0.6 s a unit; 1:00:06 is unit 10 of the seventh row, so the stroke of units 10 and 11."""
    drawn = rows(report(4 * HOUR), [(HOUR + 6_000, HOUR + 7_000)])
    assert [row.number for row in drawn if row.mixed] == [7]
    assert list(strokes(drawn[6].mixed)) == [11.0]


def test_the_gain_goes_down_under_a_line() -> None:
    """0.3 s before the line it begins to go down, at −9 dB it is at the strip's bottom, 0.5 s after it is up again."""
    [row] = rows(report(20_000, [segment((0, 20_000), "One.", (10_000, 12_000))]))
    assert points(row.gain) == [
        (0, GAIN.top), (0, GAIN.top), (485, GAIN.top), (500, GAIN.bottom), (600, GAIN.bottom), (625, GAIN.top),
        (1000, GAIN.top), (1000, GAIN.top),
    ]  # fmt: skip
    assert row.deepest == "−9.0"


def test_the_gain_is_cut_where_a_row_ends() -> None:
    """Half-way up at 30 s, where the second row begins: the strip's middle."""
    content = report(60_000, [segment((0, 60_000), "One.", (10_000, 29_750))])
    first, second = rows(content)
    assert points(first.gain)[-2] == (1000, GAIN.middle)
    assert points(second.gain)[1:3] == [(0, GAIN.middle), (8.3, GAIN.top)]


@pytest.mark.parametrize("other", [{"gain_curve": ()}, {"gain_curve": curve([(2_000, 3_000)], 0.0)}])
def test_a_film_that_is_not_lowered_has_no_curve(other: dict[str, Any]) -> None:
    [row] = rows(report(20_000, [segment((0, 20_000), "One.", (2_000, 3_000))], **other))
    assert row.gain == ""


def test_numbers_that_would_lie_on_each_other_are_left_out() -> None:
    """Digits are 6.5 units wide. Lines 10 units apart have room for one digit, not for two."""
    segments = [segment((n * 200, n * 200 + 200), "Go.", (n * 200, n * 200 + 100)) for n in range(14)]
    [row] = rows(report(20_000, segments))
    assert [mark.label for mark in row.marks] == [*"123456789", "10", "", "12", "", "14"]
    assert all(re.search(r"h([\d.]+)v", mark.box) for mark in row.marks)


def test_the_shortest_line_can_be_seen() -> None:
    drawn = rows(report(24 * HOUR, [segment((0, 1_000), "Go.", (0, 1_000))]))
    assert sides(drawn[0].marks[0].box) == [(0, 1.5)]


def test_a_line_that_was_left_out_is_where_its_pause_is() -> None:
    [row] = rows(report(20_000, [segment((5_000, 6_000), "Too long.", None, "it does not fit")]))
    [mark] = row.marks
    assert (mark.is_spoken, mark.label, sides(mark.box)) == (False, "×", [(250, 300)])
    assert row.under == ""


@pytest.mark.parametrize(
    ("duration", "labels"),
    [
        (5_000, ["0:00", "0:01", "0:02", "0:03", "0:04"]),
        (30_000, ["0:00", "0:05", "0:10", "0:15", "0:20", "0:25"]),
        (4 * HOUR, ["0:00", "1:00", "2:00", "3:00", "4:00", "5:00", "6:00", "7:00", "8:00", "9:00"]),
    ],
)
def test_the_scale_has_round_times(duration: int, labels: list[str]) -> None:
    row = rows(report(duration))[0]
    assert [tick.label for tick in row.ticks] == labels
    assert [tick.x for tick in row.ticks] == [round(n * 1000 / len(labels), 1) for n in range(len(labels))]
