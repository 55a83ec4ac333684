"""A conversation about a film, or a picture, as an object: opened, asked, and kept in the film's project."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from audiodesc.core.downloads import Downloads
from audiodesc.core.part import EXAMPLE, time_ms
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer
from audiodesc.describers.chosen import film_context
from audiodesc.describers.queries import Said
from audiodesc.errors import MissingToolError, UsageError
from audiodesc.footage import Footage, describer_alone, describer_of, open_footage
from audiodesc.media.own_timecode import film_timecode
from audiodesc.model import Span
from audiodesc.project.conversations import Turn, add_turn, begin, check_question, conversation
from audiodesc.project.project import Project
from audiodesc.questions import answer
from audiodesc.questions.moments import moment_at
from audiodesc.questions.pictures import answer_about_picture, is_picture
from audiodesc.questions.question import LETTERS, Answer, Detail, Question
from audiodesc.settings import Settings

Time = float | str
"""Of a film: seconds, or a text such as "12:30", "1:02:03.5" or timecode."""


class Conversation:
    """Questions about a film, one after the other, each of which may lean on what was answered before:

        with Conversation("film.ad") as talk:
            talk.ask("What is she holding?", at="12:30")
            talk.ask("And the man beside her?")

    `film` is a film, a project's folder, or a picture (PNG, JPEG). Of a project each turn is kept as it is answered,
    unless `keep` is false; `number` is a kept conversation to go on with, and afterwards that of this one. `settings`
    None: those of the project's last run. `downloads` says whether weights may be fetched; without, as `settings.run`
    has it. `describer` is one in its session that is asked in the place of the one that the settings ask for; `author`
    is who asks, "" for the login name.

    Where a model that is to run here is not installed, `no_model` says why, and what is known without one is answered.
    `__enter__` raises what `open_footage` and `describer_of` raise, and UsageError for a number that is not there.
    """

    def __init__(
        self,
        film: Path | str,
        settings: Settings | None = None,
        *,
        number: int | None = None,
        keep: bool = True,
        subtitles: Path | str | None = None,
        downloads: Downloads | None = None,
        progress: Progress = silent,
        describer: Describer | None = None,
        author: str = "",
    ) -> None:
        self.film, self.number, self.no_model = Path(film), number, ""
        self.footage: Footage | None = None
        self.turns: tuple[Turn, ...] = ()
        self.describer = describer
        self._settings, self._keep, self._subtitles, self._author = settings, keep, subtitles, author
        self._downloads, self._progress, self._held = downloads, progress, ExitStack()

    def __enter__(self) -> Conversation:
        with ExitStack() as held:
            if not is_picture(self.film):
                opened = open_footage(self.film, self._settings, self._progress, subtitles=self._subtitles)
                self.footage = held.enter_context(opened)
            if self.number is not None:
                self.turns = conversation(self._kept(), self.number).turns
            if self.describer is None:
                self.describer = self._chosen(held)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.__exit__(kind, error, trace)

    @property
    def is_kept(self) -> bool:
        """Whether turns are kept: those about a project are."""
        return bool(self._keep and self.footage and self.footage.project)

    def ask(
        self,
        question: str,
        *,
        at: Time | None = None,
        start: Time | None = None,
        end: Time | None = None,
        detail: Detail = "normal",
        spoilers: bool = False,
        choices: Sequence[str] = (),
        said: Said | None = None,
    ) -> Answer:
        """The answer to a question about a time, a stretch, or, without any, the moment of the answer before, else one
        that is found by its words; see `Question`. It is kept where turns are. Raises what `answer` raises."""
        span = self._span(start, end)
        asked = Question(question, self._ms(at) if at is not None else None, span, detail, spoilers, tuple(choices))
        if self.is_kept:
            check_question(self._kept(), question, self.number)
        found = self._answer(asked, said)
        turn = Turn(
            with_choices(question, choices),
            found.text,
            found.moment,
            found.times_ms,
            found.by,
            found.is_seen,
            author=self._author,
        )
        if self.is_kept:
            self._add(turn)
        else:
            self.turns = (*self.turns, turn)
        return found

    def check_time(self, time: Time) -> None:
        """Raises UsageError for what is no time of the film."""
        time_ms = self._ms(time)
        if self.footage:
            moment_at(self.footage, time_ms)

    def _answer(self, question: Question, said: Said | None) -> Answer:
        if self.footage:
            return answer(self.footage, question, self.describer, self.turns, said)
        context = film_context(self._settings) if self._settings else None
        return answer_about_picture(self.film, question, self.describer, context, self.turns, said)

    def _add(self, turn: Turn) -> None:
        """In a transaction of its own."""
        kept = begin(self._kept(), turn) if self.number is None else add_turn(self._kept(), self.number, turn)
        self.number, self.turns = kept.number, kept.turns

    def _kept(self) -> Project:
        """Raises UsageError where nothing is kept."""
        if self.footage and self.footage.project:
            return self.footage.project
        raise UsageError(f"{self.film} keeps no conversations: it was not described", "make it: `audiodesc make`")

    def _chosen(self, held: ExitStack) -> Describer | None:
        settings = self.footage.settings if self.footage else self._settings or Settings()
        downloads = self._downloads or Downloads(settings.run.yes, settings.run.offline)
        try:
            if self.footage:
                return held.enter_context(describer_of(self.footage, downloads, self._progress))
            return held.enter_context(describer_alone(settings, downloads, self._progress))
        except MissingToolError as error:
            if settings.describer.server or settings.describer.serve:
                raise
            self.no_model = str(error)
            return None

    def _span(self, start: Time | None, end: Time | None) -> Span | None:
        if start is None and end is None:
            return None
        if self.footage is None:
            raise UsageError("a picture has no times", "leave them out")
        length_ms = self.footage.film.duration_ms
        start_ms = 0 if start is None else self._ms(start)
        end_ms = length_ms if end is None else self._ms(end)
        if start_ms >= min(end_ms, length_ms):
            raise UsageError(f"the part from {start or 0} to {end or 'the end'} is empty", "give times of the film")
        return Span(start_ms, min(end_ms, length_ms))

    def _ms(self, time: Time) -> int:
        if self.footage is None:
            raise UsageError("a picture has no times", "leave them out")
        if not isinstance(time, str):
            return round(1000 * time)
        try:
            return time_ms(time, film_timecode(self.footage.film, self.footage.settings.deliver)[0])
        except ValueError as error:
            raise UsageError(str(error), EXAMPLE) from error


def with_choices(question: str, choices: Sequence[str]) -> str:
    """A question as it is kept: with the choices that were given beside it."""
    return " ".join([question, *(f"({letter}) {one}" for letter, one in zip(LETTERS, choices, strict=False))])


def ask(
    film: Path | str,
    question: str,
    *,
    at: Time | None = None,
    start: Time | None = None,
    end: Time | None = None,
    settings: Settings | None = None,
    subtitles: Path | str | None = None,
    detail: Detail = "normal",
    spoilers: bool = False,
    choices: Sequence[str] = (),
) -> Answer:
    """The answer to one question about a film, a project's folder or a picture; see `Conversation`, which keeps what is
    asked. The film is analysed as a run does it, and what is found is kept."""
    with Conversation(film, settings, keep=False, subtitles=subtitles) as talk:
        return talk.ask(question, at=at, start=start, end=end, detail=detail, spoilers=spoilers, choices=choices)
