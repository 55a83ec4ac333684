"""The conversations that a project keeps: listed, shown, exported, deleted."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.cli.terminal import say, say_json, show
from audiodesc.core.formatting import clock, number_of
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.cli.questioning_options import Kept
    from audiodesc.project import Project
    from audiodesc.project.conversations import Conversation


def kept_conversations(film: Path, kept: Kept, output: Path | None, *, force: bool, as_json: bool) -> None:
    """Do with the conversations of a project what is wanted. Raises UsageError where there is no such one."""
    from audiodesc.project import open_project
    from audiodesc.project.conversations import conversation, delete

    if sum((kept.listed, *(one is not None for one in (kept.shown, kept.exported, kept.deleted)))) > 1:
        raise UsageError("--list, --show, --export and --delete are four commands", "give one of them")
    with open_project(_folder(film)) as project:
        if kept.listed:
            _list(project, as_json)
        elif kept.shown is not None:
            _show(project, conversation(project, kept.shown), as_json)
        elif kept.exported is not None:
            _export(project, conversation(project, kept.exported), output, force)
        elif kept.deleted is not None:
            title = conversation(project, kept.deleted).title
            delete(project, kept.deleted)
            say(f"Conversation {kept.deleted} of {project.folder} is deleted: {title}")


def _folder(film: Path) -> Path:
    """The project's folder; a film stands for that beside it."""
    beside = film.with_name(f"{film.stem}.ad")
    return beside if film.is_file() and beside.is_dir() else film


def _list(project: Project, as_json: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from audiodesc.project.conversations import conversations

    kept = conversations(project)
    if as_json:
        say_json(json.dumps([asdict(one) for one in kept], ensure_ascii=False, indent=1))
        return
    if not kept:
        say(f"{project.folder} keeps no conversation: audiodesc ask {project.folder} --chat begins one")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("", "began", "questions", "first question"):
        table.add_column(column, overflow="fold")
    for one in kept:
        table.add_row(str(one.number), _when(one.started), str(one.turns), Text(one.title))
    show(table)


def _when(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _show(project: Project, one: Conversation, as_json: bool) -> None:
    from audiodesc.project.conversation_files import as_json as written

    if as_json:
        say_json(written(one, _film(project)))
        return
    say(f"Conversation {one.number} of {project.folder}, {_when(one.started)}, {number_of(len(one.turns), 'question')}")
    for turn in one.turns:
        about = f" ({clock(turn.span.start_ms)} to {clock(turn.span.end_ms)})" if turn.span else ""
        say(f"\n{turn.author}{about}: {turn.question}")
        say(f"{turn.by or 'audiodesc'}: {turn.answer}")


def _export(project: Project, one: Conversation, output: Path | None, force: bool) -> None:
    from audiodesc.project.conversation_files import as_json, as_markdown
    from audiodesc.project.output_file import write_whole

    forms = {".md": as_markdown, ".json": as_json}
    if output is None:
        raise UsageError("--export needs the name of a file", "give -o FILE.md or -o FILE.json")
    if output.suffix.lower() not in forms:
        raise UsageError(f"{output} is neither Markdown nor JSON", "give -o FILE.md or -o FILE.json")
    text = forms[output.suffix.lower()](one, _film(project))
    write_whole(output, lambda partial: partial.write_text(text, "utf-8"), force=force)
    say(f"Written to {output}")


def _film(project: Project) -> str:
    from audiodesc.project.saved import FILM

    return str((project.fact(FILM) or {}).get("name", ""))
