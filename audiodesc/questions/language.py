"""Which language a question is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from audiodesc.core.languages import identifier, of_texts
from audiodesc.describers.line_language import LANGUAGES, language_name

SURE: Final = 0.8
"""So likely a language must be among those that are distinguished."""

ITS_OWN: Final = "the language of the question"


def answer_language(questions: Sequence[str]) -> str:
    """What is said to a model of the language of its answer: "German", or that it is the question's, where a few words
    do not tell. `questions` are those of a conversation, the one to be answered last."""
    known = likely_language(questions[-1]) or likely_language(" ".join(questions))
    return language_name(known) if known else ITS_OWN


def likely_language(text: str) -> str:
    """A BCP 47 tag, "" where nothing is likely enough."""
    text = text.encode("utf-8", "ignore").decode()  # a question may hold halves of characters
    if found := of_texts([text]):
        return found
    if not any(map(str.isalpha, text)):
        return ""
    ranked = [(name, float(share)) for name, share in identifier().rank(text) if name in LANGUAGES]
    whole = sum(share for _, share in ranked)
    name, share = max(ranked, key=lambda one: one[1])
    return name if whole and share >= SURE * whole else ""
