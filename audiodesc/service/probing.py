"""Prints the length of a film in ms: a process of its own, which a damaged film may end."""

from __future__ import annotations

import sys
from pathlib import Path


def duration_ms(film: str) -> int:
    """How long a film is. Raises FilmError for what is none."""
    from audiodesc.media.probe import probe

    return probe(Path(film)).duration_ms


if __name__ == "__main__":
    sys.stdout.write(str(duration_ms(sys.argv[1])))
