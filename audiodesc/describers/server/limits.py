"""What one request to a server may hold: less with each limit that is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, TypeVar

from audiodesc.describers.server.faults import LimitError

FEWEST_TOKENS = 512
"""Of an answer: so much room is left for it where the context is short, before frames are left out."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """How many frames of a clip one request holds at most, how many tokens its answer may have, and whether the cast's
    portraits are sent with it."""

    frames: int
    tokens: int
    portraits: bool = True


class Budget:
    """The share of a request that a server takes, as far as is known; asked from any thread."""

    def __init__(self, share: Share) -> None:
        self._share, self._lock = share, Lock()
        self._words: dict[str, str] = {}

    @property
    def share(self) -> Share:
        return self._share

    def notes(self) -> tuple[str, ...]:
        """What is sent less of, with the server's words."""
        made = []
        if "frames" in self._words:
            made.append(f"the server is sent at most {self._share.frames} frames of a clip: {self._words['frames']}")
        if "portraits" in self._words:
            made.append(f"the server is sent no portraits of the cast: {self._words['portraits']}")
        if "tokens" in self._words:
            made.append(f"the server's answers have at most {self._share.tokens} tokens: {self._words['tokens']}")
        return tuple(made)

    def restore(self, share: Share, words: dict[str, str]) -> None:
        """Begin with what was found before."""
        self._share, self._words = share, dict(words)

    @property
    def words(self) -> dict[str, str]:
        """What the server said of each thing that it is sent less of."""
        return dict(self._words)

    def reduce(self, used: Share, frames: int, portraits: int, error: LimitError) -> bool:
        """Take less from now on, after a request with `frames` frames and `portraits` portraits was too much.

        False where nothing can be left out any more.
        """
        with self._lock:
            now = self._share
            if now != used and (now.frames < frames or now.tokens < used.tokens or now.portraits != used.portraits):
                return True  # another thread has met the limit meanwhile
            kind, less = _less(now, frames, portraits if now.portraits else 0, error)
            if less == now:
                return False
            self._share, self._words[kind] = less, error.words
            return True


def _less(now: Share, frames: int, portraits: int, error: LimitError) -> tuple[str, Share]:
    if error.limit == "context" and now.tokens > FEWEST_TOKENS:
        return "tokens", replace(now, tokens=FEWEST_TOKENS)
    room = error.count - portraits if error.limit == "pictures" and error.count else frames // 2
    if 0 < room < frames:
        return "frames", replace(now, frames=room)
    if portraits:
        return "portraits", replace(now, portraits=False)
    if frames > 1:
        return "frames", replace(now, frames=max(1, min(frames - 1, error.count or frames // 2)))
    return "", now


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly, with the first and the last."""
    if len(items) <= most:
        return list(items)
    if most == 1:
        return [items[len(items) // 2]]
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def share_in(value: Any) -> tuple[Share, dict[str, str]]:
    """What was kept of a budget. Raises TypeError or ValueError for anything else."""
    share = Share(**value["share"])
    if not (isinstance(share.frames, int) and isinstance(share.tokens, int) and share.frames > 0 and share.tokens > 0):
        raise ValueError("no share")
    return share, {str(kind): str(words) for kind, words in value["words"].items()}
