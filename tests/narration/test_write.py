from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from films import make_film
from hanging import LONG_S

from audiodesc.core.cache import Store
from audiodesc.describers.base import Describer, Failure, LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Film, FrameRequest, Gap, Observation, Segment, Span, Take, VideoClip
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.observe import observations
from audiodesc.narration.place import Stage, place_lines, place_script_lines
from audiodesc.narration.voice import Speak, cached_voice
from audiodesc.narration.write import drafted
from audiodesc.planning import script_segments
from audiodesc.planning.assign import measured
from audiodesc.scripts import ScriptLine
from audiodesc.speak.lexicon import Entry, Lexicon


class Backwards(Describer):
    """Looks at clips in threes and answers the last first; `fails_at` is a clip at which it breaks down."""

    fingerprint = label = "backwards"
    frames = FrameRequest(1, 1, 4, 160 * 120)
    lines_at_once = 1

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at = fails_at
        self.looked: list[Span] = []
        self.said: list[tuple[Cue, ...]] = []

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        held: list[tuple[int, str]] = []
        for number, clip in enumerate(clips):
            if number == self.fails_at:
                yield from held
                raise ConnectionError("the server is gone")
            self.looked.append(clip.span)
            self.said.append(clip.cues)
            held.append((number, f"seen from {clip.span.start_ms}"))
            if len(held) == 3:
                yield from reversed(held)
                held = []
        yield from reversed(held)

    def write_lines(self, brief: LineRequest) -> Sequence[str]:
        return (brief.facts,)


class Whistle:
    """A voice: a quarter of a second of tone for each word."""

    fingerprint = "whistle"

    def __init__(self) -> None:
        self.spoken: list[tuple[str, float]] = []

    def takes_ipa(self, ipa: str) -> bool:
        return False

    def say(self, text: str, rate: float) -> Take:
        self.spoken.append((text, rate))
        length = round(12_000 * len(text.split()) / rate)
        return Take(np.full(length, 0.1, np.float32), rate)


def whistle(folder: Path) -> Speak:
    return cached_voice(Whistle(), Lexicon(), Store(folder))


def segment(start_ms: int, end_ms: int, words: int = 10) -> Segment:
    span = Span(start_ms, end_ms)
    return Segment(Gap(span), span, start_ms, words)


SEGMENTS = [segment(2000 * i, 2000 * i + 1500) for i in range(5)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return probe(make_film(tmp_path_factory.mktemp("lines") / "film.mp4", 10))


def test_a_persons_line_without_room_says_why(tmp_path: Path) -> None:
    """Pauses from 2 to 5 s and, too short to use, from 7 to 8 s; the film ends at 71.3 s."""
    pauses = (Gap(Span(2_000, 5_000)), Gap(Span(7_000, 8_000)))
    stands = [Span(2_000, 3_000), Span(2_100, 3_000), Span(6_900, 6_950), Span(71_300, 75_000)]
    places = script_segments(stands, pauses, ())
    lines = [ScriptLine(one.start_ms, one.end_ms, "one two three") for one in stands]
    script = list(zip(lines, places, strict=True))
    say = whistle(tmp_path)
    _, _, over, late = place_script_lines(script, Stage(say, 1.0, pauses, 71_300))
    assert over.reason == "dialogue there; the nearest pause is from 0:02.0 to 0:05.0"
    assert late.reason == "past the film's end (1:11.3)"
    _, _, nowhere, _ = place_script_lines(script, Stage(say, 1.0))
    assert nowhere.reason == "dialogue there, and no pause anywhere"


def test_sights_come_in_order_whatever_order_the_answers_have(film: Film, tmp_path: Path) -> None:
    seen = list(observations(film, SEGMENTS, Backwards(), (), Store(tmp_path)))
    assert [(sight.segment, sight.facts) for sight in seen] == [(s, f"seen from {s.watch.start_ms}") for s in SEGMENTS]


def test_nothing_is_looked_at_twice(film: Film, tmp_path: Path) -> None:
    list(observations(film, SEGMENTS[1:4], Backwards(), (), Store(tmp_path)))
    again = Backwards()
    assert len(list(observations(film, SEGMENTS, again, (), Store(tmp_path)))) == 5
    assert again.looked == [SEGMENTS[0].watch, SEGMENTS[4].watch]


def test_what_was_answered_before_a_failure_is_kept(film: Film, tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        list(observations(film, SEGMENTS, Backwards(fails_at=4), (), Store(tmp_path)))
    again = Backwards()
    list(observations(film, SEGMENTS, again, (), Store(tmp_path)))
    assert again.looked == [SEGMENTS[4].watch]


def test_a_describer_is_given_the_subtitles_of_what_it_sees(film: Film, tmp_path: Path) -> None:
    cues = (Cue(Span(1000, 2500), "A"), Cue(Span(4100, 4200), "B"))
    looker = Backwards()
    list(observations(film, SEGMENTS, looker, cues, Store(tmp_path)))
    assert [[cue.text for cue in said] for said in looker.said] == [["A"], ["A"], ["B"], [], []]


def test_a_line_is_spoken_once_and_found_again(tmp_path: Path) -> None:
    voice = Whistle()
    say = cached_voice(voice, Lexicon(), Store(tmp_path))
    assert say("Snow falls.", 1.0) == say("Snow falls.", 1.0)
    say("Snow falls.", 1.1)
    assert voice.spoken == [("Snow falls.", 1.0), ("Snow falls.", 1.1)]


def test_the_reason_names_the_room_that_a_line_has(tmp_path: Path) -> None:
    """A pause of 20 s, three lines of 2 s in it, and one of 8 s: at the start, between, at the end, and alone."""
    pause = Gap(Span(0, 20_000))
    long, line = " ".join(["w"] * 32), " ".join(["w"] * 8)
    cases = {
        ((0, long), (4_000, line)): "it takes 8.0 s and before the next line the pause has 4.0 s",
        ((0, line), (4_000, long), (9_000, line)): "it takes 8.0 s and between the lines around it the pause has 6.8 s",
        (
            (0, line),
            (12_000, " ".join(["w"] * 80)),
        ): "it takes 20.0 s and after the line before it the pause has 17.8 s",
        ((0, " ".join(["w"] * 84)),): "it takes 21.0 s and the pause has 20.0 s",
    }
    say = whistle(tmp_path)
    for lines, reason in cases.items():
        stands = [Span(start, start + 1_000) for start, _ in lines]
        places = script_segments(stands, (pause,), ())
        script = [(ScriptLine(at, at + 1_000, text), place) for (at, text), place in zip(lines, places, strict=True)]
        assert [one.reason for one in place_script_lines(script, Stage(say, 1.0, (pause,))) if one.reason] == [reason]


def test_a_text_without_end_is_never_voiced(tmp_path: Path) -> None:
    """Not as a script or a model writes it, nor as a lexicon makes it; each has a room of an hour."""
    voice, hour = Whistle(), Gap(Span(0, 3_600_000))
    lexicon = Lexicon((Entry("Ann", "a" * 200),))
    texts = ["a boat " * 430, "Ann " * 20, "A boat."]
    stands = [Span(minute * 60_000, minute * 60_000 + 1000) for minute in (5, 15, 25)]
    script = [
        (ScriptLine(at.start_ms, at.end_ms, text), place)
        for at, text, place in zip(stands, texts, script_segments(stands, (hour,), ()), strict=True)
    ]
    on = Stage(cached_voice(voice, lexicon, Store(tmp_path)), 1.0, (hour,))
    told = list(place_script_lines(script, on))
    assert [one.reason for one in told] == [
        "it has 3,010 characters, and a line has 3,000 at most",
        "it has 4,020 characters, and a line has 3,000 at most",
        "",
    ]
    assert voice.spoken == [("A boat.", 1.0)]


def test_an_answer_that_fits_no_pause_is_measured_in_none() -> None:
    asked: list[str] = []

    def length(text: str, rate: float) -> int:
        asked.append(text)
        return 500

    assert [one.text for one in measured(["x" * 4000, "A boat."], 2000, length, 1.0)] == ["A boat."]
    assert asked == ["A boat."]


def test_each_line_knows_what_was_told_before_and_keeps_its_distance(tmp_path: Path) -> None:
    briefs: list[LineRequest] = []

    class Teller(Backwards):
        def write_lines(self, brief: LineRequest) -> Sequence[str]:
            briefs.append(brief)
            return (f"Line {brief.facts}.",)

    close = [segment(0, 1000), segment(1000, 3000), segment(3000, 3100)]
    seen = [Observation(one, str(i)) for i, one in enumerate(close)]
    drafts = drafted(seen, Doubter(Teller(), FilmContext(), "en"), whistle(tmp_path), 1.15, Store(tmp_path))
    outcomes = [draft.outcome for _, draft in drafts]
    assert [brief.previous_lines for brief in briefs] == [(), ("Line 0.",), ("Line 0.", "Line 1.")]
    assert [bool(outcome.speech) for outcome in outcomes] == [True, True, False]
    assert "the pause has 0.1 s" in outcomes[2].reason
    first, second = (outcome.speech for outcome in outcomes[:2])
    assert first is not None
    assert second is not None
    assert second.span.start_ms >= first.span.end_ms + 250


def test_a_rich_line_that_does_not_fit_its_own_pause_is_told_in_the_next(tmp_path: Path) -> None:
    class Teller(Backwards):
        def write_lines(self, brief: LineRequest) -> Sequence[str]:
            return (brief.facts,) if brief.max_words > 3 else ()

    places = [segment(10_000, 11_200), segment(14_000, 20_000)]
    seen = [
        Observation(places[0], "A red kite flies high over the old harbour wall."),
        Observation(places[1], "Rain falls."),
    ]
    say = whistle(tmp_path)
    drafts = [draft for _, draft in drafted(seen, Doubter(Teller(), FilmContext(), "en"), say, 1.15, Store(tmp_path))]
    assert drafts[0].outcome.speech is None
    outcomes = list(place_lines(drafts, [place.gap for place in places], (), say, 1.15))
    first, second = (outcome.speech for outcome in outcomes)
    assert first is not None
    assert second is not None
    assert (first.span.start_ms, first.line.text) == (14_000, "A red kite flies high over the old harbour wall.")
    assert second.span.start_ms == first.span.end_ms + 250
    assert outcomes[0].segment == places[0]


def test_a_describer_is_told_who_has_been_named(tmp_path: Path) -> None:
    briefs: list[LineRequest] = []

    class Namer(Backwards):
        def write_lines(self, brief: LineRequest) -> Sequence[str]:
            briefs.append(brief)
            return ()

    segment = Segment(Gap(Span(0, 5_000)), Span(0, 5_000), 0, 9, known_speakers=("Nora",))
    store = Store(tmp_path)
    list(
        drafted(
            [Observation(segment, "facts")],
            Doubter(Namer(), FilmContext(), "en"),
            cached_voice(Whistle(), Lexicon(), store),
            1.15,
            store,
        )
    )
    assert [brief.known_speakers for brief in briefs] == [("Nora",)]


class Side(Backwards):
    """Tells `facts`, or "Else." where it was just told; notes its briefs."""

    lines_at_once = 4

    def __init__(self) -> None:
        super().__init__()
        self.briefs: list[LineRequest] = []

    def write_lines(self, brief: LineRequest) -> Sequence[str]:
        self.briefs.append(brief)
        return ("Else.",) if brief.facts in brief.previous_lines else (brief.facts,)


def test_stretches_of_a_film_are_told_side_by_side(tmp_path: Path) -> None:
    """Four threads must be within `tell` at the same time, or the barrier breaks."""
    meeting = Barrier(4, timeout=LONG_S)

    class Meeting(Side):
        def write_lines(self, brief: LineRequest) -> Sequence[str]:
            if not brief.previous_lines:
                meeting.wait()
            return super().write_lines(brief)

    seen = [Observation(segment(4000 * i, 4000 * i + 3000), f"Fact {i}.") for i in range(48)]
    teller = Meeting()
    drafts = dict(drafted(seen, Doubter(teller, FilmContext(), "en"), whistle(tmp_path), 1.15, Store(tmp_path)))
    assert [drafts[i].outcome.text for i in range(48)] == [f"Fact {i}." for i in range(48)]
    firsts = [int(brief.facts[5:-1]) for brief in teller.briefs if not brief.previous_lines]
    assert len(firsts) == 4
    for brief in teller.briefs:  # all the lines before it, from the first of its stretch on
        number = int(brief.facts[5:-1])
        start = max(first for first in firsts if first <= number)
        assert brief.previous_lines == tuple(f"Fact {i}." for i in range(start, number))


def test_what_was_told_just_before_a_stretch_is_not_said_again(tmp_path: Path) -> None:
    facts = [f"Fact {i}." for i in range(24)]
    facts[12] = facts[11]
    teller = Side()
    seen = [Observation(segment(4000 * i, 4000 * i + 3000), fact) for i, fact in enumerate(facts)]
    drafts = dict(drafted(seen, Doubter(teller, FilmContext(), "en"), whistle(tmp_path), 1.15, Store(tmp_path)))
    texts = [drafts[i].outcome.text for i in range(24)]
    assert texts == [*facts[:12], "Else.", *facts[13:]]
    assert len(teller.briefs) == 25


def test_a_line_that_is_told_anew_keeps_its_distance_to_the_one_before(tmp_path: Path) -> None:
    """The second line of a stretch shares its pause with the first."""
    facts = [f"Fact {i}." for i in range(24)]
    facts[13] = facts[11]
    places = [segment(4000 * i, 4000 * i + 3000) for i in range(24)]
    gap = Gap(Span(48_000, 55_000))
    places[12], places[13] = Segment(gap, gap.span, 48_000, 9), Segment(gap, gap.span, 48_100, 9)
    seen = [Observation(place, fact) for place, fact in zip(places, facts, strict=True)]
    drafts = dict(drafted(seen, Doubter(Side(), FilmContext(), "en"), whistle(tmp_path), 1.15, Store(tmp_path)))
    first, again = drafts[12].outcome.speech, drafts[13].outcome.speech
    assert first is not None
    assert again is not None
    assert again.line.text == "Else."
    assert again.span.start_ms >= first.span.end_ms + 250


def test_a_failure_in_one_stretch_ends_all_and_what_was_told_is_kept(tmp_path: Path) -> None:
    class Failing(Side):
        def write_lines(self, brief: LineRequest) -> Sequence[str]:
            if brief.facts == "Fact 20.":
                raise ConnectionError("the server is gone")
            return super().write_lines(brief)

    seen = [Observation(segment(4000 * i, 4000 * i + 3000), f"Fact {i}.") for i in range(48)]
    say = whistle(tmp_path)
    failing, again = Failing(), Side()
    with pytest.raises(ConnectionError):
        list(drafted(seen, Doubter(failing, FilmContext(), "en"), say, 1.15, Store(tmp_path)))
    assert len(dict(drafted(seen, Doubter(again, FilmContext(), "en"), say, 1.15, Store(tmp_path)))) == 48
    assert len(failing.briefs) + len(again.briefs) == 48


class Wordy(Backwards):
    """Answers 24 words, and as few as it is asked for where it is shown what is too long, if it `learns`."""

    def __init__(self, *, learns: bool) -> None:
        super().__init__()
        self.learns = learns
        self.requests: list[LineRequest] = []

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        self.requests.append(request)
        return (" ".join([request.facts] * (request.max_words if request.too_long and self.learns else 24)),)


@pytest.mark.parametrize("learns", [True, False])
def test_a_line_over_the_limit_is_tried_in_the_voice_then_asked_for_shorter_and_never_lost(
    learns: bool, tmp_path: Path
) -> None:
    """Seven pauses with a limit of 9 words, the last with time for 24 (6 s); the others have time for 9 at 1.15."""
    segments = [segment(8_000 * i, 8_000 * i + (6_500 if i == 6 else 2_000), 9) for i in range(7)]
    seen = [Observation(one, f"w{i}") for i, one in enumerate(segments)]
    describer, say = Wordy(learns=learns), whistle(tmp_path)
    drafts = [draft for _, draft in drafted(seen, Doubter(describer, FilmContext(), "en"), say, 1.15, Store(tmp_path))]
    outcomes = list(place_lines(drafts, [one.gap for one in segments], (), say, 1.15))
    first, second = describer.requests[:2]
    assert (first.too_long, first.max_words) == ("", 9)
    assert (second.too_long, second.max_words, second.over_ms) == (" ".join(["w0"] * 24), 9, 3_218)
    assert len(describer.requests) == 13
    words = [len(one.text.split()) for one in outcomes if one.speech]
    assert words == ([9] * 6 + [24] if learns else [24])
    assert all(one.text and one.reason for one in outcomes if not one.speech)
    if not learns:
        assert outcomes[0].reason == "it takes 6.0 s, and no pause within 12 s has as much"
