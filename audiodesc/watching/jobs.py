"""The job of a film that has arrived: the same that a batch has of a folder."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from audiodesc.batch.listing.beside import SubtitleFinder
from audiodesc.batch.listing.patterns import is_excluded
from audiodesc.batch.model import FilmJob, FilmRow
from audiodesc.batch.state import BatchState
from audiodesc.watching.choices import FolderChoices
from audiodesc.watching.places import Places
from audiodesc.watching.records import Record


def film_job_of(
    film: str, places: Places, chosen: FolderChoices, subtitles_seen: Collection[str]
) -> tuple[FilmJob, str]:
    """The job of the film at this path in the folder, and a note on its subtitles, "" for none. Only those that a scan
    saw are used: no symbolic links, which may lead out of the folder."""
    path, language = places.folder / film, chosen.choices.get("voice", {}).get("language") or ""
    found = SubtitleFinder().find(path, language) if chosen.takes_subtitles else None
    subtitles, note = (found.path, found.note) if found else ("", "")
    if subtitles and Path(subtitles).relative_to(places.folder).as_posix() not in subtitles_seen:
        subtitles, note = "", f"{subtitles} is not used as subtitles: it is a link, or came after the film"
    return FilmJob(str(path), str(places.output(film)), subtitles, dict(chosen.choices)), note


def is_left_out(film: str, places: Places, chosen: FolderChoices) -> bool:
    """Whether the film is one that the folder's choices exclude."""
    return is_excluded(str(places.folder / film), chosen.exclude, places.folder)


def row_of(state: BatchState, record: Record) -> FilmRow | None:
    """The film of a record in the batch; None where its state does not have it. The number alone does not say that: a
    new state counts from 1."""
    row = state.row(record.id)
    if row is None or row.job.output != record.output:
        return None
    own = Path(record.film).parts
    return row if record.outcome == "same" or Path(row.job.film).parts[-len(own) :] == own else None
