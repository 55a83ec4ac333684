"""A conversation as a file to take away: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

from audiodesc.core.formatting import clock, visible_json
from audiodesc.project.conversations import Conversation, Turn

SPECIAL = re.compile(r"[\\`*_\[\]<>&|~$]|^(?:[#+=-]|\d+(?=[.)]))", re.MULTILINE)
"""What Markdown obeys, anywhere or at the begin of a line."""


def as_markdown(one: Conversation, film: str) -> str:
    """The conversation about the film of that name. Markup in it is shown as it was written."""
    parts = [f"# {_plain(one.title)}", _plain(f"{film}, {one.started}")]
    for number, turn in enumerate(one.turns, 1):
        question = _plain(" ".join(turn.question.split()))
        parts += [f"## {number}. {question}", *filter(None, [_about(turn)]), _paragraphs(turn.answer), _by(turn)]
    return "\n\n".join(parts) + "\n"


def as_json(one: Conversation, film: str) -> str:
    """The same with all that is kept of each turn; times in ms."""
    return visible_json(json.dumps({"film": film, **asdict(one)}, ensure_ascii=False, indent=2)) + "\n"


def _about(turn: Turn) -> str:
    if turn.span is None:
        return ""
    start, end = clock(turn.span.start_ms), clock(turn.span.end_ms)
    return f"About {start}" if start == end else f"About {start} to {end}"


def _by(turn: Turn) -> str:
    times = ", ".join(map(clock, turn.times_ms))
    rests = [f"rests on {times}"] if times else []
    asked = f"asked by {turn.author}, {turn.asked_at}"
    return f"({_plain('; '.join([f'answered by {turn.by}' if turn.by else 'answered', *rests, asked]))})"


def _paragraphs(text: str) -> str:
    return "\n\n".join(filter(None, map(_plain, text.splitlines())))


def _plain(text: str) -> str:
    return SPECIAL.sub(_escaped, text.strip())


def _escaped(found: re.Match[str]) -> str:
    """With a backslash before the sign; before the dot of a number, where a list would begin."""
    sign = found[0]
    return f"{sign}\\" if sign.isdecimal() else f"\\{sign}"
