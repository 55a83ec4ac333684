"""What shows in a script by itself, and what NLTK's own data bring."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import audiodesc
from evaluation.scripts_of import HUMAN, webvtt
from films import make_film

from audiodesc import evaluate
from audiodesc.evaluation import Options
from audiodesc.evaluation.bootstrap import Measured
from audiodesc.evaluation.facts import facts, line_facts
from audiodesc.evaluation.measure import Missing, Texts
from audiodesc.evaluation.meteor import METEOR
from audiodesc.evaluation.model import LineFacts
from audiodesc.judge import judge
from audiodesc.scripts import ScriptLine


def of(*texts: str) -> list[LineFacts]:
    lines = [ScriptLine(10_000 * number, 10_000 * number + 3_000, text) for number, text in enumerate(texts)]
    return line_facts(lines, judge(lines))


def test_names_are_capitals_inside_a_sentence_or_at_the_start_of_two() -> None:
    found = of("The door opens for Anna.", "Tom waits. Rain falls.", "Anna's coat is wet. Tom's too.", "Quartz gleams.")
    assert [line.names for line in found] == [("Anna",), ("Tom",), ("Anna", "Tom"), ()]


def test_what_stands_in_small_letters_elsewhere_is_no_name() -> None:
    found = of("They cross the Square.", "The square is empty.")
    assert [line.names for line in found] == [(), ()]


def test_pronouns_are_those_of_people_outside_quotations() -> None:
    found = of("She takes his hand.", "It falls.", 'A sign reads: "He is here."')
    assert [line.pronouns for line in found] == [("she", "his"), (), ()]


def test_a_line_repeats_what_one_shortly_before_says() -> None:
    found = of("A woman walks down the street.", "Rain falls on cars.", "The woman walks along the street.")
    assert [line.repeats for line in found] == [False, False, True]


def test_findings_of_check_stand_at_their_lines() -> None:
    found = of("There is a dog in the garden.", "Rain falls.")
    assert found[0].findings == ("there-is",)
    assert found[1].findings == ()


def test_the_facts_of_a_script_add_up() -> None:
    lines = [ScriptLine(0, 3_000, "She looks at Anna."), ScriptLine(9_000, 9_000, "Rain falls there.")]
    found = facts(line_facts(lines, None), None)
    assert (found.lines, found.words, found.words_per_line) == (2, 7, 3.5)
    assert found.words_per_minute == 80  # four words in three seconds; the other has no length
    assert (found.with_name, found.with_pronoun, found.repeating) == (50, 50, 0)
    assert (found.errors, found.with_action) == (None, None)


def test_without_english_neither_names_nor_pronouns_are_counted() -> None:
    text = "Der Hund läuft durch den Garten, und seine Leine schleift über das nasse Gras hinter ihm her."
    found = of(text, "Das Haus von Anna ist leer, die Fenster sind dunkel, und das Tor steht weit offen.")
    assert [(line.names, line.pronouns, line.actions) for line in found] == [(None, None, None)] * 2
    assert facts(found, None).with_name is None


def test_a_script_alone_is_evaluated_by_itself(tmp_path: Path) -> None:
    done = audiodesc("evaluate", webvtt(tmp_path / "ours.vtt", HUMAN))
    assert done.returncode == 0, done.stderr
    assert "words a line" in done.stdout
    assert "BLEU" not in done.stdout


def test_with_the_film_its_subtitles_count(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", 20)
    ours = webvtt(tmp_path / "ours.vtt", [(2.0, 5.0, "Anna opens the red door.")])
    subs = webvtt(tmp_path / "subs.vtt", [(1.0, 6.0, "Somebody speaks here all the while.")])
    found = evaluate(ours, None, film, subs=subs)
    assert "over-dialogue" in found.own[0].findings
    assert found.facts["ours"].errors
    assert evaluate(ours).own[0].findings == ()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which NLTK looks, and no other."""
    import nltk

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    return tmp_path


def small_wordnet(folder: Path) -> None:
    """A WordNet that knows that a car is an auto."""
    place = folder / "corpora/wordnet"
    place.mkdir(parents=True)
    for pos in ("adj", "adv", "noun", "verb"):
        for name in (f"index.{pos}", f"data.{pos}", f"{pos}.exc"):
            (place / name).touch()
    for name in ("cntlist.rev", "index.sense"):
        (place / name).touch()
    (place / "lexnames").write_text("00\tnoun.artifact\t1\n", "utf-8")
    (place / "data.noun").write_text("00000000 00 n 02 car 0 auto 0 000 | what is driven  \n", "utf-8")
    (place / "index.noun").write_text("auto n 1 0 1 0 00000000  \ncar n 1 0 1 0 00000000  \n", "utf-8")


def meteor(said: str, human: str) -> float:
    found = METEOR.measure(Texts([said], [human], [""]), Options())
    assert isinstance(found, Measured)
    assert found.each is not None
    return float(found.each[0])


def test_meteor_gives_the_number_of_nltks_own_example(data: Path) -> None:
    small_wordnet(data)
    said = "It is a guide to action which ensures that the military always obeys the commands of the party"
    human = "It is a guide to action that ensures that the military will forever heed Party commands"
    assert meteor(said, human) == pytest.approx(69.44, abs=0.01)


def test_meteor_knows_synonyms_and_stems(data: Path) -> None:
    """By hand: all four words match in one piece; 1 less the penalty of 0.5 · (1/4)³."""
    small_wordnet(data)
    perfect = 100 * (1 - 0.5 / 4**3)
    assert meteor("a car stops here", "a car stops here") == pytest.approx(perfect)
    assert meteor("a car stopped here", "an auto stops here") < perfect
    assert meteor("the auto stopped here", "the car stops here") == pytest.approx(perfect)


@pytest.mark.parametrize("broken", ["nothing", "no files", "no lexnames"])
def test_without_a_whole_wordnet_meteor_is_left_out_and_said(broken: str, data: Path) -> None:
    if broken == "no files":
        (data / "corpora/wordnet").mkdir(parents=True)
    if broken == "no lexnames":
        small_wordnet(data)
        (data / "corpora/wordnet/lexnames").unlink()
    found = METEOR.measure(Texts(["a"], ["a"], [""]), Options())
    assert isinstance(found, Missing)
    assert "nltk.downloader wordnet" in found.remedy


def small_tagger(folder: Path, weights: str = "{}") -> None:
    name = "averaged_perceptron_tagger_eng"
    place = folder / "taggers" / name
    place.mkdir(parents=True)
    tags = {"opens": "VBZ", "is": "VBZ", "runs": "VBZ", "word": "NN"}
    for part, content in (("weights", weights), ("tagdict", json.dumps(tags)), ("classes", '["NN", "VBZ", "ZZ"]')):
        (place / f"{name}.{part}.json").write_text(content, "utf-8")


def test_actions_are_verbs_that_are_more_than_a_state(data: Path) -> None:
    small_tagger(data)
    found = of("Anna opens the door and runs.", "The street is empty.")
    assert [line.actions for line in found] == [("opens", "runs"), ()]
    assert facts(found, None).with_action == 50


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # NLTK leaves the broken file open
@pytest.mark.parametrize("weights", ["", "[", "3"])
def test_a_broken_tagger_counts_for_none(weights: str, data: Path) -> None:
    small_tagger(data, weights)
    assert [line.actions for line in of("Anna opens the door.")] == [None]
