"""Where the film stops for lines, as the report has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audiodesc.core.stops import Stop, Stops
from audiodesc.report.dialogue import Ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStop:
    """The film stops at `at_ms` for `length_ms`; in the extended film that is at `extended_ms`."""

    at_ms: Ms
    length_ms: Ms
    extended_ms: Ms


def stops_report(stops: Stops) -> tuple[ReportStop, ...] | None:
    """The stops in order, None where there are none."""
    made = (
        ReportStop(at_ms=stop.at_ms, length_ms=stop.length_ms, extended_ms=stops.reached_ms(stop.at_ms))
        for stop in stops.stops
    )
    return tuple(made) or None


def stops_in(reported: Sequence[ReportStop] | None) -> Stops:
    """The same, out of a report. Raises ValueError where these can be no stops of one film."""
    return Stops(tuple(Stop(one.at_ms, one.length_ms) for one in reported or ()))
