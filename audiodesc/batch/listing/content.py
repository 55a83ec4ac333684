"""Whether a film has to be made again: what stands for its content, and whether results of it are as wanted."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from audiodesc.batch.listing.names import is_file, is_url
from audiodesc.batch.listing.values import film_settings
from audiodesc.batch.model import FilmJob
from audiodesc.core.cache import WRONG, Store, remembered_hash
from audiodesc.core.files import content_hash
from audiodesc.errors import AudiodescError
from audiodesc.settings import Settings

HIDDEN = ".audiodesc"
"""The hidden folder of a project, with its cache."""


def content_of(job: FilmJob) -> str:
    """Stands for the content of film and subtitles as they are now, as `FilmResult.content` does for those that a
    result was made of; "" where that is not known: of films at URLs, and of what cannot be read.

    Where a file lies, and what it is called, does not matter. A film is read whole (0.7 s a GB) unless the cache in its
    folder of results remembers it, as after every run.
    """
    if is_url(job.film) or is_url(job.output) or is_url(job.subtitles):
        return ""
    try:
        film = remembered_hash(Path(job.film), Store(Path(job.output) / HIDDEN / "cache"))[0]
        texts = content_hash(Path(job.subtitles))[0] if job.subtitles else ""
    except (OSError, ValueError):
        return ""
    return hashlib.sha256(f"{film} {texts}".encode()).hexdigest()[:32]


def is_changed(job: FilmJob, content: str) -> bool:
    """Whether film or subtitles are others than those of `content`, as far as that is known."""
    now = content_of(job)
    return bool(now and content and now != content)


def already_made(job: FilmJob, content: str = "") -> bool:
    """Whether the folder of a film holds exactly what its job asks for, so that it need not be made.

    It does where its results are of this film, these choices and this version of the program, no result was changed or
    removed, no line edited since, and no file that was read is younger than the report. `content` is that of an earlier
    result of the job, "" where there is none. Where anything is not certain the answer is no: to make it again costs
    little, since the cache has what was made. So is it where a server describes, or the describer that was chosen by
    itself may be another one today.
    """
    if is_url(job.film) or is_url(job.output) or (content and content_of(job) != content):
        return False
    try:
        return _is_as_wanted(job, film_settings(job.choices, job.name))
    except (AudiodescError, OSError, *WRONG):
        return False


def _is_as_wanted(job: FilmJob, settings: Settings) -> bool:
    from audiodesc.project.project import open_project
    from audiodesc.project.saved import FILM, JOB, SUBTITLES, job_of
    from audiodesc.project.status import status
    from audiodesc.report.reading import read_report

    folder, run = Path(job.output), settings.run
    path = folder / f"{Path(job.film).stem}.ad.json"
    if not path.is_file() or run.part_from or run.part_to or run.renew or run.merge or run.replace or run.strict:
        return False
    if not _is_same_describer(settings):
        return False
    written = path.stat().st_mtime_ns
    if any(file.stat().st_mtime_ns >= written for file in _read_files(job, settings)):
        return False
    report = read_report(path)
    film = remembered_hash(Path(job.film), Store(folder / HIDDEN / "cache"))[0]
    if film != report.film.fingerprint or not _is_this_version(report) or report.part is not None:
        return False
    if any(not (folder / made.name).exists() for made in report.files.values()):
        return False
    with open_project(folder) as project:
        known, stands = project.fact(FILM) or {}, status(project)
        same_texts = _path_of(project.fact(SUBTITLES)) == (str(Path(job.subtitles).resolve()) if job.subtitles else "")
        same_choices = _plain(project.fact(JOB)) == _plain(job_of(settings))
    is_current = not (stands.edited_since or stands.changed_files) and stands.mix != "older"
    return known.get("fingerprint") == film and same_texts and same_choices and is_current


def _is_same_describer(settings: Settings) -> bool:
    """Whether the same describer as before is certain to be asked: one that is named, and no server, whose model and
    address the project does not keep."""
    chosen = settings.describer
    return chosen.name not in (None, "auto", "server") and not (chosen.server or chosen.writer_server or chosen.serve)


def _read_files(job: FilmJob, settings: Settings) -> list[Path]:
    """The files beside the film that results depend on, whose content the project does not keep."""
    named = (
        job.subtitles,
        settings.describer.cast,
        settings.voice.lexicon,
        settings.voice.name,
        settings.describer.name,
    )
    own = (value for options in settings.options.values() for value in options.values())
    return [Path(name) for name in (*named, *own) if name and is_file(Path(name))]


def _is_this_version(report: Any) -> bool:
    return bool(report.made_by == f"audiodesc {version('audiodesc')}")


def _path_of(known: Any) -> str:
    return str(known.get("path", "")) if isinstance(known, dict) else ""


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
