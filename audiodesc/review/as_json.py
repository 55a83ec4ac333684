"""What is sent to the page, answers and events, as JSON."""

from __future__ import annotations

from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from audiodesc.core.formatting import plain

_ANY: Final[TypeAdapter[Any]] = TypeAdapter(Any)


def as_json(value: Any) -> bytes:
    """JSON of a value that may hold dataclasses. What UTF-8 cannot hold, as in the name of a file that is none, is
    shown as �."""
    try:
        return _ANY.dump_json(value)
    except PydanticSerializationError:
        return _ANY.dump_json(_writable(_ANY.dump_python(value, mode="json")))


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(name): _writable(one) for name, one in value.items()}
    return [_writable(one) for one in value] if isinstance(value, list) else value


class Json(JSONResponse):
    """An answer."""

    def render(self, content: Any) -> bytes:
        return as_json(content)
