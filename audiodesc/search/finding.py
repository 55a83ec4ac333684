"""A question to films: indexes brought up to date and asked, and what they answer: moments of films, each with why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

from audiodesc.core.downloads import Downloads
from audiodesc.core.formatting import number_of
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import UsageError
from audiodesc.model import Span
from audiodesc.search.documents import Field
from audiodesc.search.index import Updated, place_of, update, with_index
from audiodesc.search.meaning import Meaning, fused, meaning_of
from audiodesc.search.questions import Question, question_of
from audiodesc.search.ranking import MOST, WEIGHTS, Ranked, ranked
from audiodesc.search.store import IndexedProject, IndexStore, Limits
from audiodesc.search.vectors import READ
from audiodesc.search.words import folded, marked_in

LONGEST_SHOWN: Final = 200
"""Characters of a text in which something was found."""

LIMIT: Final = 20
MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class Reason:
    """A text in which something of the question stands; `marks` are from where to where in it. Where a model looked,
    `field` is "look", and the text says how sure it is."""

    field: Field | Literal["look"]
    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A moment of a film that answers a question.

    `project` is the folder of its description, `film` the name of the film's file. `line` is what the description says
    then, "" where it says nothing. `reasons` say why it was found, the best first. A greater `score` is better; those
    of one question can be compared, and no others. `similarity` is how near its meaning is to the question's (1: the
    same), None where that was not asked, or it is far.
    """

    project: Path
    film: str
    span: Span
    line: str
    reasons: tuple[Reason, ...]
    score: float
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Films, by a part of the name of the file or folder ("" for all), and a stretch of each."""

    film: str = ""
    start_ms: int = 0
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, the best first; `notes` are what a person should know of it, each in a line. `unsure` are the
    moments of which a model that looked cannot say whether it is seen."""

    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()
    unsure: tuple[Hit, ...] = ()


EVERYWHERE: Final = Where()


def find(
    question: str,
    *places: str | Path,
    limit: int = LIMIT,
    where: Where = EVERYWHERE,
    embedding: str = "",
    downloads: Downloads | None = None,
    progress: Progress = silent,
) -> tuple[Hit, ...]:
    """The moments of films that answer a question best, at most `limit`, the best first.

    `question` is words, which must all occur at about the same time, "exact phrases", prefixes*, -without, OR, and
    fields as in who:anna, text:, said:, place:, line:. `places` are folders of described films, such as film.ad,
    folders that hold such folders, and films; the current folder where there are none. `embedding` is a model of
    sentence-transformers, by its name or folder, by which moments are found that mean the same; it is fetched where
    `downloads` allow it, which by default nothing does.

    Raises UsageError for a question in which there is no word, or too many; InputError for a place without films.
    """
    given = {"limit": limit, "where": where, "embedding": embedding, "downloads": downloads, "progress": progress}
    return answer(question, places, **given).hits  # type: ignore[arg-type]


def answer(
    question: str,
    places: Iterable[str | Path],
    *,
    limit: int = LIMIT,
    where: Where = EVERYWHERE,
    embedding: str = "",
    downloads: Downloads | None = None,
    progress: Progress = silent,
) -> Answer:
    """The same, with notes."""
    check_limit(limit)
    asked = question_of(question)
    folders = list(dict.fromkeys(place_of(Path(place)) for place in places)) or [Path()]
    meaning, why = meaning_of(asked, embedding, downloads or Downloads(offline=True), progress)
    hits: list[Hit] = []
    notes: list[str] = []
    for place in folders:
        found, said = with_index(place, partial(_in_one, place, asked, where, limit, meaning, progress))
        hits += found
        notes += said
    hits.sort(key=lambda hit: -hit.score)
    return Answer(tuple(hits[:limit]), tuple(dict.fromkeys([*notes, why] if why else notes)))


def check_limit(limit: int) -> None:
    """Raise UsageError for a number of hits that is none, or too large."""
    if not 1 <= limit <= MOST_LISTED:
        raise UsageError(f"--limit is {limit}", f"give 1 to {MOST_LISTED}")


def _in_one(
    place: Path,
    question: Question,
    where: Where,
    limit: int,
    meaning: Meaning | None,
    progress: Progress,
    store: IndexStore,
) -> tuple[list[Hit], list[str]]:
    """What the index of one place answers, once it is up to date."""
    updated = update(place, store, progress)
    hits, more = ask_index(place, store, question, where, limit, meaning, progress)
    return hits, list(_notes(updated, more))


def ask_index(
    place: Path,
    store: IndexStore,
    question: Question,
    where: Where,
    limit: int = LIMIT,
    meaning: Meaning | None = None,
    progress: Progress = silent,
) -> tuple[list[Hit], bool]:
    """What an index answers as it stands, and whether more matches than was ranked."""
    limits = _limits(store, where)
    best, more = ranked(store, question, limits, store.total())
    near: Mapping[int, float] = {}
    if meaning:
        best, near = fused(store, best, meaning, limits, progress)
    hits = [
        _hit(place, project, one, question, near.get(one.found.id))
        for one in best[:limit]
        if (project := store.project(one.found.project))
    ]
    return hits, more


def _notes(updated: Updated, more: bool) -> Iterator[str]:
    if not updated.projects:
        yield f"{updated.path.parent} holds no described film: `audiodesc make FILM` makes one"
    yield from (f"not searched: {why}" for why in updated.failed)
    if more:
        yield f"more than {number_of(MOST, 'moment')} match, and not all of them were ranked: ask with more words"


def _limits(store: IndexStore, where: Where) -> Limits:
    whole = Limits(start_ms=where.start_ms)
    whole = whole if where.end_ms is None else replace(whole, end_ms=where.end_ms)
    if not where.film:
        return whole
    name, projects = folded(where.film), store.projects().values()
    return replace(whole, projects={one.id for one in projects if name in folded(f"{one.place}\n{one.film}")})


def _hit(place: Path, project: IndexedProject, one: Ranked, question: Question, similarity: float | None) -> Hit:
    moment = one.found.moment
    reasons = tuple(reasons_of(moment.texts.items(), question))
    if not reasons:  # it was found by what it means
        shown = next((field for field in READ if moment.texts.get(field)), READ[0])
        reasons = (shortened(Reason(shown, moment.texts.get(shown, ""), ())),)
    film, line = project.film or project.place, moment.texts["line"]
    return Hit(place / project.place, film, moment.span, line, reasons, one.score, similarity)


def reasons_of(texts: Iterable[tuple[Field, str]], question: Question) -> Iterator[Reason]:
    """The texts in which something of the question stands, those first that count most."""
    for field, text in sorted(texts, key=lambda pair: -WEIGHTS[pair[0]]):
        patterns = [one.pattern for one in question.wanted if one.field in (None, field)]
        if marks := marked_in(text, patterns):
            yield shortened(Reason(field, text, marks))


def shortened(reason: Reason) -> Reason:
    """The text around its first mark, no longer than can be read at a glance."""
    text = reason.text
    if len(text) <= LONGEST_SHOWN:
        return reason
    first = reason.marks[0][0] if reason.marks else 0
    start = max(0, min(first - LONGEST_SHOWN // 4, len(text) - LONGEST_SHOWN))
    end = start + LONGEST_SHOWN
    before, after = "…" * (start > 0), "…" * (end < len(text))
    moved = len(before) - start
    marks = _inside(reason.marks, start, end)
    return Reason(reason.field, f"{before}{text[start:end]}{after}", tuple((a + moved, b + moved) for a, b in marks))


def _inside(marks: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    return ((max(a, start), min(b, end)) for a, b in marks if a < end and b > start)
