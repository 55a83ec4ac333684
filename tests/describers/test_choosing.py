from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.basic.choosing import candidates, is_caption, is_told
from audiodesc.describers.basic.facts import Facts, Words
from audiodesc.model import Cue, LineRequest, Span

WHEN = Span(30_000, 31_000)
FERRY = Facts((Words(WHEN, "THE LAST FERRY", height=12),))


def brief(
    max_words: int = 20, language: str = "en", told: tuple[str, ...] = (), cues: tuple[Cue, ...] = ()
) -> LineRequest:
    return LineRequest("", max_words, language, told, cues[:1], cues[1:])


def cue(text: str, start_ms: int = 29_000) -> Cue:
    return Cue(Span(start_ms, start_ms + 2000), text)


def shown(text: str, place: str = "open") -> Facts:
    return Facts((Words(WHEN, text, place, 6),))  # type: ignore[arg-type]


def test_words_are_told() -> None:
    assert candidates(FERRY, brief()) == ("Text on screen: The Last Ferry.", "The Last Ferry.")


def test_the_richest_comes_first() -> None:
    facts = Facts((Words(WHEN, "NORTH", height=5), Words(WHEN, "THE LAST FERRY", height=12)))
    assert candidates(facts, brief()) == (
        "Text on screen: North. The Last Ferry.",
        "Text on screen: The Last Ferry.",
        "North. The Last Ferry.",
    )


def test_nothing_seen_is_silence() -> None:
    assert candidates(Facts(), brief()) == ()


@pytest.mark.parametrize(("max_words", "told"), [(6, 2), (5, 1), (3, 1), (2, 0), (0, 0)])
def test_what_does_not_fit_is_not_offered(max_words: int, told: int) -> None:
    assert len(candidates(FERRY, brief(max_words))) == told


@pytest.mark.parametrize("line", ["Text on screen: The Last Ferry.", "The last ferry leaves.", "Text: THE LAST FERRV."])
def test_words_that_were_told_are_not_told_again(line: str) -> None:
    assert candidates(FERRY, brief(told=(line, *["Something else."] * 50))) == ()


def test_only_the_new_sentence_is_told() -> None:
    facts = shown("Open a new browser. Chrome fast.")
    told = candidates(facts, brief(told=("Text on screen: Open a new browser.",)))
    assert told == ("Text on screen: Chrome fast.", "Chrome fast.")


def test_other_numbers_are_other_words() -> None:
    assert not is_told("Day 2", ("Text on screen: Day 1.",))
    assert is_told("Day 2", ("Text on screen: Day 2. Rome.",))


def test_a_burnt_in_subtitle_is_not_told() -> None:
    facts = shown("Where have you been?", "low")
    assert candidates(facts, brief(cues=(cue("Hello."), cue("Where have\nyou been?", 50_000)))) == ()
    assert candidates(facts, brief()) == ()


def test_a_caption_at_a_subtitles_place_is_told_unless_it_is_said() -> None:
    facts = shown("London, 1944", "low")
    assert candidates(facts, brief()) == ("Text on screen: London, 1944.", "London, 1944.")
    assert candidates(facts, brief(cues=(cue("We met in London. It was 1944.", 10_000),))) != ()
    assert candidates(facts, brief(cues=(cue("This is London, 1944.", 10_000),))) == ()


def test_words_are_not_told_while_somebody_says_them() -> None:
    assert candidates(FERRY, brief(cues=(cue("ANNOUNCER: The Last Ferry!"),))) == ()
    assert candidates(FERRY, brief(cues=(cue("ANNOUNCER: The Last Ferry!", 10_000),))) != ()


def test_a_logo_is_not_told() -> None:
    assert candidates(shown("NEWS", "corner"), brief()) == ()


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("London, 1944", True),
        ("NEW YORK CITY", True),
        ("Two Years Later", True),
        ("Where have you been?", False),
        ("Come here now", False),
        ("London", False),
        ("I never said that in 1944,", False),
        ("Six Words Are More Than Enough Here", False),
    ],
)
def test_captions_are_told_from_subtitles(text: str, caption: bool) -> None:
    assert is_caption(text) is caption


TEXTS = st.sampled_from(["THE LAST FERRY", "Paris, 1944", "Exit", "Open a new browser. Chrome fast.", "OMAR"])
WORDS = st.builds(Words, st.just(WHEN), TEXTS, st.sampled_from(["open", "low", "corner"]), st.integers(2, 30))
FACTS = st.builds(Facts, st.lists(WORDS, max_size=4, unique_by=lambda words: words.text).map(tuple))


@given(st.lists(FACTS, min_size=1, max_size=8), st.integers(0, 25), st.sampled_from(["en", "de", "fr", "es", "sv"]))
def test_a_film_of_lines_that_fit_and_never_repeat(film: list[Facts], max_words: int, language: str) -> None:
    told: tuple[str, ...] = ()
    for facts in film:
        lines = candidates(facts, brief(max_words, language, told))
        assert all(len(line.split()) <= max_words for line in lines)
        assert len(set(lines)) == len(lines)
        assert not set(lines) & set(told)
        told += lines[:1]
    texts = [text for facts in film for text in {words.text for words in facts.words}]
    for text in set(texts):
        first_sentence = text.split(".")[0].casefold()
        assert sum(first_sentence in line.casefold() for line in told) <= 1
