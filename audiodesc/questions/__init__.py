"""Questions of a person about a film, answered by a describer's model, or by what is known without one."""

from __future__ import annotations

from collections.abc import Sequence

from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.queries import Reply, Said
from audiodesc.footage import Footage
from audiodesc.footage.answers import SpanQuery, answer_aloud, answers
from audiodesc.project.conversations import Turn
from audiodesc.questions.around import Around, around
from audiodesc.questions.choosing import with_written_choices
from audiodesc.questions.moments import moment_of
from audiodesc.questions.prompting import TOKENS, Prompt, base_prompt, chat_prompt
from audiodesc.questions.question import LETTERS, Answer, Question
from audiodesc.questions.reading import as_answer, is_whole, query_kind, so_far
from audiodesc.questions.unasked import known_text

__all__ = ["Answer", "Question", "Turn", "answer", "known_without_model"]


def answer(
    footage: Footage,
    question: Question,
    describer: Describer | None,
    before: Sequence[Turn] = (),
    said: Said | None = None,
) -> Answer:
    """The answer of the describer's model to a question about an opened film, kept in the film's store: asked again,
    it is found there. `before` are the turns of the conversation so far, oldest first; a question that names no time is
    about the moment of the last of them. `said` is given the answer while it is written.

    Where the describer has no model, or is None, `known_without_model` answers. Raises UsageError for a time that the
    film does not have, and AudiodescError where the model fails or gives no answer.
    """
    kind = query_kind(describer)
    if describer is None or not kind:
        return known_without_model(footage, question, describer, before)
    question = with_written_choices(question)
    moment = moment_of(footage, question, before)
    known = around(footage, moment.span, moment.at_ms, describer.frames, spoilers=question.spoilers)
    query = _query(footage, question, known, before, chat=kind == "chat")
    return as_answer(_replied(footage, query, describer, said), question, moment, describer)


def known_without_model(
    footage: Footage, question: Question, describer: Describer | None = None, before: Sequence[Turn] = ()
) -> Answer:
    """What is known around the moment of a question, without a model: texts on the screen, dialogue, lines, people. A
    `describer` such as `basic` looks at the moment for texts. Raises UsageError for a time that the film does not
    have."""
    moment = moment_of(footage, question, before)
    known = around(footage, moment.span, moment.at_ms, spoilers=question.spoilers)
    text, is_seen = known_text(footage, known, describer, spoilers=question.spoilers)
    return Answer(text, moment.span, moment.found_by, is_seen=is_seen)


def _query(footage: Footage, question: Question, known: Around, before: Sequence[Turn], *, chat: bool) -> SpanQuery:
    prompt: Prompt = (chat_prompt if chat else base_prompt)(question, known, before, footage.context.text)
    return SpanQuery(
        prompt.text,
        known.moment,
        tuple((one.name, one.portrait) for one in footage.context.cast if one.portrait),
        prompt.follow_ups,
        LETTERS[: len(question.choices)],
        TOKENS[question.detail],
    )


def _replied(footage: Footage, query: SpanQuery, describer: Describer, said: Said | None) -> Reply | Failure:
    """Of a choice without a word before it is whole; a base model's answer ends with its line."""
    if query.choices:
        (reply,) = answers(footage, [query], describer)
        return reply
    chat = query_kind(describer) == "chat"

    def shown(text: str) -> None:
        if said and (words := so_far(text, chat=chat)):
            said(words)

    return answer_aloud(footage, query, describer, shown, is_enough=lambda text: is_whole(text, chat=chat))
