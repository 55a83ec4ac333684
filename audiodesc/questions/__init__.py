"""Questions of a person about a film, answered by a describer's model, or by what is known without one."""

from __future__ import annotations

from collections.abc import Sequence

from audiodesc.describers.base import Describer
from audiodesc.describers.queries import Said
from audiodesc.footage import Footage
from audiodesc.questions.question import Answer, Question, Turn

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
    raise NotImplementedError


def known_without_model(
    footage: Footage, question: Question, describer: Describer | None = None, before: Sequence[Turn] = ()
) -> Answer:
    """What is known around the moment of a question, without a model: texts on the screen, dialogue, lines, people. A
    `describer` such as `basic` looks at the moment for texts. Raises UsageError for a time that the film does not
    have."""
    raise NotImplementedError
