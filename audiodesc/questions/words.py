"""A moment of a film by the words of a question: those of lines, observations, dialogue and texts on the screen."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from math import log
from typing import Final

from audiodesc.core.formatting import shortest
from audiodesc.describers.basic.texts import plain_words
from audiodesc.errors import AudiodescError
from audiodesc.footage import Footage
from audiodesc.model import Span
from audiodesc.search.documents import CUE_FIELDS, FIELDS, Document, Kind, documents
from audiodesc.search.finding import find
from audiodesc.search.questions import MOST

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
    """The span of what has the rarest words of a question, and why, for a person; None where nothing has one. Of a
    project, `find`'s index is asked first, and then, as for a bare film, other forms of the words count."""
    wanted = list(dict.fromkeys(word for word in plain_words(question) if _names_something(word)))
    if not wanted:
        return None
    return (_by_index(footage, wanted) if footage.project else None) or _by_forms(footage, wanted)


def _names_something(word: str) -> bool:
    return word not in COMMON and (len(word) > 2 or word.isdecimal())


def _by_index(footage: Footage, wanted: Sequence[str]) -> tuple[Span, str] | None:
    asked = " OR ".join(f"{word}*" if len(word) >= STEM else word for word in wanted[:MOST])
    try:
        hits = find(asked, footage.folder, limit=1)
    except (AudiodescError, OSError):  # an index that cannot be written, or is being written
        return None
    found = next(((FIELDS[one.field], one.text) for hit in hits for one in hit.reasons if one.field != "look"), None)
    if found is None:
        return None
    return hits[0].span, f"{found[0]}, at {shortest(hits[0].span.start_ms)}: “{_shown(found[1])}”"


def _by_forms(footage: Footage, wanted: Sequence[str]) -> tuple[Span, str] | None:
    """The first of the best."""
    known = [(one, frozenset(_words(one))) for one in _documents(footage)]
    matches = [(one, {word for word in wanted if any(_is_form(word, other) for other in of)}) for one, of in known]
    often = Counter(word for _, found in matches for word in found)

    def weight(match: tuple[Document, set[str]]) -> float:
        return sum(log(1 + len(known) / often[word]) for word in match[1])

    best = max(matches, key=lambda one: (weight(one), -one[0].span.start_ms), default=None)
    if best is None or not best[1]:
        return None
    field, text = next(pair for pair in best[0].texts.items() if any(_has(pair[1], word) for word in best[1]))
    return best[0].span, f"{FIELDS[field]}, at {shortest(best[0].span.start_ms)}: “{_shown(text)}”"


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


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
