"""The measures give the numbers of the reference implementations, and obey their laws."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.evaluation.bootstrap import Measured, mean_of, value_of
from audiodesc.evaluation.cider import cider_d
from audiodesc.evaluation.measure import Measure, Texts
from audiodesc.evaluation.measures import MEASURES
from audiodesc.evaluation.model import Options
from audiodesc.evaluation.words import words

SAID = ("A man is walking his dog in the park.", "She smiles and opens the door.", "Rain falls on the empty street.")
HUMAN = ("A man walks his dog through the park.", "She opens the door, smiling.", "Snow falls on the quiet street.")

CIDER = (2.63574939, 3.46826637, 3.125)
"""Of these by pycocoevalcap 1.2, `Cider().compute_score`, whose mean is 3.0763385865."""

WORD = st.sampled_from(["the", "a", "man", "woman", "walks", "opens", "door", "red", "car", "looks"])
TEXT = st.lists(WORD, max_size=9).map(" ".join)
ROW = st.tuples(TEXT, st.lists(WORD, min_size=1, max_size=9).map(" ".join))
PLAIN = Options(resamples=0)


def of(name: str) -> Measure:
    return next(one for one in MEASURES if one.name == name)


def score(name: str, said: list[str], human: list[str]) -> float:
    found = of(name).measure(Texts(said, human, [""] * len(said)), PLAIN)
    assert isinstance(found, Measured)
    return value_of(found, 0, 0).value


def test_words_are_those_of_the_penn_treebank_in_lower_case_without_punctuation() -> None:
    said = "He turns. \"Don't!\" Emmerich's half-shadowed face -- it's Mr. Smith, isn't it?"
    assert " ".join(words(said)) == "he turns do n't emmerich 's half-shadowed face it 's mr smith is n't it"


def test_letters_of_every_language_count() -> None:
    assert words("Die Tür fällt zu.") == ("die", "tür", "fällt", "zu")
    assert words("猫が走る。") == ("猫", "が", "走", "る")
    assert words("… — !") == ()


def test_cider_gives_the_numbers_of_pycocoevalcap() -> None:
    each = cider_d([words(text) for text in SAID], [words(text) for text in HUMAN])
    assert each == pytest.approx(CIDER, abs=1e-8)
    assert score("cider", list(SAID), list(HUMAN)) == pytest.approx(307.63385865, abs=1e-6)


def test_cider_counts_a_repeated_word_no_more_often_than_the_reference_has_it() -> None:
    """By pycocoevalcap 1.2 as well: 6.03254193 and 1.25."""
    said = [words("Rain, rain, rain falls on the roof."), words("She smiles.")]
    human = [words("Rain falls on the roof here."), words("She waves.")]
    assert cider_d(said, human) == pytest.approx([6.03254193, 1.25], abs=1e-8)


def test_cider_of_a_text_against_itself_is_10_where_it_has_four_words() -> None:
    texts = [words("A cat sleeps here."), words("She smiles.")]
    assert cider_d(texts, texts) == pytest.approx([10, 5])  # no three words, no four words


def test_cider_knows_no_rarity_in_a_single_reference() -> None:
    assert cider_d([words("A cat sleeps here.")], [words("A cat sleeps here.")]) == [0]


def test_bleu_is_that_of_its_definition() -> None:
    """Papineni et al., 2002, by hand: 5, 4, 3 and 2 of 6, 5, 4 and 3 n-grams match, and no text is too short."""
    human, said = "the cat sat on the mat", "the cat sat on the hat"
    by_hand = 100 * (5 / 6 * 4 / 5 * 3 / 4 * 2 / 3) ** 0.25
    assert score("bleu4", [said], [human]) == pytest.approx(by_hand)


def test_bleu_is_lower_for_what_is_too_short() -> None:
    human, said = "the cat sat on the mat today", "the cat sat on"
    assert score("bleu4", [said], [human]) == pytest.approx(100 * np.exp(1 - 7 / 4))


def test_rouge_l_is_that_of_its_definition() -> None:
    """Lin, 2004, section 3.1: “police kill the gunman” has two of four words of “police killed the gunman” in a row
    that is common, “the gunman police killed” two as well; with recall = precision, beta plays no part."""
    human = ["police killed the gunman"] * 2
    said = ["police kill the gunman", "the gunman kill police"]
    found = of("rouge_l").measure(Texts(said, human, ["", ""]), PLAIN)
    assert isinstance(found, Measured)
    assert found.each == pytest.approx([75, 50])


def test_rouge_l_counts_recall_for_more() -> None:
    """COCO's evaluation: F = (1 + b²) P R / (R + b² P), b = 1.2."""
    found = score("rouge_l", ["the red car"], ["the red car stops at the gate"])
    recall = 3 / 7
    assert found == pytest.approx(100 * (1 + 1.44) * recall / (recall + 1.44))


@pytest.mark.parametrize("name", ["bleu4", "rouge_l"])
def test_a_script_against_itself_is_perfect(name: str) -> None:
    assert score(name, list(HUMAN), list(HUMAN)) == pytest.approx(100)


@pytest.mark.parametrize("name", ["bleu4", "rouge_l", "cider"])
@given(rows=st.lists(ROW, min_size=1, max_size=8), seed=st.integers(0, 99))
def test_the_order_of_the_cues_changes_nothing(name: str, rows: list[tuple[str, str]], seed: int) -> None:
    mixed = list(rows)
    Random(seed).shuffle(mixed)
    first, second = (score(name, [said for said, _ in one], [human for _, human in one]) for one in (rows, mixed))
    assert first == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("name", ["bleu4", "rouge_l", "cider"])
@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_scores_stay_in_their_range_and_nothing_said_is_nothing(name: str, rows: list[tuple[str, str]]) -> None:
    human = [text for _, text in rows]
    assert 0 <= score(name, [said for said, _ in rows], human) <= (1_000 if name == "cider" else 100) + 1e-6
    assert score(name, [""] * len(rows), human) == 0


@given(values=st.lists(st.floats(0, 100), min_size=2, max_size=30), seed=st.integers(0, 9))
def test_the_interval_holds_the_value(values: list[float], seed: int) -> None:
    found = value_of(mean_of(np.array(values)), 400, seed)
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9


def test_the_interval_is_that_of_the_mean() -> None:
    """Of 400 draws of 0 and 1 the mean lies within 1.96 · 0.5 / √400 of a half (the normal approximation)."""
    found = value_of(mean_of(np.array([0.0, 1.0] * 200)), 4_000, 1)
    assert (found.low, found.high) == pytest.approx((0.451, 0.549), abs=0.006)


def test_cues_that_are_all_alike_leave_no_doubt() -> None:
    found = value_of(mean_of(np.full(9, 42.0)), 100, 0)
    assert (found.low, found.value, found.high) == (42, 42, 42)


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    values = mean_of(np.arange(20.0))
    assert value_of(values, 200, 3) == value_of(values, 200, 3)
    assert value_of(values, 200, 3) != value_of(values, 200, 4)


def test_one_cue_has_no_interval() -> None:
    assert value_of(Measured(np.ones((1, 1)), lambda sums, count: 7.0), 100, 0).low is None
