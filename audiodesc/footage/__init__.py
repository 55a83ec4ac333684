"""A film as questions about it need it: its dialogue, its shots, what is known of it, and where answers are kept.

This is where `ask`, `find --look`, `caption`, `summary` and `evaluate` begin: with a project, or with a bare film.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.fetching import cache_folder
from audiodesc.core.languages import of_texts
from audiodesc.core.progress import Progress, Stopwatch, silent
from audiodesc.describers.base import Describer
from audiodesc.describers.chosen import chosen_describer, film_context
from audiodesc.describers.context import FilmContext
from audiodesc.dialogue import FilmAnalysis, FilmSource, analyse, read_source
from audiodesc.errors import AudiodescError
from audiodesc.media.opening import with_content
from audiodesc.model import Cue, Film, Span
from audiodesc.project.earlier_server import asks_for_address
from audiodesc.project.folder import HIDDEN
from audiodesc.project.lines import DraftLine, ProjectLine
from audiodesc.project.project import Project, open_project
from audiodesc.project.saved import saved_film, saved_settings, saved_subtitles
from audiodesc.settings import Settings


@dataclass(frozen=True, slots=True)
class Footage:
    """An opened film. `project` is the one that describes it, with its lines and drafts as they stood when it was
    opened; None and () for a bare film. What is answered is kept in `store`; `context` is what the user says of the
    film. `folder` names the film in messages: the project's folder, or the file."""

    film: Film
    found: FilmAnalysis
    settings: Settings
    context: FilmContext
    store: Store
    folder: Path
    project: Project | None = None
    lines: tuple[ProjectLine, ...] = ()
    drafts: tuple[DraftLine, ...] = ()

    @property
    def cues(self) -> Sequence[Cue]:
        """The dialogue, as far as it is known in words, in order of time."""
        return self.found.dialogue.texts

    @property
    def shots(self) -> tuple[Span, ...]:
        """All shots, in order, without gaps: from the film's beginning to its end."""
        edges = sorted({0, *(cut for cut in self.found.cuts if 0 < cut < self.film.duration_ms), self.film.duration_ms})
        return tuple(Span(start, end) for start, end in pairwise(edges))

    def shot_at(self, time_ms: int) -> int:
        """The number of the shot that is seen at a time, the first being 0."""
        return max(0, bisect_right([shot.start_ms for shot in self.shots], time_ms) - 1)

    @property
    def language(self) -> str:
        """BCP 47: that of the lines, else of the dialogue, as far as it is known; "" where it is not."""
        texts = [line.text for line in self.lines] or [cue.text for cue in self.cues]
        return self.settings.voice.language or of_texts(texts) or ""


@contextmanager
def open_footage(
    place: Path | str,
    settings: Settings | None = None,
    progress: Progress = silent,
    *,
    subtitles: Path | str | None = None,
) -> Iterator[Footage]:
    """Open a project's folder, or a film; a project beside the film that describes it is opened with it. `settings`
    None: those of the project's last run. `subtitles` are those of that run too, or the film's own.

    The film is analysed as a run analyses it, and found again where a run or another command did. What is made for a
    film without a project is kept in the user's cache. Raises an AudiodescError for what cannot be used.
    """
    with ExitStack() as held:
        project, film = _project_of(Path(place), held)
        chosen = settings or (saved_settings(project) if project else Settings())
        given = Path(subtitles) if subtitles else None
        if project and given is None and chosen.dialogue.subs:
            given = saved_subtitles(project)
        watch = Stopwatch(progress)
        with watch("probe"):
            source = read_source(film, given, chosen, mixed=False, optional=given is None)
        store = Store(project.folder / HIDDEN / "cache") if project else user_store(held)
        with watch("hash"):
            whole = with_content(source.film, store, progress)
        source = FilmSource(whole, source.programme, source.subtitles)
        found = analyse(source, chosen, store, watch)
        snapshot = project.snapshot() if project else None
        lines, drafts = (snapshot.standing, snapshot.drafts) if snapshot else ((), ())
        folder = project.folder if project else film
        yield Footage(whole, found, chosen, film_context(chosen), store, folder, project, lines, drafts)


@contextmanager
def describer_of(footage: Footage, downloads: Downloads, progress: Progress = silent) -> Iterator[Describer]:
    """The describer that the settings ask for, inside its session; see `check_answers` for one that can be asked.
    Raises what `chosen_describer` raises, and UsageError where it needs a server's address."""
    progress("load", 0, 0)
    with asks_for_address(footage.folder, footage.settings.describer):
        chosen = chosen_describer(footage.settings, footage.context, downloads, progress, film_s=0.0)
    with chosen.describer.session(footage.store):
        yield chosen.describer


@contextmanager
def describer_alone(settings: Settings, downloads: Downloads, progress: Progress = silent) -> Iterator[Describer]:
    """The same without a film. Raises what `chosen_describer` raises."""
    progress("load", 0, 0)
    with ExitStack() as held:
        chosen = chosen_describer(settings, film_context(settings), downloads, progress, film_s=0.0)
        held.enter_context(chosen.describer.session(user_store(held)))
        yield chosen.describer


def _project_of(place: Path, held: ExitStack) -> tuple[Project | None, Path]:
    """The project, if there is one, and the film."""
    if place.is_dir():
        project = held.enter_context(open_project(place))
        return project, saved_film(project)
    beside = place.with_name(f"{place.stem}.ad")
    if (beside / HIDDEN).is_dir() and place.exists():
        with suppress(AudiodescError, OSError):  # of another film, or one that cannot be read: the film is enough
            project = held.enter_context(open_project(beside))
            if saved_film(project).samefile(place):
                return project, place
    return None, place


def user_store(held: ExitStack, name: str = "films") -> Store:
    """Where what is made for films without a project is kept, or what the folder's `name` says, which can be deleted;
    for a user without a folder of their own, or on a disk that cannot be written to, until the end."""
    with suppress(AudiodescError, OSError):
        folder = cache_folder(name)
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return Store(folder)
    return Store(Path(held.enter_context(TemporaryDirectory(prefix="audiodesc-"))))
