"""The lines as an OpenTimelineIO timeline, which many editors read and which converts into what others read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.line_clips import LineClip, line_clips, media_url, tracks, whole, with_gaps
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings

if TYPE_CHECKING:
    import opentimelineio

NAMESPACE = "audiodesc"


class Otio(BuiltIn):
    """One clip a line, with the text as a marker."""

    is_extended = True
    name = "otio"
    summary = "the lines' files in their places as an OpenTimelineIO timeline, with the files"
    needs_sound = False
    beside = ("lines",)

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.otio"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.write_text(timeline(delivery).to_json_string(indent=2) + "\n", "utf-8")
        return ()


def timeline(delivery: Delivery) -> opentimelineio.schema.Timeline:
    """Tracks of sound, as long as their last line; it begins with the film's timecode."""
    from opentimelineio import opentime, schema

    count, document = delivery.timecode[0], delivery.document
    rate = float(count.fps)
    made = schema.Timeline(whole(document.title), global_start_time=opentime.RationalTime(count.start, rate))
    made.metadata[NAMESPACE] = {
        "generator": document.generator,
        "language": document.language,
        "drop_frame": count.drops,
        "mix_gain_db": document.line_gain_db,
        "provenance": dict(delivery.said("narration")),
    }
    for number, clips in enumerate(tracks(line_clips(delivery)) or [[]], 1):
        track = schema.Track(f"Audio description {number}", kind=schema.TrackKind.Audio)
        for gap, clip in with_gaps(clips):
            if gap:
                track.append(schema.Gap(duration=opentime.RationalTime(gap, rate)))
            track.append(_clip(delivery, clip, count.start, rate))
        made.tracks.append(track)
    return made


def _clip(delivery: Delivery, clip: LineClip, start: int, rate: float) -> opentimelineio.schema.Clip:
    from opentimelineio import opentime, schema

    def frames(first: int, count: int) -> opentimelineio.opentime.TimeRange:
        return opentime.TimeRange(opentime.RationalTime(start + first, rate), opentime.RationalTime(count, rate))

    taken = frames(clip.frame, clip.frames)
    media = schema.ExternalReference(media_url(delivery, clip), frames(clip.file_frame, clip.file_frames))
    made = schema.Clip(clip.file_name.removesuffix(".wav"), media, taken)
    made.markers.append(schema.Marker(f"{clip.number}", taken, schema.MarkerColor.WHITE, comment=clip.text))
    made.metadata[NAMESPACE] = {
        "number": clip.number,
        "id": clip.id,
        "text": whole(clip.speech.line.text),
        "start_ms": clip.speech.span.start_ms,
        "first_sample": clip.first,
        "lead_samples": clip.lead,
        "samples": clip.sound,
    }
    return made
