"""Facts -> candidate lines: how a model is asked for them, and which of its answers are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from audiodesc.describers.answers import facts_in, lines_in, says_silence
from audiodesc.describers.base import Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.faulty_answers import WORDS_SHOWN, failure_in, without_thinking
from audiodesc.describers.line_language import in_language, language_name
from audiodesc.describers.prompts import continuation_prompt, line_prompt, retry_prompt, story_prompt
from audiodesc.describers.rules import BrokenRule, broken_rules


class LineWriter(Protocol):
    """Writes lines from what another observed; what its answers depend on is in its fingerprint."""

    @property
    def fingerprint(self) -> str: ...

    def write_lines(self, request: LineRequest) -> Sequence[str]: ...

    def summarise(self, request: StoryRequest) -> str: ...

    @property
    def takes_wishes(self) -> bool: ...


STORY_WORDS = 80

LETTERS_A_WORD = 2
"""Of a script without spaces, so many letters tell as much as a word."""

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")
_SENTENCES = re.compile(r"[^.!?…。！？।؟۔]*[.!?…。！？।؟۔]+[\"”’»)」』]*|[^.!?…。！？।؟۔]+$")

UNUSABLE = frozenset({"repeat", "language", "early name"})
"""A line that breaks one of these is no use; any other is better than silence. One that is too long for its pause by
the number of its words is tried in the voice."""


def write_line(ask: Callable[[str], str], request: LineRequest, context: FilmContext) -> tuple[str, ...]:
    """Lines to choose from, best first, or () where nothing is worth saying. `ask` takes a prompt and answers it.

    Asks nothing where there are no facts or no time, and never more than twice: again only where no line keeps the
    rules, or nothing could be read. A line is never cut. Raises NoAnswerError where the first answer is none, and where
    neither can be read: silence is only what the model asks for.
    """
    if not request.facts.strip() or request.max_words < 1:
        return ()
    answer = ask(line_prompt(request, context))
    if failure := failure_in(answer):
        raise NoAnswerError(failure)
    first = [(line, _faults(line, request, context)) for line in lines_in(answer)]
    if not first and not says_silence(answer):
        return _asked_again(ask, request, context, answer)
    if not first or any(not _counted(faults) for _, faults in first):
        return _best(first, request)
    line, faults = min(first, key=lambda one: len(_counted(one[1])))
    try:
        second = ask(retry_prompt(request, context, line, faults))
    except NoAnswerError:  # the first answer is better than none
        return _best(first, request)
    again = lines_in(second)
    if not again:
        return () if says_silence(second) else _best(first, request)
    return _best([*((one, _faults(one, request, context)) for one in again), *first], request)


def _asked_again(ask: Callable[[str], str], request: LineRequest, context: FilmContext, answer: str) -> tuple[str, ...]:
    """The lines of a second answer, after a first that could not be read."""
    shown = " ".join(without_thinking(answer)[:WORDS_SHOWN].split())
    second = ask(retry_prompt(request, context, shown, [BrokenRule("form", "no line can be read in it")]))
    if failure := failure_in(second):
        raise NoAnswerError(failure)
    lines = lines_in(second)
    if not lines and not says_silence(second):
        raise NoAnswerError(_unreadable(second))
    return _best([(line, _faults(line, request, context)) for line in lines], request)


def _unreadable(answer: str) -> Failure:
    return Failure("unreadable", words=without_thinking(answer)[:WORDS_SHOWN])


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
    """The story so far, whole sentences of at most `STORY_WORDS` words; the one before where nothing is new.

    Raises NoAnswerError for an answer that is none, or whose first sentence is too long: it is not kept, and the story
    before stays.
    """
    if not request.dialogue and not request.lines:
        return request.summary
    answer = ask(story_prompt(request, context))
    facts = facts_in(answer)
    if isinstance(facts, Failure):
        raise NoAnswerError(facts)
    made = ""
    for sentence in _SENTENCES.findall(" ".join(facts.split())):
        if _word_count(f"{made}{sentence}") > STORY_WORDS:
            break
        made += sentence
    if not made.strip():
        raise NoAnswerError(_unreadable(answer))
    return made.strip()


def _word_count(text: str) -> float:
    """The words of a text; of a script without spaces, its letters by `LETTERS_A_WORD`."""
    letters = sum(map(len, _UNSPACED.findall(text)))
    return len(_UNSPACED.sub(" ", text).split()) + letters / LETTERS_A_WORD if letters else len(text.split())


def continued_line(ask: Callable[[str], str], request: LineRequest) -> tuple[str, ...]:
    """The same from a base model, which continues a text and cannot be corrected: it is asked once."""
    if not request.facts.strip() or request.max_words < 1:
        return ()
    answer = ask(continuation_prompt(request)).strip()
    if not answer.startswith(("{", "[", "`")):
        answer = answer.partition("\n")[0]
    if failure := failure_in(answer):
        raise NoAnswerError(failure)
    lines = lines_in(answer)[:1]
    if not lines and not says_silence(answer):
        raise NoAnswerError(_unreadable(answer))
    return tuple(line for line in lines if _usable(_faults(line, request, FilmContext())))


def _faults(line: str, request: LineRequest, context: FilmContext) -> tuple[BrokenRule, ...]:
    if in_language(line, request.language) is False:
        name = language_name(request.language)
        return (BrokenRule("language", f"it is not in {name}: write it in {name}"),)
    return broken_rules(line, request, context)


def _usable(faults: Sequence[BrokenRule]) -> bool:
    return not any(fault.rule in UNUSABLE for fault in faults)
