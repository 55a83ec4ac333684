"""Films searched by looking: a model says of each piece of a film whether something is seen in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer, Failure
from audiodesc.errors import UsageError
from audiodesc.footage import Footage
from audiodesc.footage.answers import Cost, answers, cost
from audiodesc.model import Span
from audiodesc.narration.failures import Tally, counted_failures
from audiodesc.search.look_questions import Judged, Sought, judged, questions

LONGEST_MS: Final = 10_000
"""A longer shot is cut into pieces of the same length, none longer than this."""

SHORT_MS: Final = 1_000
"""Shots that are shorter are joined with those beside them that are too, up to this."""

ASK_ABOVE: Final = 300
"""Questions that are asked without a word from the user, some of half an hour of film, unless they take longer than the
next."""

ASK_ABOVE_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A stretch in which the model saw what is looked for, or is unsure. `share` is how likely it is to be seen, the
    highest of the stretch, None where the model does not say; `pieces` are those that were judged so."""

    span: Span
    share: float | None
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a film, in order of time; `looked` are the pieces that were judged, and `notes` say what was
    not."""

    yes: tuple[Seen, ...]
    unsure: tuple[Seen, ...]
    looked: int
    notes: tuple[str, ...] = ()


def pieces(shots: Iterable[Span]) -> tuple[Span, ...]:
    """The shots of a film as they are judged: without gaps, in order, each at most `LONGEST_MS` long, and no two short
    ones beside each other. A short shot between long ones stands alone, for it may be what is looked for."""
    return tuple(piece for joined in _joined(shots) for piece in _cut(joined))


def _joined(shots: Iterable[Span]) -> Iterator[Span]:
    waiting: Span | None = None
    for shot in shots:
        if waiting and shot.duration_ms >= SHORT_MS:
            yield waiting
            waiting = None
        waiting = Span(waiting.start_ms, shot.end_ms) if waiting else shot
        if waiting.duration_ms >= SHORT_MS:
            yield waiting
            waiting = None
    if waiting and waiting.duration_ms:
        yield waiting


def _cut(shot: Span) -> Iterator[Span]:
    count = ceil(shot.duration_ms / LONGEST_MS)
    edges = [shot.start_ms + shot.duration_ms * number // count for number in range(count + 1)]
    return (Span(start, end) for start, end in pairwise(edges))


def pieces_of(
    footage: Footage, within: Span | None = None, candidates: Sequence[Span] | None = None, first: int | None = None
) -> tuple[Span, ...]:
    """The pieces of a film to look at, in order of time: those of a stretch, and of them the `first` that candidates
    of an index, the best first, lie in; None: all."""
    found = pieces(footage.shots)
    if within:
        found = tuple(piece for piece in found if piece.overlap_ms(within))
    if candidates is not None:
        places = dict.fromkeys(
            number for one in candidates for number, piece in enumerate(found) if piece.overlap_ms(_wide(one))
        )
        found = tuple(found[number] for number in places)
    return tuple(sorted(found[:first]))


def _wide(span: Span) -> Span:
    return span if span.duration_ms else Span(span.start_ms, span.start_ms + 1)


def recognition_cost(footage: Footage, sought: Sought, describer: Describer, spans: Sequence[Span]) -> Cost:
    """What `recognise` would ask now. Raises UsageError for a describer that cannot be asked, or not about that."""
    return cost(footage, questions(sought, tuple(spans), describer), describer)


def recognise(
    footage: Footage, sought: Sought, describer: Describer, spans: Sequence[Span], progress: Progress = silent
) -> Looked:
    """Where in these pieces, which are in order of time, it is seen. Pieces beside each other are one stretch. Answers
    are kept as they come: what was asked before is not asked again.

    Raises UsageError for a describer that cannot be asked, or not about that, and AudiodescError where the model fails,
    or gives no answer for more than the share that the settings allow.
    """
    tally = Tally("question", len(spans), footage.settings.describer.failed_share)
    failures: list[Failure] = []
    found: list[tuple[int, Judged]] = []
    asked = questions(sought, tuple(spans), describer)
    for number, answer in enumerate(answers(footage, asked, describer, progress=progress)):
        one = answer if isinstance(answer, Failure) else judged(answer, spans[number])
        if isinstance(one, Failure):
            failures.append(one)
            tally.add(one)
        else:
            found.append((number, one))
    notes = (f"{footage.folder}: {counted_failures(failures, len(spans), 'question')}",) if failures else ()
    yes, unsure = (
        tuple(_stretches(spans, [one for one in found if one[1].verdict == verdict])) for verdict in ("yes", "unsure")
    )
    return Looked(yes, unsure, len(spans), notes)


def _stretches(spans: Sequence[Span], found: Sequence[tuple[int, Judged]]) -> Iterator[Seen]:
    """Numbered judgements of pieces beside each other as one."""
    joined: Seen | None = None
    before = -1
    for number, one in found:
        if joined and number == before + 1 and spans[number].start_ms == spans[before].end_ms:
            share = one.share if joined.share is None or one.share is None else max(joined.share, one.share)
            joined = Seen(Span(joined.span.start_ms, one.span.end_ms), share, joined.pieces + 1)
        else:
            if joined:
                yield joined
            joined = Seen(one.span, one.share)
        before = number
    if joined:
        yield joined


def total(costs: Iterable[Cost]) -> Cost:
    """What several films cost together; the time is None where one of them has none."""
    each = list(costs)
    times = [one.seconds for one in each]
    seconds = None if None in times else sum(time for time in times if time is not None)
    return Cost(sum(one.queries for one in each), sum(one.pictures for one in each), seconds)


def allowed(needed: Cost, yes: bool, ask: Callable[[str], bool] | None) -> bool:
    """Whether it may be asked: a small look may, and any with `yes`; else the user is asked with `ask`. Raises
    UsageError where nobody is there to answer."""
    if yes or (needed.queries <= ASK_ABOVE and (needed.seconds or 0.0) <= ASK_ABOVE_S):
        return True
    if ask is None:
        raise UsageError(f"the model would be asked {needed}", "give --yes to go on, or --first N to look at less")
    return ask(f"ask the model {needed}?")
