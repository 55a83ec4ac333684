"""Documents -> moments: what is known at about the same time, joined, so that it is found together and listed once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from audiodesc.model import Span
from audiodesc.search.documents import FIELDS, SEPARATOR, Document, Field

NEAR_MS: Final = 10_000
"""What is said or shown no farther than this from a line belongs to the line's moment, the nearest one's."""

LONGEST_MS: Final = 20_000
"""So long a moment is at most that has no line, such as one of dialogue."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known at a time of a film, by field, "" where nothing is."""

    span: Span
    texts: Mapping[Field, str]


def moments_of(documents: Iterable[Document]) -> tuple[Moment, ...]:
    """The moments of a project in order of time; each text is in one of them.

    A line and what was observed for it are one, by their id. What has no text is left out.
    """
    of_lines: dict[str, list[Document]] = {}
    others: list[Document] = []
    for one in documents:
        kind, _, of = one.id.partition("-")
        if kind in ("line", "observation"):
            of_lines.setdefault(of, []).append(one)
        elif one.texts:
            others.append(one)
    anchors = sorted(of_lines.values(), key=_begins)
    starts = [_begins(one) for one in anchors]
    apart: list[list[Document]] = []
    for one in sorted(others, key=lambda one: (one.span.start_ms, one.span.end_ms, one.id)):
        near = _nearest(starts, one.span)
        if near is not None:
            anchors[near].append(one)
        elif apart and one.span.end_ms - apart[-1][0].span.start_ms <= LONGEST_MS:
            apart[-1].append(one)
        else:
            apart.append([one])
    return tuple(sorted(map(_moment, [*anchors, *apart]), key=lambda one: (one.span.start_ms, one.span.end_ms)))


def _begins(documents: list[Document]) -> int:
    """When the line does, or what was observed for one ends."""
    line = next((one for one in documents if one.kind == "line"), None)
    return line.span.start_ms if line else documents[0].span.end_ms


def _nearest(starts: list[int], span: Span) -> int | None:
    """Which of these times is nearest to a span, if one is near."""
    place = bisect_left(starts, span.start_ms)
    before = span.start_ms - starts[place - 1] if place else NEAR_MS + 1
    after = max(0, starts[place] - span.end_ms) if place < len(starts) else NEAR_MS + 1
    if min(before, after) > NEAR_MS:
        return None
    return place - 1 if before <= after else place


def _moment(documents: list[Document]) -> Moment:
    line = next((one for one in documents if one.kind == "line"), documents[0])
    texts = dict.fromkeys(FIELDS, "")
    several: dict[Field, dict[str, None]] = {}
    for one in documents:
        for field, text in one.texts.items():
            if not texts[field]:
                texts[field] = text
            else:
                several.setdefault(field, {texts[field]: None})[text] = None
    for field, all_ in several.items():
        texts[field] = SEPARATOR.join(all_)
    return Moment(line.span, texts)
