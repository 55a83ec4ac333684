"""What is said and described in a film, as numbered entries, which a summary rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from audiodesc.footage import Footage
from audiodesc.model import Span

LONGEST: Final = 400
"""Characters of an entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Dialogue ("said"), a line of the description ("seen"), or a sentence about several of them ("note").

    `number` is what it is called by where it is asked about, the first being 1; `rests_on` are the numbers of the
    dialogue and lines that a note is about, and its own number for the others.
    """

    number: int
    span: Span
    kind: Literal["said", "seen", "note"]
    text: str
    speaker: str = ""
    rests_on: tuple[int, ...] = ()


def entries_of(footage: Footage) -> tuple[Entry, ...]:
    """The dialogue and the description's lines of a film, in order of time."""
    known = sorted(_known(footage), key=lambda one: (one[0].start_ms, one[0].end_ms))
    return tuple(
        Entry(number, span, kind, text[:LONGEST], speaker, (number,))
        for number, (span, kind, text, speaker) in enumerate(known, 1)
    )


def _known(footage: Footage) -> Iterator[tuple[Span, Literal["said", "seen"], str, str]]:
    for cue in footage.cues:
        if cue.kind in ("speech", "lyrics") and (text := " ".join(cue.text.split())):
            yield cue.span, "said", text, cue.speaker
    for line in footage.lines:
        if not line.deleted and (text := " ".join(line.text.split())):
            yield line.span, "seen", text, ""


def in_span(entries: Sequence[Entry], span: Span) -> tuple[Entry, ...]:
    """The entries that begin in a span."""
    return tuple(one for one in entries if span.start_ms <= one.span.start_ms < span.end_ms)
