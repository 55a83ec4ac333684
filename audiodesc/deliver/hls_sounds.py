"""The sounds of a film for HLS: what is copied, what is encoded as AAC, and the groups of renditions that list them.

A player leaves out a whole variant if it does not know one of its codecs: so there is one with nothing but what all
know and, of a film with AC-3, another with that (RFC 8216, 4.3.4.1.1: each group has the same members).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from audiodesc.core.languages import own_name, tag
from audiodesc.core.track_titles import track_title
from audiodesc.deliver.aac_tracks import as_aac
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.hls_playlists import DESCRIBES_VIDEO, INDEX, SPEECH_CLEAR, Rendition
from audiodesc.media.cmaf import Cmaf, CmafTrack, segment_sound
from audiodesc.media.mux import DESCRIBED
from audiodesc.model import Film

AUDIO: Final = "audio"
OTHER: Final = "audio-ac3"
"""The groups: what all players know; and the film's own AC-3 in its place."""

KNOWN: Final = {"aac", "flac", "opus"}
DOLBY: Final = {"ac3", "eac3"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A rendition, and the track that it is."""

    rendition: Rendition
    track: CmafTrack


def check_sounds(film: Film) -> Iterator[str]:
    """A line for each sound that is not there as it is in the film."""
    for one in film.audio_tracks:
        if not one.codec:
            yield f"track {one.index} (audio) is left out: nothing here can decode it"
        elif one.codec in DOLBY:
            yield f"track {one.index} ({one.codec}) is there as AAC too, in a variant for browsers"
        elif one.codec not in KNOWN:
            yield f"track {one.index} ({one.codec}) is encoded as AAC: few HLS players know it"


def listed_sounds(delivery: Delivery, made: Cmaf, path: Path, wanted_s: Fraction) -> list[Listed]:
    """The sounds in each group, in order: the film's programme first, which is the default; the description last. Those
    in AC-3 are written as AAC too."""
    first = delivery.track.index if delivery.track else DESCRIBED
    sounds = sorted(made.tracks[1:], key=lambda one: (one.index == DESCRIBED, one.index != first))
    known = {track.index: track for track in delivery.film.audio_tracks}
    picture, also = made.picture, dict[int, CmafTrack]()
    ends = [Fraction(one.start + one.duration, picture.timescale) for one in picture.segments]
    for one in (one for one in sounds if one.codecs in ("ac-3", "ec-3")):
        place = as_aac(delivery, known[one.index], path.with_name(f"hls.track{one.index}.m4a"))
        folder = path / f"audio-{one.index}-aac"
        also[one.index] = segment_sound(delivery.film, place, folder, ends, index=one.index, wanted_s=wanted_s)
    listed = [*_group(delivery, AUDIO, [also.get(one.index, one) for one in sounds])]
    return [*listed, *_group(delivery, OTHER, sounds)] if also else listed


def _group(delivery: Delivery, group: str, sounds: Iterable[CmafTrack]) -> Iterator[Listed]:
    known = {track.index: track for track in delivery.film.audio_tracks}
    for number, one in enumerate(sounds, 1):
        uri = one.init.replace("init.mp4", INDEX)
        if one.index == DESCRIBED:
            yield Listed(description(delivery.language, group, uri, one.channels), one)
            continue
        role, language = known[one.index].role, tag(one.language)
        rendition = Rendition(
            "AUDIO",
            group,
            one.title or own_name(language) or f"Audio {number}",
            language,
            uri,
            is_default=delivery.track is not None and one.index == delivery.track.index,
            is_automatic=role not in ("commentary", "effects"),
            characteristics={"description": (DESCRIBES_VIDEO,), "hearing": (SPEECH_CLEAR,)}.get(role, ()),
            channels=one.channels,
        )
        yield Listed(rendition, one)


def description(language: str, group: str, uri: str, channels: int) -> Rendition:
    """The described sound: chosen by itself where a user wants descriptions, and never else (Apple's authoring
    specification, 2.12 to 2.15)."""
    known, marks = tag(language), (DESCRIBES_VIDEO,)
    return Rendition("AUDIO", group, track_title(known), known, uri, characteristics=marks, channels=channels)
