"""The lines as markers: the table that Adobe Audition imports, and a MIDI file for Pro Tools, which says who wrote and
who speaks them. The table has no place for it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from audiodesc.core.formatting import exact
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.line_clips import line_clips
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings


class Audition(BuiltIn):
    """A table of markers with their lengths, its columns parted by tabs though it is called CSV: as Audition writes and
    reads it, times from the film's first sample."""

    is_extended = True
    name = "audition"
    summary = "a marker with its length and text for each line: the table that Adobe Audition imports"
    needs_sound = False

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.audition.csv"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        rows = ["Name\tStart\tDuration\tTime Format\tType\tDescription"]
        for clip in line_clips(delivery):
            start, lasts = exact(clip.speech.span.start_ms), exact(round(Fraction(clip.sound * 1000, RATE_HZ)))
            text = clip.text.replace('"', "”")  # a quotation mark may part a table's cells
            rows.append(f"Line {clip.number:04}\t{start}\t{lasts}\tdecimal\tCue\t{text}")
        path.write_bytes("".join(f"{row}\r\n" for row in rows).encode("utf-8-sig", "replace"))
        return ()


TICKS = 960
"""Of a quarter note: at 120 quarter notes a minute a tick is 0.52 ms, and no frame of 120 in a second is missed."""

TEMPO = 500_000
"""Microseconds of a quarter note: 120 a minute."""


class ProTools(BuiltIn):
    """A MIDI file of type 1 whose markers become memory locations; the sound comes in by the AAF, or by the files'
    own timecode."""

    is_extended = True
    name = "protools"
    summary = "a marker for each line as a MIDI file, which Pro Tools imports, with the AAF and the lines' files"
    needs_sound = False
    beside = ("aaf",)

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.protools.mid"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        import mido

        track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=TEMPO, time=0)])
        for name, text in delivery.said("narration").items():
            track.append(mido.MetaMessage("text", text=f"{name}: {text}", time=0))
        at = 0
        for clip in line_clips(delivery):
            tick = _tick(clip.speech.span.start_ms)
            track.append(mido.MetaMessage("marker", text=f"{clip.number} {clip.text}", time=tick - at))
            at = tick
        track.append(mido.MetaMessage("end_of_track", time=0))
        midi = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8", tracks=[track])
        midi.save(str(path))
        return ()


def _tick(ms: int) -> int:
    return round(Fraction(ms * 1000 * TICKS, TEMPO))
