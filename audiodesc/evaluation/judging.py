"""A language model as the judge: how far a line says what the human's says, and which of two says more of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from audiodesc.core.cache import Store
from audiodesc.core.formatting import number_of
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import FAILURES, Failure
from audiodesc.describers.queries import Query, Reply, letter_in
from audiodesc.errors import UsageError
from audiodesc.evaluation.asking import Answerer, asked, cost
from audiodesc.evaluation.baselines import systems
from audiodesc.evaluation.bootstrap import mean_of, value_of
from audiodesc.evaluation.model import Evaluation, JudgeRecord, Pair, Score, System
from audiodesc.evaluation.prompts import PROMPTS, VERSION, filled
from audiodesc.evaluation.tally import Verdict
from audiodesc.footage.answers import Cost, SpanQuery
from audiodesc.model import Span

NAME: Final = "judge"
SCALE: Final = "012345"
PREFERENCES: Final = "ABT"
OF: Final = r"\s*(?:/|out of|von)\s*+"
SOURCE: Final = "criteria of LLM-AD-eval (Han et al., AutoAD III, CVPR 2024), in other words"

Said = Mapping[System, Sequence[str]]
"""What each system says in the place of each human cue."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge found: the score of each system; of ours, the score of each cue, None where there is none; and what
    was asked of whom."""

    score: Score
    each: tuple[float | None, ...]
    record: JudgeRecord


def with_judge(
    evaluation: Evaluation, by: Answerer, store: Store, resamples: int, progress: Progress = silent
) -> Evaluation:
    """The evaluation with the judge's score of each system beside the other measures, and of ours for each line.

    Raises UsageError where there is no human script to judge by, and AudiodescError where the model fails for good.
    """
    _check(evaluation)
    said, human = _material(evaluation)
    found = judged(said, human, by, store, (resamples, evaluation.seed), progress)
    lines = tuple(
        replace(line, scores={**line.scores, NAME: score}) if score is not None else line
        for line, score in zip(evaluation.lines, found.each, strict=True)
    )
    notes = tuple(_notes(found.record))
    scores = (*evaluation.scores, found.score)
    return replace(evaluation, scores=scores, lines=lines, judge=found.record, notes=(*evaluation.notes, *notes))


def judge_cost(evaluation: Evaluation, by: Answerer, store: Store) -> Cost:
    """What `with_judge` would ask now."""
    _check(evaluation)
    return cost(by, [query for query in _score_queries(*_material(evaluation)) if query], store)


def judged(
    said: Said,
    human: Sequence[str],
    by: Answerer,
    store: Store,
    drawn: tuple[int, int] = (0, 0),
    progress: Progress = silent,
) -> Judged:
    """How far each system says what the human says, from 0 to 5, as the judge has it; `drawn` are how often the cues
    are drawn anew for an interval, and the seed.

    Where nothing is said the score is 0, and nobody is asked. An answer without a score is a failure: it counts in no
    mean, and is counted.
    """
    queries = _score_queries(said, human)
    answers = iter(asked(by, [query for query in queries if query], store, score_in, progress))
    scores = [_score_of(next(answers)) if query else 0.0 for query in queries]
    each = {system: scores[place * len(human) : (place + 1) * len(human)] for place, system in enumerate(said)}
    failures = [one for one in scores if isinstance(one, Failure)]
    numbers = {system: _scored(found, said[system]) for system, found in each.items()}
    values = {system: value_of(mean_of(np.array(found)), *drawn) for system, found in numbers.items() if found}
    record = JudgeRecord(
        name=by.label,
        prompts={"judge.score": PROMPTS["judge.score"]},
        version=VERSION,
        asked=sum(query is not None for query in queries),
        failed={system: sum(isinstance(one, Failure) for one in found) for system, found in each.items()},
        failures=_counted(failures),
    )
    how = f"{by.label}, prompt {VERSION}, temperature 0"
    score = Score(NAME, "LLM judge, 0 to 5", SOURCE, how, values) if values else _none(by, failures)
    return Judged(score, tuple(one if isinstance(one, float) else None for one in each["ours"]), record)


def score_in(answer: str, choices: str = SCALE) -> str:
    """The score in an answer such as "4", "Score: 4/5" or "{'score': 4}"; "" where there is none, or more than one."""
    found = re.findall(rf"(?<![\d.,/-])(\d+)(?!\d|[.,]\d|{OF}(?!5(?!\d)))(?:{OF}5)?", answer)
    return found[0] if len(set(found)) == 1 and len(found[0]) == 1 and found[0] in choices else ""


def preference_queries(texts: Sequence[tuple[str, str, str]]) -> list[Query]:
    """For each (human, first, second) two queries, in both orders; none where both say the same."""
    return [
        Query(filled("judge.prefer", {"person": human, "A": a, "B": b}), choices=PREFERENCES)
        for human, first, second in texts
        if _differ(first, second)
        for a, b in ((first, second), (second, first))
    ]


def seen_queries(texts: Sequence[tuple[Span, str, str]]) -> list[SpanQuery]:
    """The same about what is seen: for each (span, first, second) two queries about its frames."""
    return [
        SpanQuery(filled("judge.prefer_seen", {"A": a, "B": b}), span, choices=PREFERENCES)
        for span, first, second in texts
        if _differ(first, second)
        for a, b in ((first, second), (second, first))
    ]


def preferred(
    texts: Sequence[tuple[str, str, str]], by: Answerer, store: Store, progress: Progress = silent
) -> list[Verdict]:
    """Which of two texts says more of what the human's says, for each (human, first, second).

    The judge is asked in both orders, and a verdict counts where both agree. Equal texts are equal, unasked.
    """
    answers = iter(asked(by, preference_queries(texts), store, preference_in, progress))
    return list(verdicts([(first, second) for _, first, second in texts], answers))


def verdicts(texts: Sequence[tuple[str, str]], answers: Iterator[Reply | Failure]) -> Iterator[Verdict]:
    """The verdict on each two texts, from the answers in both orders to those that differ."""
    for first, second in texts:
        if not _differ(first, second):
            yield "equal"
            continue
        there, back = (one.text if isinstance(one, Reply) else "" for one in (next(answers), next(answers)))
        if not (there and back):
            yield "failed"
        elif there == "T" or back == "T":
            yield "equal" if there == back else "order"
        else:
            yield "order" if there == back else "first" if there == "A" else "second"


def preference_in(answer: str, choices: str = PREFERENCES) -> str:
    """The letter in an answer, also where it says "tie", "neither" or "line A"."""
    if letter := letter_in(answer, choices):
        return letter
    if re.fullmatch(r"\W*(?:a )?(?:tie|equal|neither(?: says more)?|both)\W*", answer, re.IGNORECASE):
        return "T"
    found = re.fullmatch(r"\W*(?:line|text)\s+([AB])\b.*", answer, re.IGNORECASE | re.DOTALL)
    return found[1].upper() if found else ""


def _check(evaluation: Evaluation) -> None:
    if not evaluation.lines:
        raise UsageError("there is no human script to judge by", "give one after the script that is judged")


def _material(evaluation: Evaluation) -> tuple[Said, list[str]]:
    """What each system says, and the human cues."""
    pairs = [Pair(line.human, line.ours, line.second, line.span, line.film) for line in evaluation.lines]
    return systems(pairs, evaluation.seed), [pair.human for pair in pairs]


def _notes(record: JudgeRecord) -> Iterator[str]:
    if failed := sum(record.failed.values()):
        why = ", ".join(f"{kind} {count}" for kind, count in record.failures.items())
        yield f"{failed} of {number_of(record.asked, 'judgement')} have no score ({why}): they count in no mean"


def _differ(first: str, second: str) -> bool:
    return " ".join(first.split()) != " ".join(second.split())


def _score_queries(said: Said, human: Sequence[str]) -> list[Query | None]:
    """A query for each system and cue, system by system; None where nothing is said."""
    return [
        Query(filled("judge.score", {"person": cue, "other": text}), choices=SCALE) if text.strip() else None
        for texts in said.values()
        for text, cue in zip(texts, human, strict=True)
    ]


def _scored(found: Sequence[float | Failure], texts: Sequence[str]) -> list[float]:
    """The scores; none where the judge scored nothing of what it was asked."""
    numbers = [one for one in found if isinstance(one, float)]
    given = [one for one, text in zip(found, texts, strict=True) if text.strip()]
    return [] if given and all(isinstance(one, Failure) for one in given) else numbers


def _score_of(answer: Reply | Failure) -> float | Failure:
    if isinstance(answer, Failure):
        return answer
    return float(answer.text) if answer.text in SCALE and answer.text else Failure("unreadable", words=answer.text[:80])


def _none(by: Answerer, failures: Sequence[Failure]) -> Score:
    why = f"{by.label} gave no answer with a score" if failures else "there is nothing to judge"
    return Score(NAME, "LLM judge, 0 to 5", SOURCE, missing=why, remedy="choose another model")


def _counted(failures: Sequence[Failure]) -> dict[str, int]:
    """How many of each kind, in words; of the unreadable, what a first one said."""
    counts = Counter(FAILURES[one.kind] if one.kind != "unreadable" else "without a score" for one in failures)
    return dict(counts.most_common())
