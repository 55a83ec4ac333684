"""Facts -> candidate lines: how a model is asked for them, and which of its answers are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from audiodesc.describers.answers import facts_in, failure_in, line_in, lines_in
from audiodesc.describers.base import Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.line_language import in_language, language_name
from audiodesc.describers.prompts import continuation_prompt, line_prompt, retry_prompt, story_prompt
from audiodesc.describers.rules import BrokenRule, broken_rules

STORY_WORDS = 80

UNUSABLE = frozenset({"repeat", "language", "early name"})
"""A line that breaks one of these is no use; any other is better than silence. One that is too long for its pause by
the number of its words is tried in the voice."""


def write_line(ask: Callable[[str], str], request: LineRequest, context: FilmContext) -> tuple[str, ...]:
    """Lines to choose from, best first, or () where nothing is worth saying. `ask` takes a prompt and answers it.

    Asks nothing where there are no facts or no time, and never more than twice: again only where no line keeps the
    rules. A line is never cut. Raises NoAnswerError where the first answer is none.
    """
    if not request.facts.strip() or request.max_words < 1:
        return ()
    answer = ask(line_prompt(request, context))
    if failure := failure_in(answer):
        raise NoAnswerError(failure)
    first = [(line, _faults(line, request, context)) for line in lines_in(answer)]
    if not first or any(not _counted(faults) for _, faults in first):
        return _best(first, request)
    line, faults = min(first, key=lambda one: len(_counted(one[1])))
    try:
        second = ask(retry_prompt(request, context, line, faults))
    except NoAnswerError:  # the first answer is better than none
        return _best(first, request)
    again = lines_in(second)
    if not again:
        return _best(first, request) if failure_in(second) else ()
    return _best([*((one, _faults(one, request, context)) for one in again), *first], request)


def _best(judged: Sequence[tuple[str, Sequence[BrokenRule]]], request: LineRequest) -> tuple[str, ...]:
    """Those that keep the rules: the richest first, and last what is longer than the request allows; else the one that
    breaks the fewest."""
    usable = [(line, len(_counted(faults))) for line, faults in judged if _usable(faults)]
    least = min((count for _, count in usable), default=0)
    lines = [(line, len(line.split())) for line, count in usable if count == least]
    within = sorted((one for one in lines if one[1] <= request.max_words), key=lambda one: -one[1])
    over = sorted((one for one in lines if one[1] > request.max_words), key=lambda one: one[1])
    best = tuple(dict.fromkeys(line for line, _ in (*within, *over)))
    return best[:1] if least else best


def _counted(faults: Sequence[BrokenRule]) -> list[BrokenRule]:
    """All but the length, which the voice decides."""
    return [fault for fault in faults if fault.rule != "length"]


def write_story(ask: Callable[[str], str], request: StoryRequest, context: FilmContext) -> str:
    """The story so far, whole sentences of at most `STORY_WORDS` words; "" where nothing is known or usable."""
    if not request.dialogue and not request.lines:
        return request.summary
    facts = facts_in(ask(story_prompt(request, context)))
    if isinstance(facts, Failure):
        return request.summary
    made = ""
    for sentence in re.findall(r"[^.!?…]*[.!?…]+[\"”’»)]*|[^.!?…]+$", " ".join(facts.split())):
        if len(f"{made}{sentence}".split()) > STORY_WORDS:
            break
        made += sentence
    return made.strip()


def continued_line(ask: Callable[[str], str], request: LineRequest) -> tuple[str, ...]:
    """The same from a base model, which continues a text and cannot be corrected: it is asked once."""
    if not request.facts.strip() or request.max_words < 1:
        return ()
    answer = ask(continuation_prompt(request)).strip().partition("\n")[0]
    if failure := failure_in(answer):
        raise NoAnswerError(failure)
    line = line_in(answer)
    return (line,) if line and _usable(_faults(line, request, FilmContext())) else ()


def _faults(line: str, request: LineRequest, context: FilmContext) -> tuple[BrokenRule, ...]:
    if in_language(line, request.language) is False:
        name = language_name(request.language)
        return (BrokenRule("language", f"it is not in {name}: write it in {name}"),)
    return broken_rules(line, request, context)


def _usable(faults: Sequence[BrokenRule]) -> bool:
    return not any(fault.rule in UNUSABLE for fault in faults)
