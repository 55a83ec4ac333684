"""A question to films that an OpenSearch server has: as its own queries, and its answers as hits.

What a person typed becomes words, which stand in the queries as data; nothing of it is read as the server's syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from audiodesc.core.formatting import number_of
from audiodesc.model import Span
from audiodesc.search.documents import FIELDS, Field
from audiodesc.search.finding import EVERYWHERE, LIMIT, Answer, Hit, Where, check_limit, reasons_of
from audiodesc.search.opensearch import ALIAS
from audiodesc.search.opensearch_client import opened
from audiodesc.search.questions import Question, Wanted, question_of
from audiodesc.search.ranking import WEIGHTS
from audiodesc.search.words import folded

MOST_EXPANDED = 1_000
"""Words that a prefix at the end of a phrase may stand for."""

SHOWN = ("project", "film", "start_ms", "end_ms", "texts")


def find_in(url: str, question: str, *, limit: int = LIMIT, where: Where = EVERYWHERE) -> Answer:
    """The moments of films on an OpenSearch server that answer a question best, at most `limit`, the best first. The
    question is as for `finding.find`. Raises what `opensearch.send` raises, and InputError where it has no films."""
    check_limit(limit)
    asked = question_of(question)
    body = {"size": limit, "_source": list(SHOWN), "sort": ["_score", {"key": "asc"}], "query": query_of(asked, where)}
    with opened(url, "--in") as server:
        found = server.ask(lambda: list(server.client.search(index=ALIAS, body=body)["hits"]["hits"]))
    hits = [hit for one in found if (hit := _hit(one, asked))]
    left = len(found) - len(hits)
    notes = (f"{number_of(left, 'answer')} of the server cannot be read and {'is' if left == 1 else 'are'} left out",)
    return Answer(tuple(hits[:limit]), notes if left else ())


def query_of(question: Question, where: Where = EVERYWHERE) -> dict[str, Any]:
    """The question in OpenSearch's query language."""
    filters: list[dict[str, Any]] = [{"term": {"kind": "moment"}}, {"range": {"end_ms": {"gte": where.start_ms}}}]
    if where.end_ms is not None:
        filters.append({"range": {"start_ms": {"lt": where.end_ms}}})
    if where.film:
        filters.append({"wildcard": {"name": {"value": f"*{_escaped(folded(where.film))}*"}}})
    made: dict[str, Any] = {"filter": filters, "must": [_any(map(_wanted, some)) for some in question.all_of]}
    if question.none_of:
        made["must_not"] = [_wanted(one) for one in question.none_of]
    return {"bool": made}


def _any(queries: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _wanted(one: Wanted) -> dict[str, Any]:
    return _any(_in_field(one, field) for field in ([one.field] if one.field else FIELDS))


def _in_field(one: Wanted, field: Field) -> dict[str, Any]:
    name, boost = f"words.{field}", WEIGHTS[field]
    if one.prefix and len(one.words) == 1:
        return {"prefix": {name: {"value": one.words[0], "boost": boost}}}
    value: dict[str, Any] = {"query": " ".join(one.words), "boost": boost}
    if one.prefix:
        return {"match_phrase_prefix": {name: value | {"max_expansions": MOST_EXPANDED}}}
    return {"match_phrase": {name: value}}


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "*?\\" else char for char in text)


def _hit(found: Any, question: Question) -> Hit | None:
    """A hit of the server; None for what has another form: others may write there too."""
    try:
        source, score = found["_source"], float(found["_score"])
        span = Span(int(source["start_ms"]), int(source["end_ms"]))
        texts = _texts(source["texts"])
        project, film = Path(str(source["project"])), str(source["film"])
    except (LookupError, AttributeError, TypeError, ValueError, OverflowError):
        return None
    return Hit(project, film, span, texts["line"], tuple(reasons_of(texts.items(), question)), score)


def _texts(given: Mapping[str, Any]) -> dict[Field, str]:
    return {field: str(given.get(field, "")) for field in FIELDS}
