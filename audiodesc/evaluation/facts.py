"""What shows in a script without any other: how long its lines are, whom they name, what they say again, what they
describe, and what `check` finds in it.

The five things that ARGE-AD asks of a line without a reference (Chaudhary et al., arXiv 2511.09448): that it uses
people's names, says an action, has a suitable length, uses no pronouns, and does not say what the dialogue says
(`check`'s rule `repeats-dialogue`); and repetition of earlier lines, as CoherentAD counts it (Khandelwal et al., arXiv
2510.25440). Here they are counts and not one number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from audiodesc.core.english import common_words
from audiodesc.core.style import content_words, nearly_says, own_words
from audiodesc.evaluation.model import Facts, LineFacts
from audiodesc.evaluation.nltk_data import TAGGER, command, tagger
from audiodesc.evaluation.words import words
from audiodesc.judge.language_rules import RECENT, is_english
from audiodesc.judge.rules import Judgement
from audiodesc.scripts.lines import ScriptLine

PRONOUN = re.compile(
    r"\b(?:he|she|they|him|her|them|his|hers|their|theirs|himself|herself|themselves)\b", re.IGNORECASE
)
"""Of people."""

CAPITAL = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"(?:^|[.!?…:\"“”])\s*$")

STATES = frozenset(
    {"be", "is", "are", "was", "were", "been", "being", "am", "has", "have", "had", "having", "'s", "'re"}
)
"""Verbs that are no action."""

UNCOUNTED = (
    "actions are counted in English with NLTK's tagger alone, and content words instead where either is missing; "
    f"`{command(TAGGER)}` brings the tagger"
)


def line_facts(lines: Sequence[ScriptLine], judgement: Judgement | None, others: Iterable[str] = ()) -> list[LineFacts]:
    """Facts of each line, in the order given. `others` are texts of other scripts of the film, which show what is no
    name. Names, pronouns and actions are counted in English alone."""
    texts = [line.text for line in lines]
    english = is_english(texts)
    named = _names([*texts, *others]) if english else frozenset()
    broken, known = _rules(judgement), tagger() if english else None
    return [
        LineFacts(
            number=number + 1,
            text=line.text,
            span=line.span,
            words=len(words(line.text)),
            content_words=len(content_words(line.text)),
            names=tuple(name for name in _capitals(line.text) if name in named) if english else None,
            pronouns=tuple(one.lower() for one in PRONOUN.findall(own_words(line.text))) if english else None,
            repeats=_repeats(texts, number),
            actions=_actions(line.text, known) if known else None,
            findings=tuple(broken.get((line.span.start_ms, line.text), ())),
        )
        for number, line in enumerate(lines)
    ]


def facts(found: Sequence[LineFacts], judgement: Judgement | None) -> Facts:
    """The facts of a script, of those of its lines."""
    lasting = [line for line in found if line.span.duration_ms]
    spoken_ms = sum(line.span.duration_ms for line in lasting)
    count = max(1, len(found))
    return Facts(
        lines=len(found),
        words=sum(line.words for line in found),
        words_per_line=sum(line.words for line in found) / count,
        content_words_per_line=sum(line.content_words for line in found) / count,
        words_per_minute=60_000 * sum(line.words for line in lasting) / spoken_ms if spoken_ms else None,
        with_name=_share([line.names for line in found]),
        with_pronoun=_share([line.pronouns for line in found]),
        with_action=_share([line.actions for line in found]),
        repeating=100 * sum(line.repeats for line in found) / count,
        errors=judgement.count("error") if judgement else None,
        warnings=judgement.count("warning") if judgement else None,
        hints=judgement.count("info") if judgement else None,
    )


def _share(counted: Sequence[tuple[str, ...] | None]) -> float | None:
    """The percentage of those that have any; None where none was counted."""
    known = [one for one in counted if one is not None]
    return 100 * sum(map(bool, known)) / len(known) if known else None


def _rules(judgement: Judgement | None) -> Mapping[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = {}
    for one in judgement.findings if judgement else ():
        if one.span:
            found.setdefault((one.span.start_ms, one.words), []).append(one.rule)
    return found


def _repeats(texts: Sequence[str], number: int) -> bool:
    """Whether a line says nearly what one of the lines right before it said, or is said nearly by it."""
    text, before = texts[number], texts[max(0, number - RECENT) : number]
    return any(nearly_says(one, text) or nearly_says(text, one) for one in before)


def _names(texts: Iterable[str]) -> frozenset[str]:
    """Words that name somebody or some place, as far as capitals show it: those that have one inside a sentence, or
    begin at least two, and that are neither common words nor stand anywhere in small letters."""
    inside, first, small = set[str](), Counter[str](), set[str]()
    for text in texts:
        for word, begins in _words(own_words(text)):
            if word[:1].islower():
                small.add(word)
            elif begins:
                first[word] += 1
            else:
                inside.add(word)
    seen = inside | {word for word, times in first.items() if times > 1}
    return frozenset(word for word in seen if len(word) > 1 and word.lower() not in small | common_words())


def _capitals(text: str) -> Iterator[str]:
    yield from dict.fromkeys(word for word, _ in _words(own_words(text)) if word[:1].isupper())


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word without a possessive's ending, and whether it begins a sentence."""
    for found in CAPITAL.finditer(text):
        yield re.sub(r"['’]s$", "", found[0]), bool(SENTENCE_END.search(text[: found.start()]))


def _actions(text: str, known: Any) -> tuple[str, ...]:
    """The verbs of a line that are more than a state, by NLTK's tagger (Penn Treebank's VB…)."""
    from nltk.tokenize import NLTKWordTokenizer

    tagged = known.tag(NLTKWordTokenizer().tokenize(text))
    return tuple(word for word, tag in tagged if tag.startswith("VB") and word.lower() not in STATES)
