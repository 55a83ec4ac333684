"""Errors that a server, or what is before it, sends with the status of an answer: given the status that they say."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_STATUSES: Final = (
    (401, re.compile(r"invalid.?api.?key|incorrect api key|no api key|authenticat|unauthori[sz]ed|credentials", re.I)),
    (403, re.compile(r"permission|forbidden|not allowed to", re.I)),
    (429, re.compile(r"rate.?limit|too many requests|quota|insufficient.?(?:credits|funds|balance)", re.I)),
    (
        404,
        re.compile(
            r"model.?not.?found|(?:no such|unknown|invalid) model|no models? (?:is |are )?loaded|"
            r"model\b[^.]{0,80}\b(?:not found|(?:does|do) not exist|not a valid model)",
            re.I,
        ),
    ),
    (413, re.compile(r"(?:payload|request|entity) too large", re.I)),
    (
        400,
        re.compile(r"invalid.?request|bad.?request|content.?filter|at most \d+|context|too (?:long|many|large)", re.I),
    ),
)
"""By the words of an error that has no number: the first that fits."""

FAILED = 500
"""Of one whose words say nothing: it may pass, and the same is asked for again."""


def undisguised(status: int, content: bytes) -> tuple[int, bytes]:
    """The status and the body of an answer; those of the error where it is one with the status 200."""
    if status != 200 or b'"error"' not in content:
        return status, content
    try:
        error = _error_in(json.loads(content))
    except (ValueError, RecursionError):
        return status, content
    return (_status_of(error), json.dumps({"error": error}).encode()) if error else (status, content)


def _error_in(body: Any) -> Any:
    """The error of a body that has nothing else, or of its first choice."""
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    if not choices and not body.get("data"):
        return body.get("error")
    first = choices[0] if isinstance(choices, list) else None
    return first.get("error") if isinstance(first, dict) else None


def _status_of(error: Any) -> int:
    numbers = [error.get(name) for name in ("code", "status", "status_code")] if isinstance(error, dict) else []
    for number in numbers:
        if isinstance(number, int | str) and re.fullmatch(r"[45]\d\d", str(number)):
            return int(number)
    words = json.dumps(error, ensure_ascii=False)[:5000]
    return next((status for status, pattern in _STATUSES if pattern.search(words)), FAILED)
