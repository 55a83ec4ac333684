"""A film's timecode: of a tmcd track, MXF's, or the time reference of a broadcast wave; or what a user says it is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import av

from audiodesc.core.timecode import RATES, Timecode, of_film, started
from audiodesc.errors import UsageError
from audiodesc.media.opening import open_film
from audiodesc.media.probe import start_code
from audiodesc.model import Film
from audiodesc.settings import DeliverSettings

LATEST_S = 24 * 3600


def own_timecode(film: Film) -> tuple[Timecode, bool]:
    """How the film's frames are numbered, and whether the film itself says from which start; else that is 0."""
    with open_film(film) as container:
        picture = container.streams[film.video.index]
        assert isinstance(picture, av.VideoStream)  # noqa: S101 — for the type checker: `probe` chose it
        rate = picture.average_rate or picture.guessed_rate
        fps = Fraction(rate) if rate else None
        clocks = [({**container.metadata, **stream.metadata}, stream.rate) for stream in container.streams.audio]
    code = start_code(film)
    plain = of_film(fps, code)
    if code and plain.start_code.replace(";", ":") == code.replace(";", ":"):
        return plain, True
    reference = next((at for data, rate_hz in clocks if (at := _seconds(data, rate_hz)) is not None), None)
    if reference is None:
        return plain, False
    return Timecode(plain.fps, plain.drops, round(reference * plain.fps)), True


def film_timecode(film: Film, settings: DeliverSettings) -> tuple[Timecode, bool]:
    """The timecode that was asked for, else the film's own; and whether there is either, or frames are only counted.

    Raises UsageError for a start that is no code at the rate.
    """
    own, is_known = own_timecode(film)
    rate, start = settings.timecode_rate, settings.timecode_start
    if not (rate or start):
        return own, is_known
    fps, drops = RATES[rate] if rate else (own.fps, own.drops)
    try:
        return started(Timecode(fps, drops), start or own.start_code), True
    except ValueError as error:
        raise UsageError(f"--timecode-start cannot be used ({error})", "give it as 01:00:00:00") from error


def count_of(film: Film, settings: DeliverSettings) -> Timecode:
    """How the film's frames are numbered: as `film_timecode`."""
    return film_timecode(film, settings)[0]


def _seconds(data: Mapping[str, str], rate_hz: int) -> Fraction | None:
    """The time reference, which counts samples from midnight, in seconds; None where there is none."""
    value = next((value for key, value in data.items() if key.lower() == "time_reference"), "")
    if not (value.isascii() and value.isdigit() and rate_hz) or int(value) > LATEST_S * rate_hz:
        return None
    return Fraction(int(value), rate_hz)
