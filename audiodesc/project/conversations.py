"""Conversations about the film: what was asked, and what was answered, kept in the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from audiodesc.core.formatting import UNSEEN, shell
from audiodesc.errors import ProjectError, UsageError
from audiodesc.model import Span
from audiodesc.project.editing import LATEST_MS
from audiodesc.project.project import Project, login_name

HEAD: Final = "conversation "
TURNS: Final = "turns "
"""What the facts of a conversation are called: its number follows. A list of conversations needs only the heads."""

COUNTS: Final = "conversations"
"""The fact that holds the last number that was given, and how often anything was changed."""

MOST_KEPT: Final = 500
"""Conversations of a project."""

MOST_TURNS: Final = 100
LONGEST_QUESTION: Final = 2_000
LONGEST_ANSWER: Final = 20_000
MOST_TIMES: Final = 100
LONGEST_NAME: Final = 200

TITLE: Final = 80
"""Characters of the first question that a conversation is called by."""

TEXTS: Final = ("question", "answer", "by", "asked_at", "author", "found_by")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer. `span` is the part of the film that the answer is about, None for one about no part of
    it, and `found_by` says how that was found where the question gave no time; `times_ms` are the times in it that the
    answer rests on. `is_seen` is false where the answer is that this cannot be seen there. `by` is what people call the
    describer, "" where no model was asked. `asked_at` is ISO 8601, `author` who asked; where they are "", now and the
    login name.
    """

    question: str
    answer: str
    span: Span | None = None
    times_ms: tuple[int, ...] = ()
    by: str = ""
    is_seen: bool = True
    asked_at: str = ""
    author: str = ""
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class ConversationHead:
    """What a list says of a conversation: `turns` is how many it has; `started` and `changed`, when the last of them
    was added, are ISO 8601. The title is the first question, shortened."""

    number: int
    title: str
    started: str
    changed: str
    turns: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, the oldest turn first."""

    number: int
    title: str
    started: str
    turns: tuple[Turn, ...]


def conversations(project: Project) -> tuple[ConversationHead, ...]:
    """All that are kept, the one that was changed last first."""
    known = {name: value for name, value in project.facts(HEAD).items() if re.fullmatch("[0-9]{1,15}", name)}
    heads = [_head(int(name), value) for name, value in known.items()]
    return tuple(sorted(heads, key=lambda head: (head.changed, head.number), reverse=True))


def conversation(project: Project, number: int) -> Conversation:
    """The one of a number; turns that cannot be read are left out. Raises UsageError where there is none."""
    head = project.fact(f"{HEAD}{number}")
    if head is None:
        raise _unknown(project, number)
    return _conversation(number, head, project.fact(f"{TURNS}{number}"))


def changes(project: Project) -> int:
    """How often any conversation was changed: another number means that there is something new."""
    return _counts(project.fact(COUNTS))["changes"]


def check_question(project: Project, question: str, number: int | None = None) -> str:
    """The question as it is kept, before it is asked; `number` is the conversation that it belongs to, None for a new
    one. Raises UsageError for an empty or too long one, and where there is no room for it or no such conversation."""
    plain = _plain(question)
    if not plain:
        raise UsageError("there is no question", "give one")
    if len(plain) > LONGEST_QUESTION:
        raise UsageError(f"a question of {len(plain):,} characters", f"give at most {LONGEST_QUESTION:,}")
    if number is None:
        _check_count(len(project.facts(HEAD)))
    else:
        _check_turns(project, number, project.fact(f"{HEAD}{number}"), project.fact(f"{TURNS}{number}"))
    return plain


def begin(project: Project, turn: Turn) -> Conversation:
    """Keep a new conversation with its first turn. Raises UsageError where there are too many."""
    made: list[Conversation] = []
    turn = _kept(turn)

    def updated(fact: Callable[[str], Any]) -> Mapping[str, Any]:
        counts = _counts(fact(COUNTS))
        number = counts["last"] + 1
        title = " ".join(turn.question.split())
        title = title if len(title) <= TITLE else f"{title[: TITLE - 1].rstrip()}…"
        head = {"title": title, "started": turn.asked_at, "changed": turn.asked_at, "turns": 1}
        made.append(Conversation(number, title, turn.asked_at, (turn,)))
        return _changed(counts | {"last": number}, number, head, [_written(turn)])

    _check_count(len(project.facts(HEAD)))
    project.update_facts(updated)
    return made[0]


def add_turn(project: Project, number: int, turn: Turn) -> Conversation:
    """Keep a turn behind those of a conversation, which is given back with it. Raises UsageError where there is no such
    conversation, or where it is full; ProjectError where it is damaged."""
    made: list[Conversation] = []
    turn = _kept(turn)

    def updated(fact: Callable[[str], Any]) -> Mapping[str, Any]:
        before, turns = fact(f"{HEAD}{number}"), fact(f"{TURNS}{number}")
        _check_turns(project, number, before, turns)
        after = [*turns, _written(turn)]  # turns of a newer audiodesc stay as they are
        head = before | {"changed": turn.asked_at, "turns": len(after)}
        made.append(_conversation(number, head, after))
        return _changed(_counts(fact(COUNTS)), number, head, after)

    project.update_facts(updated)
    return made[0]


def delete(project: Project, number: int) -> None:
    """Forget a conversation for good; its number is not given again. Raises UsageError where there is none."""

    def updated(fact: Callable[[str], Any]) -> Mapping[str, Any]:
        if fact(f"{HEAD}{number}") is None:
            raise _unknown(project, number)
        return _changed(_counts(fact(COUNTS)), number, None, None)

    project.update_facts(updated)


def _changed(counts: Mapping[str, int], number: int, head: Any, turns: Any) -> dict[str, Any]:
    after = {**counts, "changes": counts["changes"] + 1}
    return {COUNTS: after, f"{HEAD}{number}": head, f"{TURNS}{number}": turns}


def _check_count(count: int) -> None:
    if count >= MOST_KEPT:
        raise UsageError(f"the project has {count} conversations already", "delete one of them")


def _check_turns(project: Project, number: int, head: Any, turns: Any) -> None:
    if head is None:
        raise _unknown(project, number)
    if not isinstance(head, dict) or not isinstance(turns, list):
        raise ProjectError(f"conversation {number} cannot be read", "begin another one")
    if len(turns) >= MOST_TURNS:
        raise UsageError(f"conversation {number} has {len(turns)} questions already", "begin another one")


def _unknown(project: Project, number: int) -> UsageError:
    folder = project.folder
    return UsageError(
        f"there is no conversation {number} in {folder}", f"`audiodesc ask {shell(str(folder))} --list` lists them"
    )


def _counts(value: Any) -> dict[str, int]:
    known = value if isinstance(value, dict) else {}
    return {name: one if isinstance(one := known.get(name), int) else 0 for name in ("last", "changes")}


def _head(number: int, value: Any) -> ConversationHead:
    known = value if isinstance(value, dict) else {}
    title, started = str(known.get("title", "")), str(known.get("started", ""))
    turns = count if isinstance(count := known.get("turns"), int) else 0
    return ConversationHead(number, title, started, str(known.get("changed", started)), turns)


def _conversation(number: int, head: Any, turns: Any) -> Conversation:
    known = _head(number, head)
    read = [_read(one) for one in turns] if isinstance(turns, list) else []
    return Conversation(number, known.title, known.started, tuple(turn for turn in read if turn))


def _kept(turn: Turn) -> Turn:
    """The turn as it can be kept: without control characters, no longer than any, with its time and author."""
    question, answer = _plain(turn.question)[:LONGEST_QUESTION], _plain(turn.answer)[:LONGEST_ANSWER]
    short = (_plain(text)[:LONGEST_NAME] for text in (turn.by, turn.asked_at, turn.author, turn.found_by))
    by, asked_at, author, found_by = short
    asked_at, author = asked_at or datetime.now(UTC).isoformat(timespec="seconds"), author or login_name()
    return Turn(question, answer, turn.span, turn.times_ms[:MOST_TIMES], by, turn.is_seen, asked_at, author, found_by)


def _written(turn: Turn) -> dict[str, Any]:
    span = [turn.span.start_ms, turn.span.end_ms] if turn.span else None
    texts = {name: getattr(turn, name) for name in TEXTS}
    return texts | {"span": span, "times_ms": list(turn.times_ms), "is_seen": turn.is_seen}


def _read(value: Any) -> Turn | None:
    """None for what is none."""
    try:
        texts = {name: str(value.get(name, "")) for name in TEXTS}
        start_ms, end_ms = (_time(one) for one in value.get("span") or (-1, -1))
        span = Span(start_ms, end_ms) if end_ms >= 0 else None
        times = tuple(map(_time, value.get("times_ms") or ()))
    except (AttributeError, TypeError, ValueError):
        return None
    return Turn(**texts, span=span, times_ms=times, is_seen=bool(value.get("is_seen", True)))


def _time(value: Any) -> int:
    if not isinstance(value, int) or not -1 <= value <= LATEST_MS:
        raise ValueError("not a time")
    return value


def _plain(text: str) -> str:
    return UNSEEN.sub("", text.replace("\t", " ").replace("\r\n", "\n").replace("\r", "\n")).strip()
