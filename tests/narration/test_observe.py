"""What is seen for a while only is told while it is seen, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from films import make_film, write_srt
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from audiodesc.describers.base import Describer, LineRequest, Momentary
from audiodesc.describers.basic import Basic
from audiodesc.describers.basic.texts import Facts, ScreenText, format_facts
from audiodesc.model import FrameRequest, Gap, Observation, Segment, Span, VideoClip
from audiodesc.narration.observe import split_moments, with_unwatched
from audiodesc.pipeline import describe
from audiodesc.planning.assign import Candidate, Option, placements
from audiodesc.settings import DescriberSettings, DialogueSettings, Settings

SEGMENT = Segment(Gap(Span(20_000, 40_000)), Span(0, 30_000), 20_000, 20)


class Storyteller(Describer):
    """A describer whose facts may be told at any time."""

    fingerprint = label = "story/1"
    frames = FrameRequest(1, 1, 1, 100)
    lines_at_once = 1

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        yield from ((i, "a man walks") for i, _ in enumerate(clips))

    def write_lines(self, brief: LineRequest) -> Sequence[str]:
        return ["A man walks."]

    def doubts(self, facts: str) -> Sequence[str]:
        return ()


def seen(*words: tuple[int, int, str]) -> Observation:
    return Observation(
        SEGMENT, format_facts(Facts(tuple(ScreenText(Span(start, end), text) for start, end, text in words)))
    )


def parts(sight: Observation, *gaps: tuple[int, int]) -> list[tuple[int, int | None, int]]:
    """(start, until, end of the room) of what can be told."""
    found = split_moments([sight], [Gap(Span(*gap)) for gap in gaps], (), Basic())
    return [(one.segment.wanted_ms, one.segment.until_ms, one.segment.gap.span.end_ms) for one in found]


def test_basic_is_momentary_and_others_need_not_be() -> None:
    assert isinstance(Basic(), Momentary)
    story: Describer = Storyteller()
    sight = Observation(SEGMENT, "a man walks")
    assert split_moments([sight], [SEGMENT.gap], (), story) == (sight,)
    assert with_unwatched([SEGMENT], 90_000, story) == (SEGMENT,)


def test_each_text_has_its_own_time_and_the_room_up_to_the_next() -> None:
    sight = seen((2_000, 5_000, "THE HARBOUR"), (27_000, 31_000, "THE WORK"))
    assert parts(sight, (0, 40_000)) == [(2_000, 5_000, 27_000), (27_000, 31_000, 40_000)]


def test_text_is_told_from_when_nobody_speaks() -> None:
    assert parts(seen((2_000, 5_000, "THE HARBOUR")), (3_500, 8_000)) == [(3_500, 5_000, 8_000)]


def test_of_two_pauses_the_one_with_room_is_taken() -> None:
    sight = seen((2_000, 9_000, "THE HARBOUR"))
    assert parts(sight, (1_000, 2_900), (5_000, 9_000)) == [(5_000, 9_000, 9_000)]
    assert parts(sight, (1_000, 2_900), (5_000, 6_000)) == [(5_000, 9_000, 6_000)]


def test_text_that_is_gone_when_nobody_speaks_is_left_out_and_the_report_has_it() -> None:
    (sight,) = split_moments([seen((2_000, 5_000, "THE HARBOUR"))], [Gap(Span(5_000, 9_000))], (), Basic())
    assert sight.segment == SEGMENT
    assert sight.facts.startswith("seen while nobody may speak: text from 2.000")
    assert Basic().write_lines(LineRequest(sight.facts, 20, "en")) == ()


def test_all_of_the_film_is_watched_for_what_is_seen_only_for_a_while() -> None:
    lines = [replace(SEGMENT, watch=Span(10_000, 22_500)), replace(SEGMENT, watch=Span(22_500, 30_000))]
    watched = [one.watch for one in with_unwatched(lines, 100_000, Basic())]
    assert watched == sorted(watched)
    assert (watched[0].start_ms, watched[-1].end_ms) == (0, 100_000)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(watched))
    assert max(one.duration_ms for one in watched) <= 30_000


@pytest.mark.parametrize("pause", [(0, 60_000), (20_000, 30_000)])
def test_a_line_about_it_begins_in_no_way_before_or_after(pause: tuple[int, int]) -> None:
    option = Option(replace(SEGMENT, wanted_ms=21_000, until_ms=23_100), (Candidate("Rome.", 900, 900, 9_000),))
    starts = [way.start_ms for way in placements(0, option, [Gap(Span(*pause))], (25_000,))]
    assert (min(starts), max(starts)) == (21_000, 23_000)


CARDS = [(2, 5.5, "THE HARBOUR"), (11, 14, "TEN YEARS LATER"), (15, 18, "SPOKEN OVER"), (24, 28, "UP NORTH")]


def card(time: float) -> NDArray[np.uint8]:
    image = Image.new("RGB", (480, 270), (30, 14, 5))
    for start, end, text in CARDS:
        if start <= time < end:
            size = 90 if text == "UP NORTH" else 36
            ImageDraw.Draw(image).text((240, 135), text, (250, 250, 250), ImageFont.load_default(size), anchor="mm")
    return np.asarray(image)


def test_no_text_is_told_that_is_not_on_the_screen(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 40, card, fps=6, gop=24)
    subs = write_srt(tmp_path / "film.srt", [(14_500, 19_000, "Somebody speaks.")])
    made = describe(
        film,
        subs,
        settings=Settings(dialogue=DialogueSettings(hear=False), describer=DescriberSettings(name="basic")),
    )
    told = {speech.line.text: speech.span.start_ms / 1000 for speech in made.spoken}
    assert len(told) == 3
    for start, end, text in CARDS:
        lines = [line for line in told if text.casefold() in line.casefold()]
        assert len(lines) == (text != "SPOKEN OVER")
        assert all(start <= told[line] <= end for line in lines)
