"""What the command line asks of a project before it runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any


def saved_choices(film: Path | None) -> dict[str, Any]:
    """The choices of a project, where its folder is given in the place of a film."""
    if film is None or not _is_folder(film):
        return {}
    from audiodesc.project import open_project
    from audiodesc.project.saved import saved_job

    with open_project(film) as project:
        return saved_job(project)


def _is_folder(film: Path) -> bool:
    with suppress(OSError):  # a question in the place of a film is too long for a name
        return film.is_dir()
    return False
