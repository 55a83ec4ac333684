"""The project that a user names: its folder, or its film; for a film without one, an empty project to write in."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from audiodesc.errors import InputError
from audiodesc.media.opening import with_content
from audiodesc.media.probe import probe
from audiodesc.project import Project, open_project
from audiodesc.project.folder import HIDDEN, hold_folder
from audiodesc.project.project import made_project
from audiodesc.project.saved import save_run
from audiodesc.project.store import open_store
from audiodesc.settings import Settings


def place_id(folder: Path) -> str:
    """A name for a project that no other of this computer has, whatever it is called: of the place where it lies."""
    return sha256(os.fsencode(folder.resolve())).hexdigest()[:16]


def opened_project(place: Path) -> Project:
    """The project in a folder, or of a film, made where the film has none.

    Raises InputError for a folder without a project, and FilmError for what is no film.
    """
    if place.is_dir():
        return open_project(place)
    if not place.exists():
        raise InputError(f"{place} does not exist", "give a film, or a folder such as film.ad")
    folder = place.with_name(f"{place.stem}.ad")
    store = open_store(folder / HIDDEN) if folder.is_dir() else None
    if store:
        return Project(folder, store)
    film = probe(place)
    with hold_folder(folder) as held:
        project = made_project(folder)
        save_run(project, with_content(film, held.store), None, Settings())
    return project
