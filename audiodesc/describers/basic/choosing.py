"""Which of the facts a listener should still hear, and the lines that say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from audiodesc.describers.basic.facts import Facts, Words
from audiodesc.describers.basic.latin import alike, readable, within, words
from audiodesc.describers.basic.phrases import bare_line, text_line
from audiodesc.model import Cue, LineRequest, Span

AT_ONCE_MS = 1500
"""Words shown within this time of a cue that says the same are that cue, burnt in or read aloud."""

CAPTION_WORDS = 6

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def candidates(facts: Facts, request: LineRequest) -> tuple[str, ...]:
    """The lines that fit, richest first."""
    captions = [left for words in facts.words if (left := _worth_telling(words, request))]
    lines = dict.fromkeys(_with_text(captions, request.language))
    return tuple(line for line in lines if len(line.split()) <= request.max_words)


def _with_text(captions: Sequence[Words], language: str) -> Iterator[str]:
    """All captions, then without the smallest, then with no label."""
    left = list(captions)
    while left:
        yield text_line([words.text for words in left], language)
        left.remove(min(reversed(left), key=lambda words: words.height))
    if captions:
        yield bare_line([words.text for words in captions])


def _worth_telling(shown: Words, request: LineRequest) -> Words | None:
    """The words without the sentences that were told; None if nothing is left to tell."""
    if shown.place == "corner" or (shown.place == "low" and not is_caption(shown.text)):
        return None
    if any(_is_said(shown, cue) for cue in (*request.dialogue_before, *request.dialogue_after)):
        return None
    left = " ".join(part for part in _SENTENCE_END.split(shown.text) if not is_told(part, request.previous_lines))
    return replace(shown, text=left) if readable(left) and not is_told(left, request.previous_lines) else None


def is_caption(text: str) -> bool:
    """Whether words at a subtitle's place name a place or a time rather than what somebody says."""
    long = [word for word in text.split() if len(word) > 3]
    return (
        len(text.split()) <= CAPTION_WORDS
        and text[-1].isalnum()
        and all(not word[0].islower() for word in long)
        and (len(long) > 1 or bool(re.search(r"\b\d{4}\b", text)))
    )


def _is_said(shown: Words, cue: Cue) -> bool:
    moment = Span(max(0, shown.span.start_ms - AT_ONCE_MS), shown.span.end_ms + AT_ONCE_MS)
    if shown.place != "low" and not moment.overlap_ms(cue.span):
        return False
    return within(shown.text, cue.text) or (len(words(cue.text)) > 1 and within(cue.text, shown.text))


def is_told(text: str, told: Sequence[str]) -> bool:
    """Whether the listener has heard these words, or most of them, whatever their label was."""
    return any(_repeats(text, line) for line in told)


def _repeats(text: str, line: str) -> bool:
    parts = [part for part in re.split(r"[.?!:]\s+", line.strip(" .?!")) if len(words(part)) > 1]
    return within(text, line) or any(alike(text, part) or within(part, text) for part in parts)
