"""audiodesc: audio description for films.

`make` is the whole job; `describe` writes the script only; `render` voices the lines as a person changed them; `check`
judges a script; `find` searches films that were described; `ask` answers a question about a film, and a `Conversation`
several. What a person does with lines is in `audiodesc.project`.
The data that they give back is in `audiodesc.model`, the errors in `audiodesc.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiodesc.core.environment import silence
from audiodesc.errors import AudiodescError

if TYPE_CHECKING:
    from audiodesc.alignment import align
    from audiodesc.captions import caption, summary
    from audiodesc.evaluation import evaluate
    from audiodesc.inspection import inspect
    from audiodesc.judge import check
    from audiodesc.pipeline import describe, make, render
    from audiodesc.questions.talk import Conversation, ask
    from audiodesc.search.finding import find
    from audiodesc.settings import Settings

silence()  # before any other library is imported

__all__ = [
    "AudiodescError",
    "Conversation",
    "Settings",
    "align",
    "ask",
    "caption",
    "check",
    "describe",
    "evaluate",
    "find",
    "inspect",
    "make",
    "render",
    "summary",
]


def __getattr__(name: str) -> Any:
    """Load the pipeline when it is first asked for, so that `import audiodesc` is instant."""
    if name in ("describe", "make", "render"):
        from audiodesc import pipeline

        return getattr(pipeline, name)
    if name == "align":
        from audiodesc.alignment import align

        return align
    if name in ("caption", "summary"):
        from audiodesc import captions

        return getattr(captions, name)
    if name == "check":
        from audiodesc.judge import check

        return check
    if name == "evaluate":
        from audiodesc.evaluation import evaluate

        return evaluate
    if name == "find":
        from audiodesc.search.finding import find

        return find
    if name == "inspect":
        from audiodesc.inspection import inspect

        return inspect
    if name in ("Conversation", "ask"):
        from audiodesc.questions import talk

        return getattr(talk, name)
    if name == "Settings":
        from audiodesc.settings import Settings

        return Settings
    raise AttributeError(f"module 'audiodesc' has no attribute {name!r}")
