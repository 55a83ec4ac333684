"""What happens in a watched folder, as a person or a program is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from audiodesc.errors import AudiodescError

Happening = Literal[
    "arrived", "again", "changed", "dropped", "renamed", "same", "made", "moved", "cancelled", "quarantined", "waits",
    "watches",
]  # fmt: skip
"""A film is queued, or is so again; changed while it is made; is gone before it was; is known under another name, or by
its content; is made; was moved to its results; was cancelled by a person; failed and was moved away; waits for what the
text names; and how the folder is watched."""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """What happened, with which film by its path in the folder ("" with none of them), and a line on it."""

    what: Happening
    film: str
    text: str


Tell = Callable[[WatchEvent], None]


class Teller:
    """Tells what happens, and what does not go on by itself only once."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told: set[tuple[str, str]] = set()

    def tell(self, event: WatchEvent) -> None:
        """Tell it; what was told of its film before may be told again."""
        self._told = {one for one in self._told if one[0] != event.film}
        self._tell(event)

    def once(self, event: WatchEvent) -> None:
        """Tell it unless it was told of this film already."""
        if (event.film, event.text) not in self._told:
            self._told.add((event.film, event.text))
            self._tell(event)

    def guard(self, film: str, work: Callable[[], None]) -> None:
        """Do it; what the disk or the batch says against it is told once."""
        try:
            work()
        except AudiodescError as error:
            self.once(WatchEvent("waits", film, str(error)))
        except OSError as error:
            said = f"{error.filename or film} cannot be read or written ({error.strerror or error}): mend that"
            self.once(WatchEvent("waits", film, said))
