"""The described film: a copy of the film with the mixed sound as a track of its own, in its own container (`film`), or
in the one that is asked for (`mp4`, `mkv`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from audiodesc.core.plugins import own_options
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.extended_tracks import encoded_again
from audiodesc.deliver.marking import mark, tags_of
from audiodesc.deliver.sound import described_m4a
from audiodesc.deliver.text_tracks import rewritten_tracks, text_tracks
from audiodesc.errors import FilmError
from audiodesc.media.containers import NAMES, check_copy, container_of, film_container, film_suffix, not_held
from audiodesc.media.described_tracks import Description
from audiodesc.media.mux import add_track
from audiodesc.media.text_track import write_text_track
from audiodesc.model import Film, Note, Span
from audiodesc.settings import DeliverSettings, Settings


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """`only`: the description is the only sound, and so the default one. `text`: the script is there too, as a text
    track that no player shows unasked."""

    only: bool = False
    text: bool = True


AS_IS: Final = CopyOptions(text=False)
FEW_PLAY: Final = "few players play PCM in MP4, and none of Apple's: give --deliver mkv for the others"


class DescribedFilm(BuiltIn):
    """A copy of the film, packet by packet, with the mixed sound as a track of its own, tagged as description; where it
    stops for lines, so do its other sound tracks. A note says each thing that the copy has lost."""

    name = "film"
    is_alignable = True
    summary = "a copy of the film with the mixed sound as a tagged track: MP4 or MKV"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad{film_suffix(film)}"

    def check(self, film: Film, settings: Settings) -> Iterator[Note]:
        container = film_container(film)
        anew = [track.index for track in rewritten_tracks(film, container)]
        yield from (Note("mux", message) for message in check_copy(film, anew, container))

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return film.path.stat().st_size

    def write(self, delivery: Delivery, path: Path) -> list[Note]:
        chosen = delivery.options or AS_IS
        container = container_of(path)
        with delivery.watch("mux"):
            anew, changed = text_tracks(delivery, path.parent, container)
            if delivery.stops:
                kept = replace(delivery, film=replace(delivery.film, audio_tracks=())) if chosen.only else delivery
                encoded, more = encoded_again(kept, path.parent, container)
                anew, changed = {**anew, **encoded}, [*changed, *more]
            added = Description(
                described_m4a(delivery) if container == "mp4" else delivery.film_sound,
                delivery.language,
                tags_of(delivery.provenance, "mix"),
                _script_track(delivery, path.parent, container) if chosen.text and delivery.spoken else None,
                chosen.only,
            )
            lost = add_track(delivery.film, added, delivery.track, path, delivery.stops, delivery.part, anew)
            mark(delivery, path, "mix")
        return [Note("mux", message) for message in (*changed, *lost)]


class FilmIn(DescribedFilm):
    """The described film in a container that is asked for by name, whatever the film was."""

    options: type[Any] | None = CopyOptions

    def __init__(self, name: str, suffix: str, summary: str) -> None:
        self.name, self._suffix, self.summary = name, suffix, summary

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.described{self._suffix}"

    def check(self, film: Film, settings: Settings) -> Iterator[Note]:
        """Raises FilmError for a track of picture, sound or subtitles that the container does not hold."""
        container = container_of(Path(self._suffix))
        only = own_options(self, settings.options.get(self.name, {})).only
        anew = [track.index for track in rewritten_tracks(film, container)]
        refused = not_held(film, container)
        for index, (kind, codec) in refused.items():
            if index not in anew and not (only and kind == "audio"):
                raise FilmError(
                    f"{film.path}: track {index} ({kind}, {codec}) does not go into {NAMES[container]}",
                    self._remedy(kind, held=index not in not_held(film, "matroska")),
                )
        left = check_copy(film, [*anew, *refused], container)
        yield from (Note("mux", message) for message in left)
        if container == "mp4" and not only:
            pcm = [track for track in film.audio_tracks if track.codec.startswith("pcm_")]
            yield from (Note("mux", f"track {track.index} ({track.codec}): {FEW_PLAY}") for track in pcm)

    def _remedy(self, kind: str, *, held: bool) -> str:
        """`held`: Matroska holds it."""
        if held:
            remedy = "give --deliver mkv"
        else:
            remedy = f"leave out {self.name}, for the film is described in its own container anyway"
        if kind == "audio":
            remedy += f"; or give --option {self.name}.only=true, which leaves out the film's own sounds"
        return remedy


def _script_track(delivery: Delivery, folder: Path, container: str) -> Path:
    """The lines that are spoken as a text track, where the film or the part of it then is."""
    there = delivery.in_extended()
    begin_ms, lines = there.made.start_ms, there.spoken
    texts = [(Span(one.span.start_ms - begin_ms, one.span.end_ms - begin_ms), one.line.text) for one in lines]
    path = folder / f"{delivery.film.path.stem}.script.text"
    write_text_track(texts, path, container)
    return path


FILM = DescribedFilm()
MP4 = FilmIn("mp4", ".mp4", "the film as MP4 with the mixed sound and the script as tagged tracks")
MKV = FilmIn(
    "mkv", ".mkv", "the film as Matroska, whatever it was, with the mixed sound and the script as tagged tracks"
)
