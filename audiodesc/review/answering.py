"""A question about the film that the page shows, answered and kept."""

from __future__ import annotations

from pathlib import Path

from audiodesc.core.cache import Store
from audiodesc.describers.chosen import film_context
from audiodesc.describers.queries import Said
from audiodesc.footage import Footage
from audiodesc.project import Project
from audiodesc.project.asking import Asking
from audiodesc.project.conversations import Conversation, Turn, add_turn, begin, check_question, conversation
from audiodesc.project.known import KnownFilm
from audiodesc.questions import answer
from audiodesc.review.film_questions import Asked
from audiodesc.settings import Settings


def footage_of(project: Project, known: KnownFilm, settings: Settings, store: Store, of: Asking | None) -> Footage:
    """The film as questions need it, with the lines as they stand."""
    snapshot = project.snapshot()
    context = of.context if of else film_context(settings)
    about = (known.film, known.found, settings, context, store, Path(project.folder))
    return Footage(*about, project, snapshot.standing, snapshot.drafts)


def answered(footage: Footage, asked: Asked, of: Asking | None, said: Said) -> Conversation:
    """Ask the describer, or what is known without one, and keep the answer: the conversation with it. Raises what
    `check_question` and `answer` raise."""
    project = footage.project
    assert project is not None  # noqa: S101 — for the type checker: the page is on a project
    question = asked.question
    check_question(project, question.text, asked.conversation)
    before = () if asked.conversation is None else conversation(project, asked.conversation).turns
    found = answer(footage, question, of.by if of else None, before, said)
    said(found.text)  # who stopped it while it was not written aloud has it not kept
    turn = Turn(
        question.text,
        found.text,
        found.moment,
        found.times_ms,
        found.by,
        found.is_seen,
        author=asked.author,
        found_by=found.found_by,
    )
    return begin(project, turn) if asked.conversation is None else add_turn(project, asked.conversation, turn)
