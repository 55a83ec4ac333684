"""The film's sound, and where people speak in it, as the mix has them: with the stops for lines."""

from __future__ import annotations

from dataclasses import replace

from audiodesc.core.intervals import joined
from audiodesc.core.stops import Stops
from audiodesc.deliver.base import Delivery
from audiodesc.media.stopping import sound_stops
from audiodesc.mix.measure import Feed, feed
from audiodesc.mix.streaming import Places
from audiodesc.model import Span


def extended_feed(delivery: Delivery, rate_hz: int | None) -> Feed:
    """The film's sound, with its stops for lines in it."""
    source = feed(delivery.film, delivery.track, rate_hz, delivery.settings.sound.downmix)
    if not (stops := delivery.stops):
        return source
    voices = joined(Span(cue.start_ms, cue.end_ms) for cue in delivery.report.cues if cue.kind != "sound")
    places = sound_stops(stops, voices, source.rate_hz)
    return replace(source, stops=places, fill=delivery.settings.stops.extended_sound)


def extended_places(places: Places, stops: Stops) -> Places:
    """The same places in the film that stops for lines; nobody speaks while it stands."""
    every = (places.dialogue, places.speech, places.subtitles)
    return Places(*([part for span in spans for part in stops.parts(span)] for spans in every))
