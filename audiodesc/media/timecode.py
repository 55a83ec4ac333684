"""The time code of a film's first picture, as MOV, MXF and Matroska say it."""

from __future__ import annotations

from audiodesc.media.opening import open_film
from audiodesc.model import Film


def start_code(film: Film) -> str:
    """The time code as it is written ("00:59:50:00"), "" where the film has none."""
    with open_film(film) as container:
        told = [container.metadata, *(stream.metadata for stream in container.streams)]
        return next((code for data in told for key, code in data.items() if key.lower() == "timecode" and code), "")
