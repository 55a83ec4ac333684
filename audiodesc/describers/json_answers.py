"""JSON in what a model answers, broken or not -> its objects; what cannot be read is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from audiodesc.describers.faulty_answers import without_thinking

LONGEST = 12_000
"""Characters that are read: 2,048 tokens come to about 9,000."""

MOST_BRACKETS = 300
"""What follows so many is not read: the time for a repair grows with their square, its stack with their depth."""

_TO_LAST_WHOLE = re.compile(r"\A(.*[.,;\"'”}\]]).*\Z", re.DOTALL)
_LAST_NAME = re.compile(r"(?<=[{,])\s*\"[^\"]*\"\Z")
"""An answer that is cut off ends in half a clause, or in a name without a value."""

_CURLY = str.maketrans("“”„", '"' * 3)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object; its fields' names are without case and punctuation. `repaired`: it was not valid JSON."""

    fields: dict[str, Any]
    repaired: bool


def json_objects(answer: str, known: frozenset[str]) -> tuple[tuple[JsonObject, ...], bool]:
    """The objects that have a known field, and whether the answer was so long that its end was not read.

    Searches lists, and objects that only wrap others. Never raises.
    """
    text = without_thinking(answer)
    brackets = (found.start() for found in re.finditer(r"[\[{(]", text[:LONGEST]))
    end = min(LONGEST, next(islice(brackets, MOST_BRACKETS, None), LONGEST))
    found = [JsonObject(fields, repaired) for value, repaired in _values(text[:end]) for fields in _known(value, known)]
    return tuple(found), len(text) > end


def plain_fields(value: Any) -> dict[str, Any]:
    """An object's fields under their plain names; {} for anything else."""
    return {plain_name(str(name)): inner for name, inner in value.items()} if isinstance(value, dict) else {}


@lru_cache(maxsize=1024)
def plain_name(name: str) -> str:
    """Without case and punctuation: "Shot Type" and "shot_type" are one name."""
    return re.sub(r"[\W_]", "", name.casefold())


def _known(value: Any, known: frozenset[str]) -> Iterator[dict[str, Any]]:
    for one in value if isinstance(value, list) else [value]:
        fields = plain_fields(one)
        if known & fields.keys():
            yield fields
        else:
            yield from (inner for inner in map(plain_fields, fields.values()) if known & inner.keys())


def _values(text: str) -> Iterator[tuple[Any, bool]]:
    """Each value in the text, and whether it had to be repaired: that one takes in all that follows."""
    at = text.find("{")
    while at >= 0:
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(text, at)
        except (ValueError, RecursionError):
            yield repaired(text[at:]), True
            return
        yield value, False
        at = text.find("{", end)


def repaired(text: str) -> Any:
    from json_repair import repair_json

    if text.startswith('{\\"'):  # JSON in a text of JSON
        text = text.replace('\\"', '"')
    text = _LAST_NAME.sub("", _TO_LAST_WHOLE.sub(r"\1", text))
    try:
        return repair_json(text if '"' in text else text.translate(_CURLY), return_objects=True)
    except Exception:  # on text that is nothing like JSON it fails in many ways: ValueError, AssertionError …
        return None
