"""A line that fits its gap in the real voice, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from audiodesc.model import Span
from audiodesc.times import seconds

SEPARATION_MS = 250
"""Silence between two lines of the narrator."""

TAKEN = "the line before it needs the whole pause"
"""Why there is no room in a pause."""

Length = Callable[[str, float], int]
"""A text at a rate -> how long the voice takes for it, in ms. Raises ValueError where nothing is heard."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits, how fast it is spoken, and where."""

    text: str
    rate: float
    span: Span


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why nothing is said."""

    reason: str


def fit(
    candidates: Iterable[str],
    room: Span,
    wanted_ms: int,
    length: Length,
    *,
    fastest: float,
    shorter: Callable[[int], Sequence[str]] | None = None,
    nowhere: str = TAKEN,
) -> Fitted | Misfit:
    """The first that fits in `room` of: each candidate at the natural rate, each up to `fastest`, and the
    same with what `shorter` answers when asked for fewer words.

    It begins at `wanted_ms` where there is room behind it, else as much earlier as it needs. A text is never
    cut. `shorter` is called once, with the number of words that the voice has time for, as measured. `nowhere` is the
    reason where the room has no length.
    """
    faults: list[str] = []
    length = _noting(length, faults)
    texts = [text for text in candidates if text.strip()]
    fitted, shortest = _first(texts, room, wanted_ms, length, fastest)
    if fitted or not texts:
        return fitted or Misfit("nothing worth saying")
    if shorter and shortest:
        text, takes = shortest
        words = len(text.split()) * room.duration_ms // takes
        fitted, _ = _first([t for t in shorter(words) if t.strip()] if words else (), room, wanted_ms, length, fastest)
    if fitted:
        return fitted
    if not shortest:
        return Misfit((faults and faults[-1]) or "nothing can be heard of it")
    if not room.duration_ms:
        return Misfit(nowhere)
    return Misfit(f"it takes {seconds(shortest[1])} s and the pause has {seconds(room.duration_ms)} s")


def _noting(length: Length, faults: list[str]) -> Length:
    """The same, and what it raises is kept."""

    def noted(text: str, rate: float) -> int:
        try:
            return length(text, rate)
        except ValueError as error:
            faults.append(str(error))
            raise

    return noted


def _first(
    texts: Sequence[str], room: Span, wanted_ms: int, length: Length, fastest: float
) -> tuple[Fitted | None, tuple[str, int] | None]:
    """What fits first, and the text that took the least time of those that do not, with that time."""
    shortest: tuple[str, int] | None = None
    for faster in (False, True):
        for text in texts:
            try:
                natural = length(text, 1.0)
                tries = _rates(natural, room.duration_ms, fastest) if faster else (1.0,)
                for rate in tries:
                    takes = natural if rate == 1.0 else length(text, rate)
                    if takes <= room.duration_ms:
                        return Fitted(text, rate, _place(takes, room, wanted_ms)), shortest
                    if shortest is None or takes < shortest[1]:
                        shortest = (text, takes)
            except ValueError:
                continue
    return None, shortest


def _rates(natural_ms: int, room_ms: int, fastest: float) -> Iterator[float]:
    """Rates to try: as fast as needed and no faster, in steps of 0.05 (few, so that clips are found again in
    the cache), then the fastest, unless even that is hopeless."""
    needed = natural_ms / max(1, room_ms)
    if needed > fastest * 1.1:
        yield fastest
        return
    rate = 1.0
    while (rate := round(rate + 0.05, 2)) < fastest:
        if rate >= needed * 0.95:
            yield rate
    yield fastest


def _place(takes_ms: int, room: Span, wanted_ms: int) -> Span:
    start = max(room.start_ms, min(wanted_ms, room.end_ms - takes_ms))
    return Span(start, start + takes_ms)
