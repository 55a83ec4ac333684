"""Which film the results in a folder are of: those of one film are never replaced by another's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from audiodesc.errors import InputError, OutputError
from audiodesc.model import Film
from audiodesc.report import read_report


def film_at(film: Film) -> str:
    """Stands for the place of a film on this disk, without telling it."""
    return hashlib.sha256(str(film.path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def check_film(report: Path, film: Film) -> None:
    """Raise OutputError where the folder's `report` is of another film.

    A film is the same where its content is, or where it is another version in the same place. A file that is no report
    of ours tells nothing.
    """
    try:
        before = read_report(report)
    except InputError:
        return
    if before.film.fingerprint == film.fingerprint:
        return
    name, at = before.film.name, before.film_at or film_at(film)
    if name != film.path.name or at != film_at(film):
        other = name if name != film.path.name else f"another {name}"
        raise OutputError(
            f"{report.parent} holds the results of another film ({other})",
            f"give another folder with -o for {film.path.name}, or --force to replace them",
        )
