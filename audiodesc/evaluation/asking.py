"""Queries in words alone -> the answers of a model: each asked once, batched, and kept as it comes.

What is asked about a film's frames goes through `footage.answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Any, Protocol, cast

from audiodesc.core import cache
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.queries import Query, QueryKind, Reply, check_answers
from audiodesc.errors import AudiodescError
from audiodesc.footage.answers import Cost, clean

Read = Callable[[str, str], str]
"""What an answer means, given it and the choices: one of them; "" where it means none."""


class Answerer(Protocol):
    """A model that is asked in words: any describer that `AnswersQueries`, or a `TextServer`. It is used within its
    session."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def query_kind(self) -> QueryKind: ...

    def session(self, store: cache.Store) -> AbstractContextManager[None]: ...

    def answer_queries(self, queries: Iterable[Query]) -> Iterator[tuple[int, Reply | Failure]]: ...

    def queries_take_s(self, count: int) -> float | None: ...


def as_answerer(describer: Describer) -> Answerer:
    """The describer as one that is asked. Raises UsageError for one that has no model."""
    check_answers(describer, describer.label)
    return cast(Answerer, describer)


def asked(
    by: Answerer, queries: Sequence[Query], store: cache.Store, read: Read | None = None, progress: Progress = silent
) -> list[Reply | Failure]:
    """An answer to each query, in order; equal queries are asked once, and those of an earlier run are in the store.

    A failure is not kept. `read` finds the choice in an answer in which the describer found none. Raises AudiodescError
    where the model fails for good; what came before is kept.
    """
    names = [_key(by, query) for query in queries]
    found: dict[str, Reply | Failure] = {}
    missing: dict[str, Query] = {}
    for name, query in zip(names, queries, strict=True):
        if name not in found and name not in missing:
            known = store.read_json(name, _reply_in)
            if known is None:
                missing[name] = query
            else:
                found[name] = known
    waiting, kept = list(missing.items()), len(found)
    progress("ask", kept, kept + len(waiting))
    for number, answer in by.answer_queries([query for _, query in waiting]):
        if not 0 <= number < len(waiting):
            raise _unanswered(by)
        name, query = waiting[number]
        found[name] = _as_read(answer, query, read)
        if isinstance(one := found[name], Reply):
            store.put_json(name, asdict(one))
        progress("ask", len(found), kept + len(waiting))
    if len(found) < kept + len(waiting):
        raise _unanswered(by)
    return [found[name] for name in names]


def cost(by: Answerer, queries: Sequence[Query], store: cache.Store) -> Cost:
    """What `asked` would ask now."""
    names = {_key(by, query) for query in queries}
    missing = sum(store.read_json(name, _reply_in) is None for name in names)
    return Cost(missing, 0, by.queries_take_s(missing))


def _as_read(answer: Reply | Failure, query: Query, read: Read | None) -> Reply | Failure:
    if isinstance(answer, Reply):
        return replace(answer, text=clean(answer.text))
    if answer.kind == "unreadable" and read and (meant := read(answer.words, query.choices)):
        return Reply(meant)
    return answer


def _unanswered(by: Answerer) -> AudiodescError:
    return AudiodescError(
        f"{by.label} does not answer each query", "choose another (--describer), and tell those who made this one"
    )


def _key(by: Answerer, query: Query) -> str:
    """Such queries have no clip."""
    of = {"text": query.text, "choices": query.choices, "tokens": query.longest_tokens}
    return cache.key("asked", 1, by=by.fingerprint, query=of)


def _reply_in(value: Any) -> Reply:
    text, shares = value["text"], tuple(map(float, value["shares"]))
    if not isinstance(text, str):
        raise TypeError("an answer without text")
    return Reply(text, shares)
