"""What is wrong with a line: rules of the craft that a regular expression finds.

The rules rather miss a fault than find one where there is none: each broken rule costs one more question to the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audiodesc.core.english import common_words
from audiodesc.core.languages import primary
from audiodesc.core.style import BROKEN, QUOTED, TERMS, either, nearly_says, own_words, said_in, says
from audiodesc.describers.base import LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.people import ledger, misnamed
from audiodesc.describers.wishes import WishRequest

RECENT = 6
"""The number of previous lines that a model is shown; a line that repeats one of them breaks a rule."""

PERSON = "man|woman|boy|girl|person|men|women|boys|girls|people|child|children|guy|lady|teenager|couple|crowd"
FEELING = (
    "sad|happy|angry|nervous|worried|surprised|upset|confused|anxious|frightened|scared|furious|jealous|lonely|proud"
    "|ashamed|frustrated|disappointed|excited|depressed|delighted|terrified|melancholy|desperate|guilty|bored"
)
MOODILY = (
    "sadly|happily|angrily|nervously|anxiously|worriedly|furiously|proudly|excitedly|thoughtfully|lovingly|desperately"
    "|longingly|guiltily|cheerfully|wistfully|mournfully|ominously"
)

RULES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("third person", "say what is seen, without we, you or I", BROKEN["third-person"]),
    (
        "no camera words",
        "say where and what, without camera, shot, scene, frame or screen",
        either("camera-words", "scene-words", "screen-words"),
    ),
    ("no 'there is'", "begin with who or what is seen, not with 'there is'", BROKEN["there-is"]),
    ("no 'the video shows'", "say what is seen, not that it is shown", BROKEN["video-shows"]),
    ("no guesses", "say what is seen, without appears to, seems or as if", BROKEN["guesses"]),
    (
        "simple present",
        "use the simple present: 'opens', not 'is opening' or 'begins to open'",
        either("progressive", "begins-to", "simple-present"),
    ),
    ("present tense", "use the present tense", BROKEN["present-tense"]),
    (
        "active voice",
        "say who does it: 'Anna opens the door', not 'the door is opened by Anna'",
        BROKEN["active-voice"],
    ),
    ("no vague adverbs", "leave out words such as clearly, perhaps or probably", BROKEN["vague-adverbs"]),
    ("vivid verb", "use one vivid verb, not a plain verb with an adverb", BROKEN["vivid-verb"]),
    ("visible sign", "say the visible sign, such as a clenched fist, not the feeling", BROKEN["visible-sign"]),
    (
        "visible sign",
        "say the visible sign, such as a clenched fist, not the feeling",
        re.compile(rf"\b(?:{FEELING}) (?:{PERSON})\b|\b(?:{MOODILY})\b", re.IGNORECASE),
    ),
    ("no motive", "say what is done, not what somebody wants, thinks or remembers", BROKEN["motive"]),
    ("no heading", "say where and what, without a heading", BROKEN["scene-heading"]),
    ("whole sentences", "end the sentence", BROKEN["unfinished"]),
    (
        "no guess at race",
        "do not guess at anybody's race: say hair, clothes and age",
        re.compile(
            rf"\b(?:Black|(?i:caucasian|asian|hispanic|latin[oa]x?|afro-?|african[- ]american|dark-skinned"
            rf"|light-skinned|white))[- ](?:[a-z-]+ ){{0,2}}(?:{PERSON})\b"
        ),
    ),
)
"""All rules of `check` that can be judged on a line by its words, with what the model is to change; and two that need
no script around the line: moods as adjectives and adverbs, and guesses at race."""

NOTHING_KNOWN = FilmContext()
_WORD = re.compile(r"[^\W\d_]+")
_INSIDE = re.compile(r"(?<=[\w,;] )(?<!\b[Tt]he )(?<!\b[Aa] )(?<!\b[Aa]n )[A-Z][^\W\d_]+")
_PLURAL_FIRST = re.compile(r"(?:^|[.;:!?…] )([A-Z][^\W\d_]+s) (?!(?:and|or|is|has|was)\b)(?![^\W\d_]+s\b)[a-z]")
"""A sentence that begins with several: "Gulls circle", and not "Lars waits"."""

_CALLED = re.compile(r"(?:^|[,.!?…] )([A-Z][^\W\d_]+)(?=[,.!?…]|$)")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an the and but or so in on at by to of off up down as if it he she they we you his her its their this that "
        "these those what who where when why how no yes oh hey hello hi well please thanks thank sorry go come look "
        "wait stop let don do is are was were will can not never now then here there my your our me him them for from "
        "with all mom mum dad daddy mummy mama papa sir madam god lord mr mrs ms dr two three four five one good some",
    )
)
"""Words that begin a sentence of dialogue, or by which somebody is called, and no names."""


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """The name of a broken rule, and a sentence that tells the model what to change."""

    rule: str
    why: str


def broken_rules(line: str, request: LineRequest, context: FilmContext = NOTHING_KNOWN) -> tuple[BrokenRule, ...]:
    """The rules that a line breaks. In languages other than English only length, repetition and, in those of
    `appearances`, the names of people are checked."""
    found = [*_too_long(line, request.max_words), *_repeats(line, request), *_misnamed(line, request, context)]
    if primary(request.language) == "en":
        found += [*_early_names(line, request, context), *_pronoun_alone(line, request), *_other_terms(line, request)]
        own = own_words(line)
        found += [
            BrokenRule(rule, f"{why} ({hit[0].strip()!r})") for rule, why, seen in RULES if (hit := seen.search(own))
        ]
    return tuple(found)


def _too_long(line: str, max_words: int) -> Iterator[BrokenRule]:
    count = len(line.split())
    if count > max_words:
        yield BrokenRule("length", f"it has {count} words, and there is time for {max_words}")


def _repeats(line: str, request: LineRequest) -> Iterator[BrokenRule]:
    before = request.previous_lines
    if isinstance(request, WishRequest) and (known := request.wish.repeated(line)):
        yield BrokenRule("repeat", f"it is to be another line than {known!r}")
    if repeated := next((one for one in before[-RECENT:] if says(one, line)), ""):
        yield BrokenRule("repeat", f"the listener has just heard {repeated!r}")
    elif repeated := next((one for one in before[-RECENT:] if nearly_says(one, line)), ""):
        yield BrokenRule("repeat", f"the listener has heard the same already: {repeated!r}")
    sounds = [cue.text for cue in (*request.dialogue_before, *request.dialogue_after) if cue.kind == "sound"]
    if heard := next((sound for sound in sounds if nearly_says(sound, line)), ""):
        yield BrokenRule("repeat", f"the listener hears it: {heard!r}")
    said = " ".join(cue.text for cue in (*request.dialogue_before, *request.dialogue_after))
    if text := said_in(said, (line, *QUOTED.findall(line))):
        yield BrokenRule("repeat", f"the dialogue says {text!r}")


def _misnamed(line: str, request: LineRequest, context: FilmContext) -> Iterator[BrokenRule]:
    for phrase, name in misnamed(line, ledger(request.previous_lines, context)):
        yield BrokenRule("one name", f"the listener knows {phrase!r} as {name}")


def _early_names(line: str, request: LineRequest, context: FilmContext) -> Iterator[BrokenRule]:
    """Names that only the dialogue after the pause gives."""
    known = " ".join(
        (
            *(cue.text for cue in request.dialogue_before),
            *(name for cue in request.dialogue_before for name in (cue.speaker, *cue.speakers)),
            *request.known_speakers,
            *request.previous_lines,
            *(person.name for person in context.cast),
            context.text,
            request.facts,
        )
    )
    later = {name for cue in request.dialogue_after for name in names_in(cue.text)}
    later |= {name for cue in request.dialogue_after for one in (cue.speaker, *cue.speakers) for name in one.split()}
    given = {word.casefold() for word in _WORD.findall(known)}
    plural = {found[1] for found in _PLURAL_FIRST.finditer(line)}
    for name in dict.fromkeys(_WORD.findall(line)):
        if name in later and name.casefold() not in given and name not in plural and name.lower() not in common_words():
            yield BrokenRule("early name", f"the film has not named {name} yet: say how they look")


def names_in(text: str) -> set[str]:
    """Words with a capital inside a sentence, and those by which somebody is called: "Tom, wait!". Not what has an
    article ("the Bill"), and no letters ("FBI")."""
    found = (*_INSIDE.findall(text), *_CALLED.findall(text))
    return {name for name in found if name.lower() not in _COMMON and not name.isupper()}


def _pronoun_alone(line: str, request: LineRequest) -> Iterator[BrokenRule]:
    """A first line that begins with a pronoun: nobody knows who is meant."""
    opening = BROKEN["pronoun-first"].search(own_words(line))
    if opening and not request.previous_lines and opening[0].strip(' ."“”').lower() not in ("it", "its"):
        yield BrokenRule("clear pronoun", f"nobody was described yet: say who {opening[0].strip()!r} is")


def _other_terms(line: str, request: LineRequest) -> Iterator[BrokenRule]:
    """Another word for a thing than the lines before have."""
    told = " ".join(request.previous_lines)
    for pair in TERMS:
        for term, other in (pair, pair[::-1]):
            mine, theirs = (
                re.search(rf"\b{one}\b", text, re.IGNORECASE) for one, text in ((term, line), (other, told))
            )
            if mine and theirs and not re.search(rf"\b{term}\b", told, re.IGNORECASE):
                yield BrokenRule("constant terms", f"{mine[0]!r} was called {theirs[0]!r} before")
