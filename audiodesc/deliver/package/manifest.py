"""What is in a package, for programs (JSON), in a table (CSV) and for people (text)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audiodesc.core.formatting import exact
from audiodesc.core.progress import Progress
from audiodesc.errors import AudiodescError
from audiodesc.inspection.described import with_verdicts
from audiodesc.inspection.media_file import inspect_media
from audiodesc.inspection.model import Inspection, Level, Track
from audiodesc.scripts.csv_sheet import no_formula
from audiodesc.scripts.lines import writable_text

VERSION: Final = 1
"""Of the form of the JSON: it grows where a key changes its meaning or goes."""

COLUMNS: Final = (
    "file", "what", "bytes", "sha256", "duration", "tracks", "languages", "loudness (LUFS)", "range (LU)",
    "true peak (dBTP)",
)  # fmt: skip
MEDIA: Final = {
    ".aac", ".ac3", ".ec3", ".eac3", ".flac", ".m4a", ".mka", ".mkv", ".mov", ".mp2", ".mp4", ".mxf", ".opus", ".wav",
}  # fmt: skip
"""What is opened and measured."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A file in the package: its name there, which deliverable it is of and what that is, and, of film and sound, what
    is in it."""

    name: str
    deliverable: str
    what: str
    size: int
    sha256: str
    media: Inspection | None = None


def media_facts(path: Path, progress: Progress) -> Inspection | None:
    """The tracks of a file of film or sound with the loudness of each, measured; None for another, and for one that is
    not read back."""
    if path.suffix.lower() not in MEDIA:
        return None
    try:
        return with_verdicts(inspect_media(path, loudness=True, progress=progress))
    except AudiodescError:
        return None


def as_json(head: Mapping[str, Any], files: Iterable[Packed]) -> str:
    """All of it; `head` is what is said of the whole."""
    made = {"version": VERSION, **head, "files": [_file(one) for one in files]}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _file(one: Packed) -> dict[str, Any]:
    known: dict[str, Any] = {
        "name": one.name,
        "deliverable": one.deliverable,
        "what": one.what,
        "bytes": one.size,
        "sha256": one.sha256,
    }
    if one.media:
        known |= {"duration_ms": one.media.duration_ms, "tracks": [_track(track) for track in one.media.tracks]}
    return known


def _track(track: Track) -> dict[str, Any]:
    known: dict[str, Any] = {"kind": track.kind, "codec": track.codec, "language": track.language, "title": track.title}
    if track.kind == "picture":
        known |= {"width": track.width, "height": track.height, "fps": round(track.fps, 3)}
    if track.kind == "sound":
        known |= {
            "layout": track.layout,
            "rate_hz": track.rate_hz,
            "default": track.default,
            "is_description": track.is_description,
            "loudness": _level(track.level) if track.level else None,
        }
    return known


def _level(level: Level) -> dict[str, float | None]:
    return {
        "integrated_lufs": level.integrated_lufs,
        "range_lu": level.range_lu,
        "true_peak_dbtp": level.true_peak_db,
    }


def as_table(files: Iterable[Packed]) -> bytes:
    """CSV for spreadsheets: a row for each file. Where it has several sounds, one cell has all of theirs."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in files:
        rows.writerow((no_formula(one.name), no_formula(one.what), one.size, one.sha256, *_cells(one.media)))
    return table.getvalue().encode("utf-8-sig")


def _cells(media: Inspection | None) -> tuple[str, ...]:
    if not media:
        return ("",) * 6
    sounds = media.of_kind("sound")
    levels = [track.level for track in sounds if track.level]
    return (
        exact(media.duration_ms),
        "; ".join(f"{track.kind} {track.codec}" for track in media.tracks),
        no_formula("; ".join(track.language or "und" for track in sounds)),
        *(
            _row([_number(value) for value in values])
            for values in (
                [level.integrated_lufs for level in levels],
                [level.range_lu for level in levels],
                [level.true_peak_db for level in levels],
            )
        ),
    )


def _row(numbers: Sequence[str]) -> str:
    """One is a number for spreadsheets, several are a text."""
    return numbers[0] if len(numbers) == 1 else no_formula("; ".join(numbers))


def _number(value: float | None) -> str:
    return "silent" if value is None else f"{value:.1f}"


def as_text(title: str, facts: Sequence[str], files: Iterable[Packed]) -> str:
    """A README for people who open the package: a folder of files is one entry in it."""
    rows = [f"Audio description of {writable_text(title)}", "", *map(writable_text, facts), "", "Files", ""]
    folders: set[str] = set()
    for one in files:
        top, _, inside = one.name.partition("/")
        if inside and top in folders:
            continue
        folders.add(top)
        rows += [writable_text(f"{top}/" if inside else top), f"    {one.what}"]
        if one.media:
            rows.append(f"    {_said(one.media)}")
    rows += ["", "manifest.json and manifest.csv say the same and more. To check that all is as it was sent:", ""]
    return "\r\n".join([*rows, "    sha256sum --check SHA256SUMS", ""])


def _said(media: Inspection) -> str:
    sounds = [_sound(track) for track in media.of_kind("sound")]
    return "; ".join([exact(media.duration_ms), *sounds])


def _sound(track: Track) -> str:
    level = track.level
    measured = f", {_number(level.integrated_lufs)} LUFS, {_number(level.true_peak_db)} dBTP" if level else ""
    what = " description" if track.is_description else ""
    return f"sound{what} {track.language or 'und'} {track.codec} {track.layout}{measured}"
