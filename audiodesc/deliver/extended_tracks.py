"""The film's sound, and where people speak in it, as the mix has them: with the stops for lines; and the tracks of the
film that are encoded again with these."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audiodesc.core.intervals import joined
from audiodesc.core.stops import Stops
from audiodesc.deliver.base import Delivery
from audiodesc.errors import FilmError
from audiodesc.media.constant_rate import constant_picture, constant_rate
from audiodesc.media.encode import SoundFile, check_layout
from audiodesc.media.stopping import sound_stops
from audiodesc.mix.measure import Feed, feed
from audiodesc.mix.streaming import Places
from audiodesc.model import Span


def extended_feed(delivery: Delivery, rate_hz: int | None) -> Feed:
    """The film's sound, with its stops for lines in it."""
    return _with_stops(feed(delivery.film, delivery.track, rate_hz, delivery.settings.sound.downmix), delivery)


def _with_stops(source: Feed, delivery: Delivery) -> Feed:
    if not (stops := delivery.stops):
        return source
    voices = joined(Span(cue.start_ms, cue.end_ms) for cue in delivery.report.cues if cue.kind != "sound")
    places = sound_stops(stops, voices, source.rate_hz)
    return replace(source, stops=places, fill=delivery.settings.stops.extended_sound)


def encoded_again(delivery: Delivery, folder: Path, container: str) -> tuple[dict[int, Path], list[str]]:
    """What of the film's tracks is encoded again with its stops in it, in files of the folder, by their indices: all
    sound, as AAC, and the picture where that is to have a constant rate. And a line for all that is, and for each track
    that cannot be."""
    made, lines = _sound_tracks(delivery, folder, container)
    if delivery.settings.stops.extended_form == "cfr":
        film, path = delivery.film, folder / f"{delivery.film.path.stem}.picture.mp4"
        rate = constant_rate(film)
        constant_picture(film, delivery.stops, rate, path, delivery.watch.progress)
        made[film.video.index] = path
        lines.append(f"the film's picture was encoded again at a constant rate of {float(rate):.5g} frames a second")
    return made, lines


def _sound_tracks(delivery: Delivery, folder: Path, container: str) -> tuple[dict[int, Path], list[str]]:
    made, lines, again = {}, [], []
    for track in delivery.film.audio_tracks:
        why = check_layout(track.layout, "m4a") if track.codec else "nothing here can decode it"
        if why:
            lines.append(f"track {track.index} (audio) cannot stop with the film, and is not in it ({why})")
            continue
        source = _with_stops(feed(delivery.film, track, None, None), delivery)
        if part := delivery.part:
            view = replace(delivery.film, duration_ms=part.duration_ms)
            source = replace(source, film=view, skipped_ms=part.start_ms)
        path = folder / f"{delivery.film.path.stem}.track{track.index}.m4a"
        copy = path.with_suffix(".mka") if container == "matroska" else None
        try:
            with SoundFile(path, "m4a", track.layout, source.rate_hz, matroska=copy, store=delivery.store) as file:
                for block in source.blocks():
                    file.push(block)
        except FilmError as error:
            lines.append(f"track {track.index} (audio) cannot stop with the film, and is not in it ({error.fault})")
            continue
        made[track.index] = copy or path
        again.append(f"{track.index} ({track.codec})")
    if again:
        lines.insert(0, f"for its stops the film's sound was encoded again as AAC: track {', '.join(again)}")
    return made, lines


def extended_places(places: Places, stops: Stops) -> Places:
    """The same places in the film that stops for lines; nobody speaks while it stands."""
    every = (places.dialogue, places.speech, places.subtitles)
    return Places(*([part for span in spans for part in stops.parts(span)] for spans in every))
