"""Judges and answerers whose answers are known: what they are asked is read back from the query's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from answering import Replying

from audiodesc.describers.base import Failure
from audiodesc.describers.queries import Query, Reply, letter_in


def data_of(query: Query) -> dict[str, Any]:
    """What stands in the query as JSON: on a line of its own, and nothing else there."""
    (line,) = (one for one in query.text.splitlines() if one.startswith("{"))
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def likeness(first: str, second: str) -> float:
    """The share of words that both have: 1 for equal texts."""
    mine, other = words(first), words(second)
    return len(mine & other) / max(len(mine | other), 1)


def by_words(query: Query) -> str:
    """A judge that counts common words, and knows no order."""
    data = data_of(query)
    if "other" in data:
        return str(round(5 * likeness(data["person"], data["other"])))
    a, b = (likeness(data["person"], data[name]) for name in "AB")
    return "T" if a == b else "A" if a > b else "B"


class Judge(Replying):
    """Answers as a server's model does: in words, from which letters are read."""

    label = "a scripted judge"

    def __init__(self, reply: Callable[[Query], str | Reply | Failure] = by_words) -> None:
        super().__init__(lambda query: _as_server(reply(query), query))


def _as_server(answer: str | Reply | Failure, query: Query) -> Reply | Failure:
    if not isinstance(answer, str):
        return answer
    letter = letter_in(answer, query.choices)
    return Reply(letter) if letter else Failure("unreadable", words=answer)
