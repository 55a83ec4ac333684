"""What a model answers, in all the forms that models give it, and how a line is asked for."""

from __future__ import annotations

import inspect
import json
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.describers.answers import facts_in, lines_in, says_silence
from audiodesc.describers.base import Failure, LineRequest, NoAnswerError
from audiodesc.describers.context import FilmContext, Person
from audiodesc.describers.faulty_answers import failure_in
from audiodesc.describers.json_answers import LONGEST, MOST_BRACKETS, JsonObject, json_objects, plain_fields
from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.rules import RECENT, broken_rules
from audiodesc.describers.writing import continued_line, write_line
from audiodesc.model import Cue, Span

LINE = "Anna opens the red door."


def line_in(answer: str) -> str:
    """The best line in an answer; "" for none."""
    return next(iter(lines_in(answer)), "")


def request(max_words: int = 30, language: str = "en", told: tuple[str, ...] = (), said: str = "") -> LineRequest:
    cues = (Cue(Span(0, 1000), said),) if said else ()
    return LineRequest("facts", max_words, language, told, cues)


def rules(line: str, **known: object) -> list[str]:
    known.setdefault("told", ("Tom and a girl wait.",))
    return [finding.rule for finding in broken_rules(line, request(**known))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "answer",
    [
        LINE,
        f"  {LINE}\n",
        f'"{LINE}"',
        f"“{LINE}”",
        f"**{LINE}**",
        f"*{LINE}*",
        f"> {LINE}",
        f"# {LINE}",
        f"```text\n{LINE}\n```",
        f"- {LINE}",
        f"1. {LINE}\n2. Anna walks in.",
        f"- {LINE}\n- Anna walks in.",
        f"Audio description: {LINE}",
        f'**Audio Description:** "{LINE}"',
        f'"Audio description: {LINE}"',
        f"AD: {LINE}",
        f"Audiodeskription: {LINE}",
        f"Line (5 words): {LINE}",
        f"Here is the line for this pause:\n\n{LINE}",
        f"Here's the audio description: {LINE}",
        f"{LINE}\n\nThis keeps to the limit of six words.",
        f"{LINE} (5 words)",
        f"{LINE} She looks at the",
        f"<think>They want a line.\nSKIP?</think>\n{LINE}",
        f"They want a line.</think>\n\n{LINE}",
        "Anna opens\nthe red door.",
        "Anna   opens the\tred door.",
    ],
)
def test_a_line_is_taken_out_of_its_wrapping(answer: str) -> None:
    assert line_in(answer) == LINE


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n",
        "SKIP",
        "SKIP.",
        "**SKIP**",
        '"skip"',
        "[SKIP]",
        "SKIP - nothing new happens.",
        "<think>The door is",
        "<think>Hm.</think>",
        "Anna walks to the",
        "I'm sorry, but I can't assist with that.",
        "I cannot identify people in images.",
    ],
)
def test_silence(answer: str) -> None:
    assert line_in(answer) == ""


@pytest.mark.parametrize(
    "line",
    [
        "Skip runs down the stairs.",
        "Dr. Brown waves.",
        "Text on screen: Paris, 1944.",
        'A sign reads "Closed."',
        '"Closed," reads a sign on the "old" door.',
        "Er öffnet die Tür.",
        "门打开了。",
        "Anna opens the door",
        "In the hall, Tom cannot see the door.",
        "It's 8. May. He runs.",
        "He waits... Then he runs!",
    ],
)
def test_a_good_line_stays_as_it_is(line: str) -> None:
    assert line_in(line) == line


@given(st.text(max_size=200))
def test_any_answer_is_one_line_and_cleaning_is_quick(answer: str) -> None:
    assert line_in(answer) == " ".join(line_in(answer).split())


def test_facts_lose_thoughts_and_refusals_only() -> None:
    facts = "1. WHO: a woman\n2. DOES: walks"
    assert facts_in(f"<think>hm</think>\n{facts}\n") == facts
    partly = "I can't identify the people, but a woman walks."
    assert facts_in(partly) == partly


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("We see a man.", "third person"),
        ("A dog runs towards us.", "third person"),
        ("I see a man.", "third person"),
        ("The camera pans to a man.", "no camera words"),
        ("Anna looks into the camera.", "no camera words"),
        ("A close-up of a hand.", "no camera words"),
        ("The scene shifts to a kitchen.", "no camera words"),
        ("He walks out of frame.", "no camera words"),
        ("A man on screen waves.", "no camera words"),
        ("Cut to a kitchen.", "no camera words"),
        ("There is a man at the door.", "no 'there is'"),
        ("In the hall, there are chairs.", "no 'there is'"),
        ("The video shows a man.", "no 'the video shows'"),
        ("This image depicts a man.", "no 'the video shows'"),
        ("He seems tired.", "no guesses"),
        ("She appears to be sad.", "no guesses"),
        ("She appears upset.", "no guesses"),
        ("He runs as if chased.", "no guesses"),
        ("The door is opening.", "simple present"),
        ("They're slowly walking home.", "simple present"),
        ("The door begins to open.", "simple present"),
        ("He walked home.", "present tense"),
        ("Anna waits. She was here.", "present tense"),
    ],
)
def test_a_broken_rule_is_found(line: str, rule: str) -> None:
    assert rules(line) == [rule]


@pytest.mark.parametrize(
    "line",
    [
        "A man appears in the doorway.",
        "Anna raises a camera and lets it flash.",
        "A shot rings out. Tom clutches his shoulder.",
        "Police tape surrounds the crime scene.",
        "A crack runs along the door frame.",
        "She stares at a computer screen.",
        "A sign reads: We are closed. There is no bell.",
        'A note says, "I was here. You seem lost."',
        "A banner reads We Buy Gold.",
        "Text on screen: There is no way back.",
        "White letters on screen: The End.",
        "The king is missing.",
        "The ring is nothing but a wire.",
        "A statue of Henry I stands in the yard.",
        "He holds a thank-you card.",
        "They need help. She feeds the dog.",
        "The building burns. Morning light falls on the ceiling.",
        "The parade begins to the sound of drums.",
        "The house stands empty, its painted shutters closed.",
        "The letter he dropped lies on the step.",
        "Over there are two chairs.",
    ],
)
def test_a_good_line_has_no_finding(line: str) -> None:
    assert rules(line) == []


def test_a_line_that_is_too_long_is_found_in_any_language() -> None:
    assert rules("Er öffnet die alte Tür.", max_words=4, language="de") == ["length"]
    assert rules("Er öffnet die alte Tür.", max_words=5, language="de") == []


def test_english_rules_are_for_english() -> None:
    assert rules("We see there is a camera.", language="de") == []
    assert rules("We wait.", language="en-GB") == ["third person"]


def test_what_was_just_told_is_a_repeat() -> None:
    assert rules("Anna opens a red door", told=(LINE,)) == ["repeat"]
    assert rules("Rain falls.", told=("Rain falls. Anna runs.",)) == ["repeat"]
    assert rules("Rain falls. Anna runs.", told=("Rain falls.",)) == []
    assert rules(LINE, told=("Anna closes the red door.",)) == []
    assert rules("Sie geht.", told=("Sie geht.",), language="de") == ["repeat"]
    assert rules(LINE, told=(LINE, *[f"Car {n} passes." for n in range(RECENT)])) == []


def test_what_the_dialogue_says_is_a_repeat() -> None:
    assert rules('Anna says, "Where have you been?"', said="So where have\nyou been?") == ["repeat"]
    assert rules("The last ferry.", said="It was the last ferry!") == []
    assert rules("The last ferry leaves.", said="The last ferry leaves.") == ["repeat"]
    assert rules("Anna smiles.", said="Anna smiles.") == []


BRIEF = LineRequest("A woman opens a door.", 6, "en", previous_lines=("Rain falls.",))
LONG = "Anna at last opens the old red door."


class LocalModel:
    """Gives the answers in turn and keeps the questions."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (['"Anna opens the door."'], ("Anna opens the door.",)),
        (["SKIP"], ()),
        ([LONG], (LONG,)),
        (["We see Anna.", LONG], (LONG,)),
        (["We see Anna.", "You see Anna."], ("You see Anna.",)),
        (["We see Anna.", "There is, as if you see her."], ("We see Anna.",)),
        (["We see Anna.", ""], ("We see Anna.",)),
        (["We see Anna.", "SKIP"], ()),
        (["Rain falls.", "Rain falls."], ()),
        (["Rain falls.", "The gutter overflows."], ("The gutter overflows.",)),
    ],
)
def test_what_comes_of_answers(answers: list[str], line: tuple[str, ...]) -> None:
    model = LocalModel(*answers)
    assert write_line(model, BRIEF, FilmContext()) == line
    assert model.answers == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<think>The door is", "thoughts"),
        ("<think>Hm.</think>", "thoughts"),
        ("I'm sorry, but I can't help with that request.", "refused"),
        ("A man walks. " + "He walks. " * 40, "loop"),
        ("A man walks to the door and opens it, then " * 4, "loop"),
        ("1. WHO: " + "a" * 80, "loop"),
        ("word " * 5_000, "loop"),
        (" ".join(f"{n}. A man walks along the street." for n in range(1, 200)), "loop"),
        (" ".join(f"At {n}.5 s a man in a grey coat walks along the street." for n in range(120)), "loop"),
        ("".join(f"{n}。男人走在街上。" for n in range(1, 200)), "loop"),
        ("<THINK>The door is", "thoughts"),
        ("<thought>The door is open.</thought>", "thoughts"),
        ("<reasoning>The door is", "thoughts"),
        ("[THINK]The door is open.[/THINK]", "thoughts"),
        ("◁think▷The door is", "thoughts"),
        ("<seed:think>The door is", "thoughts"),
        ("<|channel|>analysis<|message|>The door is open.<|end|>", "thoughts"),
        ("<|channel>thought The door is", "thoughts"),
        ("\u200b\ufeff \u200b", "empty"),
        ("<|im_end|>", "empty"),
        ("</s>", "empty"),
        ("```\n```", "empty"),
        ("...", "empty"),
    ],
)
def test_an_answer_that_is_none_has_a_kind(answer: str, kind: str) -> None:
    failure = facts_in(answer)
    assert isinstance(failure, Failure)
    assert failure.kind == kind
    with pytest.raises(NoAnswerError) as caught:
        write_line(LocalModel(answer), BRIEF, FilmContext())
    assert caught.value.failure == failure
    with pytest.raises(NoAnswerError):
        continued_line(LocalModel(answer), BRIEF)


@pytest.mark.parametrize("answer", ["{}", "[]", "null", "```json\nnull\n```"])
def test_an_empty_value_of_json_holds_no_facts_and_is_no_failure_of_who_writes(answer: str) -> None:
    failure = facts_in(answer)
    assert isinstance(failure, Failure)
    assert failure.kind == "empty"
    assert failure_in(answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        f"<|channel|>analysis<|message|>A man.<|end|><|start|>assistant<|channel|>final<|message|>{LINE}<|return|>",
        f"◁think▷A man.◁/think▷{LINE}",
        f"<Thought>A man.</Thought>\n{LINE}</s>",
        f"[THINK]A man.[/THINK]{LINE}",
    ],
)
def test_what_follows_a_thought_is_the_answer(answer: str) -> None:
    assert facts_in(answer) == LINE
    assert line_in(answer) == LINE


@pytest.mark.parametrize(
    "facts",
    [
        " ".join(f"At {n}.0 s a ferry waits at the pier." for n in range(96)),
        "1. WHO: none\n2. DOES: none\n3. BETWEEN: none\n4. PLACE: none\n5. TEXT: none",
        "A man nods. " * 3,
        "TEXT: NO NO NO NO NO NO",
        "TEXT: ----------------------------------------",
        "A bell rings: " + "dong, " * 8,
    ],
)
def test_what_is_said_a_few_times_is_no_loop(facts: str) -> None:
    assert facts_in(facts) == facts.strip()


def test_an_answer_in_another_language_is_asked_for_again_and_never_told() -> None:
    german, english = "Die alte Frau öffnet langsam die rote Tür.", "The old woman opens the red door."
    brief = replace(BRIEF, max_words=12, previous_lines=())
    model = LocalModel(german, english)
    assert write_line(model, brief, FilmContext()) == (english,)
    assert "write it in English" in model.asked[1]
    assert write_line(LocalModel(german, german), brief, FilmContext()) == ()
    assert write_line(LocalModel(german), replace(brief, language="de"), FilmContext()) == (german,)


def test_a_base_model_is_asked_once_and_its_first_line_is_taken() -> None:
    model = LocalModel(" Anna opens the door.\n\nSeen: 1. WHO: a man")
    assert continued_line(model, BRIEF) == ("Anna opens the door.",)
    assert model.asked[0].endswith("Line of at most 6 words:")
    assert continued_line(LocalModel(LONG), BRIEF) == (LONG,)
    assert continued_line(LocalModel(), replace(BRIEF, facts=" ")) == ()


def test_the_second_question_names_the_fault() -> None:
    model = LocalModel("We see Anna, who opens a door.", "Anna opens the door.")
    write_line(model, BRIEF, FilmContext())
    assert "We see Anna, who opens a door." in model.asked[1]
    assert "- length: it has 7 words, and there is time for 6\n- third person: say what is seen" in model.asked[1]


@pytest.mark.parametrize("brief", [replace(BRIEF, facts=" \n"), replace(BRIEF, max_words=0)])
def test_nothing_is_asked_where_nothing_can_be_told(brief: LineRequest) -> None:
    assert write_line(LocalModel(), brief, FilmContext()) == ()


@pytest.mark.parametrize(
    "answer",
    [
        f"Antwort: {LINE}",
        f"Línea: {LINE}",
        f"Description audio : {LINE}",
        f"Réponse : « {LINE} »",
        f"回答：{LINE}",
        f"<answer>{LINE}</answer>",
        f"<|begin_of_box|>{LINE}<|end_of_box|>",
        f"\\boxed{{{LINE}}}",
        f'{{"line": "{LINE}"}}',
        f'```json\n{{"Audio description": "{LINE}"}}\n```',
        f"Okay, {LINE}",
        f"Okay, let me write it.\n\n{LINE}",
        f"Sure! Here is the line:\n{LINE}",
        f"Option 1: {LINE}\nOption 2: Anna waits.",
        f"**Option 1:** {LINE}\n\n**Option 2:** Anna waits.",
    ],
)
def test_a_line_is_taken_out_of_the_wrapping_of_any_language(answer: str) -> None:
    assert line_in(answer) == LINE


@pytest.mark.parametrize("answer", ["Nothing new happens. SKIP", "The same street as before. [SKIP]", '{"lines": []}'])
def test_a_skip_at_the_end_is_silence(answer: str) -> None:
    assert lines_in(answer) == ()


@pytest.mark.parametrize(
    "line", ["A button reads: SKIP", "Certainly a good day.", "Okay signs hang on doors.", "He pets Skip."]
)
def test_what_looks_like_a_wrapping_and_is_none_stays(line: str) -> None:
    assert line_in(line) == line


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (f'{{"lines": ["{LINE}", "Anna waits.", "SKIP"]}}', (LINE, "Anna waits.")),
        (f'{{"lines": [{{"text": "{LINE}", "words": 5}}, {{"text": "Anna waits."}}]}}', (LINE, "Anna waits.")),
        (f'["{LINE}", "Anna waits."]', (LINE, "Anna waits.")),
        (f'Here they are:\n```json\n{{"Lines": ["{LINE}", "Anna waits."]}}\n```', (LINE, "Anna waits.")),
        (f'{{"lines": ["{LINE}", "Anna wai', (LINE,)),
        (
            '{"lines": [' + ", ".join(f'"Car {n} passes."' for n in range(9)) + "]}",
            tuple(f"Car {n} passes." for n in range(5)),
        ),
    ],
)
def test_all_candidates_of_an_answer_are_found(answer: str, lines: tuple[str, ...]) -> None:
    assert lines_in(answer) == lines


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("She wants to leave.", "no motive"),
        ("A Black man waits.", "no guess at race"),
        ("An Asian woman waits.", "no guess at race"),
        ("A lonely woman waits.", "visible sign"),
        ("A woman waits sadly.", "visible sign"),
        ("Anna is sad.", "visible sign"),
        ("Perhaps it is Monday.", "no vague adverbs"),
        ("He walks slowly to the door.", "vivid verb"),
        ("The letter is torn by Anna.", "active voice"),
        ("Scene: a kitchen.", "no heading"),
        ("Anna opens the door and", "whole sentences"),
    ],
)
def test_all_rules_of_check_that_a_line_can_break_are_enforced(line: str, rule: str) -> None:
    assert rules(line) == [rule]


def test_what_is_nearly_what_was_told_is_a_repeat() -> None:
    told = ("The woman walks along the street.",)
    assert rules("A woman walks down the street.", told=told) == ["repeat"]
    assert rules("The woman walks into the street.", told=told) == []
    assert rules("The woman walks along the street and waves.", told=told) == []
    assert rules("The cat chases the dog.", told=("The dog chases the cat.",)) == []


def test_a_sound_that_is_heard_is_a_repeat() -> None:
    thunder = replace(request(told=("Rain.",)), dialogue_before=(Cue(Span(0, 1), "thunder rumbling", "sound"),))
    assert [one.rule for one in broken_rules("The thunder rumbling.", thunder)] == ["repeat"]


def test_a_name_that_only_later_dialogue_gives_is_never_used() -> None:
    after = (Cue(Span(0, 1), "Tom, wait! Is Mrs Berg there?"),)
    early = replace(request(told=("A man runs.",)), dialogue_after=after)
    assert [one.rule for one in broken_rules("Tom runs to Berg.", early)] == ["early name", "early name"]
    assert broken_rules("Tom runs.", replace(early, known_speakers=("Tom",))) == ()
    assert broken_rules("Tom runs.", replace(early, dialogue_before=(Cue(Span(0, 1), "Tom?"),))) == ()
    assert broken_rules("Wait for the bus.", early) == ()
    assert write_line(LocalModel("Tom runs.", "Tom runs."), early, FilmContext()) == ()
    cast = FilmContext(cast=(Person("Tom"),))
    assert write_line(LocalModel("Tom runs."), early, cast) == ("Tom runs.",)


def test_a_thing_keeps_the_word_that_it_had() -> None:
    assert rules("The lift stops.", told=("Anna calls the elevator.",)) == ["constant terms"]


def test_a_pronoun_needs_somebody_who_was_described() -> None:
    assert rules("She waits.", told=()) == ["clear pronoun"]
    assert rules("It rains.", told=()) == []


def test_of_several_lines_those_that_keep_the_rules_are_candidates_the_richest_first() -> None:
    answer = json.dumps({"lines": ["Anna waits.", "We see Anna.", LONG, "Anna opens the door."]})
    model = LocalModel(answer)
    assert write_line(model, BRIEF, FilmContext()) == ("Anna opens the door.", "Anna waits.", LONG)
    assert len(model.asked) == 1


KNOWN = frozenset({"line", "why"})


def lines(answer: str) -> list[Any]:
    return [found.fields.get("line") for found in json_objects(answer, KNOWN)[0]]


@pytest.mark.parametrize(
    "answer",
    [
        '{"line": "Snow falls."}',
        'Of course: {"line": "Snow falls."} Is that all right?',
        '```json\n{"line": "Snow falls."}\n```',
        '<think>{"line": "Rain?"}</think> {"line": "Snow falls."}',
        '[{"line": "Snow falls."}]',
        '{"answer": {"line": "Snow falls."}}',
        '{"Line": "Snow falls.", "_line_": "Snow falls."}',
        "{'line': 'Snow falls.'}",
        "{line: Snow falls.}",
        '{"line": "Snow falls.',
    ],
)
def test_an_object_is_found(answer: str) -> None:
    assert lines(answer) == ["Snow falls."]


def test_what_had_to_be_repaired_is_marked() -> None:
    found, too_long = json_objects('{"line": "A"} {"x": 1} {"why": "B", ', KNOWN)
    assert found == (JsonObject({"line": "A"}, False), JsonObject({"why": "B"}, True))
    assert not too_long


def test_a_field_that_is_not_known_makes_no_answer() -> None:
    assert json_objects('{"x": 1} {"y": {"z": {"line": "too deep"}}}', KNOWN) == ((), False)


def test_the_end_of_a_long_answer_is_not_read() -> None:
    at_the_end = '{"line": "A"}' + " " * LONGEST + '{"line": "B"}'
    assert (lines(at_the_end), json_objects(at_the_end, KNOWN)[1]) == (["A"], True)
    brackets = '{"line": 1}' * (MOST_BRACKETS + 1)
    assert (lines(brackets), json_objects(brackets, KNOWN)[1]) == ([1] * MOST_BRACKETS, True)
    assert not json_objects('{"line": 1}' * MOST_BRACKETS, KNOWN)[1]


def test_deep_nesting_is_no_fault_even_where_the_stack_is_short() -> None:
    deep = '{"line": ' + "[" * (MOST_BRACKETS - 2) + "{,"
    room = 150

    def further_down(levels: int) -> list[Any]:
        return further_down(levels - 1) if levels else lines(deep)

    assert further_down(sys.getrecursionlimit() - len(inspect.stack()) - room) in ([], [None])


def test_names_are_compared_without_case_and_punctuation() -> None:
    assert plain_fields({"Shot Type": 1, "IS_main-subject": 2, 3: 4}) == {"shottype": 1, "ismainsubject": 2, "3": 4}
    assert plain_fields(json.loads("[1]")) == {}


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"sentences": ["{LINE}"]}}',
        f'{{"ad": [{{"sentence": "{LINE}"}}]}}',
        f'{{"line1": "{LINE}", "line2": "{LINE}"}}',
        f'{{"result": {{"narration": ["{LINE}"]}}}}',
        f'{{"sentence": "{LINE}", "words": 5}}',
        f'json\n{{"sentences": ["{LINE}"]}}',
        f'JSON: {{"sentences": ["{LINE}"]}}',
        f'Here they are:\n[{{"x": "{LINE}"}}]',
        f'```\n{{"x": ["{LINE}"]}}\n```',
        f"[{LINE}]",
        f'Sure. {{"sentences": ["{LINE}"]}}',
        f'["{LINE}"] I kept to [six words].',
        f'{{"lines": ["{LINE}"], "description": "I chose the door.", "text": "Why: it is new."}}',
        f'{{"text": "Why: it is new.", "lines": ["{LINE}"]}}',
        f'{{"reasons": "It is new.", "options": ["{LINE}"], "answer": "The door."}}',
        f'{{"lines": ["{LINE}", "12", "…", "A", {{"note": "new"}}]}}',
        f"<p>{LINE}</p><p>Anna waits.</p>",
        "<b>Anna</b> opens <span class='x'>the red</span> door.",
        '{"lines": ["Anna opens the <i>red</i>&nbsp;door."]}',
        "Anna&#32;opens the red door.",
    ],
)
def test_of_any_form_only_the_words_of_the_line_are_taken(answer: str) -> None:
    assert lines_in(answer) == (LINE,)


@pytest.mark.parametrize(
    "answer", ["SKIP", "[SKIP]", "[]", '{"lines": []}', '{"lines": [], "text": "Nothing is new."}']
)
def test_silence_is_what_the_model_asks_for(answer: str) -> None:
    assert says_silence(answer)
    assert write_line(LocalModel(answer), BRIEF, FilmContext()) == ()


@pytest.mark.parametrize(
    "answer",
    [
        '{"lines": ["…", "…", "…"]}',
        '{"lines": [1, 2]}',
        '{"a": 1, "b": 2}',
        '{"error": "out of memory"}',
        "[1, 2, 3]",
        "```json\n{}\n```",
        "12.5",
        "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>",
        "Anna walks to the",
    ],
)
def test_what_cannot_be_read_is_asked_for_again_and_is_no_silence(answer: str) -> None:
    assert lines_in(answer) == ()
    assert not says_silence(answer)
    model = LocalModel(answer, '{"lines": ["Anna opens the door."]}')
    assert write_line(model, BRIEF, FilmContext()) == ("Anna opens the door.",)
    assert "no line can be read in it" in model.asked[1]
    assert write_line(LocalModel(answer, "SKIP"), BRIEF, FilmContext()) == ()
    with pytest.raises(NoAnswerError) as caught:
        write_line(LocalModel(answer, answer), BRIEF, FilmContext())
    assert caught.value.failure.kind == "unreadable"
    with pytest.raises(NoAnswerError):
        continued_line(LocalModel(answer), BRIEF)


@pytest.mark.parametrize(
    "answer",
    [
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
        "Ich kann die Personen auf den Bildern leider nicht identifizieren.",
        "Je suis désolé, mais je ne peux pas vous aider.",
        "Désolée, je ne suis pas en mesure de décrire ces images.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "No puedo describir a las personas de la imagen.",
        "Mi dispiace, ma non posso aiutarti.",
        "Purtroppo non sono in grado di descrivere queste immagini.",
        "Desculpe, mas não posso ajudar com isso.",
        "Infelizmente, não consigo descrever a imagem.",
        "申し訳ありませんが、お手伝いできません。",
        "抱歉，我无法帮助您。",
        "很抱歉，我不能描述这些图片。",
    ],
)
def test_a_refusal_in_any_language_is_one(answer: str) -> None:
    failure = facts_in(answer)
    assert isinstance(failure, Failure)
    assert failure.kind == "refused"


@pytest.mark.parametrize(
    "facts",
    [
        "Der Mann kann nicht helfen.",
        "Ich kann die Personen nicht identifizieren, aber eine Frau öffnet die Tür.",
        "Non si vede nessuno.",
        "No hay nadie.",
        "他无法帮助她。",
    ],
)
def test_facts_in_any_language_are_no_refusal(facts: str) -> None:
    assert facts_in(facts) == facts


@pytest.mark.parametrize(
    "answer",
    [
        '{"lines": ["…", "…", "…"]}', '{"lines": ["...", "<line>"]}', '["line 1", "line 2"]', "<line>", "[line]",
        '{"lines": ["First line", "Second line"]}', '{"lines": ["a line of at most 12 words"]}', "Candidate line",
        '{"status": "ok"}', '{"language": "en"}', '{"mood": "A woman is sad."}', '{"answer": "yes"}', '{"score": 3}',
        '{"title": "The last ferry"}', "[1, 2, 3]", '{"lines": [1, 2]}', "42", "3.5", "null", "true", "undefined",
        "<!doctype html><html><body>Anna waits.</body></html>", "502 Bad Gateway", "Internal Server Error",
        '{"lines": ["https://example.org/a"]}', '{"error": "Anna waits too long."}',
    ],
)  # fmt: skip
def test_what_is_no_line_is_neither_spoken_nor_taken_for_silence(answer: str) -> None:
    assert lines_in(answer) == ()
    assert not says_silence(answer)
    with pytest.raises(NoAnswerError) as caught:
        write_line(lambda prompt: answer, LineRequest("1. A ferry.", 12, "en"), FilmContext())
    assert caught.value.failure.kind == "unreadable"


@pytest.mark.parametrize(
    "answer",
    [
        '{"sentence": "Anna waits."}',
        '{"n": 1, "narration": "Anna waits."}',
        '["…", "Anna waits."]',
        '{"x": "安娜等待。"}',
    ],
)
def test_the_one_sentence_of_an_object_is_a_line_whatever_its_name(answer: str) -> None:
    assert lines_in(answer) in (("Anna waits.",), ("安娜等待。",))


REFUSALS = (
    "I'm sorry, I can't help with that.",
    "I’m unable to process this image.",
    "Sorry, I can't.",
    "I won't be able to describe it.",
    "Entschuldigung, das kann ich nicht.",
    "Tut mir leid, dabei kann ich nicht helfen.",
    "Désolé, je ne peux pas décrire cette image.",
    "Lo siento, pero no puedo ayudar con eso.",
    "Mi dispiace, non posso aiutarti.",
    "Desculpe, não posso ajudar com isso.",
    "Het spijt me, ik kan hier niet mee helpen.",
    "Jag kan tyvärr inte hjälpa till med det.",
    "Beklager, jeg kan ikke hjelpe med det.",
    "Undskyld, jeg kan ikke beskrive det.",
    "Przykro mi, nie mogę pomóc.",
    "Promiňte, nemohu pomoci.",
    "Anteeksi, en voi auttaa.",
    "Извините, я не могу помочь с этим.",
    "Вибачте, я не можу допомогти.",
    "Îmi pare rău, nu pot ajuta.",
    "Sajnálom, nem segíthetek.",
    "Λυπάμαι, δεν μπορώ να βοηθήσω.",
    "Üzgünüm, bu konuda yardımcı olamam.",
    "죄송하지만 도와드릴 수 없습니다.",
    "抱歉，我无法提供帮助。",
    "申し訳ありませんが、お手伝いできません。",
    "عذراً، لا أستطيع المساعدة",
    "מצטער, אני לא יכול לעזור",
)


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_in_any_of_many_languages_is_a_failure(answer: str) -> None:
    failure = failure_in(answer)
    assert failure is not None
    assert failure.kind == "refused"


@pytest.mark.parametrize(
    "line",
    [
        "A man mouths: I can't help you.", "A card reads: I'm sorry.", "Ein Mann kann die Tür nicht öffnen.",
        "Un homme ne peut pas ouvrir la porte.", "Un hombre no puede abrir la puerta.",
        "Мужчина не может открыть дверь.",
        "Un uomo non può aprire la porta.", "Een man kan de deur niet openen.", "Mies ei voi avata ovea.",
    ],
)  # fmt: skip
def test_a_line_about_somebody_who_cannot_is_no_refusal(line: str) -> None:
    assert failure_in(line) is None


@pytest.mark.parametrize(
    "answer",
    [
        "I don't see any image attached. Please upload it.",
        "I cannot see the images you are referring to.",
        "I can’t view images.",
        "As a language model, I cannot view pictures.",
        "I do not have a video to describe here.",
        "It seems that no image was provided.",
        "It looks like there's no picture attached to your message.",
        "Sorry, but no photo was uploaded. Could you send it?",
        "It looks like you haven't attached a video.",
        "Please provide the video you would like me to describe.",
        "Could you please share the frames again?",
    ],
)
def test_an_answer_that_misses_the_picture_is_a_refusal(answer: str) -> None:
    failure = failure_in(answer)
    assert failure is not None
    assert failure.kind == "refused"


@pytest.mark.parametrize(
    "facts",
    [
        "There is no picture on the wall, only a nail.",
        "There are no pictures on the wall.",
        "No image of her remains.",
        "No photo stands on the desk.",
        "There is no photo attached to the letter.",
        "No picture is included in the frame.",
        "There are no images provided in the room: the frames hang empty.",
        "No video is shown on the screens.",
        "A man who cannot see the picture turns it round.",
        "A sign reads: please send the video.",
        "Please attach the photo here: a form lies on the desk.",
        "I cannot see the frame's left half: a man stands there.",
        "I do not see any picture changes: a man stands at a door.",
        "I don't see any frame in which the door is open.",
    ],
)
def test_that_there_is_no_picture_in_the_film_is_no_refusal(facts: str) -> None:
    assert failure_in(facts) is None


def test_a_list_of_every_frame_that_a_profile_shows_is_no_loop() -> None:
    most = max(profile.max_frames for profile in shipped().values())
    assert failure_in("\n".join(f"{n}. A ferry waits at the pier." for n in range(1, most + 1))) is None
