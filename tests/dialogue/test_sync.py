"""Subtitles against speech: what was moved comes back, what is right is let be, what is of another film is refused."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.dialogue.sync import Alignment, Correction, alignment, corrected, offset_text, refusal, shifted_by
from audiodesc.dialogue.vad import detect
from audiodesc.dialogue.vad.segments import speech_segments
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.model import Cue, Span
from audiodesc.subtitles import read_file

EXACT_MS = 100
"""How near repaired cues must come to where they belong."""

SAMPLE = Path(__file__).parents[2] / "samples" / "sample.mp4"
NTSC = 24 / 1.001
Times = Callable[[float], float]


def later(ms: float) -> Times:
    return lambda time: time + ms


def stretched(rate: float) -> Times:
    return lambda time: time * rate


def cut(at_ms: int, ms: float) -> Times:
    return lambda time: time + (ms if time >= at_ms else 0)


def moved(cues: Sequence[Cue], times: Times) -> list[Cue]:
    """The cues with each time changed; those that would begin before the film does are gone."""
    spans = [(cue, round(times(cue.span.start_ms)), round(times(cue.span.end_ms))) for cue in cues]
    return [replace(cue, span=Span(start, end)) for cue, start, end in spans if start >= 0]


@functools.cache
def sample() -> tuple[tuple[Cue, ...], tuple[Span, ...], int]:
    """The sample film's subtitles, what is heard in it, and how long it lasts."""
    return (read_file(SAMPLE.with_suffix(".srt"))[0], *listened(SAMPLE))


@functools.cache
def listened(path: Path) -> tuple[tuple[Span, ...], int]:
    film = probe(path)
    track = programme(film).track
    assert track
    return speech_segments(detect(film, track), film.duration_ms).clear, film.duration_ms


@functools.cache
def made_up(seed: int = 0, count: int = 60) -> tuple[list[Cue], list[Span], int]:
    """A dialogue of cues and its speech as it is heard: from 100 ms too early to 80 too late."""
    random, at = Random(seed), 0
    cues, speech = [], []
    for number in range(count):
        at += random.randint(400, 9_000)
        end = at + random.randint(700, 4_000)
        speech.append(Span(at - 100, end + 80))
        cues.append(Cue(Span(at - 40, end + random.randint(0, 600)), f"line {number}"))
        at = end + 700
    return cues, speech, at + 5_000


def texts_and_starts(cues: Sequence[Cue]) -> dict[str, int]:
    return {cue.text: cue.span.start_ms for cue in cues if cue.kind == "speech"}


def assert_repaired(cues: Sequence[Cue], wrong: Sequence[Cue], speech: Sequence[Span], duration_ms: int) -> Alignment:
    found = alignment(wrong, speech, duration_ms)
    assert found.verdict == "off", found
    where = texts_and_starts(cues)
    for text, start_ms in texts_and_starts(corrected(wrong, found.corrections)).items():
        assert abs(start_ms - where[text]) <= EXACT_MS, (text, start_ms, where[text], found)
    return found


WRONG = {
    "2.4 s late": later(2_400),
    "2.4 s early": later(-2_400),
    "90 s late": later(90_000),
    "10 min late": later(600_000),
    "for 25, shown at 23.976": stretched(NTSC / 25),
    "for 24, shown at 23.976": stretched(NTSC / 24),
    "for 23.976, shown at 25 (PAL)": stretched(25 / NTSC),
    "for 24, shown at 25 (PAL)": stretched(25 / 24),
    "PAL and late": lambda time: time * 25 / 24 + 12_000,
}


@pytest.mark.parametrize("wrong", [name for name in WRONG if "24, shown at 23.976" not in name])
def test_the_samples_subtitles_are_put_back(wrong: str) -> None:
    """24 against 23.976 is 70 ms at the end of the sample: nothing that could be heard."""
    cues, speech, duration_ms = sample()
    assert_repaired(cues, moved(cues, WRONG[wrong]), speech, duration_ms)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("seed", range(2))
def test_a_long_dialogue_is_put_back(wrong: str, seed: int) -> None:
    cues, speech, duration_ms = made_up(seed, 150)
    assert_repaired(cues, moved(cues, WRONG[wrong]), speech, duration_ms)


@pytest.mark.parametrize("by_ms", [5_000, -3_000, 40_000])
def test_subtitles_cut_in_two_are_put_back(by_ms: int) -> None:
    cues, speech, duration_ms = made_up(1, 150)
    middle = cues[80].span.start_ms
    found = assert_repaired(cues, moved(cues, cut(middle, by_ms)), speech, duration_ms)
    first, second = found.corrections
    assert abs(first.shift_ms) <= EXACT_MS
    assert abs(second.shift_ms + by_ms) <= EXACT_MS
    assert second.start_ms == middle + by_ms


STAYING = (
    *((14_140, 16_180), (16_351, 17_991), (19_000, 20_671), (21_741, 22_632), (28_061, 29_190), (29_190, 31_421)),
    *((35_930, 36_832), (36_872, 37_671), (37_755, 38_755), (39_920, 40_991), (40_991, 44_431), (44_901, 48_143)),
    (48_261, 50_231),
)
HEARD = (
    *((14_112, 15_232), (16_288, 17_376), (19_008, 19_840), (21_760, 22_176), (27_968, 28_800), (29_216, 29_856)),
    *((30_048, 31_232), (35_904, 36_320), (36_864, 37_376), (37_792, 38_208), (39_872, 40_736), (40_928, 43_648)),
    *((44_864, 46_624), (46_752, 47_744), (48_192, 49_216)),
)


def test_cues_that_stay_long_after_their_speech_are_put_back_beside_a_break_too() -> None:
    """Captions of a real clip, spoken: one place further on the long ones hold a little more speech, but do not begin
    with it."""
    cues = [Cue(Span(*times), str(times)) for times in STAYING]
    wrong = moved(cues, cut(36_872, 5_000))
    assert_repaired(cues, wrong, [Span(*times) for times in HEARD], 58_231)


def test_the_samples_subtitles_cut_in_two_are_put_back() -> None:
    cues, speech, duration_ms = sample()
    assert len(assert_repaired(cues, moved(cues, cut(40_000, 5_000)), speech, duration_ms).corrections) == 2


@pytest.mark.parametrize("times", [later(0), later(200), later(-150), stretched(1.0001)])
def test_right_subtitles_are_in_sync(times: Times) -> None:
    for cues, speech, duration_ms in (sample(), made_up(2)):
        assert alignment(moved(cues, times), speech, duration_ms).verdict == "in sync"


@pytest.mark.parametrize("seed", range(6))
def test_subtitles_of_another_film_are_refused(seed: int) -> None:
    _, speech, duration_ms = made_up(seed)
    assert alignment(made_up(seed + 100)[0], speech, duration_ms).verdict == "foreign"


@pytest.mark.parametrize("seed", range(6))
def test_those_of_another_film_are_not_taken_for_the_samples(seed: int) -> None:
    _, speech, duration_ms = sample()
    assert alignment(made_up(seed, 8)[0], speech, duration_ms).verdict in ("foreign", "unknown")
    assert alignment(made_up(seed, 12)[0], speech, duration_ms).verdict in ("foreign", "unknown")


def conversation(seed: int, duration_ms: int, share: float) -> tuple[list[Cue], list[Span]]:
    """Turns close after each other, with a rest now and then, and cues that linger for a share of them."""
    random, at = np.random.default_rng(seed), 0.0
    speech = []
    while at < duration_ms - 5_000:
        at += random.exponential(600) if random.random() < 0.8 else random.exponential(9_000)
        length = random.uniform(400, 4_000)
        speech.append(Span(int(at), int(at + length)))
        at += length + 120
    speech = [span for span in speech if span.end_ms < duration_ms]
    cues = []
    for span in speech:
        if random.random() < share:
            start, end = max(0, int(span.start_ms + random.normal(0, 120))), span.end_ms + random.uniform(200, 1_500)
            cues.append(Cue(Span(start, max(start + 300, int(end))), "x"))
    return cues, speech


@pytest.mark.parametrize(("duration_ms", "share"), [(60_000, 0.5), (180_000, 0.5), (600_000, 0.25)])
def test_right_subtitles_of_a_part_of_the_dialogue_are_not_refused(duration_ms: int, share: float) -> None:
    """All but one in ten: of half a minute's talk, too little is known."""
    verdicts = [alignment(*conversation(seed, duration_ms, share), duration_ms).verdict for seed in range(10)]
    assert sum(verdict in ("in sync", "unknown") for verdict in verdicts) >= 9, verdicts


def test_right_subtitles_that_linger_are_not_cut_in_two() -> None:
    for seed in range(10, 20):
        found = alignment(*conversation(seed, 60_000, 1.0), 60_000)
        assert found.verdict in ("in sync", "unknown"), (seed, found)


def test_a_break_with_too_few_cues_behind_it_is_none() -> None:
    cues, speech, duration_ms = made_up(7, 60)
    last = 60 - 6
    wrong = [*cues[:last], *moved(cues[last:], later(4_000))]
    assert len(alignment(wrong, speech, duration_ms).corrections) == 1
    wrong = [*cues[: last - 6], *moved(cues[last - 6 :], later(4_000))]
    assert len(alignment(wrong, speech, duration_ms).corrections) == 2


def test_of_an_excerpt_with_the_whole_films_subtitles_those_in_it_count() -> None:
    cues, speech, _ = made_up(3, 400)
    excerpt = [span for span in speech if span.end_ms < 300_000]
    assert alignment(cues, excerpt, 300_000).verdict == "in sync"


def test_what_is_no_speech_does_not_count() -> None:
    cues, speech, duration_ms = sample()
    sounds = [Cue(Span(time, time + 900), "[gulls]", "sound") for time in range(0, duration_ms - 1_000, 1_000)]
    assert alignment([*cues, *sounds], speech, duration_ms) == alignment(cues, speech, duration_ms)


def test_the_order_of_cues_does_not_matter() -> None:
    cues, speech, duration_ms = sample()
    assert alignment(cues[::-1], speech, duration_ms) == alignment(cues, speech, duration_ms)


def test_a_cue_that_stands_through_the_film_hides_no_other() -> None:
    cues, speech, duration_ms = made_up(5)
    mark = Cue(Span(0, duration_ms), "© Films")
    found = alignment([mark, *moved(cues, later(4_000))], speech, duration_ms)
    assert found.verdict == "off"
    assert abs(found.corrections[0].shift_ms + 4_000) <= EXACT_MS


def test_one_wrong_time_changes_nothing_and_costs_nothing() -> None:
    """900 hours in steps of 10 ms would not fit into memory."""
    cues, speech, duration_ms = made_up(4)
    far = Cue(Span(900 * 3_600_000, 999 * 3_600_000), "x")
    assert alignment([*cues, far], speech, duration_ms).verdict == "in sync"


def test_too_little_tells_nothing() -> None:
    cues, speech, duration_ms = sample()
    assert alignment((), speech, duration_ms).verdict == "unknown"
    assert alignment(cues, (), duration_ms).verdict == "unknown"
    assert alignment(cues[:3], speech, duration_ms).verdict == "unknown"
    assert alignment(cues, [Span(0, duration_ms)], duration_ms).verdict == "unknown"


@st.composite
def rows(draw: st.DrawFn) -> list[Span]:
    """Spans in order and apart."""
    edges = sorted(draw(st.lists(st.integers(0, 120_000), unique=True, max_size=40)))
    return [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@given(rows(), st.lists(st.tuples(st.integers(0, 4_000_000), st.integers(1, 90_000)), max_size=20))
@settings(max_examples=40)
def test_any_cues_and_any_speech_have_an_alignment(speech: list[Span], times: list[tuple[int, int]]) -> None:
    cues = [Cue(Span(start, start + lasting), "x") for start, lasting in times]
    found = alignment(cues, speech, 120_000)
    assert found.corrections[0].start_ms == 0
    assert all(one.start_ms < other.start_ms for one, other in pairwise(found.corrections))
    assert found.score <= 1
    corrected(cues, found.corrections)


CUES = (Cue(Span(1_000, 2_000), "A"), Cue(Span(5_000, 6_000), "B"), Cue(Span(9_000, 9_500), "C"))


def spans(cues: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(cue.span.start_ms, cue.span.end_ms) for cue in cues]


def test_each_piece_moves_the_cues_that_begin_in_it() -> None:
    pieces = (Correction(0, 1.0, 500), Correction(5_000, 0.5, -100))
    assert spans(corrected(CUES, pieces)) == [(1_500, 2_500), (2_400, 2_900), (4_400, 4_650)]


def test_what_ends_before_the_film_is_left_out_and_what_begins_before_it_begins_with_it() -> None:
    assert spans(shifted_by(CUES, -5.5)) == [(0, 500), (3_500, 4_000)]


def test_no_seconds_change_nothing() -> None:
    assert shifted_by(CUES, 0) is CUES


LATE = Alignment("off", (Correction(0, 1.0, -2_400),), 0.9, 9.0)


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((Correction(0, 1.0, -2_400),), "2.4 s late"),
        ((Correction(0, 1.0, 90_040),), "90.0 s early"),
        ((Correction(0, NTSC / 25, 0),), "timed for 23.976 fps instead of 25"),
        ((Correction(0, 25 / 24, -5_000),), "timed for 25 fps instead of 24, 5.0 s late"),
        ((Correction(0, 1.0, 10), Correction(1_865_000, 1.0, 5_000)), "right at first, 5.0 s early from 31:05 on"),
    ],
)
def test_how_far_they_are_off_is_said_in_words(pieces: tuple[Correction, ...], words: str) -> None:
    assert offset_text(Alignment("off", pieces)) == words


def test_late_ones_are_refused_with_the_shift_that_mends_them() -> None:
    assert str(refusal("a.srt", LATE)) == "a.srt: these subtitles are 2.4 s late: use --shift -2.4 or --sync"


def test_the_shift_that_is_told_counts_the_one_that_was_given() -> None:
    assert "use --shift -3.9 or" in str(refusal("a.srt", LATE, -1.5))
    assert "use --shift +0.6 or" in str(refusal("a.srt", LATE, 3.0))


@pytest.mark.parametrize("given_s", [2.36, 2.4, 2.44])
def test_who_moved_right_subtitles_is_told_not_to(given_s: float) -> None:
    assert str(refusal("a.srt", LATE, given_s)).endswith("2.4 s late: leave out --shift, or use --sync")


def test_no_shift_is_told_where_none_would_do() -> None:
    for pieces in ((Correction(0, 25 / 24, 0),), (Correction(0, 1.0, 0), Correction(9_000, 1.0, 5_000))):
        assert str(refusal("a.srt", Alignment("off", pieces))).endswith(": use --sync")


def test_only_what_is_wrong_is_refused() -> None:
    assert refusal("a.srt", Alignment("in sync")) is None
    assert refusal("a.srt", Alignment("unknown")) is None
    foreign = str(refusal("a.srt", Alignment("foreign")))
    assert "not of this film" in foreign
    assert "or hold only part of its dialogue" in foreign
    assert "--trust-subs" in foreign


@pytest.mark.media
@pytest.mark.parametrize(
    ("film", "subtitles"),
    [
        ("sintel-trailer/sintel_trailer_854x480.mp4", "sintel-trailer/sintel.vtt"),
        ("enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4", "enable-a11y-plan9/plan-9-trailer.en.vtt"),
        ("his-girl-friday/friday.mp4", "his-girl-friday/friday.vtt"),
    ],
)
def test_real_captions_are_never_refused(media: Path, film: str, subtitles: str) -> None:
    cues = read_file(media / subtitles)[0]
    assert alignment(cues, *listened(media / film)).verdict in ("in sync", "unknown")


@pytest.mark.media
@pytest.mark.parametrize("longer_ms", [300, 600])
def test_real_captions_that_linger_are_not_taken_for_those_of_another_speed(media: Path, longer_ms: int) -> None:
    """Six cues, each made longer as far as the next allows: pressed together they would hold more speech."""
    cues = read_file(media / "enable-a11y-plan9/plan-9-trailer.en.vtt")[0]
    ends = [cue.span.start_ms for cue in cues[1:]] + [cues[-1].span.end_ms + longer_ms]
    longer = [
        replace(cue, span=Span(cue.span.start_ms, max(cue.span.end_ms, min(cue.span.end_ms + longer_ms, end))))
        for cue, end in zip(cues, ends, strict=True)
    ]
    assert (
        alignment(longer, *listened(media / "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4")).corrections[0].rate
        == 1
    )


@pytest.mark.media
@pytest.mark.parametrize("name", ["captions", "contrast", "controls", "customizable", "layout"])
def test_real_captions_of_other_films_are_not_taken_for_the_samples(media: Path, name: str) -> None:
    _, speech, duration_ms = sample()
    cues = read_file(media / f"wai-perspectives/{name}/{name}_ad.en.vtt")[0]
    assert alignment(cues, speech, duration_ms).verdict in ("foreign", "unknown")
