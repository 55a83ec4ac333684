"""Questions with choices, answered from the description, the film, both or nothing: how often the right one is chosen.

Who answers never sees the right letter. "nothing" is the question alone: what is right there was guessed, or known
of the film before.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from audiodesc.core.cache import Store
from audiodesc.core.formatting import clock
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.queries import Query, Reply
from audiodesc.evaluation import asking
from audiodesc.evaluation.asking import Answerer
from audiodesc.evaluation.bootstrap import LEVEL, mean_of, value_of
from audiodesc.evaluation.model import JudgeRecord, Value
from audiodesc.evaluation.prompts import PROMPTS, VERSION, filled
from audiodesc.evaluation.questions import LETTERS, Question
from audiodesc.footage import Footage
from audiodesc.footage.answers import Cost, SpanQuery, answers
from audiodesc.footage.answers import cost as film_cost
from audiodesc.model import Span
from audiodesc.scripts.lines import ScriptLine

SCHEMA_VERSION: Final = 1

Source = Literal["nothing", "description", "film", "both"]
"""What a question is answered from, besides itself."""

SOURCES: Final[Mapping[Source, str]] = {
    "nothing": "nothing (guessing)",
    "description": "the description",
    "film": "the film",
    "both": "film and description",
}


@dataclass(frozen=True, slots=True)
class Quiz:
    """What is asked: the questions, from which sources, with the lines of the description; `seen` is the film, and who
    answers from it, for the sources "film" and "both". The choices are shuffled by the `seed`; None keeps their order.
    """

    questions: tuple[Question, ...]
    sources: tuple[Source, ...]
    lines: tuple[ScriptLine, ...] = ()
    seen: tuple[Footage, Describer] | None = None
    seed: int | None = 0


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with what was chosen, by source: a letter of `choices`, "" where there was no answer; `shown` has the
    letters in the order in which the choices were shown."""

    id: str
    question: str
    choices: tuple[str, ...]
    right: str
    shown: str
    chosen: Mapping[Source, str]
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceScore:
    """How many answers were right, of those that were given; `accuracy` in percent; `gain` over "nothing" in points,
    over the questions that have both."""

    source: Source
    right: int
    answered: int
    unanswered: int
    accuracy: Value | None
    gain: Value | None = None


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """The accuracy of each source in the questions of one kind."""

    category: str
    name: str
    questions: int
    accuracy: Mapping[Source, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizScores:
    """All of it; `chance` is the percentage that a die gets right."""

    schema_version: int = SCHEMA_VERSION
    questions: str = ""
    ours: str = ""
    film: str = ""
    chance: float
    seed: int | None
    resamples: int
    level: float = LEVEL
    scores: tuple[SourceScore, ...]
    categories: tuple[CategoryScore, ...]
    answers: tuple[AnsweredQuestion, ...]
    answerer: JudgeRecord
    notes: tuple[str, ...] = ()


def quiz_cost(quiz: Quiz, by: Answerer, store: Store) -> Cost:
    """What `quiz_scores` would ask now."""
    costs = []
    for source in quiz.sources:
        queries = [_query(quiz, number, source) for number in range(len(quiz.questions))]
        if source in ("film", "both"):
            footage, describer = _seen(quiz)
            costs.append(film_cost(footage, _with_spans(quiz, queries), describer))
        else:
            costs.append(asking.cost(by, queries, store))
    times = [one.seconds for one in costs if one.queries]
    total = None if any(time is None for time in times) else sum(time or 0.0 for time in times)
    return Cost(sum(one.queries for one in costs), sum(one.pictures for one in costs), total)


def quiz_scores(
    quiz: Quiz, by: Answerer, store: Store, resamples: int = 1_000, progress: Progress = silent
) -> QuizScores:
    """How often the right choice is taken from each source.

    `by` answers what is asked without the film. An answer that is none counts in no accuracy, and is counted. Raises
    UsageError for a describer that cannot be asked, AudiodescError where it fails for good.
    """
    failures: list[str] = []
    chosen = {source: _chosen(quiz, source, by, store, failures, progress) for source in quiz.sources}
    right = {
        source: [None if not letter else letter == one.right for letter, one in zip(found, quiz.questions, strict=True)]
        for source, found in chosen.items()
    }
    drawn = (resamples, quiz.seed or 0)
    record = JudgeRecord(
        name=by.label,
        prompts={f"questions.{source}": PROMPTS[f"questions.{source}"] for source in quiz.sources},
        version=VERSION,
        asked=len(quiz.questions) * len(quiz.sources),
        failures={kind: failures.count(kind) for kind in dict.fromkeys(failures)},
    )
    return QuizScores(
        chance=100 * sum(1 / len(one.choices) for one in quiz.questions) / len(quiz.questions),
        seed=quiz.seed,
        resamples=resamples,
        scores=tuple(_score(source, right, drawn) for source in quiz.sources),
        categories=tuple(_by_category(quiz, right, drawn)),
        answers=tuple(_answered(quiz, number, chosen) for number in range(len(quiz.questions))),
        answerer=record,
    )


Right = Mapping[Source, Sequence[bool | None]]
"""Whether each question was answered rightly; None for no answer."""


def order_of(quiz: Quiz, number: int) -> str:
    """The letters of a question's choices in the order in which they are shown: the same for every source."""
    question = quiz.questions[number]
    letters = list(LETTERS[: len(question.choices)])
    if quiz.seed is not None:
        random.Random(f"{quiz.seed} {number} {question.text}").shuffle(letters)  # noqa: S311 — repeatable on purpose
    return "".join(letters)


def _chosen(
    quiz: Quiz, source: Source, by: Answerer, store: Store, failures: list[str], progress: Progress
) -> list[str]:
    """The letter of each question's chosen choice; "" where there is no answer."""
    queries = [_query(quiz, number, source) for number in range(len(quiz.questions))]
    found: Iterator[Reply | Failure]
    if source in ("film", "both"):
        footage, describer = _seen(quiz)
        found = answers(footage, _with_spans(quiz, queries), describer, progress=progress)
    else:
        found = iter(asking.asked(by, queries, store, progress=progress))
    letters = []
    for number, answer in enumerate(found):
        shown = order_of(quiz, number)
        place = LETTERS.find(answer.text) if isinstance(answer, Reply) and answer.text else -1
        letters.append(shown[place] if 0 <= place < len(shown) else "")
        if not letters[-1]:
            is_other = isinstance(answer, Failure) and answer.kind != "unreadable"
            failures.append(str(answer) if is_other else "no letter")
    return letters


def _query(quiz: Quiz, number: int, source: Source) -> Query:
    question, shown = quiz.questions[number], order_of(quiz, number)
    given = {place: question.choices[LETTERS.index(letter)] for place, letter in zip(LETTERS, shown, strict=False)}
    data: dict[str, Any] = {"question": question.text, "choices": given}
    if source in ("description", "both"):
        data = {
            "description": [{"at": clock(line.start_ms), "line": line.text} for line in _lines_before(quiz, number)],
            **data,
        }
    return Query(filled(f"questions.{source}", data), choices=LETTERS[: len(shown)])


def _lines_before(quiz: Quiz, number: int) -> Sequence[ScriptLine]:
    """What a listener has heard by the end of the part that the question asks about."""
    span = quiz.questions[number].span
    return [line for line in quiz.lines if line.text.strip() and (span is None or line.start_ms < span.end_ms)]


def _with_spans(quiz: Quiz, queries: Sequence[Query]) -> list[SpanQuery]:
    whole = Span(0, _seen(quiz)[0].film.duration_ms)
    return [
        SpanQuery(query.text, question.span or whole, choices=query.choices)
        for query, question in zip(queries, quiz.questions, strict=True)
    ]


def _seen(quiz: Quiz) -> tuple[Footage, Describer]:
    if quiz.seen is None:
        raise ValueError("questions about a film need its footage, and a describer")
    return quiz.seen


def _answered(quiz: Quiz, number: int, chosen: Mapping[Source, Sequence[str]]) -> AnsweredQuestion:
    question = quiz.questions[number]
    of_each = {source: letters[number] for source, letters in chosen.items()}
    about = (question.id, question.text, question.choices, question.right, order_of(quiz, number))
    return AnsweredQuestion(*about, of_each, dict(question.categories))


def _score(source: Source, right: Right, drawn: tuple[int, int]) -> SourceScore:
    given = [one for one in right[source] if one is not None]
    gain = None
    if source != "nothing" and "nothing" in right:
        both = zip(right[source], right["nothing"], strict=True)
        gain = _percent(
            [float(one) - float(guess) for one, guess in both if one is not None and guess is not None], drawn
        )
    return SourceScore(source, sum(given), len(given), len(right[source]) - len(given), _percent(given, drawn), gain)


def _percent(values: Sequence[float | bool], drawn: tuple[int, int]) -> Value | None:
    return value_of(mean_of(100 * np.array(values, np.float64)), *drawn) if values else None


def _by_category(quiz: Quiz, right: Right, drawn: tuple[int, int]) -> Iterator[CategoryScore]:
    """Of each kind that not all questions are of."""
    names = dict.fromkeys(one for question in quiz.questions for one in question.categories)
    for category, name in names:
        numbers = [n for n, question in enumerate(quiz.questions) if (category, name) in question.categories]
        if len(numbers) == len(quiz.questions):
            continue
        given = {source: [one for n in numbers if (one := found[n]) is not None] for source, found in right.items()}
        values = {source: value for source, one in given.items() if (value := _percent(one, drawn))}
        yield CategoryScore(category, name, len(numbers), values)
