"""Tables on standard output: as wide as the terminal, and wide enough for every column elsewhere."""

from __future__ import annotations

import sys
from typing import Any


def show(table: Any) -> None:
    """Print something of rich's."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 300
    Console(width=width, highlight=False).print(table)
