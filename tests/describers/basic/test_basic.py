from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from describers.basic.drawn import BLACK, GREY, WHITE, Picture, clip, clouds, noise, plain, written

from audiodesc.describers import basic, describer
from audiodesc.describers.base import DescriberOptions, LineRequest
from audiodesc.describers.basic import Basic
from audiodesc.describers.context import FilmContext, Person
from audiodesc.media.frames import clips
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Span, VideoClip
from audiodesc.planning.costs import AHEAD_MS, WATCH_MS

TITLE = written(plain(BLACK), "THE LAST FERRY")
BRIGHT, DARK = noise(2, 180, 50), noise(1, 24, 12)


def facts(shown: VideoClip) -> str:
    return next(iter(Basic().observe([shown])))[1]


def lines(shown: VideoClip, said: tuple[Cue, ...] = (), told: tuple[str, ...] = (), max_words: int = 20) -> list[str]:
    return list(Basic().write_lines(LineRequest(facts(shown), max_words, "en", told, said)))


def test_it_is_in_the_table() -> None:
    assert isinstance(describer("basic", DescriberOptions()).describer, Basic)


@pytest.mark.parametrize(
    ("context", "named"),
    [
        (FilmContext("A ferry."), "--context"),
        (FilmContext("", (Person("Anna"),)), "--cast"),
        (FilmContext("A ferry.", (Person("Anna"),)), "--cast and --context"),
        (FilmContext(), None),
    ],
)
def test_what_it_is_told_of_the_film_makes_no_difference_and_that_is_said(
    context: FilmContext, named: str | None
) -> None:
    why = describer("basic", DescriberOptions(context=context)).why
    assert why.endswith(f"knows no people and no story: {named}") if named else why == ""


def test_the_fingerprint_names_version_and_models() -> None:
    version, package, *models = Basic().fingerprint.split()
    assert version.startswith("basic/")
    assert package.startswith("rapidocr/")
    assert len(models) == 2


def test_it_asks_for_frames_that_it_can_afford_and_that_miss_no_title() -> None:
    asked = Basic().frames
    assert asked.bars
    assert asked.max_frames / asked.fps >= (WATCH_MS + AHEAD_MS) / 1000
    assert 1 / asked.fps <= 1  # what stands for two seconds is in two frames
    assert asked.max_pixels <= 854 * 480


def test_a_title_is_told() -> None:
    assert lines(clip(TITLE)) == ["Text on screen: The Last Ferry.", "The Last Ferry."]


def test_a_title_in_one_frame_is_not() -> None:
    assert lines(clip([plain(BLACK), plain(BLACK), TITLE])) == []


def test_a_title_that_was_told_is_not() -> None:
    assert lines(clip(TITLE), told=("Text on screen: The Last Ferry.",)) == []


def test_a_title_too_long_for_the_pause_is_not() -> None:
    assert lines(clip(TITLE), max_words=5) == ["The Last Ferry."]
    assert lines(clip(TITLE), max_words=2) == []


@pytest.mark.parametrize(("text", "told"), [("Where have you been?", 0), ("Never before", 0), ("LONDON, 1944", 1)])
def test_text_at_a_subtitles_place(text: str, told: int) -> None:
    assert len(lines(clip(written(plain(GREY), text, (0.5, 0.9), 28)))[:1]) == told


def test_a_burnt_in_subtitle_that_is_in_the_dialogue_is_not_told() -> None:
    shown = clip(written(plain(GREY), "LONDON, 1944", (0.5, 0.9), 28))
    assert lines(shown, said=(Cue(Span(60_000, 62_000), "London, 1944."),)) == []


def test_a_logo_is_not_told() -> None:
    logo = written(clouds(1), "NEWS", (0.08, 0.07), 28)
    assert "NEWS" in facts(clip(logo))
    assert lines(clip(logo)) == []


@pytest.mark.parametrize(
    "shown",
    [
        clip(BRIGHT, DARK),
        clip(DARK, BRIGHT),
        clip(BRIGHT, plain(BLACK), plain(BLACK), plain(BLACK)),
        clip(clouds(2), clouds(2)),
        clip(plain(GREY), plain((200, 30, 30)), plain((200, 30, 30))),
    ],
    ids=["darker", "brighter", "black", "still", "red"],
)
def test_light_colour_and_stillness_carry_nothing_by_themselves(shown: VideoClip) -> None:
    assert lines(shown) == []


def test_facts_come_apart_by_when_they_are_seen() -> None:
    shown = clip(TITLE, plain(GREY), written(plain(GREY), "ROME, 1944"))
    assert [(span.start_ms, text.rpartition(": ")[2]) for span, text in Basic().moments(facts(shown))] == [
        (0, "THE LAST FERRY"),
        (4000, "ROME, 1944"),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_silence(seed: int) -> None:
    frames = [[noise(seed * 9 + 3 * i + j) for j in range(3)] for i in range(3)]
    assert lines(clip(*frames)) == []


def test_a_page_that_cannot_be_read_is_silence() -> None:
    page = plain(WHITE)
    for row in range(12):
        page = written(page, "the small print that nobody reads", (0.5, 0.2 + 0.05 * row), 18, BLACK)
    assert lines(clip(page, page)) == []


def test_no_frames_are_no_facts() -> None:
    assert facts(clip()) == ""


def test_facts_of_a_clip_depend_on_no_other() -> None:
    shown: list[VideoClip] = [clip(TITLE), clip(BRIGHT, DARK), clip(noise(1)), clip(TITLE)]
    alone = [facts(one) for one in shown]
    assert sorted(Basic().observe(shown)) == list(enumerate(alone))
    assert sorted(Basic().observe(reversed(shown))) == list(enumerate(alone[::-1]))


@pytest.mark.parametrize("cores", [1, 2, 64])
def test_it_looks_at_no_more_clips_than_it_can_read_at_a_time(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr(basic, "cores", lambda: cores)
    taken: list[int] = []

    def shown() -> object:
        for i in range(9):
            taken.append(i)
            yield clip(plain(GREY))

    observed = iter(Basic().observe(shown()))  # type: ignore[arg-type]
    assert taken == []
    next(observed)
    assert taken == list(range(min(cores, basic.MOST_CLIPS)))


def test_it_works_in_silence() -> None:
    """In a process of its own: the models report when they are loaded."""
    code = "from test_basic import *; print(facts(clip(TITLE, noise(1))))"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.stdout.count("\n") == 1
    assert "THE LAST FERRY" in done.stdout
    assert done.stderr == ""


def test_frames_may_not_be_changed_by_looking() -> None:
    before: Picture = TITLE.copy()
    shown = clip(before)
    facts(shown)
    assert np.array_equal(before, TITLE)


@pytest.mark.media
def test_a_sign_in_curly_letters_is_not_misread(media: Path) -> None:
    (shown,) = clips(probe(media / "googlework" / "googlework_short.mp4"), [Span(2000, 2500)], Basic().frames)
    assert lines(shown) == []


@pytest.mark.media
@pytest.mark.parametrize(
    ("film", "start_ms", "end_ms", "text"),
    [
        ("enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4", 30_000, 33_000, "Plan 9 From Outer Space."),
        ("sintel-trailer/sintel_trailer_854x480.mp4", 9_200, 9_900, "The Blender Foundation presents."),
        ("sintel-trailer/sintel_trailer_854x480.mp4", 47_000, 48_200, "Coming Soon."),
        ("bbb-moviepy/big_buck_bunny_0_30.webm", 21_000, 22_800, "The Peach Open Movie Project Presents."),
        ("bbb-moviepy/big_buck_bunny_0_30.webm", 23_500, 30_000, "Big Buck Bunny."),
        ("chrome-clip/chrome.mp4", 24_000, 26_000, "Open a new browser. Chrome fast."),
    ],
)
def test_titles_of_real_films(media: Path, film: str, start_ms: int, end_ms: int, text: str) -> None:
    (shown,) = clips(probe(media / film), [Span(start_ms, end_ms)], Basic().frames)
    assert lines(shown)[0] == f"Text on screen: {text}"
