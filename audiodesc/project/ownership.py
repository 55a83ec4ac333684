"""Which film the results in a folder are of: those of one film are never replaced by another's."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from audiodesc.core.files import read_whole
from audiodesc.errors import OutputError
from audiodesc.model import Film

LARGEST_REPORT = 100_000_000
"""Bytes."""


def film_at(film: Film) -> str:
    """Stands for the place of a film on this disk, without telling it."""
    return hashlib.sha256(str(film.path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def check_film(report: Path, film: Film) -> None:
    """Raise OutputError where the folder's `report` is of another film.

    A film is the same where its content is, or where it is another version in the same place.
    """
    before = _read(report)
    of = before.get("film")
    if not isinstance(of, dict) or of.get("fingerprint") == film.fingerprint:
        return
    name, at = of.get("name"), before.get("film_at", film_at(film))
    if name != film.path.name or at != film_at(film):
        other = name if name != film.path.name else f"another {name}"
        raise OutputError(
            f"{report.parent} holds the results of another film ({other})",
            f"give another folder with -o for {film.path.name}, or --force to replace them",
        )


def _read(report: Path) -> dict[str, Any]:
    """{} where there is none that can be read."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_whole(report, LARGEST_REPORT))
        return found if isinstance(found, dict) else {}
    return {}
