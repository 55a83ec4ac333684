"""What a run needs to be repeated from the folder alone: the film, its subtitles and the choices, without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from audiodesc.core.cache import Store, remembered_hash
from audiodesc.core.choices import fault, fields
from audiodesc.core.toml import job_values, settings_of
from audiodesc.errors import InputError
from audiodesc.model import Film
from audiodesc.project.folder import HIDDEN
from audiodesc.project.project import Project
from audiodesc.settings import Settings

FILM, SUBTITLES, JOB, DESCRIBER, RENDERED, UNMIXED = "film", "subtitles", "job", "describer", "rendered", "unmixed"
CHOSEN = "chosen files"
"""The names of what the project knows. Of RENDERED: the number of the last change when its sound was made; of UNMIXED:
whether a later run wrote the script without sound."""

SECRET = re.compile(r"key|token|secret|passw|auth|credential", re.I)
PATHS = (("describer", "cast"), ("voice", "lexicon"), ("voice", "name"), ("describer", "name"), ("describer", "model"))
"""Choices that may name a file."""

MOST_TRIED = 2_000
"""Files beside the folder of which the size is looked at."""


def save_run(project: Project, film: Film, subtitles: Path | None, settings: Settings) -> None:
    """Keep what this run was made of."""
    project.put_facts(
        {
            FILM: _place(film.path, project.folder)
            | {"fingerprint": film.fingerprint, "bytes": film.path.stat().st_size},
            SUBTITLES: _place(subtitles, project.folder) if subtitles else None,
            **_choices(settings, project.folder),
        }
    )


def _choices(settings: Settings, folder: Path) -> dict[str, Any]:
    """The choices, and where the files that they name are."""
    job = job_of(settings)
    named = {f"{group}.{name}": Path(job[group].get(name, "")) for group, name in PATHS}
    return {JOB: job, CHOSEN: {key: _place(path, folder) for key, path in named.items() if path.is_absolute()}}


def _place(path: Path, folder: Path) -> dict[str, Any]:
    whole = path.resolve()
    try:
        relative = os.path.relpath(whole, folder.resolve())
    except ValueError:  # another drive
        relative = ""
    return {"name": path.name, "path": str(whole), "relative": relative}


def job_of(settings: Settings) -> dict[str, Any]:
    """The choices as a job file has them: without what counts for one run only, and without passwords, keys and the
    addresses of servers, which may hold both: a folder is handed on. Files are named by their whole paths."""
    job: dict[str, Any] = asdict(settings)
    del job["run"], job["describer"]["server"], job["describer"]["writer_server"]
    job["options"] = {
        name: {key: value for key, value in own.items() if not SECRET.search(key)}
        for name, own in settings.options.items()
    }
    for group, name in PATHS:
        if job[group][name] and Path(job[group][name]).exists():
            job[group][name] = str(Path(job[group][name]).resolve())
    return dict(_given(job))


def _given(job: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Without what has no value, which TOML cannot say."""
    for name, value in job.items():
        if isinstance(value, Mapping):
            yield name, dict(_given(value))
        elif value is not None:
            yield name, list(value) if isinstance(value, tuple) else value


def save_settings(project: Project, settings: Settings) -> None:
    """Keep the choices of later runs."""
    project.put_facts(_choices(settings, project.folder))


def saved_job(project: Project) -> dict[str, Any]:
    """The choices of the last run, as a job file gives them, without those that this version does not know. Files are
    named where they are now, as seen from the folder, else where they were."""
    job = _known(project.fact(JOB) or {}, Settings)
    chosen = project.fact(CHOSEN) or {}
    for group, name in PATHS:
        value = job.get(group, {}).get(name)
        if value and Path(value).is_absolute():
            job[group][name] = str(_chosen(Path(value), chosen.get(f"{group}.{name}"), project.folder))
    return job_values(job, Settings, str(project.folder))


def _chosen(path: Path, known: Mapping[str, Any] | None, folder: Path) -> Path:
    """A file or folder that a choice names; one in the project's folder is found there without what is `known` of
    it."""
    places = [*(_places(known, folder) if known else ()), path, folder.resolve() / path.name]
    return next((place for place in places if place.exists()), path)


def _known(job: Mapping[str, Any], group: Any) -> dict[str, Any]:
    """What an older or another version may have written, as far as it means something here."""
    found = {}
    for field in fields(group):
        value = job.get(field.name)
        if field.group and isinstance(value, Mapping):
            found[field.name] = _known(value, field.group)
        elif value is not None and not field.group:
            plain = tuple(value) if isinstance(value, list) else value
            if not (field.choice and fault(field, plain)):
                found[field.name] = value
    return found


def saved_settings(project: Project) -> Settings:
    """The same as settings."""
    return settings_of(Settings, saved_job(project))


def saved_film(project: Project) -> Path:
    """The film of a project: where it was, as seen from the folder or by its whole path, else a file beside the folder
    that has its content.

    Raises InputError where it is in none of these places.
    """
    film = project.fact(FILM)
    if not film:
        raise InputError(f"{project.folder} does not say of which film it is", "say where it is with --film")
    if found := next((path for path in _places(film, project.folder) if path.is_file()), None):
        return found
    store = Store(project.folder / HIDDEN / "cache")
    for path in _beside(project.folder, film):
        if _hash(path, store) == film["fingerprint"]:
            return path
    raise InputError(
        f"the film of {project.folder} ({film['name']}) is not where it was, nor beside the folder",
        "say where it is with --film",
    )


def _places(known: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    if known["relative"]:
        yield Path(os.path.normpath(folder.resolve() / known["relative"]))
    yield Path(known["path"])


def _beside(folder: Path, film: Mapping[str, Any]) -> Iterator[Path]:
    """Files of the film's size in the folder around, and in the folder itself; those of its name first."""
    around = [*folder.resolve().parent.iterdir(), *folder.iterdir()][:MOST_TRIED]
    same = (path for path in around if path.is_file() and path.stat().st_size == film["bytes"])
    yield from sorted(same, key=lambda path: (path.name != film["name"], path.name))


def _hash(path: Path, store: Store) -> str:
    try:
        return remembered_hash(path, store)[0]
    except OSError:
        return ""


def saved_subtitles(project: Project) -> Path | None:
    """The file of subtitles that the last run was given; None where it took the film's own, or none.

    Raises InputError where it is gone.
    """
    known: dict[str, Any] | None = project.fact(SUBTITLES)
    if not known:
        return None
    places = [*_places(known, project.folder), project.folder.resolve().parent / str(known["name"])]
    for path in places:
        if path.is_file():
            return path
    raise InputError(f"the subtitles of {project.folder} ({known['name']}) are gone", "give them with --subs")


def save_describer(project: Project, fingerprint: str, label: str) -> None:
    """Keep who wrote the lines that no person did: the describer's fingerprint, and its name for people."""
    project.put_facts({DESCRIBER: {"fingerprint": fingerprint, "label": label}})


def saved_describer(project: Project) -> tuple[str, str]:
    """The same; "" where nobody described."""
    known = project.fact(DESCRIBER) or {}
    return str(known.get("fingerprint", "")), str(known.get("label", ""))
