"""The lines of a project: what a describer wrote, a person's, which are laid over it, and the files that hold them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from audiodesc.errors import UsageError
from audiodesc.model import Gap, LineState, Segment, Span

HUMAN = "human"
"""The author of a text that a person wrote."""


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A line as it stands.

    It is to begin at `start_ms`; `end_ms` is when it ended where it was last heard or written, so that a line of no
    known length ends when it begins. `author` is who wrote the text as it is: the fingerprint of a describer, or
    "human"; `origin` is the describer that wrote the first text, "" for a line that a person added.

    `is_touched`: a person did something with it, so that no describer renews it; `locked`: not even when it is named,
    and nobody changes its text or times or deletes it; it may be approved, annotated and recorded.
    `reason` says why the last `make` left it out, of a line that nobody touched; "" for one that it spoke. `recording`
    is the name of a sound file, "" where a voice speaks it; `voice` the name of the voice of this line, "" for that of
    the film. `version` is the number of the last change.
    """

    id: str
    start_ms: int
    end_ms: int
    text: str
    author: str = HUMAN
    origin: str = ""
    state: LineState = "draft"
    locked: bool = False
    note: str = ""
    recording: str = ""
    voice: str = ""
    deleted: bool = False
    is_touched: bool = False
    reason: str = ""
    version: int = 0

    @property
    def span(self) -> Span:
        """Where it was last heard or written."""
        return Span(self.start_ms, max(self.start_ms, self.end_ms))


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What a describer's line came to in the last `make`.

    `segment` is without the dialogue around it. `texts` are its candidates, richest first; `text` is the one that was
    spoken from `start_ms` to `end_ms` or, where `reason` says why none was, that takes the least time ("" for none).
    `failure` is why the describer gave no answer. `version` is the number of the change that brought it.
    """

    id: str
    segment: Segment
    facts: str
    author: str
    texts: tuple[str, ...]
    text: str
    start_ms: int
    end_ms: int
    reason: str = ""
    failure: str = ""
    version: int = 0

    @property
    def line(self) -> ProjectLine:
        """The line, as long as no person touches it."""
        return ProjectLine(
            id=self.id,
            start_ms=self.start_ms,
            end_ms=self.end_ms,
            text=self.text,
            author=self.author,
            origin=self.author,
            reason=self.reason,
            version=self.version,
        )


@dataclass(frozen=True, slots=True)
class KnownScript:
    """A script file as it was written or read, when `number` was the last change: its content, and the ids of its
    lines in the order in which they are read."""

    name: str
    hash: str
    number: int
    content: bytes
    ids: tuple[str, ...]


def apply(drafts: Iterable[DraftLine], edited: Mapping[str, ProjectLine]) -> tuple[ProjectLine, ...]:
    """The lines with a person's laid over the describer's, in order of time; those that a person deleted too.

    An entry of `edited` that is not touched only says of a draft when it was last changed.
    """
    lines = overlaid({draft.id: draft.line for draft in drafts if draft.text}, edited)
    return tuple(sorted(lines.values(), key=lambda line: (line.start_ms, line.id)))


def overlaid(drafted: Mapping[str, ProjectLine], edited: Mapping[str, ProjectLine]) -> dict[str, ProjectLine]:
    """The same, by id."""
    lines = dict(drafted)
    for id, line in edited.items():
        if line.is_touched:
            lines[id] = line
        elif id in lines:
            lines[id] = replace(lines[id], version=max(line.version, lines[id].version))
    return lines


def unknown_line(id: str, known: Iterable[str]) -> UsageError:
    """What is said of an id that none of the lines has."""
    near = get_close_matches(id, list(known), n=1)
    remedy = f"did you mean {near[0]}?" if near else "a line is named by the row above its times in the script"
    return UsageError(f"there is no line {id}", remedy)


def line_id(start_ms: int, taken: Collection[str]) -> str:
    """The id of a line that is to begin then, with letters behind it where others have it: 000083200, 000083200b."""
    plain, low, high = f"{start_ms:09d}", 1, 2
    if plain not in taken:
        return plain
    while plain + _letters(high) in taken:
        low, high = high, high * 2
    while high - low > 1:  # a file may hold thousands of lines of one time
        middle = (low + high) // 2
        low, high = (middle, high) if plain + _letters(middle) in taken else (low, middle)
    return plain + _letters(high)


def _letters(number: int) -> str:
    """1 is a, 26 is z, 27 is aa."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def draft_values(draft: DraftLine) -> dict[str, Any]:
    """What JSON can hold of a draft besides its id, text, times and version."""
    segment = draft.segment
    return {
        "gap": [segment.gap.span.start_ms, segment.gap.span.end_ms, segment.gap.kind],
        "watch": [segment.watch.start_ms, segment.watch.end_ms],
        "wanted_ms": segment.wanted_ms,
        "until_ms": segment.until_ms,
        "max_words": segment.max_words,
        "facts": draft.facts,
        "texts": list(draft.texts),
        "failure": draft.failure,
    }


def draft_segment(id: str, values: Mapping[str, Any]) -> Segment:
    """The segment of a draft from its `draft_values`."""
    start, end, kind = values["gap"]
    watch = Span(*values["watch"])
    return Segment(
        Gap(Span(start, end), kind),
        watch,
        values["wanted_ms"],
        values["max_words"],
        until_ms=values["until_ms"],
        line_id=id,
    )
