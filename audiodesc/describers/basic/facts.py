"""What the describer `basic` read in a clip, and the lines in which it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from audiodesc.model import Span

Place = Literal["open", "low", "corner"]
"""Where words stand: "low" in the middle of the lower third, as subtitles do, "corner" as a logo does."""

_TEXT = re.compile(r"(?:(low|corner) )?text from (\d+)\.(\d{3}) to (\d+)\.(\d{3}) s, (\d+) % high: (.+)")


@dataclass(frozen=True, slots=True)
class Words:
    """Words on the picture, in one line, and the span in which they are seen there; `height` of letters is in per cent
    of the picture's."""

    span: Span
    text: str
    place: Place = "open"
    height: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """All words that can be read, in order of time."""

    words: tuple[Words, ...] = ()


def written(facts: Facts) -> str:
    """One line for each text; "" for none. `read` gives the same facts back."""
    return "\n".join(_lines(facts))


def _lines(facts: Facts) -> Iterator[str]:
    for words in facts.words:
        place = "" if words.place == "open" else f"{words.place} "
        span = f"{_seconds(words.span.start_ms)} to {_seconds(words.span.end_ms)} s"
        yield f"{place}text from {span}, {words.height} % high: {words.text}"


def _seconds(time_ms: int) -> str:
    return f"{time_ms // 1000}.{time_ms % 1000:03d}"


def read(text: str) -> Facts:
    """The facts from their lines; a line of another form is passed over."""
    found = (_TEXT.fullmatch(line) for line in text.split("\n"))
    return Facts(tuple(_words(one) for one in found if one))


def _words(found: re.Match[str]) -> Words:
    start_ms, end_ms = (int(found[i]) * 1000 + int(found[i + 1]) for i in (2, 4))
    return Words(Span(start_ms, max(start_ms, end_ms)), found[7], cast(Place, found[1] or "open"), int(found[6]))


def moments(facts: Facts) -> list[tuple[Span, Facts]]:
    """The facts apart by when they are seen, in order: texts that stand there together, with when all of them do."""
    apart: list[tuple[Span, tuple[Words, ...]]] = []
    for words in sorted(facts.words, key=lambda words: words.span):
        span, others = apart[-1] if apart else (words.span, ())
        start, end = max(span.start_ms, words.span.start_ms), min(span.end_ms, words.span.end_ms)
        if others and start < end:
            apart[-1] = Span(start, end), (*others, words)
        else:
            apart.append((words.span, (words,)))
    return [(span, Facts(words)) for span, words in apart]
