"""Lines are spoken side by side, each once, and what is chosen does not depend on it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hanging import LONG_S
from hypothesis import given, settings
from hypothesis import strategies as st
from narration.test_write import whistle

from audiodesc.core.cache import Store
from audiodesc.describers.base import Describer, LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.model import FrameRequest, Gap, Observation, Outcome, Segment, Span, VideoClip
from audiodesc.narration.ahead import likely, spoken_ahead
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.place import place_lines
from audiodesc.narration.voice import Speak
from audiodesc.narration.write import drafted


def test_two_lines_are_spoken_at_once_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    both, asked = threading.Barrier(2, timeout=LONG_S), []

    def speak(text: str, rate: float) -> Path:
        asked.append((text, rate))
        if rate == 1.0:
            both.wait()
        return Path(f"{text} {rate}")

    with spoken_ahead(["one", "two", "one"], speak) as quick:
        assert [quick(text, 1.0) for text in ("two", "one", "two")] == [
            Path("two 1.0"),
            Path("one 1.0"),
            Path("two 1.0"),
        ]
        assert quick("one", 1.15) == Path("one 1.15")
    assert sorted(asked) == [("one", 1.0), ("one", 1.15), ("two", 1.0)]


def test_what_cannot_be_spoken_is_raised_where_it_is_asked_for() -> None:
    def speak(text: str, rate: float) -> Path:
        if text == "…":
            raise ValueError("nothing can be heard of it")
        return Path(text)

    with spoken_ahead(["…", "one"], speak) as quick:
        assert quick("one", 1.0) == Path("one")
        with pytest.raises(ValueError, match="nothing can be heard"):
            quick("…", 1.0)


def test_leaving_early_speaks_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    begun, go, asked = threading.Event(), threading.Event(), []

    def speak(text: str, rate: float) -> Path:
        asked.append(text)
        begun.set()
        go.wait(LONG_S)
        return Path(text)

    def leave() -> None:
        with spoken_ahead(["one", "two", "three"], speak):
            begun.wait(LONG_S)
            threading.Timer(0.2, go.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert asked == ["one"]


class Ready(Describer):
    """Writes candidates of its own for each observation, and not what was said before."""

    fingerprint = label = "ready"
    frames = FrameRequest(1, 1, 4, 160 * 120)

    def __init__(self, candidates: Sequence[Sequence[str]], asked_ahead: bool) -> None:
        self._candidates, self._asked_ahead = candidates, asked_ahead

    @property
    def asked_ahead(self) -> bool:
        return self._asked_ahead

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        raise NotImplementedError

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        return [one for one in self._candidates[int(request.facts)] if one not in request.previous_lines]


def observed(count: int) -> list[Observation]:
    """Pauses of two seconds."""
    spans = [Span(5000 * i, 5000 * i + 2000) for i in range(count)]
    return [Observation(Segment(Gap(span), span, span.start_ms, 10), str(i)) for i, span in enumerate(spans)]


def written(
    describer: Ready, count: int, speak: Speak, folder: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> list[Outcome]:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    seen = observed(count)
    drafts = dict(drafted(seen, Doubter(describer, FilmContext(), "en"), speak, 1.15, Store(folder)))
    gaps = [one.segment.gap for one in seen]
    return list(place_lines([drafts[i] for i in range(count)], gaps, (), speak, 1.15))


def paired(parties: int, speak: Speak) -> Speak:
    """A voice that speaks its first lines only together."""
    both, door, begun = threading.Barrier(parties, timeout=LONG_S), threading.Lock(), itertools.count()

    def spoken(text: str, rate: float) -> Path:
        with door:
            number = next(begun)
        if number < parties:
            both.wait()
        return speak(text, rate)

    return spoken


def test_lines_of_a_describer_that_may_be_asked_ahead_are_spoken_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describer = Ready([["one"], ["two"]], asked_ahead=True)
    speak = paired(2, whistle(tmp_path))
    outcomes = written(describer, 2, speak, tmp_path / "store", monkeypatch, cores=2)
    assert [outcome.text for outcome in outcomes if outcome.speech] == ["one", "two"]


def test_the_candidates_of_a_line_are_spoken_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "a woman in a long red coat walks along the street to the sea"  # 14 words, 3.5 s
    describer = Ready([[long, "a woman walks"]], asked_ahead=False)
    outcomes = written(describer, 1, paired(2, whistle(tmp_path)), tmp_path / "store", monkeypatch, cores=2)
    assert [outcome.text for outcome in outcomes if outcome.speech] == ["a woman walks"]


WORDS = st.lists(st.sampled_from(["sea", "a", "lighthouse", "walks"]), min_size=1, max_size=12).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=3), min_size=1, max_size=5), st.booleans())
def test_what_is_chosen_does_not_depend_on_the_cores(candidates: list[list[str]], asked_ahead: bool) -> None:
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:

        def at(cores: int) -> list[tuple[str, str, Span | None, float]]:
            place = Path(folder, str(cores))
            describer = Ready(candidates, asked_ahead)
            outcomes = written(describer, len(candidates), whistle(place), place / "store", patch, cores)
            return [
                (one.text, one.reason, one.speech.span if one.speech else None, one.speech.rate if one.speech else 0.0)
                for one in outcomes
            ]

        assert at(3) == at(1)


def test_no_candidate_behind_the_first_that_is_sure_to_fit_is_begun() -> None:
    long, fits, short = "long " * 40, "it fits", "short"
    assert likely([long, fits, short], 3000) == ([long, fits], [])
    assert likely([fits, long], 3000) == ([fits], [])
    hurried = "a" * 50  # 3.3 s at an ordinary pace
    assert likely([hurried, short], 3000) == ([hurried, short], [hurried])
