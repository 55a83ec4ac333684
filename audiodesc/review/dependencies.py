"""What addresses are given: the opened project, the player of its film, and who edits."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Header, Request
from fastapi import Path as InPath

from audiodesc.review.playing import Player
from audiodesc.review.state import Review

SOURCE: Final = "page"
LONGEST_NAME: Final = 80
NEW: Final = "new"
"""In the place of an id: a line that is not there yet."""

Id = Annotated[str, InPath(max_length=200)]


async def _review(request: Request) -> Review:
    found: Review = request.app.state.review
    return found


async def _player(request: Request) -> Player:
    found: Player = request.app.state.player
    return found


async def _who(request: Request, x_author: Annotated[str, Header(max_length=1_000)] = "") -> str:
    """What the page says, percent-encoded in its header (headers are Latin-1), else who started the server."""
    review: Review = request.app.state.review
    return unquote(x_author, errors="replace").strip()[:LONGEST_NAME] or review.author


Opened = Annotated[Review, Depends(_review)]
Playing = Annotated[Player, Depends(_player)]
Who = Annotated[str, Depends(_who)]
