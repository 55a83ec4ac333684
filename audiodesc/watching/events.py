"""What happens in a watched folder, as a person or a program is shown it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from audiodesc.errors import AudiodescError

log = logging.getLogger(__name__)

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


Report = Callable[[WatchEvent], None]


class StoppedError(Exception):
    """The watch is to end: what takes long is broken off, and done with the next start."""


class Reporter:
    """Reports what happens; what does not go on by itself, only once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._reported: set[tuple[str, str]] = set()

    def report(self, event: WatchEvent) -> None:
        """Report it; what was reported of its film before may be reported again."""
        self.forget(event.film)
        self._report(event)

    def forget(self, film: str) -> None:
        """What was reported of this film may be reported again."""
        self._reported = {one for one in self._reported if one[0] != film}

    def once(self, event: WatchEvent) -> bool:
        """Report it unless it was reported of this film already; whether it was reported now."""
        if (event.film, event.text) in self._reported:
            return False
        self._reported.add((event.film, event.text))
        self._report(event)
        return True

    def guard(self, film: str, work: Callable[[], None]) -> None:
        """Do it; what goes wrong with this film is reported once, and ends nothing else. What is broken off because the
        watch is to end is left for the next start."""
        try:
            work()
        except StoppedError:
            return
        except AudiodescError as error:
            self.once(WatchEvent("waits", film, str(error)))
        except OSError as error:
            said = f"{error.filename or film} cannot be read or written ({error.strerror or error}): mend that"
            self.once(WatchEvent("waits", film, said))
        except Exception as error:  # of one film: the others are made
            waits = WatchEvent("waits", film, f"{type(error).__name__}: {error}")
            if self.once(waits):
                log.exception("%s cannot be taken in hand", film)
