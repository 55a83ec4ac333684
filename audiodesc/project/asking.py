"""A person asks the describer for candidates: others than those that are there, shorter ones, or with a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.progress import Progress, silent
from audiodesc.core.speech_rate import usual_ms
from audiodesc.describers.base import Describer, NoAnswerError
from audiodesc.describers.chosen import chosen_describer, film_context
from audiodesc.describers.context import FilmContext
from audiodesc.describers.prompts import NOW_MS
from audiodesc.describers.wishes import TakesWishes, Wish, plain_hint
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.model import FrameRequest, Observation, Segment, Span
from audiodesc.narration.candidates import Writer
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.failures import Tally, no_answer
from audiodesc.narration.observe import observations
from audiodesc.narration.outcomes import length_of
from audiodesc.narration.story import EVERY
from audiodesc.planning.fit import TooLong, fit
from audiodesc.project.earlier_server import asks_for_address
from audiodesc.project.kept_candidates import (
    FittedCandidate,
    KeptCandidate,
    candidates_of,
    fitted_candidate,
    keep_candidates,
)
from audiodesc.project.known import KnownFilm
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Project
from audiodesc.project.saved import saved_describer
from audiodesc.project.spots import NEW, Spot, spot_of
from audiodesc.project.standing import Length
from audiodesc.settings import Settings

SHORTER: Final = 2 / 3
"""Of the words of a line, where a shorter one is asked for and nobody says how much."""

STORY_LINES: Final = 2 * EVERY
"""The latest, that a summary is made of."""

SHORTEST_S, LONGEST_S = 0.1, 600.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for: candidates for the line `id` or, for NEW, for one that begins at `start_ms`.

    `shorter` ones, than the line is or, of a new one, than what is offered: in at most `words`, or `seconds` at the
    voice's natural rate, where these are given. `hint` is what is wished of the line, such as "mention the letter".
    With `look_again` the describer looks closer at what is seen while the line is spoken, else it uses what it saw.
    Raises UsageError for a length that no line has, and for a hint that is too long; see `plain_hint`.
    """

    id: str = NEW
    start_ms: int | None = None
    shorter: bool = False
    words: int | None = None
    seconds: float | None = None
    hint: str = ""
    look_again: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "hint", plain_hint(self.hint))
        if self.words is not None and self.words < 1:
            raise UsageError(f"a line of {self.words} words", "give 1 or more")
        if self.seconds is not None and not SHORTEST_S <= self.seconds <= LONGEST_S:
            raise UsageError(f"a line of {self.seconds:g} s", f"give {SHORTEST_S:g} to {LONGEST_S:g} s")


@dataclass(frozen=True, slots=True)
class Asking:
    """What candidates are asked for with: the describer, inside its session, what it knows of the film, the film, and
    where answers are kept."""

    by: Describer
    context: FilmContext
    known: KnownFilm
    store: Store

    def pace(self, text: str) -> int:
        """How long the voice takes for a text; estimated for one of which nothing is heard."""
        with suppress(ValueError, OSError):
            return length_of(self.known.on.speak)(text, 1.0)
        return usual_ms(text)


def unmeasured(line: ProjectLine) -> int | None:
    """A `Length` for who has measured nothing yet."""
    return None


@contextmanager
def asking(
    project: Project,
    settings: Settings,
    known: KnownFilm,
    store: Store,
    downloads: Downloads,
    progress: Progress,
    *,
    for_lines: bool = True,
) -> Iterator[Asking]:
    """The describer that these choices ask for, opened as a run opens it. `for_lines` false: it is opened even where it
    has no language model that could be asked for lines, for what else it answers; `ask` refuses it then. Raises what
    `chosen_describer`, `asks_for_address`, `check_describer` and the describer's `session` raise."""
    context = film_context(settings)
    with asks_for_address(project.folder, settings.describer):
        by = chosen_describer(settings, context, downloads, progress, film_s=0.0).describer
    if for_lines:
        check_describer(by, project)  # before its weights are loaded
    with by.session(store):
        yield Asking(by, context, known, store)


def can_be_asked(by: Describer) -> bool:
    """Whether a describer can be asked for something in words."""
    return isinstance(by, TakesWishes) and by.takes_wishes


def check_describer(by: Describer, project: Project) -> None:
    """Raise UsageError for a describer that cannot be asked for anything in words."""
    if can_be_asked(by):
        return
    _, label = saved_describer(project)
    whose = f"the lines of {project.folder} are by {label}: " if label and label != by.label else ""
    raise UsageError(
        f"{by.label} has no language model that could be asked for other lines",
        f"{whose}give --describer or --server, see `audiodesc describers`",
    )


def ask(
    project: Project, wanted: Wanted, of: Asking, length: Length = unmeasured, progress: Progress = silent
) -> tuple[FittedCandidate, ...]:
    """All that is offered for a line or gap then, the new ones last, `is_new`; they are kept, and no line is changed.

    The question is that of `make`, with what is offered already, of which near repeats are refused. Raises UsageError
    for a describer that has no language model, a line that is not there, or one that has no room; AudiodescError where
    the describer gives no answer.
    """
    check_describer(of.by, project)
    snapshot = project.snapshot()
    spot = spot_of(snapshot, wanted.id, wanted.start_ms, of.known, length)
    of = replace(of, known=replace(of.known, on=of.known.on.in_voice(spot.line.voice)))
    before = candidates_of(project, spot)
    wish = Wish(tuple(dict.fromkeys([*(one.text for one in before), *filter(None, [spot.line.text])])), spot.following)
    wish = replace(wish, hint=wanted.hint, shorter=is_shorter(wanted))
    limit = _limit(wanted, spot, wish, of.pace)
    segment = spot.segment(of.known, of.pace)
    segment = replace(segment, max_words=min(segment.max_words, limit.words) if wish.shorter else segment.max_words)
    progress("look", 0, 1)
    seen = _seen(wanted, spot, segment, of)
    progress("describe", 0, 1)
    doubter = Doubter(of.by, of.context, of.known.narrator.language, of.known.settings.describer.doubt)
    texts = _texts(spot, seen, wish, doubter, of)
    progress("speak", 0, 1)
    said = {text: [doubt.message for doubt in doubter.of_line(text, seen, spot.before)] for text in texts}
    new = [
        KeptCandidate(text, of.by.fingerprint, of.by.label, wanted.hint, tuple(said[text]))
        for text in texts
        if limit.allows(text)
    ]
    keep_candidates(project, spot.key, new)
    return tuple(
        replace(fitted_candidate(one, spot, of.known, snapshot, length), is_new=one in new)
        for one in candidates_of(project, spot)
    )


def is_shorter(wanted: Wanted) -> bool:
    """Whether fewer words are asked for."""
    return wanted.shorter or wanted.words is not None or wanted.seconds is not None


@dataclass(frozen=True, slots=True)
class _Limit:
    """What a shorter line may have: words that are asked for, and what is kept of the answer."""

    words: int
    allows: Callable[[str], bool]


def _limit(wanted: Wanted, spot: Spot, wish: Wish, pace: Callable[[str], int]) -> _Limit:
    """Raises UsageError for a line that is to be shorter than nothing."""
    if not wish.shorter:
        return _Limit(0, lambda text: True)
    text = spot.line.text or min(wish.offered, key=pace, default="")
    if not text and wanted.words is None and wanted.seconds is None:
        raise UsageError("there is no line yet that one could be shorter than", "ask for any, or say how long")
    count, takes_ms = len(text.split()), pace(text) if text else 0
    if wanted.words is not None:
        most = wanted.words
        return _Limit(most, lambda one: len(one.split()) <= most)
    if wanted.seconds is not None:
        most_ms = round(1000 * wanted.seconds)
        words = count * most_ms // takes_ms if takes_ms else most_ms // usual_ms("a word ")
        return _Limit(max(1, words), lambda one: pace(one) <= most_ms)
    return _Limit(max(1, round(SHORTER * count)), lambda one: pace(one) < takes_ms)


def _seen(wanted: Wanted, spot: Spot, segment: Segment, of: Asking) -> Observation:
    """What the describer saw for a segment, or sees now. Raises AudiodescError where it gives no answer."""
    draft, frames = spot.planned, None
    if wanted.look_again:
        watch, frames = segment.watch, _closer(of.by.frames)
        segment = replace(segment, watch=Span(max(watch.start_ms, segment.wanted_ms - NOW_MS), watch.end_ms))
    elif draft and draft.facts and draft.author == of.by.fingerprint:
        return Observation(segment, draft.facts)
    cues, cuts = of.known.found.dialogue.texts, of.known.found.cuts
    (seen,) = observations(of.known.film, [segment], of.by, cues, of.store, 1.0, cuts, frames)
    if seen.failure:
        raise AudiodescError(f"the describer gave no answer about the picture ({seen.failure})", "ask again")
    if not seen.facts:
        raise AudiodescError(f"{of.by.label} sees nothing there to describe", "write the line, or look again")
    return seen


def _closer(frames: FrameRequest) -> FrameRequest:
    """Twice as many frames a second, and no more than before."""
    return replace(frames, fps=2 * frames.fps)


def _texts(spot: Spot, seen: Observation, wish: Wish, doubter: Doubter, of: Asking) -> list[str]:
    """What the describer writes, without repeats; those without a doubt first. As in `make` it is asked once more for
    shorter ones where none fits."""
    writer = Writer(doubter, of.known.found.dialogue.texts, of.store, Tally("line", 1, 1.0))
    lines = spot.before
    made: list[str] = []

    def write(wish: Wish, over: TooLong | None = None) -> None:
        texts = writer.candidates(seen, lines, summary, over, wish)
        new = [text for text in dict.fromkeys(texts) if text not in made and not wish.repeated(text)]
        made.extend(chain(*doubter.sorted(new, seen, lines)[:2]))

    def shorter(over: TooLong) -> Sequence[str]:
        with suppress(NoAnswerError):  # what is there already may be made shorter by hand
            write(replace(wish, shorter=True), over)
        return made

    try:
        summary = writer.story().before(seen.segment, lines[-STORY_LINES:])
        write(wish)
    except NoAnswerError as error:
        raise no_answer(error.failure) from error
    on = of.known.on
    fit(list(made), spot.free, spot.line.start_ms, length_of(on.speak), fastest=on.fastest, shorter=shorter)
    return made
