"""The choices of a run -> the describer that they ask for, and what it is to know of the film."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress
from audiodesc.describers import ChosenDescriber, describer
from audiodesc.describers.base import DescriberOptions
from audiodesc.describers.context import FilmContext, read_cast
from audiodesc.settings import Settings


class ChooseDescriber(Protocol):
    """As `chosen_describer`, which is the default where one is taken."""

    def __call__(
        self, settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float, /
    ) -> ChosenDescriber: ...


def film_context(settings: Settings) -> FilmContext:
    """What the user says of the film, read once: its files may change during a run."""
    chosen = settings.describer
    return FilmContext(chosen.context, read_cast(Path(chosen.cast)) if chosen.cast else ())


def chosen_describer(
    settings: Settings, known: FilmContext, downloads: Downloads, progress: Progress, film_s: float
) -> ChosenDescriber:
    """Who looks at a film of `film_s` seconds, of which this is known; and, where nobody named it, why it is this one.

    Raises what `describer` raises.
    """
    chosen = settings.describer
    options = DescriberOptions(
        server=chosen.server or "",
        model=chosen.model or "",
        parallel=chosen.parallel,
        video={"auto": None, "yes": True, "no": False}[chosen.video],
        serve=chosen.serve,
        local_server=chosen.local_server,
        context=known,
        writer_model=chosen.writer_model or "",
        writer_server=chosen.writer_server or "",
        film_s=film_s,
        downloads=downloads,
        own=settings.options,
        progress=progress,
    )
    return describer(chosen.name, options)
