"""Answers that are none: counted by kind, never kept, asked for anew, and too many of them end the run."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from films import make_film
from narration.test_write import Backwards, segment, whistle

from audiodesc.core.cache import Store
from audiodesc.describers.base import Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.errors import AudiodescError
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Film, Observation, Span, VideoClip
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.failures import Tally, failure_notes
from audiodesc.narration.observe import observations
from audiodesc.narration.place import place_lines
from audiodesc.narration.story import FEWEST_CUES, Story, describer_notes
from audiodesc.narration.write import drafted

CUT = Failure("cut", "2,048 tokens", "finish_reason: length", "give --tokens 4096")
SEGMENTS = [segment(1000 * i, 1000 * i + 900) for i in range(10)]


class Failing(Backwards):
    """Gives no answer about some clips, and for some lines."""

    def __init__(self, looks: Sequence[int] = (), lines: Sequence[str] = ()) -> None:
        super().__init__()
        self.looks, self.lines, self.asked = looks, lines, 0

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        for number, clip in enumerate(clips):
            self.looked.append(clip.span)
            yield number, CUT if number in self.looks else f"seen from {clip.span.start_ms}"

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        self.asked += 1
        if request.facts in self.lines:
            raise NoAnswerError(Failure("empty"))
        return (f"{request.facts.capitalize()}.",)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return probe(make_film(tmp_path_factory.mktemp("failures") / "film.mp4", 12))


def test_a_look_without_an_answer_is_never_kept_and_asked_for_anew(film: Film, tmp_path: Path) -> None:
    seen = list(observations(film, SEGMENTS, Failing(looks=(2, 5)), (), Store(tmp_path)))
    assert [(i, one.failure) for i, one in enumerate(seen) if not one.facts] == [
        (2, "cut off at 2,048 tokens"),
        (5, "cut off at 2,048 tokens"),
    ]
    again = Failing()
    assert all(one.facts and not one.failure for one in observations(film, SEGMENTS, again, (), Store(tmp_path)))
    assert again.looked == [SEGMENTS[2].watch, SEGMENTS[5].watch]


def test_above_the_share_the_run_ends_with_the_servers_words_and_the_remedy(film: Film, tmp_path: Path) -> None:
    """More than a quarter of ten is three; what was answered before is kept."""
    with pytest.raises(AudiodescError) as caught:
        list(observations(film, SEGMENTS, Failing(looks=range(7, 10)), (), Store(tmp_path)))
    assert "3 of 10 looks gave no answer: 3 cut off at 2,048 tokens (finish_reason: length)" in caught.value.fault
    assert caught.value.remedy.startswith("give --tokens 4096; what was answered is kept")
    again = Failing()
    list(observations(film, SEGMENTS, again, (), Store(tmp_path)))
    assert again.looked == [one.watch for one in SEGMENTS[7:]]


def test_the_share_can_be_chosen(film: Film, tmp_path: Path) -> None:
    assert len(list(observations(film, SEGMENTS, Failing(looks=range(10)), (), Store(tmp_path), 1.0))) == 10
    with pytest.raises(AudiodescError, match="1 of 10 looks"):
        list(observations(film, SEGMENTS, Failing(looks=(0,)), (), Store(tmp_path / "new"), 0.0))


def test_a_line_without_an_answer_says_so_and_is_asked_for_anew(tmp_path: Path) -> None:
    seen = [Observation(one, f"fact {i}") for i, one in enumerate(SEGMENTS)]
    seen[4] = Observation(SEGMENTS[4], "", str(CUT))
    say, gaps = whistle(tmp_path), [one.gap for one in SEGMENTS]
    describer = Failing(lines=("fact 7",))
    drafts = [draft for _, draft in drafted(seen, Doubter(describer, FilmContext(), "en"), say, 1.15, Store(tmp_path))]
    outcomes = list(place_lines(drafts, gaps, (), say, 1.15))
    assert [one.reason for one in outcomes if not one.speech] == [
        "the describer gave no answer (cut off at 2,048 tokens)",
        "the describer gave no answer (empty)",
    ]
    assert [(note.stage, note.message) for note in failure_notes(outcomes)] == [
        ("look", "1 of 10 looks gave no answer: 1 cut off at 2,048 tokens; the next run asks for them anew"),
        ("describe", "1 of 9 lines gave no answer: 1 empty; the next run asks for them anew"),
    ]
    again = Failing()
    drafts = [draft for _, draft in drafted(seen, Doubter(again, FilmContext(), "en"), say, 1.15, Store(tmp_path))]
    assert again.asked == 3, "the line that failed, and those that were written after silence"
    assert drafts[7].outcome.speech


def test_too_many_lines_without_an_answer_end_the_run(tmp_path: Path) -> None:
    seen = [Observation(one, f"fact {i}") for i, one in enumerate(SEGMENTS)]
    describer = Failing(lines=[f"fact {i}" for i in range(6, 10)])
    with pytest.raises(AudiodescError, match="3 of 10 lines gave no answer: 3 empty"):
        list(drafted(seen, Doubter(describer, FilmContext(), "en"), whistle(tmp_path), 1.15, Store(tmp_path)))


def test_kinds_are_counted_the_most_frequent_first() -> None:
    tally = Tally("look", 90, 0.05)
    for failure in (Failure("empty"), CUT, CUT, CUT):
        tally.add(failure)
    with pytest.raises(AudiodescError) as caught:
        tally.add(Failure("thoughts"))
    assert "5 of 90 looks gave no answer: 3 cut off at 2,048 tokens, 1 empty, 1 thoughts alone" in caught.value.fault


def test_an_error_survives_another_process() -> None:
    again = pickle.loads(pickle.dumps(NoAnswerError(CUT)))  # noqa: S301 (our own)
    assert (again.failure, str(again)) == (CUT, "finish_reason: length: give --tokens 4096")


class Wrong(Backwards):
    """Breaks the protocol."""

    label = "wrong one"

    def __init__(self, seen: Any = None, lines: Any = None) -> None:
        super().__init__()
        self.seen, self.lines = seen, lines

    def observe(self, clips: Iterable[VideoClip]) -> Any:
        list(clips)
        return self.seen

    def write_lines(self, request: LineRequest) -> Any:
        return self.lines


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (None, "gives None, which holds no answers"),
        ([(10, "Snow.")], "gives (10, 'Snow.'), no number from 0 to 9"),
        ([(-1, "Snow.")], "gives (-1, 'Snow.'), no number from 0 to 9"),
        ([(0, None)], "gives (0, None), no number from 0 to 9 with facts"),
        (["Snow."], "gives 'Snow.', no number"),
        ([(0, "Snow.")], "does not give an answer about each of 10 clips"),
    ],
)
def test_a_describer_that_observes_against_the_protocol_is_named(
    film: Film, tmp_path: Path, seen: Any, said: str
) -> None:
    with pytest.raises(AudiodescError) as caught:
        list(observations(film, SEGMENTS, Wrong(seen), (), Store(tmp_path)))
    assert caught.value.fault.startswith("the describer wrong one: observe() ")
    assert said in caught.value.fault


@pytest.mark.parametrize("lines", ["Snow falls.", None, 3, ["Snow falls.", None]])
def test_a_describer_that_writes_against_the_protocol_is_named(tmp_path: Path, lines: Any) -> None:
    seen = [Observation(SEGMENTS[0], "snow")]
    with pytest.raises(AudiodescError, match=r"the describer wrong one: write_lines\(\) gives .* no (sequence|text)"):
        list(drafted(seen, Doubter(Wrong(lines=lines), FilmContext(), "en"), whistle(tmp_path), 1.0, Store(tmp_path)))


def test_a_line_has_no_control_characters(tmp_path: Path) -> None:
    seen = [Observation(SEGMENTS[0], "snow")]
    wrong = Wrong(lines=["Snow\x1b[31m\nfalls.\ud800"])
    ((_, draft),) = drafted(seen, Doubter(wrong, FilmContext(), "en"), whistle(tmp_path), 1.0, Store(tmp_path))
    assert draft.outcome.text == "Snow [31m falls."


def test_a_describer_that_sums_up_against_the_protocol_is_named(tmp_path: Path) -> None:
    class Silent(Backwards):
        def summarise(self, request: StoryRequest) -> Any:
            return None

    cues = [Cue(Span(10 * i, 10 * i + 9), "Snow.") for i in range(FEWEST_CUES)]
    story = Story(Silent(), "en", cues, Store(tmp_path))
    with pytest.raises(AudiodescError, match=r"the describer backwards: summarise\(\) gives None, no text"):
        story.before(SEGMENTS[1], [])


def test_notes_of_a_describer_have_no_control_characters(tmp_path: Path) -> None:
    class Noting(Backwards):
        def notes(self) -> Sequence[str]:
            return ("slow\x1b[2J\ntoday",)

    assert [note.message for note in describer_notes(Noting(), (), (), FilmContext(), 0)] == ["slow [2J today"]
