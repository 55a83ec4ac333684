"""A person's own blocks of the WebVTT script, such as comments and styles, as the project keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from audiodesc.project.project import Facts, Project, with_added
from audiodesc.scripts import ScriptLine
from audiodesc.scripts.lines import Comment

COMMENTS = "comments"
"""The name of the fact."""


def comment_facts(
    comments: Sequence[Comment], lines: Sequence[ScriptLine], ids: Sequence[str], kept: Iterable[Comment] = ()
) -> Facts:
    """A person's own blocks of a file, to be kept with its edits, each with the id of the line that it stands before;
    `ids` are those of its `lines`, "" of new ones. Of those `kept`, what the file lacks stays."""
    texts = {one.text for one in comments}
    others = [asdict(one) for one in kept if one.text not in texts]

    def facts(added: Sequence[str], fact: Callable[[str], Any]) -> Mapping[str, Any]:
        of = {str(line.number): id for line, id in zip(lines, with_added(ids, added), strict=True)}
        return {COMMENTS: others + [asdict(replace(one, before=of.get(one.before, ""))) for one in comments]}

    return facts


def saved_comments(project: Project) -> tuple[Comment, ...]:
    """A person's own blocks of the WebVTT script."""
    return tuple(Comment(**one) for one in project.fact(COMMENTS) or ())
