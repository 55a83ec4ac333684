"""The timecode that a film has of its own: a tmcd track, MXF's, or the time reference of a broadcast wave."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import av

from audiodesc.core.timecode import Timecode, of_film
from audiodesc.media.opening import open_film
from audiodesc.media.probe import start_code
from audiodesc.model import Film

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


def _seconds(data: Mapping[str, str], rate_hz: int) -> Fraction | None:
    """The time reference, which counts samples from midnight, in seconds; None where there is none."""
    value = next((value for key, value in data.items() if key.lower() == "time_reference"), "")
    if not (value.isascii() and value.isdigit() and rate_hz) or int(value) > LATEST_S * rate_hz:
        return None
    return Fraction(int(value), rate_hz)
