"""Errors that a server, or a proxy before it, sends with the status 200: found in the body, with the status that they
say."""

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


def error_in(body: Any) -> Any:
    """The error of a body in JSON, as openai's client reads it; None where there is none.

    It is the field `error` of the body, of its first choice, or of the first of a list; or a body without choices that
    says itself that it is an error.
    """
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, dict):
        return None
    if choices := body.get("choices"):
        first = choices[0] if isinstance(choices, list) else None
        if not isinstance(first, dict):
            return None
        return first.get("error") or ("the answer ends in an error" if first.get("finish_reason") == "error" else None)
    if body.get("data"):
        return None
    return body.get("error") or (body | {"message": _message(body)} if _is_error(body) else None)


def _is_error(body: dict[str, Any]) -> bool:
    says = body.get("object") == "error" or _number(body) or isinstance(body.get("detail"), str)
    return bool(says and _message(body))


def _message(body: dict[str, Any]) -> Any:
    return body.get("message") or body.get("detail")


def with_error_status(status: int, content: bytes) -> tuple[int, bytes]:
    """The status and the body of an answer; those of the error where it is one with the status 200."""
    if status != 200:
        return status, content
    try:
        error = error_in(json.loads(content))
    except (ValueError, RecursionError):
        return status, content
    return (_status_of(error), json.dumps({"error": error}).encode()) if error else (status, content)


def _status_of(error: Any) -> int:
    if isinstance(error, dict) and (number := _number(error)):
        return number
    words = json.dumps(error, ensure_ascii=False)[:5000]
    return next((status for status, pattern in _STATUSES if pattern.search(words)), FAILED)


def _number(error: dict[str, Any]) -> int:
    """The status that an error gives; 0 for none."""
    numbers = [str(error[name]) for name in ("code", "status", "status_code") if isinstance(error.get(name), int | str)]
    return next((int(number) for number in numbers if re.fullmatch(r"[45]\d\d", number)), 0)
