"""All that is printed, and the one place where text from outside is made visible: names, titles, scripts, answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from audiodesc.core.visible import visible, visible_json

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment


def say(text: str, *, error: bool = False) -> None:
    """Print a text as lines, on standard error if it is one."""
    print(visible(text), file=sys.stderr if error else sys.stdout, flush=True)


def say_json(text: str) -> None:
    """Print JSON; it stays the same JSON."""
    print(visible_json(text.rstrip("\n")))


def show(table: Any) -> None:
    """Print something of rich's: as wide as the terminal, and wide enough for every column elsewhere."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 300
    Console(width=width, highlight=False).print(_Visible(table))


class _Visible:
    """Something of rich's whose text is visible; its own codes for colours stay."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for segment in console.render(self._inner, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
