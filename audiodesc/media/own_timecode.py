"""The timecode that a film has of its own: a tmcd track, MXF's, or the time reference of a broadcast wave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import av

from audiodesc.core.timecode import Timecode, of_film
from audiodesc.media.opening import open_film
from audiodesc.model import Film

LATEST_S = 24 * 3600


def own_timecode(film: Film) -> tuple[Timecode, bool]:
    """How the film's frames are numbered, and whether the film itself says from which start; else that is 0."""
    with open_film(film) as container:
        picture = container.streams[film.video.index]
        assert isinstance(picture, av.VideoStream)  # noqa: S101 — for the type checker: `probe` chose it
        rate = picture.average_rate or picture.guessed_rate
        fps = Fraction(rate) if rate else None
        tags = [container.metadata, *(stream.metadata for stream in container.streams)]
        clocks = [(stream.metadata, stream.rate) for stream in container.streams.audio]
    code = next(_tagged(tags, "timecode"), "")
    plain = of_film(fps, code)
    if code:
        return plain, plain.start_code == code or plain.start > 0
    reference = next(filter(None, (_seconds(data, rate_hz) for data, rate_hz in clocks)), None)
    if reference is None:
        return plain, False
    return Timecode(plain.fps, plain.drops, round(reference * plain.fps)), True


def _tagged(tags: Sequence[Mapping[str, str]], wanted: str) -> Iterator[str]:
    return (value for data in tags for key, value in data.items() if key.lower() == wanted and value)


def _seconds(data: Mapping[str, str], rate_hz: int) -> Fraction | None:
    """The time reference, which counts samples from midnight, in seconds; None where there is none."""
    value = next(_tagged([data], "time_reference"), "")
    if not (value.isascii() and value.isdigit() and rate_hz) or int(value) > LATEST_S * rate_hz:
        return None
    return Fraction(int(value), rate_hz)
