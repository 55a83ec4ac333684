"""The film with the mixed sound as a track of its own, tagged as description."""

from __future__ import annotations

from pathlib import Path

from audiodesc.core.languages import iso_639
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.media.mux import add_track, film_suffix
from audiodesc.model import Film, Note
from audiodesc.settings import Settings


class DescribedFilm(BuiltIn):
    """A copy of the film, packet by packet; a note for each thing that the copy has lost."""

    name = "film"
    summary = "a copy of the film with the mixed sound as a tagged track: MP4 or MKV"

    def file_name(self, film: Film, settings: Settings) -> str:
        return f"{film.path.stem}.ad{film_suffix(film)}"

    def write(self, delivery: Delivery, path: Path) -> list[Note]:
        language = iso_639(delivery.language)
        with delivery.watch("mux"):
            lost = add_track(delivery.film, delivery.film_sound, delivery.track, path, language)
        return [Note("mux", message) for message in lost]


FILM = DescribedFilm()
