"""A question, with what is known around its moment -> what a model is asked: the texts of `prompts.toml`, filled in."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from audiodesc.core.formatting import clock, shortest
from audiodesc.describers.prompts import filled
from audiodesc.describers.queries import FollowUp
from audiodesc.model import Cue, Span
from audiodesc.project.conversations import Turn
from audiodesc.questions.around import MOST_SHOTS, Around
from audiodesc.questions.language import answer_language
from audiodesc.questions.question import LETTERS, LONGEST_QUESTION, Detail, Question
from audiodesc.questions.quoting import quoted

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    files("audiodesc.questions").joinpath("prompts.toml").read_text("utf-8")
)

TOKENS: Final[Mapping[Detail, int]] = {"short": 192, "normal": 384, "detail": 768}
"""Of an answer at most: some four times what it is asked to have."""

MOST_TURNS: Final = 12
"""Of a conversation, the last ones, that a model is given again."""

LONGEST_ANSWER: Final = 1_200
"""Characters of an earlier answer that it is given again."""


MOST_PICTURES: Final = 48
"""Of more, the times of single ones are left out: they are evenly over the moment."""

LONGEST_ABOUT: Final = 4_000
"""Characters of what the user says of the film."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text about the frames, and what followed it in the conversation."""

    text: str
    follow_ups: tuple[FollowUp, ...] = ()


def chat_prompt(question: Question, known: Around | None, before: Sequence[Turn], about: str = "") -> Prompt:
    """What a model of conversations is asked; `known` is None for a picture, `about` what the user says of the film.

    The last turns about the same moment are the conversation. Others are quoted before it.
    """
    turns = before[-MOST_TURNS:]
    moment = known.moment if known else None
    begins = len(turns)
    while begins and turns[begins - 1].span == moment:
        begins -= 1
    earlier, same = turns[:begins], turns[begins:]
    shared = _frame(known) | {
        "context": "\n".join(_context(known, earlier, about, spoilers=question.spoilers)),
        "length": _TEXTS["length"][question.detail],
        "language": answer_language([*(turn.question for turn in turns), question.text]),
    }
    kind, following = ("choice", "next_choice") if question.choices else ("chat" if known else "picture", "next")
    if not same:
        return Prompt(filled(_TEXTS["ask"][kind], **shared, **_values(question)))
    asked = [{"question": quoted(turn.question, LONGEST_QUESTION)} for turn in same]
    first = filled(_TEXTS["ask"]["chat" if known else "picture"], **shared, **asked[0])
    nexts = [filled(_TEXTS["ask"]["next"], **shared, **values) for values in asked[1:]]
    nexts.append(filled(_TEXTS["ask"][following], **shared, **_values(question)))
    return Prompt(first, tuple(FollowUp(_again(turn), text) for turn, text in zip(same, nexts, strict=True)))


def base_prompt(question: Question, known: Around | None, before: Sequence[Turn], about: str = "") -> Prompt:
    """The beginning of a text with which a base model goes on: its next line is the answer."""
    turns = [] if question.choices else before[-MOST_TURNS:]
    given = "".join(
        f"Question: {quoted(turn.question, LONGEST_QUESTION)}\nAnswer: {_again(turn)}\n\n"
        for turn in turns
        if known is None or question.spoilers or _is_by(turn, known.moment)
    )
    context = "\n".join(_context(known, (), about, spoilers=question.spoilers))
    text = _TEXTS["ask"]["base_choice" if question.choices else "base"]
    return Prompt(filled(text, **_frame(known), **_values(question), context=context, before=given))


def _again(turn: Turn) -> str:
    """An answer as it is given again: what it repeats of the film is no mark of a model."""
    return quoted(turn.answer, LONGEST_ANSWER)[1:-1]


def _values(question: Question) -> dict[str, str]:
    choices = (f"({letter}) {quoted(one)}" for letter, one in zip(LETTERS, question.choices, strict=False))
    return {"question": quoted(question.text, LONGEST_QUESTION), "choices": "\n".join(choices)}


def _frame(known: Around | None) -> dict[str, str]:
    """Which pictures are shown, and the times that an answer may name."""
    if known is None:
        return {"shown": _TEXTS["shown"]["picture"], "start": "", "end": "", "example": "0:00"}
    moment = known.moment
    start, end = clock(moment.start_ms), clock(moment.end_ms)
    example = clock((moment.start_ms + moment.end_ms) // 2)
    shots = "\n".join(_shots(known))
    shown = filled(_TEXTS["shown"]["film"], start=start, end=end, shots=shots)
    if known.at_ms is not None:
        shown = f"{shown}\n{filled(_TEXTS['shown']['at'], at=shortest(known.at_ms))}"
    return {"shown": shown, "start": start, "end": end, "example": example}


def _shots(known: Around) -> Iterator[str]:
    """Such as "Shot 1: 12:25.0 to 12:31.2, pictures at 12:26.0, 12:28.5"; of very many the first and the last ones."""
    shots, listed = known.shots, len(known.pictures_ms) <= MOST_PICTURES
    for number, shot in enumerate(shots, 1):
        if number <= MOST_SHOTS // 2 or number > len(shots) - MOST_SHOTS // 2:
            times = [clock(at, 1) for at in known.pictures_ms if listed and shot.start_ms <= at < shot.end_ms]
            pictures = f", {'picture' if len(times) == 1 else 'pictures'} at {', '.join(times)}" if times else ""
            yield f"Shot {number}: {clock(shot.start_ms, 1)} to {clock(shot.end_ms, 1)}{pictures}"
        elif number == MOST_SHOTS // 2 + 1:
            yield f"({len(shots) - 2 * (MOST_SHOTS // 2)} shots more)"


def _context(known: Around | None, earlier: Sequence[Turn], about: str, *, spoilers: bool) -> Iterator[str]:
    """What else is known, each part under its title; "" where nothing is."""
    parts: list[tuple[str, list[Any]]] = []
    if about:
        yield f"\nAbout the film: {quoted(about, LONGEST_ABOUT)}"
    if known:
        parts += [
            ("People so far:", list(known.people)),
            ("Speakers so far:", list(known.speakers)),
            ("The description says:", [{"at": clock(line.start_ms), "text": line.text} for line in known.lines]),
            ("Dialogue:", [_said(cue) for cue in known.dialogue]),
            ("Text on the screen:", [{"at": clock(span.start_ms), "text": text} for span, text in known.texts]),
        ]
    moment = known.moment if known else None
    asked = [_turn(turn, answered=spoilers or _is_by(turn, moment)) for turn in earlier]
    parts.append(("Asked before in this conversation:", asked))
    for title, values in parts:
        if values:
            yield "\n".join(["", f"{title} (quotations, as JSON)", *map(quoted, values)])
    yield ""


def _said(cue: Cue) -> dict[str, str]:
    who = {"speaker": cue.speaker} if cue.speaker else {}
    kind = {} if cue.kind == "speech" else {"kind": cue.kind}
    return {"at": clock(cue.span.start_ms), **who, **kind, "text": cue.text}


def _turn(turn: Turn, *, answered: bool) -> dict[str, str]:
    about = {"about": f"{clock(turn.span.start_ms)} to {clock(turn.span.end_ms)}"} if turn.span else {}
    return {**about, "question": turn.question, **({"answer": turn.answer} if answered else {})}


def _is_by(turn: Turn, moment: Span | None) -> bool:
    """Whether an answer is about nothing that comes after a moment."""
    return moment is None or turn.span is None or turn.span.end_ms <= moment.end_ms
