"""What the command line asks of a project before it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def saved_choices(film: Path | None) -> dict[str, Any]:
    """The choices of a project, where its folder is given in the place of a film."""
    if film is None or not film.is_dir():
        return {}
    from audiodesc.project import open_project
    from audiodesc.project.saved import saved_job

    with open_project(film) as project:
        return saved_job(project)
