"""The job of a film that has arrived: the same that a batch has of a folder."""

from __future__ import annotations

from audiodesc.batch.listing.beside import SubtitleFinder
from audiodesc.batch.listing.patterns import is_excluded
from audiodesc.batch.model import FilmJob
from audiodesc.watching.choices import FolderChoices
from audiodesc.watching.places import Places


def film_job_of(film: str, places: Places, chosen: FolderChoices) -> tuple[FilmJob, str]:
    """The job of the film at this path in the folder, and a note on its subtitles, "" for none."""
    path, language = places.folder / film, chosen.choices.get("voice", {}).get("language") or ""
    found = SubtitleFinder().find(path, language) if chosen.takes_subtitles else None
    subtitles, note = (str(found.path or ""), found.note) if found else ("", "")
    return FilmJob(str(path), str(places.output(film)), subtitles, dict(chosen.choices)), note


def is_left_out(film: str, places: Places, chosen: FolderChoices) -> bool:
    """Whether the film is one that the folder's choices exclude."""
    return is_excluded(str(places.folder / film), chosen.exclude, places.folder)
