"""The film for HLS: picture, sounds, described sound, descriptions as text and captions in CMAF and WebVTT segments; or
the described sound as a rendition for playlists that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated

from annotated_types import Interval

from audiodesc.core.languages import tag
from audiodesc.core.plugins import own_options
from audiodesc.core.track_titles import track_title
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.film_segments import film_segments, film_texts
from audiodesc.deliver.hls_ladder import describe_ladder, read_ladder
from audiodesc.deliver.hls_playlists import (
    DESCRIBES_VIDEO,
    INDEX,
    MASTER,
    SOUNDS,
    SPOKEN,
    Rendition,
    distinct,
    master_playlist,
    media_playlist,
    track_playlist,
)
from audiodesc.deliver.hls_sounds import DOLBY, KNOWN, check_sounds, description, listed_sounds
from audiodesc.deliver.segmented_texts import write_segments
from audiodesc.deliver.sound import described_m4a
from audiodesc.deliver.web.tracks import Text, picture_subtitles
from audiodesc.media.cmaf import Cmaf, CmafTrack, check_cmaf
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings, Settings

TEXTS = "text"
"""The group of texts."""


@dataclass(frozen=True, slots=True)
class HlsOptions:
    """`ladder` is a master playlist on this disk, which gets the described sound; `seconds` the length of a segment."""

    ladder: str = ""
    seconds: Annotated[float, Interval(ge=1, le=60)] = 6.0


class Hls(BuiltIn):
    """A folder to put on a server, or what is to be put beside the playlists of a ladder."""

    name = "hls"
    summary = "a folder for HLS: the film in segments, with the description as a rendition"
    options = HlsOptions
    is_alignable = True

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.hls"

    def check(self, film: Film, settings: Settings) -> Iterator[Note]:
        chosen = _chosen(settings)
        if chosen.ladder:
            read_ladder(Path(chosen.ladder), film, settings)
            return
        check_cmaf(film)
        may_stop = settings.stops.extended and settings.stops.extended_film
        sounds = () if may_stop else check_sounds(film)
        yield from (Note(self.name, line) for line in (*sounds, *picture_subtitles(film)))

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return 0 if _chosen(settings).ladder else film.path.stat().st_size

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.mkdir()
        with delivery.watch("segments"):
            chosen: HlsOptions = delivery.options
            if chosen.ladder:
                ladder = read_ladder(Path(chosen.ladder), delivery.film, delivery.settings)
                rendition = partial(description, delivery.language)
                lines = describe_ladder(ladder, described_m4a(delivery), delivery.film, path, rendition)
            else:
                lines = _write(delivery, path, chosen)
        return tuple(Note(self.name, line) for line in lines)


def _chosen(settings: Settings) -> HlsOptions:
    options: HlsOptions = own_options(Hls(), settings.options.get(Hls.name, {}))
    return options


def _write(delivery: Delivery, path: Path, chosen: HlsOptions) -> list[str]:
    """The whole folder; a line for each thing of the film that is not in it."""
    wanted_s = Fraction(chosen.seconds).limit_denominator(1000)
    made, changed = film_segments(delivery, path, wanted_s, KNOWN | DOLBY)
    listed = listed_sounds(delivery, made, path, wanted_s)
    texts, lost = _text_renditions(delivery, made, path)
    for track in {track.init: track for track in (made.picture, *(one.track for one in listed))}.values():
        (path / track.init).with_name(INDEX).write_text(track_playlist(track), "utf-8")
    renditions = [*distinct(one.rendition for one in listed), *distinct(texts)]
    groups: dict[str, list[CmafTrack]] = {}
    for one in listed:
        groups.setdefault(one.rendition.group, []).append(one.track)
    aspect = delivery.film.video.pixel_aspect
    (path / MASTER).write_text(master_playlist(made.picture, aspect, groups, renditions), "utf-8")
    return [*changed, *lost]


def _text_renditions(delivery: Delivery, made: Cmaf, path: Path) -> tuple[list[Rendition], list[str]]:
    """The texts: captions, subtitles, and the descriptions, which no player chooses by itself, for those who see the
    film would have them in place of captions; and a line for each text of the film that cannot be read."""
    picture, texts = made.picture, film_texts(delivery)
    ends = [Fraction(one.start + one.duration, picture.timescale) for one in picture.segments]
    renditions = []
    for number, one in enumerate(texts.captions, 1):
        uri = _segmented(one.texts, ends, path / f"text-{number}")
        hears = any(text.startswith("[") for _, text in one.texts)
        marks = (SPOKEN, *((SOUNDS,) if hears else ())) if one.kind == "captions" else ()
        renditions.append(Rendition("SUBTITLES", TEXTS, one.label, one.language, uri, characteristics=marks))
    if texts.spoken:
        known = tag(delivery.language)
        uri, name = _segmented(texts.spoken, ends, path / "descriptions"), track_title(known)
        marks = (DESCRIBES_VIDEO,)
        renditions.append(Rendition("SUBTITLES", TEXTS, name, known, uri, is_automatic=False, characteristics=marks))
    return renditions, list(texts.lost)


def _segmented(texts: Sequence[Text], ends: Sequence[Fraction], folder: Path) -> str:
    """Write texts and their playlist; give its path."""
    (folder / INDEX).write_text(media_playlist(write_segments(texts, ends, folder)), "utf-8")
    return f"{folder.name}/{INDEX}"
