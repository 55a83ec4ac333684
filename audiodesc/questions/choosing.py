"""Choices that are written in a question: "Is it (A) red or (B) blue?"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from audiodesc.questions.question import LETTERS, Question

_LETTER: Final = re.compile(rf"(?<![^\s,;:?])(?:\(([{LETTERS}])\)|([{LETTERS}])[).:])\s+")
_BETWEEN: Final = " \t\n,;"
_OR: Final = re.compile(r"[\s,;]+(?:or|oder|ou|o)$", re.IGNORECASE)


def with_written_choices(question: Question) -> Question:
    """The question with the choices that its text has as its own; as it is where it has none, or has others given."""
    if question.choices:
        return question
    found = list(_LETTER.finditer(question.text))
    letters = "".join(one[1] or one[2] for one in found)
    if len(letters) < 2 or not LETTERS.startswith(letters):
        return question
    ends = [*(one.start() for one in found[1:]), len(question.text)]
    texts = [question.text[one.end() : end].strip(_BETWEEN) for one, end in zip(found, ends, strict=True)]
    choices = tuple(_OR.sub("", text) for text in texts)
    asked = question.text[: found[0].start()].strip(_BETWEEN)
    return replace(question, text=asked, choices=choices) if asked and all(choices) else question
