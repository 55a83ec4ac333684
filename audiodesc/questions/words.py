"""A moment of a film by the words of a question: those of lines, observations, dialogue and texts on the screen."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from math import log
from typing import Final

from audiodesc.core.formatting import shortest
from audiodesc.describers.basic.texts import plain_words
from audiodesc.footage import Footage
from audiodesc.model import Span
from audiodesc.search.documents import CUE_FIELDS, Document, Kind, documents

KINDS: Final = {
    "line": "the description says",
    "observation": "the describer saw",
    "text": "the picture reads",
    "dialogue": "it is said",
    "person": "the description mentions",
}

SHOWN: Final = 80
"""Characters of what was found, in words for a person."""

STEM: Final = 4
"""Two words are taken for forms of one where they begin with as many letters, or all but one of the shorter's, if that
is more."""

COMMON: Final = frozenset(
    " ".join(
        tomllib.loads(files("audiodesc.questions").joinpath("common_words.toml").read_text("utf-8")).values()
    ).split()
)
"""Words of questions that name nothing, in the languages that most films are described in."""


def found_by_words(footage: Footage, question: str) -> tuple[Span, str] | None:
    """The span of what has the rarest words of a question, the first of several, and why, for a person; None where
    nothing has one."""
    wanted = {word for word in plain_words(question) if word not in COMMON and (len(word) > 2 or word.isdecimal())}
    known = [(one, frozenset(_words(one))) for one in _documents(footage)]
    matches = [(one, {word for word in wanted if any(_is_form(word, other) for other in of)}) for one, of in known]
    often = Counter(word for _, found in matches for word in found)

    def weight(match: tuple[Document, set[str]]) -> float:
        return sum(log(1 + len(known) / often[word]) for word in match[1])

    best = max(matches, key=lambda one: (weight(one), -one[0].span.start_ms), default=None)
    if best is None or not best[1]:
        return None
    text = next(text for text in best[0].texts.values() if any(_has(text, word) for word in best[1]))
    shown = text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
    return best[0].span, f"at {shortest(best[0].span.start_ms)} {KINDS.get(best[0].kind, 'it is known')}: “{shown}”"


def _documents(footage: Footage) -> Iterator[Document]:
    if footage.project:
        yield from documents(footage.project)
        return
    for number, cue in enumerate(footage.cues):
        kind: Kind = "text" if cue.kind == "on_screen" else "dialogue"
        yield Document(f"{kind}-{number}", "", kind, cue.span, {CUE_FIELDS[cue.kind]: cue.text, "who": cue.speaker})


def _words(document: Document) -> Iterable[str]:
    return (word for text in document.texts.values() for word in plain_words(text))


def _has(text: str, word: str) -> bool:
    return any(_is_form(word, other) for other in plain_words(text))


def _is_form(one: str, other: str) -> bool:
    """Whether two words are the same, or forms of one, such as "holding" and "holds"."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    same = max(STEM, len(shorter) - 1)
    return len(longer) - len(shorter) <= 3 and len(shorter) >= STEM and shorter[:same] == longer[:same]
