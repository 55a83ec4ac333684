"""Several films and folders of described films, searched by looking: what it costs first, then the hits of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from audiodesc.core.downloads import Downloads
from audiodesc.core.formatting import number_of
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer
from audiodesc.describers.chosen import film_context
from audiodesc.errors import InputError
from audiodesc.footage import Footage, describer_of, open_footage
from audiodesc.footage.answers import Cost
from audiodesc.model import Span
from audiodesc.project.project import Project
from audiodesc.search.finding import EVERYWHERE, MOST_LISTED, Answer, Hit, Reason, Where, check_limit, find
from audiodesc.search.index import is_project, projects_in
from audiodesc.search.look_questions import Sought
from audiodesc.search.looking import Seen, pieces_of, recognise, recognition_cost, total
from audiodesc.search.questions import MOST as MOST_WORDS
from audiodesc.search.words import folded, words_of
from audiodesc.settings import DescriberSettings, DialogueSettings, Settings

MOST_FILMS: Final = 10_000
"""Of one search; whole archives are searched by their index."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How films are looked through. With `first`, only so many pieces of each film are judged: those that its index
    offers first for the words that are looked for. `settings` say who looks; where they name nobody, it is the
    describer of the first film's last run. `agreed` is given what is still to be asked, and who is asked, before it
    begins, and may raise."""

    sought: Sought
    settings: Settings = field(default_factory=Settings)
    where: Where = EVERYWHERE
    first: int | None = None
    limit: int = MOST_LISTED
    downloads: Downloads = field(default_factory=Downloads)
    progress: Progress = silent
    agreed: Callable[[Cost, Describer], None] = lambda cost, by: None


def seen_in_films(places: Sequence[Path], looking: Looking) -> Answer:
    """Where in these films it is seen, the surest first, else in order of time. A film that cannot be used is a note.

    Raises InputError where there is no film, UsageError where the describer cannot be asked, or not about that, what
    choosing one raises, and what `agreed` raises.
    """
    check_limit(looking.limit)
    films = [film for film in films_in(places) if _is_meant(film, looking.where)]
    notes: dict[str, None] = {}
    hits: list[Hit] = []
    unsure: list[Hit] = []
    with ExitStack() as held:
        first = _first(films, looking, held, notes)
        if first is None:
            return Answer((), tuple(notes) or ("no film is named so",))
        by = held.enter_context(describer_of(first, looking.downloads, looking.progress))
        looking.agreed(_cost(films, looking, by, notes), by)
        for film in films:
            try:
                with _opened(film, looking) as footage:
                    found = recognise(footage, looking.sought, by, _pieces(footage, looking, notes), looking.progress)
            except (InputError, OSError) as error:
                notes[f"not looked at: {error}"] = None
                continue
            hits += [_hit(footage, one, "yes") for one in found.yes]
            unsure += [_hit(footage, one, "unsure") for one in found.unsure]
            notes |= dict.fromkeys(found.notes)
        notes |= dict.fromkeys(by.notes())
    for some, what in ((hits, "seen"), (unsure, "unsure")):
        if len(some) > looking.limit:
            notes[f"{number_of(len(some), 'moment')} {what}, of which {looking.limit} are shown: see --limit"] = None
    return Answer(_best(hits, looking.limit), tuple(notes), _best(unsure, looking.limit))


def films_in(places: Sequence[Path]) -> tuple[Path, ...]:
    """The films and projects that places stand for: a folder of projects stands for all in it. Raises InputError for
    one that is not there, or holds none, and where there are too many."""
    found: dict[Path, None] = {}
    for place in places:
        if not place.exists():
            raise InputError(f"{place} is not there", "give a film, film.ad, or a folder with such folders in it")
        some = [place] if is_project(place) or not place.is_dir() else [place / name for name, _ in projects_in(place)]
        if not some:
            raise InputError(f"{place} holds no described film", "give films, or folders that `audiodesc make` wrote")
        found |= dict.fromkeys(some)
    if len(found) > MOST_FILMS:
        raise InputError(f"there are {len(found):,} films", f"look through {MOST_FILMS:,} at most, or use the index")
    return tuple(found)


def _is_meant(film: Path, where: Where) -> bool:
    return folded(where.film) in folded(str(film))


def _first(films: Sequence[Path], looking: Looking, held: ExitStack, notes: dict[str, None]) -> Footage | None:
    """The first film that can be opened. It stays open, for the describer keeps in its store what it finds."""
    for film in films:
        try:
            return held.enter_context(_opened(film, looking))
        except (InputError, OSError) as error:
            notes[f"not looked at: {error}"] = None
    return None


def _cost(films: Sequence[Path], looking: Looking, by: Describer, notes: dict[str, None]) -> Cost:
    """Of all films that can be opened."""
    costs = []
    for film in films:
        try:
            with _opened(film, looking) as footage:
                costs.append(recognition_cost(footage, looking.sought, by, _pieces(footage, looking, notes)))
        except (InputError, OSError) as error:
            notes[f"not looked at: {error}"] = None
    return total(costs)


@contextmanager
def _opened(film: Path, looking: Looking) -> Iterator[Footage]:
    """A film as its last run opened it; a bare one without listening for speech. Who looks is what the user says."""
    bare = film.is_file() and not is_project(film.with_name(f"{film.stem}.ad"))
    alone = Settings(dialogue=DialogueSettings(hear=False)) if bare else None
    with open_footage(film, alone, looking.progress) as footage:
        given, kept = looking.settings, footage.settings
        chosen = kept.describer if given.describer == DescriberSettings() else given.describer
        merged = replace(kept, describer=chosen, run=given.run, options=given.options or kept.options)
        yield replace(footage, settings=merged, context=film_context(merged))


def _pieces(footage: Footage, looking: Looking, notes: dict[str, None]) -> tuple[Span, ...]:
    where = looking.where
    end_ms = footage.film.duration_ms if where.end_ms is None else where.end_ms
    within = Span(min(where.start_ms, end_ms), end_ms)
    candidates = None
    if looking.first is not None:
        words = list(dict.fromkeys(words_of(looking.sought.text)))[:MOST_WORDS]
        if footage.project and words:
            candidates = _candidates(footage.project, words, where)
        else:
            notes[f"{footage.folder}: nothing is known of it to look at first: it is looked at from its beginning"] = (
                None
            )
    return pieces_of(footage, within, candidates, looking.first)


def _candidates(project: Project, words: Sequence[str], where: Where) -> list[Span]:
    """Where the index of a project has some of these words, the best first."""
    stretch = replace(where, film="")
    return [hit.span for hit in find(" OR ".join(words), project.folder, limit=MOST_LISTED, where=stretch)]


def _hit(footage: Footage, seen: Seen, verdict: str) -> Hit:
    """With the line that is spoken then."""
    line = next((line.text for line in footage.lines if line.span.overlap_ms(seen.span)), "")
    sure = verdict if seen.share is None else f"{verdict}, {seen.share:.0%}"
    score = 1.0 if seen.share is None else seen.share
    return Hit(footage.folder, footage.film.path.name, seen.span, line, (Reason("look", sure, ()),), score)


def _best(hits: Sequence[Hit], limit: int) -> tuple[Hit, ...]:
    """The surest, in the order of the films and of time where they are alike."""
    return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])
