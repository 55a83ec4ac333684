"""Words that break a rule are seen; words that look like them are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.style import BROKEN, either, own_words, said_in, says


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("third-person", "You see a man."),
        ("camera-words", "A close up of a hand."),
        ("camera-words", "Cut to black."),
        ("scene-words", "In the next scene, Tom runs."),
        ("screen-words", "The screen fades to white."),
        ("there-is", "In the hall, there are chairs."),
        ("guesses", "He runs as if chased."),
        ("simple-present", "Tom is now entering the hall."),
        ("simple-present", "The birds begin to wake up."),
        ("present-tense", "Anna went to the door."),
        ("present-tense", "A man waits. The woman drove off."),
        ("active-voice", "The lift is suddenly grabbed by a giant arm."),
        ("visible-sign", "The man is frustrated."),
        ("motive", "Tom realizes that he is late."),
        ("motive", "She runs because she hears a shot."),
        ("vague-adverbs", "This is probably the same phone."),
        ("vivid-verb", "The zombie slowly walks on."),
        ("unfinished", "Anna turns and sees the"),
        ("unfinished", "Anna turns,"),
        ("scene-heading", "(Scene changes to a web page.)"),
        ("pronoun-first", "Their hands touch."),
    ],
)
def test_a_broken_rule_is_seen(rule: str, line: str) -> None:
    assert BROKEN[rule].search(own_words(line))


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("third-person", "An IV drips. Henry I looks down."),
        ("camera-words", "Anna lifts a camera. Tom comes close. Up the hill, a dog barks."),
        ("scene-words", "Tape surrounds the crime scene."),
        ("screen-words", "She taps the tablet's screen."),
        ("guesses", "A man appears in the doorway."),
        ("simple-present", "Two men are sitting at a table. A woman is using a tablet."),
        ("simple-present", "He begins to the sound of drums."),
        ("present-tense", "The woman in the worn dress waits. Hands drawn, they walk on."),
        ("active-voice", "A van is parked by the road. She is seated by a man's bed."),
        ("active-voice", "The chair is covered by the window's light."),
        ("visible-sign", "An angry dog barks. A sad song plays."),
        ("motive", "He wants bread. She holds a to-do list."),
        ("vivid-verb", "He walks in slowly turning circles."),
        ("unfinished", "Credits begin:"),
        ("unfinished", "He lets her in. Tom walks on"),
        ("scene-heading", "Scenery slides by."),
        ("pronoun-first", "Hercules lifts a stone. Itch the dog barks."),
    ],
)
def test_what_only_looks_like_it_is_not(rule: str, line: str) -> None:
    assert not BROKEN[rule].search(own_words(line))


@pytest.mark.parametrize(
    "line", ['A sign reads "We are closed."', "A card says: There is no way back.", "A note reads We Were Here."]
)
def test_what_is_read_or_quoted_is_not_the_describers(line: str) -> None:
    assert not any(pattern.search(own_words(line)) for pattern in BROKEN.values())


def test_either_sees_what_each_sees() -> None:
    both = either("progressive", "begins-to")
    assert both.search("The door is opening.")
    assert both.search("The door begins to open.")
    assert not both.search("The door opens.")


def test_one_text_says_another_whatever_its_accents_articles_and_signs() -> None:
    assert says("So, THE Café closes!", "A cafe closes")
    assert not says("The cafe closes", "The cafe closes early")
    assert not says("anything", "...")


def test_a_few_words_are_no_repeat_of_dialogue() -> None:
    assert said_in("Anna smiles. The last ferry leaves.", ["Anna smiles.", "The last ferry leaves."])
    assert said_in("Anna smiles.", ["Anna smiles."]) == ""


@given(st.text(max_size=300))
def test_any_text_is_judged_at_once(line: str) -> None:
    for pattern in BROKEN.values():
        pattern.search(own_words(line))
