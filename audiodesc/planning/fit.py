"""A line that fits its gap in the real voice, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from audiodesc.core.formatting import seconds
from audiodesc.core.speech_rate import fastest_ms, usual_ms
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

Estimate = Callable[[str, float], int | None]
"""A text at a rate -> about how long the voice will take for it, in ms, found without speaking; None where that is not
known."""

TIGHT = 0.75
"""A text that takes less of the room at an ordinary pace is voiced without an estimate: it will hardly be too long."""

NEAR_MS, FAR_MS = 50, 300
"""A text is not voiced where its estimate is so much longer than the room: at the natural rate, which an estimate that
is wrong makes a step faster than it need be, and at the fastest, where it would cost the line. `benchmarks/voices.py
--estimates` prints how wrong they are."""


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


def unknown(_text: str, _rate: float) -> int | None:
    """The estimate of a voice that has none."""
    return None


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
    estimate: Estimate = unknown,
) -> Fitted | Misfit:
    """The first that fits in `room` of: each candidate at the natural rate, each up to `fastest`, and the
    same with what `shorter` answers when asked for fewer words. A text of so many letters that no voice could say it
    in that time is not voiced, unless it is short; nor is a rate at which it is too long by the voice's `estimate`.

    It begins at `wanted_ms` where there is room behind it, else as much earlier as it needs. A text is never
    cut. `shorter` is called once, with how much too long the shortest is, as measured. `nowhere` is the
    reason where the room has no length; `has` says, in a reason, what it is whose length the room is.
    """
    faults: list[str] = []
    length = _noting(length, faults)
    texts = [text for text in candidates if text.strip()]
    hopeful = [text for text in texts if not is_hopeless(text, room.duration_ms, fastest)]
    fitted, shortest = _first(hopeful, room, wanted_ms, length, estimate, fastest)
    if fitted or not texts:
        return fitted or Misfit("nothing worth saying")
    if shorter and (shortest or not hopeful):
        over = _over(texts, shortest, room.duration_ms, fastest)
        more = [text for text in shorter(over) if text.strip()] if over.words else []
        more = [text for text in more if not is_hopeless(text, room.duration_ms, fastest)]
        fitted, again = _first(more, room, wanted_ms, length, estimate, fastest)
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
    texts: Sequence[str], room: Span, wanted_ms: int, length: Length, estimate: Estimate, fastest: float
) -> tuple[Fitted | None, tuple[str, int] | None]:
    """What fits first, and the text that takes the least time of those that do not, with that time."""
    shortest: tuple[str, int] | None = None
    for faster in (False, True):
        for text in texts:
            try:
                about_ms = estimate(text, 1.0) if usual_ms(text) > TIGHT * room.duration_ms else None
                natural_ms = length(text, 1.0) if about_ms is None else about_ms
                known = estimate if about_ms is not None else unknown
                for rate in _rates(natural_ms, room.duration_ms, fastest) if faster else (1.0,):
                    takes_ms = _too_long(text, rate, room.duration_ms, known, fastest) or length(text, rate)
                    if takes_ms <= room.duration_ms:
                        return Fitted(text, rate, _place(takes_ms, room, wanted_ms)), shortest
                    if shortest is None or takes_ms < shortest[1]:
                        shortest = (text, takes_ms)
            except ValueError:
                continue
    return None, shortest


def _too_long(text: str, rate: float, room_ms: int, estimate: Estimate, fastest: float) -> int | None:
    """How long the voice will take, where that is surely more than there is room for."""
    about_ms = estimate(text, rate)
    margin_ms = FAR_MS if rate == fastest else NEAR_MS if rate == 1.0 else 0
    return about_ms if about_ms is not None and about_ms - margin_ms > room_ms else None


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
