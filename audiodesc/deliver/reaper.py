"""The description as a Reaper project: the film with the gain that lowers it, the ducked film, the narration, and a
region with its text for each line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from audiodesc.core.timecode import Timecode
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.line_clips import LineClip, line_clips, one_line, one_row
from audiodesc.media.sound import RATE_HZ, channel_names
from audiodesc.mix.mixer import narrator_channels
from audiodesc.model import Film, Note, Span
from audiodesc.settings import DeliverSettings

STEP_DB = 1.5
"""Reaper draws straight lines of amplitude where the film's gain is straight in dB. Between points no further apart
than this the two differ by 0.04 dB at most."""

VIDEO, WAVE, FLAC = "VIDEO", "WAVE", "FLAC"


class Reaper(BuiltIn):
    """A project of three tracks. All files are named as they lie beside it. The first sound of a film that stops for
    lines is the mix: its track is silent, and the ducked film is heard."""

    is_extended = True
    name = "reaper"
    summary = "a Reaper project: the film and how it is lowered, the ducked film, the narration, a region for each line"
    beside = ("ducked",)

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.rpp"

    def write(self, delivery: Delivery, path: Path) -> list[Note]:
        path.write_bytes("".join(f"{row}\n" for row in _project(delivery)).encode("utf-8", "surrogateescape"))
        sounds = delivery.film.audio_tracks
        if delivery.track and sounds and delivery.track.index != sounds[0].index and not delivery.is_extended:
            message = "the Reaper project plays the film's first sound track, and the mix is made of another"
            return [Note("deliver", message)]
        return []


def _project(delivery: Delivery) -> Iterator[str]:
    count, document, names = delivery.timecode[0], delivery.document, delivery.names
    yield '<REAPER_PROJECT 0.1 "7.0" 0'
    yield "  <NOTES 0 2"
    yield f"    |Made by {one_line(document.generator)}"
    yield from (f"    |{name}: {text}" for name, text in delivery.said("mix").items())
    yield "  >"
    yield f"  PROJOFFS {number(float(count.start / count.fps))} 0 0"
    yield f"  TIMEMODE 1 5 -1 {count.nominal} {_drop(count)} 0 -1"
    yield f"  SAMPLERATE {RATE_HZ} 0 0"
    yield "  PANLAW 1"
    yield "  PANMODE 3"
    yield "  TEMPO 120 4 4"
    for clip in line_clips(delivery):
        yield from _region(clip)
    raised, share, balance, channels = 1.0, 1.0, 0.0, 2
    if delivery.measured:
        setup = delivery.measured.mix.setup
        raised = 10 ** (delivery.measured.written.levels.programme_db / 20)
        (share, balance), channels = narrator_place(setup.layout, setup.pan), len(channel_names(setup.layout))
    film, ducked = _item(names["film"], VIDEO, delivery.made), _item(names["ducked"], WAVE, delivery.made)
    longer = delivery.is_extended
    envelope = () if longer else _envelope(document.film_gain)
    yield from _track("Film", film, volume=raised, channels=channels, muted=longer, envelope=envelope)
    yield from _track("Film, ducked", ducked, channels=channels, muted=not longer)
    yield from _track("Narration", _item(names["narration"], FLAC, delivery.made), volume=share, balance=balance)
    yield ">"


def narrator_place(layout: str, pan: float) -> tuple[float, float]:
    """(volume, balance) of a track that plays the narrator as loud as the mix does, left and right. Reaper plays a mono
    file at its level in both, and its pan lowers the other side (balance).

    A narrator in the centre is laid on both sides here, with the same power.
    """
    channels = channel_names(layout)
    shares = narrator_channels(channels, pan)
    if len(channels) == 1:
        return 1.0, 0.0
    left, right = shares.values() if "FC" not in shares and len(shares) > 1 else (math.sqrt(0.5), math.sqrt(0.5))
    return (left, right / left - 1) if left > right else (right, 1 - left / right)


def _drop(count: Timecode) -> int:
    """As Reaper has it: 1 for drop-frame, 2 for a rate of 1000/1001 without, 0 for whole rates."""
    if count.drops:
        return 1
    return 0 if count.fps.denominator == 1 else 2


def _region(clip: LineClip) -> Iterator[str]:
    start = clip.speech.span.start_ms / 1000
    name = quoted(f"{clip.number} {clip.text}")
    yield f"  MARKER {clip.number} {number(start)} {name} 1 0 1 R {_guid(f'region {clip.number}')} 0"
    yield f'  MARKER {clip.number} {number(start + clip.sound / RATE_HZ)} "" 1'


def _track(
    name: str,
    item: Iterable[str],
    *,
    volume: float = 1.0,
    balance: float = 0.0,
    channels: int = 2,
    muted: bool = False,
    envelope: Iterable[str] = (),
) -> Iterator[str]:
    guid = _guid(f"track {name}")
    yield f"  <TRACK {guid}"
    yield f"    NAME {quoted(name)}"
    yield f"    VOLPAN {number(volume)} {number(balance)} -1 -1 1"
    yield f"    MUTESOLO {int(muted)} 0 0"
    yield f"    NCHAN {max(2, channels + channels % 2)}"
    yield f"    TRACKID {guid}"
    yield from (f"    {row}" for row in envelope)
    yield from (f"    {row}" for row in item)
    yield "  >"


def _item(file: str, kind: str, where: Span) -> Iterator[str]:
    yield "<ITEM"
    yield f"  POSITION {number(where.start_ms / 1000)}"
    yield f"  LENGTH {number(where.duration_ms / 1000)}"
    yield "  LOOP 0"
    yield "  FADEIN 0 0 0 1 0 0 0"
    yield "  FADEOUT 0 0 0 1 0 0 0"
    yield f"  NAME {quoted(file)}"
    yield f"  <SOURCE {kind}"
    yield f"    FILE {quoted(file)}"
    yield "  >"
    yield ">"


def _envelope(corners: Sequence[tuple[float, float]]) -> Iterator[str]:
    """The track's volume, linear, over time; 0 dB before the first corner and after the last."""
    yield "<VOLENV2"
    yield "  ACT 1 -1"
    yield "  VIS 1 1 1"
    yield "  DEFSHAPE 0 -1 -1"
    before = () if corners and corners[0][0] <= 0 else ((0.0, 0.0),)
    for ms, db in (*before, *points(corners)):
        yield f"  PT {number(ms / 1000)} {number(10 ** (db / 20))} 0"
    yield ">"


def points(corners: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """(ms, dB) so near to each other that a straight line of amplitude is one of dB, to 0.04 dB."""
    for (start_ms, start_db), (end_ms, end_db) in pairwise(corners):
        steps = max(1, math.ceil(abs(end_db - start_db) / STEP_DB))
        for n in range(steps):
            yield start_ms + (end_ms - start_ms) * n / steps, start_db + (end_db - start_db) * n / steps
    if corners:
        yield corners[-1]


def number(value: float) -> str:
    """As Reaper writes one: no more digits than are needed, never 1e-07."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def quoted(text: str) -> str:
    """A text or a file's name in whichever of Reaper's three quotation marks is not in it; where all are, the last
    becomes another."""
    text = one_row(text)
    mark = next((one for one in "\"'`" if one not in text), None)
    return f"{mark}{text}{mark}" if mark else f"`{text.replace('`', chr(39))}`"


def _guid(name: str) -> str:
    return "{" + str(uuid5(NAMESPACE_URL, f"audiodesc {name}")).upper() + "}"
