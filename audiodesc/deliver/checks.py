"""What is known before any work: whether each deliverable can be made of this film, and whether the disk has room."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from audiodesc.deliver.base import BuiltIn, Deliverable
from audiodesc.errors import OutputError
from audiodesc.model import Film, Note, Span
from audiodesc.settings import Settings


def check_rows(rows: Iterable[Deliverable], film: Film, settings: Settings) -> tuple[Note, ...]:
    """A note for each thing of the film that a deliverable will not have. Raises an AudiodescError where one cannot be
    made of this film."""
    own = [row for row in rows if isinstance(row, BuiltIn)]
    return tuple(dict.fromkeys(note for row in own for note in row.check(film, settings)))


def check_space(
    rows: Iterable[Deliverable], film: Film, settings: Settings, folder: Path, part: Span | None = None
) -> None:
    """Raises OutputError where the disk of `folder`, which need not be there yet, has less room than these need, of the
    film or of a `part` of it."""
    share = part.duration_ms / max(1, film.duration_ms) if part else 1.0
    needed = {row.name: row.needed_bytes(film, settings) * share for row in rows if isinstance(row, BuiltIn)}
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free, total = shutil.disk_usage(there).free, sum(needed.values())
    if total > free:
        largest = ", ".join(sorted((name for name, size in needed.items() if size), key=lambda name: -needed[name])[:3])
        raise OutputError(
            f"{folder}: {_size(total)} are needed ({largest}), and {_size(free)} are free",
            "make room, or give a folder on a larger disk with -o",
        )


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
