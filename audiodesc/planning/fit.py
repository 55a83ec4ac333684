"""A line that fits its gap in the real voice, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from audiodesc.core.formatting import seconds
from audiodesc.core.speech_rate import fastest_ms
from audiodesc.model import Span

SEPARATION_MS = 250
"""Silence between two lines of the narrator."""

TAKEN = "the line before it needs the whole pause"
"""Why there is no room in a pause."""

VOICED_MS = 10_000
"""A text that needs no more than this is voiced in any case, which costs little: so its true length is known."""

NATURAL_WPM = 150
"""Words that a shorter text is asked for where the pace of the voice was not measured."""

Length = Callable[[str, float], int]
"""A text at a rate -> how long the voice takes for it, in ms. Raises ValueError where nothing is heard."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits, how fast it is spoken, and where; at the span's end the film stops for `stop_ms`."""

    text: str
    rate: float
    span: Span
    stop_ms: int = 0


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why nothing is said; `text` is what takes the least time of all that was tried, "" where nothing was."""

    reason: str
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TooLong:
    """The shortest text does not fit even at the fastest rate: by how much, and how many words the voice has time
    for."""

    text: str
    over_ms: int
    words: int


def fit(
    candidates: Iterable[str],
    room: Span,
    wanted_ms: int,
    length: Length,
    *,
    fastest: float,
    shorter: Callable[[TooLong], Sequence[str]] | None = None,
    nowhere: str = TAKEN,
    has: str = "the pause has",
) -> Fitted | Misfit:
    """The first that fits in `room` of: each candidate at the natural rate, each up to `fastest`, and the
    same with what `shorter` answers when asked for fewer words. A text of so many letters that no voice could say it
    in that time is not voiced, unless it is short.

    It begins at `wanted_ms` where there is room behind it, else as much earlier as it needs. A text is never
    cut. `shorter` is called once, with how much too long the shortest is, as measured. `nowhere` is the
    reason where the room has no length; `has` says, in a reason, what it is whose length the room is.
    """
    faults: list[str] = []
    length = _noting(length, faults)
    texts = [text for text in candidates if text.strip()]
    hopeful = [text for text in texts if not is_hopeless(text, room.duration_ms, fastest)]
    fitted, shortest = _first(hopeful, room, wanted_ms, length, fastest)
    if fitted or not texts:
        return fitted or Misfit("nothing worth saying")
    if shorter and (shortest or not hopeful):
        over = _over(texts, shortest, room.duration_ms, fastest)
        more = [text for text in shorter(over) if text.strip()] if over.words else []
        more = [text for text in more if not is_hopeless(text, room.duration_ms, fastest)]
        fitted, again = _first(more, room, wanted_ms, length, fastest)
        shortest = min((one for one in (shortest, again) if one), key=lambda one: one[1], default=None)
    if fitted:
        return fitted
    if hopeful and not shortest:
        return Misfit((faults and faults[-1]) or "nothing can be heard of it")
    if not room.duration_ms:
        return Misfit(nowhere, shortest[0] if shortest else "")
    least = min(texts, key=len)
    takes = f"takes {seconds(shortest[1])} s" if shortest else _at_least(least, fastest)
    return Misfit(f"it {takes} and {has} {seconds(room.duration_ms)} s", shortest[0] if shortest else least)


def _over(texts: Sequence[str], shortest: tuple[str, int] | None, room_ms: int, fastest: float) -> TooLong:
    """How much too long the shortest text is; where none was voiced, as far as its letters tell."""
    if shortest:
        text, takes_ms = shortest
        return TooLong(text, takes_ms - room_ms, len(text.split()) * room_ms // takes_ms)
    text = min(texts, key=len)
    return TooLong(text, round(fastest_ms(text, fastest)) - room_ms, room_ms * NATURAL_WPM // 60_000)


def is_hopeless(text: str, room_ms: int, fastest: float) -> bool:
    """Whether a text need not be voiced to know that it fits neither here nor anywhere near."""
    return fastest_ms(text, fastest) > max(room_ms, VOICED_MS)


def _at_least(text: str, fastest: float) -> str:
    return f"has {len(text):,} characters, which take {seconds(fastest_ms(text, fastest))} s or more,"


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
