"""What goes with a film that stops for lines: the script for players that stop a film by themselves, and the map from
its times to those of the extended film, as JSON and as a track for players."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from audiodesc.core.stops import Stops, parted
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.model import Film, Note, Span
from audiodesc.scripts import write_script
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.srt_webvtt import cue_time
from audiodesc.settings import DeliverSettings

if TYPE_CHECKING:
    from pathlib import Path

EXTENDED_ROWS: Final = ("extended", "stops", "stops-vtt")
"""The names of those that are made with --extended."""

SEEN_MS = 1_000
"""A player asks four times a second, or less often, which cue is there: one lasts so long if the next is no nearer."""


class _Timed(BuiltIn):
    """What has times of the film and needs no sound."""

    needs_sound = False

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False


def extended_names(film: Film) -> set[str]:
    """The names of all files that are made with --extended alone."""
    return {row.file_name(film, DeliverSettings()) for row in (ExtendedScript(), StopMap(), StopTrack())}


class ExtendedScript(_Timed):
    """The script for players that speak a description and stop the film meanwhile, such as Able Player: the film as it
    is with this track (`kind="descriptions"`). They stop where a cue begins."""

    name = "extended"
    summary = "the script for players that stop the film by themselves (Able Player): WebVTT"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.extended.vtt"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.write_bytes(write_script("webvtt", for_players(delivery.document)))
        return ()


def for_players(document: ScriptDocument) -> ScriptDocument:
    """The spoken lines, each with a cue that a player notices."""
    lines = sorted(document.spoken, key=lambda line: line.span)
    following = [*(after.span.start_ms for _, after in pairwise(lines)), document.duration_ms + SEEN_MS]
    made = [_noticed(line, until_ms) for line, until_ms in zip(lines, following, strict=False)]
    return replace(document, lines=tuple(made))


def _noticed(line: DocumentLine, until_ms: int) -> DocumentLine:
    start, end = line.span.start_ms, line.span.end_ms
    wanted = max(end, min(start + SEEN_MS, max(until_ms, start + 1)))
    return replace(line, span=Span(start, wanted))


def for_readers(delivery: Delivery) -> ScriptDocument:
    """The script for a transcript, which is read beside the extended film where that is made, and never read back: with
    the times of that film, which its title then names."""
    if not (delivery.settings.stops.extended_film and delivery.stops):
        return delivery.document
    document = delivery.in_extended().document
    return replace(document, title=f"{document.title} (extended film)")


class StopMap(_Timed):
    """The times of the film and of the extended film, in ms."""

    name = "stops"
    summary = "where the film stops for lines, and its times as those of the extended film: JSON"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.stops.json"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        made = stop_map(delivery.film.path.name, delivery.film.duration_ms, delivery.stops, delivery.part)
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return ()


def stop_map(film: str, duration_ms: int, stops: Stops, part: Span | None = None) -> dict[str, object]:
    """`stops` are where the film stands; between them, each of `parts` is shifted as a whole. Where only a `part` of
    the film was made, its film begins at `part.start_ms` of these times, and no more is known of the rest."""
    made = Span(0, duration_ms) if part is None else part
    return {
        "version": 1,
        "film": film,
        "film_duration_ms": duration_ms,
        "extended_duration_ms": duration_ms + stops.total_ms,
        **({"part": {"start_ms": part.start_ms, "end_ms": part.end_ms}} if part else {}),
        "stops": [
            {"film_ms": stop.at_ms, "length_ms": stop.length_ms, "extended_ms": stops.reached_ms(stop.at_ms)}
            for stop in stops.stops
        ],
        "parts": [
            {"film_ms": span.start_ms, "film_end_ms": span.end_ms, "extended_ms": at}
            for span, at in parted(stops, made)
        ],
    }


class StopTrack(_Timed):
    """A track of metadata for a player of the film as it is: a cue where the film is to stop, with for how long."""

    name = "stops-vtt"
    summary = "where a player is to stop the film for lines, and for how long: WebVTT metadata"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.stops.vtt"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.write_text(stop_track(delivery.stops), "utf-8")
        return ()


def stop_track(stops: Stops) -> str:
    """WebVTT, each cue a JSON object: "pauseMedia" is for how many ms the film stands at the cue's start."""
    following = [*(stop.at_ms for stop in stops.stops[1:]), float("inf")]
    cues = (
        [
            f"{cue_time(stop.at_ms)} --> {cue_time(int(min(stop.at_ms + SEEN_MS, until_ms)))}\n"
            f'{{"pauseMedia": {stop.length_ms}}}\n'
            for stop, until_ms in zip(stops.stops, following, strict=True)
        ]
        if stops
        else []
    )
    return "\n".join(["WEBVTT\n", *cues])
