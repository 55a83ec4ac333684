"""A model's words -> an answer: the times that it names, and whether it says that this cannot be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from audiodesc.core.languages import primary
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.queries import AnswersQueries, QueryKind, Reply, letter_in
from audiodesc.errors import AudiodescError
from audiodesc.model import Span
from audiodesc.narration.failures import LONGEST_WORDS, REMEDIES, in_one_line, no_answer
from audiodesc.questions.language import likely_language
from audiodesc.questions.moments import Moment
from audiodesc.questions.question import LETTERS, Answer, Question

MOST_TIMES: Final = 20

UNSEEN: Final = {
    "de": "Das ist hier nicht zu sehen.",
    "en": "That cannot be seen here.",
    "es": "Eso no se ve aquí.",
    "fr": "Cela ne se voit pas ici.",
    "it": "Questo qui non si vede.",
}
"""Where a model says it and nothing more."""

_MARKED: Final = re.compile(r"[\W_]*NOT[\s_-]+SEEN\b[\W_]*", re.IGNORECASE)

_SAYS_SO: Final = re.compile(
    r"(?:sorry|unfortunately|leider|désolée?|lo siento|purtroppo|no|nein|non)?[,.]?\s*(?:"
    r"(?:that|this|it|the answer|what [^.,;]{1,60})\s+(?:can(?:not|'t|’t| not)|is not|isn['’]t|isn’t)\s+"
    r"(?:be\s+)?(?:seen|visible|shown|determined|known|clear|possible to (?:see|tell|say))"
    r"|(?:i|we|you|one) (?:can(?:not|'t|’t| not)|do not|don['’]t|am unable to|are unable to) (?:see|tell|say|determine)"
    r"|(?:the|these) (?:picture|video|clip|frame|image)s?\s+(?:do(?:es)?\s*(?:not|n['’]t)|never) (?:show|tell|say)"
    r"|(?:not|nothing) (?:visible|shown|to be seen|clear from)|cannot be (?:seen|determined)|unanswerable"
    r"|(?:das|dies|es|man|ich|was [^.;]{1,60})\s+(?:ist|sind|kann|lässt)\b[^.,;]{0,50}\bnicht\b[^.,;]{0,30}"
    r"\b(?:zu sehen|zu erkennen|sehen|erkennen|sichtbar|gezeigt|erkennbar)"
    r"|nicht (?:zu sehen|zu erkennen|sichtbar|erkennbar)"
    r"|(?:cela|ça|ce|on|je|il|c['’]est)\b[^.,;]{0,40}\b(?:pas|impossible)\b[^.,;]{0,30}"
    r"\b(?:visible|vu|montré|voir|voit|vois|dire|déterminer)|pas visible|on ne (?:le |la |les |l['’])?voit pas"
    r"|(?:eso|esto|ello|lo)?\s*no (?:se|lo|la|puedo|es)\b[^.,;]{0,20}\b(?:ve|ver|visible|distingue|distinguir|muestra)"
    r"|(?:questo|ciò|lo)?\s*non (?:si|lo|la|è|posso)\b[^.,;]{0,20}\b(?:vede|vedere|visibile|mostrato|distingue)"
    r")(?=[\W_]|$)",
    re.IGNORECASE,
)
"""How answers begin that say it in other words, in the languages that most films are described in."""

_BUT: Final = re.compile(r"[,;]\s*(?:but|aber|sondern|mais|pero|sino|ma)\b", re.IGNORECASE)
"""What is said behind it, is seen."""

_TIME: Final = r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})(?:[.,](\d{1,3}))?\s*(?:s|sec|seconds?)?"
_ONE: Final = re.compile(_TIME)
_TIMES: Final = rf"\s*(?:at\s+)?{_TIME}(?:\s*(?:,|;|-|–|—|to|and)\s*{_TIME})*\s*"
_BRACKETS: Final = re.compile(rf"\s*(?:[\[【]{_TIMES}[\]】]|\((?=[^()]*[:s]){_TIMES}\))", re.IGNORECASE)
"""Times stand in square brackets, as they are asked for; in others only with a colon or the unit: "two men (2)"."""


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer says: its text without times and marks, the times in the span, and whether it can be seen."""

    text: str
    times_ms: tuple[int, ...]
    is_seen: bool


def query_kind(describer: Describer | None) -> QueryKind:
    """How a describer's model is asked; "" for one that has none."""
    return describer.query_kind if isinstance(describer, AnswersQueries) else ""


def as_answer(reply: Reply | Failure, question: Question, moment: Moment | None, describer: Describer) -> Answer:
    """A model's reply to a question as an answer; `moment` is None where it is about a picture. Raises AudiodescError
    for a failure, and where a choice is none of the letters."""
    span, found_by = (moment.span, moment.found_by) if moment else (None, "")
    if isinstance(reply, Failure):
        raise _no_letter(reply.words) if question.choices and reply.kind == "unreadable" else no_answer(reply)
    if question.choices:
        letter = letter_in(reply.text, LETTERS[: len(question.choices)])
        if not letter:
            raise _no_letter(reply.text)
        text = f"({letter}) {question.choices[LETTERS.index(letter)]}"
        return Answer(text, span, found_by, letter=letter, shares=reply.shares, by=describer.label)
    read = read_answer(reply.text, span, question.text, chat=query_kind(describer) == "chat")
    return Answer(read.text, span, found_by, read.times_ms, read.is_seen, by=describer.label)


def _no_letter(words: str) -> AudiodescError:
    said = f": {in_one_line(words)[:LONGEST_WORDS]}" if words.strip() else ""
    return AudiodescError(f"the describer chose none of the letters{said}", f"ask again, or {REMEDIES['unreadable']}")


def read_answer(answer: str, moment: Span | None, question: str, *, chat: bool = True) -> Read:
    """What a model's answer about a moment says; `question` is in the language of a sentence that is put in the place
    of a bare "NOT SEEN"."""
    own = answer if chat else own_line(answer)
    marked = _MARKED.match(own)
    is_seen = not (marked or (_SAYS_SO.match(own.strip()) and not _BUT.search(own)))
    rest = own[marked.end() :] if marked else own
    text = plain_text(rest) or ("" if is_seen else UNSEEN.get(primary(likely_language(question)), UNSEEN["en"]))
    return Read(capital(text) if marked else text, times_in(own, moment) if is_seen else (), is_seen)


def capital(text: str) -> str:
    """What follows the mark begins the sentence."""
    return text[:1].upper() + text[1:]


def own_line(answer: str) -> str:
    """A base model's answer without the further questions that it goes on with: its first line."""
    return answer.strip().partition("\n")[0]


def so_far(answer: str, *, chat: bool = True) -> str:
    """What can be shown of an answer while it is written."""
    own = answer if chat else own_line(answer)
    if "not seen:".startswith(own.strip().lower()):
        return ""
    marked = _MARKED.match(own)
    return capital(plain_text(own[marked.end() :])) if marked else plain_text(own)


def is_whole(answer: str, *, chat: bool = True) -> bool:
    """Whether an answer that is being written has all that counts: a base model's first line."""
    return not chat and own_line(answer) != answer.strip()


def plain_text(answer: str) -> str:
    """An answer without the times in brackets; also one that is still being written."""
    return re.sub(r"\s*\[[\d:.,\s–-]*\Z", "", _BRACKETS.sub("", answer)).strip()


def times_in(answer: str, moment: Span | None) -> tuple[int, ...]:
    """The times in brackets that lie in the moment, in order; those that do not are none. A time is as exact as its
    last digit, for it may be cut off or rounded."""
    if moment is None:
        return ()
    found = {
        min(max(start_ms, moment.start_ms), moment.end_ms - 1)
        for brackets in _BRACKETS.finditer(answer)
        for one in _ONE.finditer(brackets[0])
        for start_ms, unit_ms in [_time(one)]
        if start_ms - unit_ms // 2 < moment.end_ms and start_ms + unit_ms > moment.start_ms
    }
    return tuple(sorted(found)[:MOST_TIMES])


def _time(found: re.Match[str]) -> tuple[int, int]:
    """In ms, with what the last digit stands for."""
    hours, minutes, seconds, fraction = (one or "" for one in found.groups())
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return whole * 1000 + int(f"{fraction:0<3}"), int(10 ** (3 - len(fraction)))
