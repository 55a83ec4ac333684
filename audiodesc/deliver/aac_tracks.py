"""A sound of the film as AAC, for players that do not know its codec."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audiodesc.media.encode import SoundFile, check_layout
from audiodesc.mix.measure import feed

if TYPE_CHECKING:
    from pathlib import Path

    from audiodesc.deliver.base import Delivery
    from audiodesc.model import AudioTrack


def as_aac(delivery: Delivery, track: AudioTrack, place: Path) -> Path:
    """Write a sound of the film as M4A, of the part that is made; in stereo where AAC does not name its channels."""
    downmix = delivery.settings.sound.downmix or ("stereo" if check_layout(track.layout, "m4a") else None)
    source = feed(delivery.film, track, None, downmix)
    if part := delivery.part:
        source = replace(source, film=replace(delivery.film, duration_ms=part.duration_ms), skipped_ms=part.start_ms)
    with SoundFile(place, "m4a", source.layout, source.rate_hz, store=delivery.store) as file:
        for block in source.blocks():
            file.push(block)
    return place
