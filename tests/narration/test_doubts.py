"""Lines in doubt: which are spoken, which come first, and what a second look adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from films import make_film
from narration.test_write import segment, whistle

from audiodesc.core.cache import Store
from audiodesc.describers.base import Describer, Failure, LineRequest
from audiodesc.describers.context import FilmContext, Person
from audiodesc.media.probe import probe
from audiodesc.model import Cue, Film, FrameRequest, Observation, Span, VideoClip
from audiodesc.narration.doubts import ORDER, Doubter
from audiodesc.narration.failures import failure_notes
from audiodesc.narration.observe import again_at, observations
from audiodesc.narration.story import describer_notes
from audiodesc.narration.write import drafted
from audiodesc.settings import Doubting

NOBODY = FilmContext()
FACTS = "1. WHO: a man in a blue coat 2. DOES: he lifts a phone 4. PLACE: a quay with a ferry"


class Words(Describer):
    """Gives the same lines about everything; its facts are text, and it doubts an answer with a question mark."""

    fingerprint = label = "words"
    frames = FrameRequest(2.0, 4, 8, 160 * 120)
    lines_at_once = 1

    def __init__(self, *lines: str, sees: Sequence[str | Failure] = ()) -> None:
        self.lines, self.sees = lines, sees
        self.seen: list[VideoClip] = []

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        for number, clip in enumerate(clips):
            self.seen.append(clip)
            yield number, self.sees[number % len(self.sees)]

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return self.lines

    def doubts(self, facts: str) -> Sequence[str]:
        return ["it is not sure"] if "?" in facts else []

    def evidence(self, facts: str) -> str:
        return facts


def spoken(folder: Path, mode: Doubting, *lines: str, room_ms: int = 9_000) -> tuple[str, bool, str]:
    """The text, whether it is spoken, and the reason; a word takes the voice 250 ms."""
    seen = [Observation(segment(0, room_ms, 20), FACTS)]
    doubter = Doubter(Words(*lines), NOBODY, "en", mode)
    ((_, draft),) = drafted(seen, doubter, whistle(folder), 1.15, Store(folder))
    return draft.outcome.text, bool(draft.outcome.speech), draft.outcome.reason


LONG, RIGHT, EMPTY = "The man in the blue coat draws a pistol.", "The man lifts the phone.", "A dog barks."


def test_a_line_without_a_doubt_is_spoken_before_a_longer_one_with_one(tmp_path: Path) -> None:
    assert spoken(tmp_path / "a", "off", LONG, RIGHT) == (LONG, True, "")
    assert spoken(tmp_path / "b", "mark", LONG, RIGHT) == (RIGHT, True, "")
    assert spoken(tmp_path / "c", "mark", LONG) == (LONG, True, "")
    assert spoken(tmp_path / "d", "strict", LONG) == (LONG, True, "")  # the man and his coat were seen


def test_one_with_a_doubt_is_spoken_where_no_other_fits(tmp_path: Path) -> None:
    assert (
        spoken(tmp_path, "mark", "The man on the quay lifts the phone to the ferry.", EMPTY, room_ms=1_000)[0] == EMPTY
    )


def test_a_line_with_nothing_else_is_not_spoken_where_doubts_are_strict(tmp_path: Path) -> None:
    assert spoken(tmp_path / "a", "mark", EMPTY) == (EMPTY, True, "")
    assert spoken(tmp_path / "b", "strict", EMPTY) == (EMPTY, False, "in doubt (“dog”: not in what was seen)")
    assert spoken(tmp_path / "c", "strict", EMPTY, LONG) == (LONG, True, "")


def doubts(line: str, *, again: str = "", context: FilmContext = NOBODY, earlier: Sequence[str] = ()) -> list[str]:
    seen = Observation(segment(0, 9_000), FACTS, again=again)
    return [one.message for one in Doubter(Words(), context, "en").of_line(line, seen, earlier)]


def test_a_name_is_no_doubt_once_something_has_given_it() -> None:
    line = "Tom lifts the phone."
    assert doubts(line) == ["“Tom”: not in what was seen"]
    assert doubts(line, earlier=["Tom, a bearded man, waits."]) == []
    assert doubts(line, context=FilmContext(cast=(Person("Tom Berg"),))) == []
    assert doubts(line, context=FilmContext("Tom is a sailor")) == []
    said = Cue(Span(0, 10), "Tom, look!")
    seen = Observation(segment(0, 9_000), FACTS)
    seen = Observation(
        type(seen.segment)(seen.segment.gap, seen.segment.watch, 0, 9, dialogue_before=(said,)), seen.facts
    )
    assert list(Doubter(Words(), NOBODY, "en").of_line(line, seen, ())) == []


def test_a_name_of_a_long_films_last_lines_is_known_and_a_thing_of_them_is_not() -> None:
    told = [f"A gull number {number} circles above the long grey harbour wall and the quay." for number in range(900)]
    told += ["Boris, a tall man, draws a pistol."]
    assert doubts("Boris, the tall man, lifts the phone.", earlier=told) == []
    assert doubts("Boris draws a pistol.", earlier=told) == ["“pistol”: not in what was seen"]


def test_what_a_second_look_does_not_have_is_in_doubt() -> None:
    again = "a man in a blue coat on a quay; he holds a sandwich"
    assert doubts(RIGHT, again=again) == ["“phone”: not seen at a second look"]
    assert doubts(RIGHT, again=FACTS) == []


def test_the_doubts_of_a_film_come_gravest_first(tmp_path: Path) -> None:
    again = "a man in a blue coat on a quay with a ferry; three gulls circle above the crane"
    seen = [
        Observation(segment(10_000 * i, 10_000 * i + 9_000, 20), facts, again=more)
        for i, (facts, more) in enumerate([(FACTS + "?", ""), (FACTS, again), (FACTS, "")])
    ]
    doubter = Doubter(Words(LONG), NOBODY, "en")
    drafts = dict(drafted(seen, doubter, whistle(tmp_path), 1.15, Store(tmp_path)))
    outcomes = [drafts[number].outcome for number in range(3)]
    found = doubter.doubts(outcomes, seen)
    assert [ORDER.index(one.kind) for one in found] == sorted(ORDER.index(one.kind) for one in found)
    assert [(one.kind, one.segment.wanted_ms) for one in found] == [
        ("not_in_facts", 0),
        ("not_in_facts", 10_000),
        ("not_in_facts", 20_000),
        ("seen_once", 10_000),
        ("answer", 0),
    ]
    assert found[3].message == "only the second look has: three gulls circle above the crane"
    assert [one.kind for one in Doubter(Words(), NOBODY, "en", "off").doubts(outcomes, seen)] == ["answer"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return probe(make_film(tmp_path_factory.mktemp("doubts") / "film.mp4", 10))


def test_a_second_look_has_half_as_many_frames_at_other_times_and_is_kept(film: Film, tmp_path: Path) -> None:
    segments, store = [segment(2_000 * i, 2_000 * i + 1_900) for i in range(5)], Store(tmp_path)
    describer = Words(sees=[FACTS])
    first = list(observations(film, segments, describer, (), store))
    before = len(describer.seen)
    seen = again_at(film, first, describer, 2, store)
    assert [bool(one.again) for one in seen] == [True, False, True, False, True]
    assert list(describer_notes(describer, (), seen, NOBODY, 2)) == []
    assert len(describer.seen) == before + 3
    for one, other in zip(describer.seen[:before:2], describer.seen[before:], strict=True):
        assert len(other.frames) == len(one.frames) // 2
        assert not {frame.time_ms for frame in one.frames} & {frame.time_ms for frame in other.frames}
    assert again_at(film, first, describer, 2, store) == seen
    assert len(describer.seen) == before + 3
    assert again_at(film, first, describer, 0, store) == tuple(first)


def test_a_second_look_without_an_answer_is_told_and_asked_for_anew(film: Film, tmp_path: Path) -> None:
    segments, store = [segment(2_000 * i, 2_000 * i + 1_900) for i in range(2)], Store(tmp_path)
    first = list(observations(film, segments, Words(sees=[FACTS]), (), store))
    seen = again_at(film, first, Words(sees=[Failure("empty")]), 1, store)
    assert [one.facts for one in seen] == [FACTS, FACTS]
    assert [note.message for note in failure_notes((), seen)] == [
        "2 of 2 second looks gave no answer: 2 empty; the next run asks for them anew"
    ]
    asked = Words(sees=[FACTS])
    assert [one.again for one in again_at(film, first, asked, 1, store)] == [FACTS, FACTS]
    assert len(asked.seen) == 2


def test_a_describer_whose_lines_are_held_against_nothing_is_asked_for_no_second_look(
    film: Film, tmp_path: Path
) -> None:
    class Plain(Words):
        def evidence(self, facts: str) -> str:
            return ""

    describer = Plain(sees=[FACTS])
    first = [Observation(segment(0, 1_900), FACTS)]
    assert again_at(film, first, describer, 1, Store(tmp_path)) == tuple(first)
    assert describer.seen == []
    told = [note.message for note in describer_notes(describer, (), first, NOBODY, 1)]
    assert told == ["--second-look: nothing was looked at again, for words saw nothing that its lines are held against"]
    assert list(describer_notes(describer, (), first, NOBODY, 0)) == []
    seen = Observation(segment(0, 9_000), FACTS)
    assert list(Doubter(describer, NOBODY, "en").of_line(EMPTY, seen, ())) == []
