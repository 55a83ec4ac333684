"""An inspection for people: tables and lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.core.formatting import clock, number_of, signed
from audiodesc.inspection.against import QcReport
from audiodesc.inspection.model import Inspection, PlayerView, Track

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

NAMES = {
    "film": "film", "sound": "sound", "hls": "HLS playlist", "dash": "DASH manifest", "script": "description script",
    "subtitles": "script or subtitles", "project": "project", "folder": "folder",
}  # fmt: skip


def shown(of: Inspection) -> Iterator[RenderableType]:
    """What a terminal shows: a headline, the tracks, what the file says, what players make of it, and the findings."""
    from rich.text import Text

    yield Text(headline(of))
    if of.tracks:
        yield tracks_table(of)
    for line in _lines(of):
        yield Text(line)
    if of.players:
        yield players_table(of.players)
    for one in of.findings:
        yield Text(f"{one.severity}: {one.what}{f': {one.remedy}' if one.remedy else ''} [{one.name}]")
    for part in of.parts:
        yield Text("")
        yield from shown(part)


def headline(of: Inspection) -> str:
    """What it is, how long, and which of its sounds are description."""
    what = [
        NAMES[of.kind],
        *([of.format] if of.format else []),
        *([clock(of.duration_ms, 3)] if of.duration_ms else []),
    ]
    return f"{of.path}: {', '.join(what)}"


def _lines(of: Inspection) -> Iterator[str]:
    for track in of.tracks:
        if track.description:
            kind = "sound" if track.kind == "sound" else f"{track.kind} track"
            sure = {"certain": "is description", "likely": "is likely description", "possible": "may be description"}
            yield f"{kind} {track.number} {sure[track.description.certainty]}: {'; '.join(track.description.reasons)}"
    for name, text in of.said.items():
        yield f"{name}: {text}"
    if of.text:
        about = of.text
        yield (
            f"{number_of(about.lines, 'line')}, {number_of(about.words, 'word')}, "
            f"{about.wpm} words a minute inside the cues, from {clock(about.first_ms, 1)} to {clock(about.end_ms, 1)}"
        )
    if of.adm:
        for name, language in of.adm.programmes:
            yield f"ADM programme: {name}{f' ({language})' if language else ''}"
        for name, kind in of.adm.contents:
            yield f"ADM content: {name}{f' ({kind})' if kind else ''}"
        for one in of.adm.objects:
            words = [one.dialogue, one.language, "on and off" if one.on_off else "", one.gain_db, one.position]
            alternatives = number_of(one.alternatives, "alternative value set") if one.alternatives else ""
            yield f"ADM object: {', '.join(word for word in (one.name, *words, alternatives) if word)}"
    if of.receiver:
        yield (
            f"receiver mix: {number_of(of.receiver.descriptors, 'descriptor')}, {of.receiver.broken} broken, "
            f"faded for {of.receiver.faded:.0%} of the time, by {signed(of.receiver.deepest_db)} dB at most"
        )
    for address in of.not_followed:
        yield f"not followed: {address}"


def tracks_table(of: Inspection) -> Table:
    """A row for each track."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in (
        "kind",
        "",
        "codec",
        "form",
        "language",
        "title",
        "flags and marks",
        "from",
        "to",
        "LUFS",
        "LU",
        "dBTP",
    ):
        table.add_column(column, overflow="fold", justify="right" if column in ("", "LUFS", "LU", "dBTP") else "left")
    for one in of.tracks:
        table.add_row(*map(Text, _cells(one)))
    return table


def _cells(one: Track) -> tuple[str, ...]:
    level = one.level
    return (
        one.kind,
        str(one.number),
        one.codec,
        _form(one),
        one.language,
        one.title,
        _flags(one),
        "" if one.start_ms is None else clock(one.start_ms, 3),
        "" if one.end_ms is None else clock(one.end_ms, 3),
        signed(level.integrated_lufs) if level else "",
        f"{level.range_lu:.1f}" if level else "",
        signed(level.true_peak_db) if level else "",
    )


def _form(one: Track) -> str:
    if one.kind == "picture":
        return f"{one.width}×{one.height}{f' {one.fps:.5g} fps' if one.fps else ''}" if one.width else ""
    bits = f" {one.bits} bit" if one.bits else ""
    return f"{one.layout} {one.rate_hz / 1000:g} kHz{bits}" if one.rate_hz else one.layout


def _flags(one: Track) -> str:
    flags = ["default"] if one.default else []
    flags += ["forced"] if one.forced else []
    return ", ".join([*flags, *(f"{mark.where} {mark.value}" for mark in one.marks)])


def players_table(views: tuple[PlayerView, ...]) -> Table:
    """A row for each player: which sound it takes, why, and whether the description is to be had."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in ("player", "takes", "why", "selectable", "by itself", "how"):
        table.add_column(column, overflow="fold")
    for one in views:
        taken = "?" if one.default is None else f"sound {one.default}"
        table.add_row(*map(Text, (one.player, taken, one.why, one.selectable, one.automatic, one.how)))
    return table


def qc_shown(report: QcReport) -> Iterator[RenderableType]:
    """A row for each check, what the preset rests on, and what it cannot promise."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in ("file", "check", "", "wanted", "found"):
        table.add_column(column, overflow="fold")
    for one in report.checks:
        table.add_row(*map(Text, (Path(one.path).name, one.name, one.outcome, one.wanted, one.found)))
    yield table
    failed = number_of(len(report.failed), "check")
    yield Text(f"{report.title}: {failed} failed of {len(report.checks)}. Sources, read on {report.read}:")
    for source in report.sources:
        yield Text(f"  {source}")
    yield Text("Not promised:")
    for text in report.cannot_promise:
        yield Text(f"  {text}")
