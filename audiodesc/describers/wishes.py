"""What a person wants of other lines for a place that has some: others, shorter ones, or what a hint asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final, Protocol, runtime_checkable

from audiodesc.core.formatting import UNSEEN
from audiodesc.core.style import nearly_says, says
from audiodesc.describers.base import LineRequest
from audiodesc.errors import UsageError

LONGEST_HINT: Final = 200
"""Characters."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`offered` are lines that a person knows already, the latest last; `following` those that are spoken after. `hint`
    is what the person says of the line, "" for nothing; see `plain_hint`. With `shorter` the lines are to have
    fewer words, and may be parts of those that are offered."""

    offered: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    hint: str = ""
    shorter: bool = False

    def repeated(self, line: str) -> str:
        """What a line says again, of what is offered or follows; "" where it says something else. Of shorter lines one
        may be a part of what is offered."""
        for known in self.offered:
            if says(known, line) if not self.shorter else says(known, line) and says(line, known):
                return known
            if not self.shorter and nearly_says(known, line):
                return known
        return next((one for one in self.following if says(one, line) or nearly_says(one, line)), "")


@dataclass(frozen=True, slots=True)
class WishRequest(LineRequest):
    """A request for lines as a person wants them. It is a class of its own, so that the answers to all other requests
    that are kept stay what they are."""

    wish: Wish = field(default_factory=Wish)


@runtime_checkable
class TakesWishes(Protocol):
    """A describer that heeds the wish of a `WishRequest`, as a language model can that is asked in words."""

    @property
    def takes_wishes(self) -> bool:
        """False where what writes only goes on with a text."""


def wished(request: LineRequest, wish: Wish) -> WishRequest:
    """The request with a wish."""
    return WishRequest(**{one.name: getattr(request, one.name) for one in fields(LineRequest)}, wish=wish)


def plain_hint(text: str) -> str:
    """A hint as it is put into a question: in one line, without control characters and what nobody sees.

    Raises UsageError for one that is too long.
    """
    hint = " ".join(UNSEEN.sub(" ", text).split())
    if len(hint) > LONGEST_HINT:
        raise UsageError(
            f"the hint has {len(hint)} characters", f"say it in {LONGEST_HINT}, such as 'mention the letter'"
        )
    return hint
