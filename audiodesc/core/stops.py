"""Where the film stops for a line that is longer than its pause; and times of the film as times of the extended film,
which has these stops in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from audiodesc.model import Span, SpokenLine


@dataclass(frozen=True, slots=True, order=True)
class Stop:
    """The film stands at `at_ms` of its own clock for `length_ms`, 1 or more."""

    at_ms: int
    length_ms: int

    def __post_init__(self) -> None:
        if self.at_ms < 0 or self.length_ms < 1:
            raise ValueError(f"not a stop: {self.length_ms} ms at {self.at_ms} ms")


@dataclass(frozen=True)
class Stops:
    """All stops of a film, in order, no two at the same time: see `of_lines`. Without any, all times stay.

    Times of the film are `film_ms`, those of the extended film `extended_ms`.
    """

    stops: tuple[Stop, ...] = ()

    def __post_init__(self) -> None:
        times = [stop.at_ms for stop in self.stops]
        if times != sorted(set(times)):
            raise ValueError("stops are in order, no two at the same time")

    def __bool__(self) -> bool:
        return bool(self.stops)

    @property
    def total_ms(self) -> int:
        """How much longer the extended film is."""
        return self._sums[-1]

    def extended_ms(self, film_ms: int) -> int:
        """When a moment of the film is seen in the extended film; one at which it stops, when it goes on."""
        return film_ms + self._sums[bisect_right(self._times, film_ms)]

    def reached_ms(self, film_ms: int) -> int:
        """The same; one at which the film stops, when it does so."""
        return film_ms + self._sums[bisect_left(self._times, film_ms)]

    def extended(self, span: Span) -> Span:
        """A span of the film in the extended film: with the stops in it, without those at its ends."""
        start = self.extended_ms(span.start_ms)
        return Span(start, max(start, self.reached_ms(span.end_ms)))

    def around(self, span: Span) -> Span:
        """A span of the film in the extended film, with the stops in it and that at its end."""
        return Span(self.extended_ms(span.start_ms), self.extended_ms(span.end_ms))

    def parts(self, span: Span) -> Iterator[Span]:
        """A span of the film in the extended film, without the stops: as many as it is parted into."""
        inside = self._times[bisect_right(self._times, span.start_ms) : bisect_left(self._times, span.end_ms)]
        for start, end in pairwise((span.start_ms, *inside, span.end_ms)):
            yield self.extended(Span(start, end))

    def film_ms(self, extended_ms: int) -> int:
        """What moment of the film is seen at one of the extended film; during a stop, that at which it stands."""
        number = bisect_right(self._begins, extended_ms) - 1
        if number < 0:
            return extended_ms
        return max(self._times[number], extended_ms - self._sums[number + 1])

    def after(self, start_ms: int) -> Stops:
        """The same on a clock that begins at a time of the film before all of them."""
        return Stops(tuple(Stop(stop.at_ms - start_ms, stop.length_ms) for stop in self.stops))

    def places(self, rate_hz: int) -> Iterator[tuple[int, int]]:
        """(sample of the film before which it stops, for how many) of each stop. Rounding does not add up."""
        done = 0
        for stop, total_ms in zip(self.stops, self._sums[1:], strict=True):
            at = stop.at_ms * rate_hz // 1000
            count = (stop.at_ms + total_ms) * rate_hz // 1000 - at - done
            done += count
            yield at, count

    @cached_property
    def _times(self) -> list[int]:
        return [stop.at_ms for stop in self.stops]

    @cached_property
    def _sums(self) -> list[int]:
        return list(accumulate((stop.length_ms for stop in self.stops), initial=0))

    @cached_property
    def _begins(self) -> list[int]:
        return [at + before for at, before in zip(self._times, self._sums, strict=False)]


NO_STOPS = Stops()


def of_lines(spoken: Iterable[SpokenLine]) -> Stops:
    """The stops of all lines; those at the same time are one."""
    lengths: dict[int, int] = {}
    for speech in spoken:
        if speech.stop_ms:
            lengths[speech.span.end_ms] = lengths.get(speech.span.end_ms, 0) + speech.stop_ms
    return Stops(tuple(Stop(at, length) for at, length in sorted(lengths.items())))


def in_extended(spoken: Iterable[SpokenLine]) -> tuple[SpokenLine, ...]:
    """The lines in order, each where it is heard in the extended film, in which it stops nothing any more."""
    heard, passed = [], 0
    for speech in sorted(spoken, key=lambda one: one.span):
        start = speech.span.start_ms + passed
        passed += speech.stop_ms
        heard.append(replace(speech, span=Span(start, speech.span.end_ms + passed), stop_ms=0))
    return tuple(heard)


def parted(stops: Stops, film: Span) -> Sequence[tuple[Span, int]]:
    """The stretches of the film, or of a part of it, between its stops, each with when it begins in the extended
    film."""
    inside = (stop.at_ms for stop in stops.stops if film.start_ms < stop.at_ms < film.end_ms)
    edges = [film.start_ms, *inside, film.end_ms]
    return [(Span(a, b), stops.extended_ms(a)) for a, b in pairwise(edges) if a < b]
