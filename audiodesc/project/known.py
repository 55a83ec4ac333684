"""The film of a project as the page, and who asks for candidates, need it: analysed as a run does, with the voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.languages import of_texts
from audiodesc.core.progress import Progress, Stopwatch
from audiodesc.core.timecode import Timecode
from audiodesc.dialogue import FilmAnalysis, FilmSource, analyse, read_source
from audiodesc.media.opening import with_content
from audiodesc.media.own_timecode import film_timecode
from audiodesc.mix.levels import loudness_profile
from audiodesc.mix.measure import Feed, Metered, feed, measure
from audiodesc.model import Film, Span
from audiodesc.narration.voice import Narrator, choose_narrator
from audiodesc.planning.gaps import protected
from audiodesc.project.placing import ProjectStage, stage
from audiodesc.project.project import Project
from audiodesc.project.saved import saved_film, saved_settings, saved_subtitles
from audiodesc.settings import Settings


@dataclass(frozen=True, slots=True)
class KnownFilm:
    """A film with all that was found in it, who speaks, and what its lines are placed with."""

    source: FilmSource
    found: FilmAnalysis
    narrator: Narrator
    on: ProjectStage
    timecode: Timecode
    settings: Settings

    @property
    def film(self) -> Film:
        return self.source.film

    @property
    def speech(self) -> Sequence[Span]:
        """The film's dialogue, by which the narrator's level is set."""
        cues = [cue for cue in self.found.dialogue.cues if cue.kind == "speech"]
        return protected(cues, self.film.duration_ms, 0)

    @property
    def feed(self) -> Feed:
        """The sound as it goes into the mix."""
        sound = self.settings.sound
        return feed(self.film, self.source.track, loudness_profile(sound.loudness).rate_hz, sound.downmix)

    def measured(self, store: Store, progress: Progress) -> Metered:
        """The film's loudness; found again in the store."""
        return measure(self.feed, self.speech, store, progress)


def analysed(project: Project, store: Store, progress: Progress, settings: Settings | None = None) -> KnownFilm:
    """What a run finds with these choices (None: those of the last run), found again in its cache. Raises an
    AudiodescError where the film cannot be used."""
    settings, watch = settings or saved_settings(project), Stopwatch(progress)
    with watch("probe"):
        subtitles = saved_subtitles(project) if settings.dialogue.subs else None
        source = read_source(saved_film(project), subtitles, settings, optional=True)
        narrator = narrator_of(project, source, settings, progress)
    with watch("hash"):
        film = with_content(source.film, store, progress)
    source = FilmSource(film, source.programme, source.subtitles)
    found = analyse(source, settings, store, watch)
    code, _ = film_timecode(film, settings.deliver)
    return KnownFilm(source, found, narrator, stage(found, narrator, settings, store), code, settings)


def narrator_of(project: Project, source: FilmSource, settings: Settings, progress: Progress) -> Narrator:
    """Who speaks, as in a render of the lines as they stand. Nothing is fetched."""
    texts = [line.text for line in project.lines()] or [cue.text for cue in source.subtitles.cues]
    downloads = Downloads(False, True, None)
    known: dict[str, Any] = {"own": settings.options, "downloads": downloads, "progress": progress}
    return choose_narrator(settings.voice, source.track, script=of_texts(texts), **known)
