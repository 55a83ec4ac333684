"""What HLS and DASH are made of: the film in CMAF segments, with the described sound beside its own, and its texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from audiodesc.deliver.aac_tracks import as_aac
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.extended_tracks import encoded_again
from audiodesc.deliver.sound import described_m4a
from audiodesc.deliver.web.tracks import Text, WebTrack, caption_tracks, on_page, with_stops
from audiodesc.errors import FilmError
from audiodesc.media.cmaf import WANTED_S, Cmaf, CmafTrack, check_cmaf, segment_film, segment_sound
from audiodesc.media.mux import DESCRIBED
from audiodesc.model import Film
from audiodesc.settings import Settings

DOLBY: Final = {"ac3", "eac3"}
"""Codecs that televisions know and browsers do not."""


@dataclass(frozen=True, slots=True)
class FilmTexts:
    """Captions and subtitles, and the lines that are spoken, with the times of the segments; `lost` is a line for each
    text of the film that cannot be read."""

    captions: Sequence[WebTrack]
    spoken: Sequence[Text]
    lost: Sequence[str]


def check_segments(film: Film, settings: Settings, copied: Collection[str]) -> Iterator[str]:
    """A line for each track of the film that is not there as it is: sounds of other codecs than those that are
    `copied`, those in AC-3, which are there as AAC too, and pictures of text. Raises FilmError where the film's picture
    does not go into segments."""
    check_cmaf(film)
    for one in () if _may_stop(settings) else film.audio_tracks:
        if not one.codec:
            yield f"track {one.index} (audio) is left out: nothing here can decode it"
        elif one.codec in DOLBY:
            yield f"track {one.index} ({one.codec}) is there as AAC too, for browsers"
        elif one.codec not in copied:
            yield f"track {one.index} ({one.codec}) is encoded as AAC: few players know it in segments"
    for track in film.subtitle_tracks:
        if not track.is_text:
            yield f"subtitle track {track.index} ({track.codec}) holds pictures: left out"


def dolby_as_aac(delivery: Delivery, made: Cmaf, folder: Path) -> Iterator[CmafTrack]:
    """The sounds in AC-3 and E-AC-3 as AAC too, written below the folder."""
    known, picture = {track.index: track for track in delivery.film.audio_tracks}, made.picture
    ends = [Fraction(one.start + one.duration, picture.timescale) for one in picture.segments]
    for one in (one for one in made.tracks if one.codecs in ("ac-3", "ec-3")):
        place = as_aac(delivery, known[one.index], folder.with_name(f"segments.track{one.index}.m4a"))
        yield segment_sound(delivery.film, place, folder / f"audio-{one.index}-aac", ends, index=one.index)


def film_segments(
    delivery: Delivery, folder: Path, wanted_s: Fraction = WANTED_S, copied: Collection[str] | None = None
) -> tuple[Cmaf, list[str]]:
    """The tracks, written below the folder; and a line for all that is not as it was, and was not said by
    `check_segments`. Of a film that stops the sounds are encoded again, and the picture's frames stay as they are,
    whatever form the extended film has. Where the codecs of sound are named that are `copied`, others are encoded."""
    anew: dict[int, Path] = {DESCRIBED: described_m4a(delivery)}
    lines: list[str] = []
    if delivery.stops:
        stops = replace(delivery.settings.stops, extended_form="vfr")
        again = replace(delivery, settings=replace(delivery.settings, stops=stops))
        encoded, lines = encoded_again(again, folder.parent, "mp4")
        anew |= encoded
    elif copied is not None:
        encoded, lines = _encoded(delivery, folder.parent, copied)
        anew |= encoded
    made = segment_film(delivery.film, folder, anew, stops=delivery.stops, part=delivery.part, wanted_s=wanted_s)
    return made, [*lines, *(made.left_out if _may_stop(delivery.settings) else ())]


def _encoded(delivery: Delivery, folder: Path, copied: Collection[str]) -> tuple[dict[int, Path], list[str]]:
    """The sounds of other codecs as AAC, in files of a folder; and a line for each that cannot be decoded."""
    made, lines = {}, []
    for one in delivery.film.audio_tracks:
        if one.codec and one.codec not in copied:
            try:
                made[one.index] = as_aac(delivery, one, folder / f"segments.track{one.index}.m4a")
            except FilmError as error:
                lines.append(f"track {one.index} ({one.codec}) is left out: {error.fault}")
    return made, lines


def _may_stop(settings: Settings) -> bool:
    """Whether the film may stop for lines, so that its sounds are encoded again."""
    return settings.stops.extended and settings.stops.extended_film


def film_texts(delivery: Delivery) -> FilmTexts:
    """The texts of what goes out: the film, the one that stops, or a part of either."""
    part, there = delivery.part, delivery.in_extended()
    stops = delivery.stops.after(part.start_ms) if part else delivery.stops
    tracks, lost = caption_tracks(delivery, on_page(delivery.document, part))
    captions = [replace(one, texts=tuple(with_stops(one.texts, stops))) for one in tracks]
    spoken = [(line.span, line.text) for line in on_page(there.document, there.part).spoken]
    return FilmTexts(captions, spoken, lost)
