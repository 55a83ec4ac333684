"""Queries -> the answers of a loaded model, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from audiodesc.core.concurrency import ahead
from audiodesc.describers.base import Failure
from audiodesc.describers.models.batching import BatchRunner, batches
from audiodesc.describers.models.questions import Question
from audiodesc.describers.queries import UNSEEN, Query, Reply, Said
from audiodesc.model import Span, VideoClip

Numbered = tuple[int, Query]


def answers_of(
    runner: BatchRunner, queries: Iterable[Numbered], *, chat: bool, window: int
) -> Iterator[tuple[int, Reply | Failure]]:
    """The numbered queries with their answers, as they come; all are about clips, or none is. While the model works on
    one batch the next is decoded and prepared. Raises what `BatchRunner` raises."""
    for some, questions, inputs in ahead(_prepared(runner, queries, chat, window), 1):
        if not questions:
            yield from ((number, UNSEEN) for number, _ in some)
            continue
        first = some[0][1]
        numbers = (number for number, _ in some)
        if first.choices:
            shares = runner.choose(questions, inputs, first.choices)
            yield from zip(numbers, (_choice(first.choices, one) for one in shares), strict=True)
        else:
            answers = runner.answer(questions, inputs, max(query.longest_tokens for _, query in some))
            yield from zip(numbers, map(_reply, answers), strict=True)


def answer_aloud(runner: BatchRunner, query: Query, said: Said, *, chat: bool) -> Reply | Failure:
    """The answer to one query, said while it is written."""
    if query.clip is not None and not query.clip.frames:
        return UNSEEN
    return _reply(runner.ask_aloud(_question(query, chat), query.longest_tokens, said))


def _prepared(
    runner: BatchRunner, queries: Iterable[Numbered], chat: bool, window: int
) -> Iterator[tuple[Sequence[Numbered], list[Question], Any]]:
    """Numbered queries of one kind, questions, and their input; without questions where there is no picture."""
    none = VideoClip(Span(0, 0), ())
    cut = batches(
        queries,
        lambda one: runner.weight(one[1].clip or none),
        runner.batch,
        window,
        lambda one: (runner.kind_of(one[1].clip or none), one[1].choices, len(one[1].portraits)),
    )
    for batch in cut:
        some = [one for _, one in batch]
        clip = some[0][1].clip
        if clip is not None and not clip.frames:
            yield some, [], None
            continue
        questions = [_question(query, chat) for _, query in some]
        yield some, questions, runner.prepare(questions)


def _question(query: Query, chat: bool) -> Question:
    frames, start_ms = (query.clip.frames, query.clip.span.start_ms) if query.clip else ((), None)
    return Question(query.text, frames, query.portraits, chat, start_ms=start_ms, follow_ups=query.follow_ups)


def _choice(choices: str, shares: Sequence[float]) -> Reply:
    return Reply(choices[max(range(len(choices)), key=lambda place: shares[place])], tuple(shares))


def _reply(answer: str | Failure) -> Reply | Failure:
    return answer if isinstance(answer, Failure) else Reply(answer)
