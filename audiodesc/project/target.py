"""What a run works on: a film, or the folder of one that was described, with what that knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audiodesc.errors import UsageError
from audiodesc.project.folder import HIDDEN
from audiodesc.project.project import Project, open_project
from audiodesc.project.saved import saved_film, saved_settings, saved_subtitles
from audiodesc.project.store import open_store
from audiodesc.settings import Settings

DEFAULT = Settings()


@dataclass(frozen=True, slots=True)
class Target:
    """The film, the subtitles that are given (None: the film's own), the folder of the results, and the choices."""

    film: Path
    subtitles: Path | None
    output: Path
    settings: Settings

    def texts(self) -> list[str] | None:
        """Those of the lines of the project; None where there is no project in which lines were ever written."""
        store = open_store(self.output / HIDDEN) if self.output.is_dir() else None
        if store is None:
            return None
        with Project(self.output, store) as project:
            texts = [line.text for line in project.lines()]
            return texts if texts or project.scripts() else None


def target(
    film: str | Path,
    subtitles: str | Path | None,
    output: str | Path | None,
    settings: Settings | None,
    moved: str | Path | None = None,
) -> Target:
    """What to work on, given a film, or a folder such as film.ad: then all that is None is as in its last run, and
    `moved` is where its film is now, where it is not to be found.

    Raises InputError for a folder that is no project, or whose film or subtitles are gone.
    """
    given = Path(film)
    if not given.is_dir():
        if moved:
            raise UsageError(f"{film} is a film, and so is {moved}", "give the folder of the project, and --film")
        folder = Path(output) if output else given.with_name(f"{given.stem}.ad")
        return Target(given, Path(subtitles) if subtitles else None, folder, settings or DEFAULT)
    with open_project(given) as project:
        chosen = settings or saved_settings(project)
        used = Path(subtitles) if subtitles else saved_subtitles(project) if chosen.dialogue.subs else None
        path = Path(moved) if moved else saved_film(project)
    return Target(path, used, Path(output) if output else given, chosen)
