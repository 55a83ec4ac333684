"""Logs as JSON, one object a line: when, how grave, what, and which job or request it is of. Keys, secrets and bodies
are never among them."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Final, TextIO

from audiodesc.service.views import USER

FIELDS: Final = (
    *("job", "tenant", "key", "state", "stage", "detail", "file", "bytes", "webhook"),
    *("method", "path", "status", "ms"),
)
"""What a line may say besides; None is left out."""

NAMES: Final = ("audiodesc", "uvicorn", "uvicorn.error")
"""Loggers that are written."""

LONGEST: Final = 4_000
"""Characters of a value."""


class JsonLines(logging.Formatter):
    """A line of JSON for each record."""

    def format(self, record: logging.LogRecord) -> str:
        made: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _clean(" ".join(record.getMessage().split())),
        }
        for name in FIELDS:
            value = getattr(record, name, None)
            if value not in (None, ""):
                made[name] = _clean(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0] is not None:
            made["error"] = _clean("".join(traceback.format_exception(*record.exc_info)))
        return json.dumps(made)


def log_as_json(stream: TextIO | None = None) -> logging.Handler:
    """Write what the package and its server log to a stream (standard error), instead of how it was written before;
    the handler, to be removed."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    for name in NAMES:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], False
        if name != "uvicorn.error":  # it hands on to uvicorn
            logger.addHandler(handler)
        else:
            logger.propagate = True
    logging.getLogger("audiodesc").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return handler


def _clean(text: str) -> str:
    return USER.sub(r"\1", text)[:LONGEST]
