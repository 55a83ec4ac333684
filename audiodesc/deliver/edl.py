"""The lines as an edit decision list (CMX3600), for editors of any age.

Each event takes a line's file from its own timecode, which is that of its place in the film; the text is a locator. Who
wrote and who speaks the lines stands below the last one, for readers take no remark above the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.line_clips import LineClip, line_clips, one_line, one_row, tracks
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings

TITLE = 70
"""Characters of a title that CMX3600 has room for."""

EVENTS, TRACKS = 999, 4
"""As many events and tracks of sound are in CMX3600."""


class Edl(BuiltIn):
    """One event a line."""

    is_extended = True
    name = "edl"
    summary = "the lines' files in their places as an edit decision list (CMX3600), with the files"
    needs_sound = False
    beside = ("lines",)

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.edl"

    def write(self, delivery: Delivery, path: Path) -> list[Note]:
        clips = line_clips(delivery)
        path.write_bytes("".join(f"{row}\r\n" for row in _rows(delivery, clips)).encode("utf-8", "surrogateescape"))
        notes = []
        if len(clips) > EVENTS:
            notes.append(Note("deliver", f"the EDL has {len(clips)} events, and some programs read {EVENTS}"))
        if len(tracks(clips)) > TRACKS:
            notes.append(Note("deliver", f"the EDL has more than {TRACKS} tracks, and some programs read no more"))
        return notes


def _rows(delivery: Delivery, clips: tuple[LineClip, ...]) -> Iterator[str]:
    count, _ = delivery.timecode
    yield f"TITLE: {one_line(delivery.film.path.stem)[:TITLE]} audio description"
    yield f"FCM: {'DROP FRAME' if count.drops else 'NON-DROP FRAME'}"
    channels = {id(clip): n for n, track in enumerate(tracks(clips), 1) for clip in track}
    for event, clip in enumerate(clips, 1):
        channel = channels[id(clip)]
        codes = f"{clip.code} {clip.end_code} {clip.code} {clip.end_code}"
        yield ""
        yield f"{event:03}  {f'AD{clip.number:04}':<8} {'A' if channel == 1 else f'A{channel}':<5} C        {codes}"
        yield f"* FROM CLIP NAME: {clip.file_name}"
        yield f"* SOURCE FILE: {one_row(delivery.names['lines'])}/{clip.file_name}"
        yield f"* LOC: {clip.code} WHITE   {clip.text}"
    if clips:
        yield from (f"* {name.upper()}: {text}" for name, text in delivery.said("narration").items())
