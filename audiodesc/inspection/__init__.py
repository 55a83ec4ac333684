"""What is in a file or a folder about description, and what players will make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from audiodesc.core.progress import Progress, silent
from audiodesc.errors import AudiodescError, FilmError, InputError
from audiodesc.inspection.dash import inspect_dash, is_dash
from audiodesc.inspection.described import with_verdicts
from audiodesc.inspection.findings import findings_of
from audiodesc.inspection.hls import inspect_hls, is_hls
from audiodesc.inspection.media_file import inspect_media
from audiodesc.inspection.model import Finding, Inspection, Kind, Track, to_json
from audiodesc.inspection.players import players_of
from audiodesc.inspection.texts import inspect_text

__all__ = ["Finding", "Inspection", "Track", "inspect", "to_json"]

HEAD: Final = 4_096
MOST_FILES: Final = 200
"""Files of a folder that are looked into."""

TEXTS: Final = {
    ".ass", ".csv", ".dfxp", ".docx", ".itt", ".json", ".lrc", ".mpl", ".rtf", ".sami", ".sbv", ".scc", ".smi", ".srt",
    ".ssa", ".stl", ".sub", ".tsv", ".ttml", ".txt", ".usf", ".vtt", ".xlsx", ".xml",
}  # fmt: skip
MEDIA: Final = {
    ".3gp", ".aac", ".ac3", ".aif", ".aiff", ".asf", ".avi", ".bwf", ".dv", ".ec3", ".eac3", ".f4v", ".flac", ".flv",
    ".m2ts", ".m4a", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".oga",
    ".ogg", ".ogv", ".opus", ".rf64", ".ts", ".vob", ".w64", ".wav", ".webm", ".wmv",
}  # fmt: skip


STREAMS: Final = {".m3u8", ".mpd"}
FOLDERS: Final = {".hls", ".dash", ".web"}
"""What folders are called that hold one film in several files."""

MASTER: Final = re.compile(rb"#EXT-X-STREAM-INF|#EXT-X-MEDIA:|<(?:\w+:)?MPD[\s>]")
"""What a master playlist or a manifest has at its beginning."""


def inspect(path: str | Path, *, loudness: bool = True, progress: Progress = silent) -> Inspection:
    """What is in a media file, a playlist or manifest, a script, subtitles, or a folder of these about description.

    `loudness` measures every sound, which decodes the whole file. Nothing outside of what is named is read, and the
    network is never asked. Raises an InputError for what cannot be read at all.
    """
    given = Path(path)
    if given.is_dir():
        return _folder(given, loudness=loudness, progress=progress)
    return _judged(_read(given, loudness=loudness, progress=progress))


def _judged(of: Inspection) -> Inspection:
    """With verdicts, the players' views and findings."""
    of = with_verdicts(of)
    of = replace(of, players=players_of(of))
    return replace(of, findings=findings_of(of))


def _read(path: Path, *, loudness: bool, progress: Progress) -> Inspection:
    head = _head(path)
    if is_hls(head):
        return inspect_hls(path, loudness=loudness, progress=progress)
    if is_dash(head):
        return inspect_dash(path, loudness=loudness, progress=progress)
    if path.suffix.lower() in TEXTS or (b"\0" not in head and path.suffix.lower() not in MEDIA):
        return inspect_text(path)
    return inspect_media(path, loudness=loudness, progress=progress)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise FilmError(f"{path} cannot be read ({error.strerror})", "give a file that can") from error


def _folder(folder: Path, *, loudness: bool, progress: Progress) -> Inspection:
    """The files at the top of a folder, each by itself, and folders of streams in it. Where there are playlists or
    manifests, these alone, for the others are theirs; what is no media and no script is left out."""
    try:
        parts = tuple(_parts(folder, loudness=loudness, progress=progress))
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror})", "give a folder that can") from error
    if not parts:
        raise InputError(f"{folder} holds nothing that can be inspected", "give a folder with films, sounds or scripts")
    kind: Kind = "project" if (folder / ".audiodesc").is_dir() else "folder"
    return Inspection(path=str(folder), kind=kind, format="", parts=parts)


def _parts(folder: Path, *, loudness: bool, progress: Progress) -> Iterator[Inspection]:
    inner = sorted(folder.iterdir())
    streams = [one for one in inner if one.suffix.lower() in STREAMS and one.is_file()]
    masters = [one for one in streams if MASTER.search(_head(one))]
    files = [one for one in inner if one.suffix.lower() in TEXTS | MEDIA and one.is_file()]
    for path in (masters or streams or files)[:MOST_FILES]:
        try:
            yield _judged(_read(path, loudness=loudness, progress=progress))
        except AudiodescError as error:
            if path.suffix.lower() not in TEXTS:
                fault = Finding("unreadable", "error", error.fault, error.remedy)
                kind: Kind = {".m3u8": "hls", ".mpd": "dash"}.get(path.suffix.lower(), "film")  # type: ignore[assignment]
                yield Inspection(path=str(path), kind=kind, format=path.suffix.lstrip("."), findings=(fault,))
    for path in inner:
        if path.suffix.lower() in FOLDERS and path.is_dir():
            with suppress(InputError):  # nothing in it
                yield _folder(path, loudness=loudness, progress=progress)
