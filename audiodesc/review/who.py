"""Who edits: what the page says, else who started the server."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Header

SOURCE: Final = "page"
LONGEST_NAME: Final = 80


def _who(x_author: Annotated[str, Header(max_length=1_000)] = "") -> str:
    """The name, percent-encoded in its header: headers are Latin-1."""
    return unquote(x_author, errors="replace").strip()[:LONGEST_NAME]


Who = Annotated[str, Depends(_who)]
