"""What is in a file or a folder about description, and what players will make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from audiodesc.core.progress import Progress, silent
from audiodesc.errors import AudiodescError, FilmError, InputError
from audiodesc.inspection.described import with_verdicts
from audiodesc.inspection.findings import findings_of
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


def inspect(path: str | Path, *, loudness: bool = True, progress: Progress = silent) -> Inspection:
    """What is in a media file, a script, subtitles, or a folder of these about description.

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
    """The files at the top of a folder, each by itself; what is no media and no script is left out."""
    parts = tuple(_parts(folder, loudness=loudness, progress=progress))
    if not parts:
        raise InputError(f"{folder} holds nothing that can be inspected", "give a folder with films, sounds or scripts")
    kind: Kind = "project" if (folder / ".audiodesc").is_dir() else "folder"
    return Inspection(path=str(folder), kind=kind, format="", parts=parts)


def _parts(folder: Path, *, loudness: bool, progress: Progress) -> Iterator[Inspection]:
    files = sorted(one for one in folder.iterdir() if one.is_file() and one.suffix.lower() in TEXTS | MEDIA)
    for path in files[:MOST_FILES]:
        try:
            yield _judged(_read(path, loudness=loudness, progress=progress))
        except AudiodescError as error:
            if path.suffix.lower() in MEDIA:
                fault = Finding("unreadable", "error", error.fault, error.remedy)
                yield Inspection(path=str(path), kind="film", format=path.suffix.lstrip("."), findings=(fault,))
