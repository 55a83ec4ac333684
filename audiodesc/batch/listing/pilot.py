"""How long a batch takes, estimated from what one film of it took."""

from __future__ import annotations

from dataclasses import dataclass

from audiodesc.batch.model import FilmResult


@dataclass(frozen=True, slots=True)
class Pilot:
    """A film that was made: how long that took, and how long the film is, in seconds."""

    seconds: float
    film_s: float

    @property
    def rate(self) -> float:
        """Seconds of work for a second of film; 0 where the film has no length."""
        return self.seconds / self.film_s if self.film_s > 0 else 0.0


def pilot_of(result: FilmResult) -> Pilot | None:
    """What a film took by its stages; None where it took nothing, such as one that was made from the cache alone, or
    has no length: that says nothing of others."""
    seconds = sum(result.stages.values())
    if result.duration_ms <= 0 or seconds <= 0 or (result.clips and result.cached >= result.clips):
        return None
    return Pilot(seconds, result.duration_ms / 1000)


def estimated_s(total_s: float, longest_s: float, pilot: Pilot, at_once: float = 1.0) -> float:
    """Seconds for films of `total_s` seconds in all, the longest of `longest_s`.

    It is the pilot's time for a second of film times their length, by the `at_once` films that are made in the time of
    one; never less than the longest takes alone. Whether the pilot stands for the others (as many pauses, cuts and
    lines), nobody knows; films at once that wait for the same processor or describer are not so many films at once.
    """
    return max(total_s * pilot.rate / max(1.0, at_once), min(longest_s, total_s) * pilot.rate)


def estimate(
    check_total_s: float, seconds_for_first_film: float, first_film_s: float, at_once: float = 1.0, longest_s: float = 0
) -> float:
    """Seconds that are left when the first film is made, of a list whose films last `check_total_s` together."""
    left_s = max(0.0, check_total_s - first_film_s)
    return estimated_s(left_s, longest_s, Pilot(seconds_for_first_film, first_film_s), at_once)
