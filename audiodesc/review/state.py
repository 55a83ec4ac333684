"""What a server holds of the project that it shows: nothing that would be lost with it but what can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Literal

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.queries import Said
from audiodesc.errors import InputError
from audiodesc.mix.measure import Metered
from audiodesc.narration.voice import warm_up
from audiodesc.project import Project
from audiodesc.project.asking import Asking, Wanted, ask, asking
from audiodesc.project.conversations import Conversation
from audiodesc.project.folder import HIDDEN
from audiodesc.project.history import Entry, change_text
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.placing import stage
from audiodesc.project.project import Snapshot, login_name
from audiodesc.project.recorded import recordings_of
from audiodesc.project.saved import saved_settings
from audiodesc.project.standing import NOTHING, Found, findings
from audiodesc.report import read_report, report_in
from audiodesc.report.model import Report
from audiodesc.review.analysing import opened_film
from audiodesc.review.answering import answered, footage_of
from audiodesc.review.answers import Changed, LineList, LineView, entry_view
from audiodesc.review.describing import Describing
from audiodesc.review.events import Events, Watch
from audiodesc.review.film_questions import Asked, FilmQuestions
from audiodesc.review.jobs import Background
from audiodesc.review.line_questions import LineQuestions
from audiodesc.review.listing import Lister
from audiodesc.review.problems import NotReadyError, not_found
from audiodesc.review.voicing import Voicing, length_of
from audiodesc.settings import Settings
from audiodesc.speak.lexicon import Lexicon


class Review:
    """An opened project with its film, voice, describer, work in the background and those who listen. For any thread.

    `settings` say which describer is asked for candidates; None: that of the last run."""

    def __init__(self, project: Project, author: str = "", settings: Settings | None = None) -> None:
        self.project, self.folder, self._settings = project, project.folder, settings
        self.author = author or login_name()
        self.store = Store(project.folder / HIDDEN / "cache")
        self.events = Events()
        self.jobs = Background(self.events)
        self.voicing = Voicing(lambda text, ms: self.events.send("length", {"text": text, "length_ms": ms}))
        self.describing = Describing(self._describer)
        self.line_questions = LineQuestions(self.describing, self._ask, lambda one: self.events.send("question", one))
        self.film_questions = FilmQuestions(self.describing, self._answer, lambda one: self.events.send("asked", one))
        self.fault = ""
        self._known: KnownFilm | None = None
        self._before: Metered | None = None
        self._found: tuple[object, Found] = (None, NOTHING)
        self._report: tuple[object, Report | None] = (None, None)
        self.pronouncing = Lock()  # held by who reads the lexicon to write it anew
        self._door = Lock()
        self._watch = Watch(project, self.events, self._speak_ahead)

    def close(self) -> None:
        """End what runs; the project is closed too."""
        self.events.close()
        self.jobs.close()
        self.describing.close()
        self._watch.close()
        self.voicing.close()
        self.project.close()

    @property
    def known(self) -> KnownFilm | None:
        """The analysed film; None while it is opened, and where it cannot be."""
        return self._known

    def need_film(self) -> KnownFilm:
        """The same. Raises NotReadyError where it is not there."""
        if self._known is None:
            raise NotReadyError(self.fault)
        return self._known

    @property
    def state(self) -> Literal["opening", "ready", "failed"]:
        return "ready" if self._known else "failed" if self.fault else "opening"

    def open_film(self, progress: Progress = silent) -> tuple[str, ...]:
        """Analyse the film, and measure it; the work of a job."""
        try:
            self.fault = ""
            known = opened_film(self.project, self.store, progress)
        except Exception as error:
            self.fault = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise
        self._known = known
        self._found = (None, NOTHING)
        self.events.send("ready", {})
        self._speak_ahead()
        warm_up(known.narrator.voice)
        self.before(progress)
        return ()

    def speak_by(self, lexicon: Lexicon) -> None:
        """Speak by another lexicon from now on."""
        known = self.need_film()
        narrator = replace(known.narrator, lexicon=lexicon)
        self._known = replace(known, narrator=narrator, on=stage(known.found, narrator, known.settings, self.store))
        self._speak_ahead()

    def before(self, progress: Progress = silent) -> Metered:
        """The film's loudness, which is measured once."""
        known = self.need_film()
        with self._door:
            if self._before is None:
                self._before = known.measured(self.store, progress)
            return self._before

    @property
    def _describer_settings(self) -> Settings:
        return self._settings or saved_settings(self.project)

    def _describer(self, progress: Progress) -> AbstractContextManager[Asking]:
        settings = self._describer_settings
        downloads = Downloads(settings.run.yes, not settings.run.yes, None)
        return asking(self.project, settings, self.need_film(), self.store, downloads, progress, for_lines=False)

    def _ask(self, wanted: Wanted, of: Asking, progress: Progress) -> int:
        """How many candidates are new; with the voice and its lexicon as they are now."""
        made = ask(self.project, wanted, replace(of, known=self.need_film()), self.line_length, progress)
        return sum(one.is_new for one in made)

    def _answer(self, asked: Asked, of: Asking | None, said: Said) -> Conversation:
        footage = footage_of(self.project, self.need_film(), self._describer_settings, self.store, of)
        return answered(footage, asked, of, said)

    def report(self) -> Report | None:
        """The report of the last run, read anew when it is another."""
        paths = sorted(self.folder.glob("*.ad.json"))
        stamp = [(path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in paths if path.is_file()]
        if self._report[0] != stamp:
            self._report = (stamp, _last_report(self.folder))
        return self._report[1]

    def length(self, text: str, voice: str = "") -> int | None:
        """How long the film's voice, or that of a line, takes for a text, as far as that is known."""
        return self.voicing.length(self._known.on.speaker(voice), text) if self._known else None

    def line_length(self, line: ProjectLine) -> int | None:
        """How long its voice takes for a line, as far as that is known."""
        return self.length(line.text, line.voice)

    def lister(self, snapshot: Snapshot | None = None) -> Lister:
        """The lines with all that is known of them."""
        snapshot = snapshot or self.project.snapshot()
        found = self._findings(snapshot)
        return Lister(snapshot, self._known, found, self.report(), self.line_length, self._recorded(snapshot))

    def list(self) -> LineList:
        """All lines, for the page."""
        lister = self.lister()
        return LineList(lister.snapshot.number, lister.views(), lister.gaps(), lister.found.alone)

    def view(self, id: str) -> LineView:
        """One line. Raises ProblemError where it does not stand."""
        found = next((view for view in self.lister().views() if view.line.id == id), None)
        if found is None:
            raise not_found(f"there is no line {id}")
        return found

    def changed(self, entries: Sequence[Entry]) -> Changed:
        """What these changes did, as the lines are now."""
        lister, ids = self.lister(), list(dict.fromkeys(one.id for one in entries))
        views = {view.line.id: view for view in lister.views()}
        shown = tuple(entry_view(one, change_text(one)) for one in entries)
        gone = tuple(id for id in ids if id not in views)
        return Changed(lister.snapshot.number, tuple(views[id] for id in ids if id in views), gone, shown)

    def _findings(self, snapshot: Snapshot) -> Found:
        if self._known is None:
            return NOTHING
        stamp = snapshot.number, self.voicing.known
        if self._found[0] != stamp:
            self._found = (stamp, findings(snapshot, self._known, self.line_length))
        return self._found[1]

    def _recorded(self, snapshot: Snapshot) -> dict[str, int]:
        """The lengths of recordings that are spoken."""
        lengths = {}
        for id, one in recordings_of(snapshot.standing, self.folder).of.items():
            with suppress(ValueError, OSError):
                lengths[id] = length_of(one.clip(1.0, self.store))
        return lengths

    def _speak_ahead(self) -> None:
        if self._known:
            on = self._known.on
            self.voicing.speak_ahead((line.text, on.speaker(line.voice)) for line in self.project.lines())


def _last_report(folder: Path) -> Report | None:
    """The report of the last run; None where there is none that can be read."""
    try:
        return read_report(report_in(folder))
    except InputError:
        return None
