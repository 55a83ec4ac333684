"""The film that is described is the film that was probed: another one in its place is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from audiodesc.core import cache
from audiodesc.core.content import UNREAD, remembered_hash, same_file
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import FilmError
from audiodesc.model import Film

T = TypeVar("T")

MEGABYTE = 1_000_000


def with_content(film: Film, store: cache.Store, progress: Progress = silent) -> Film:
    """The film with a fingerprint of its whole content, which is read once and remembered in the store.

    Raises FilmError where it cannot be read, or is not the film that was probed.
    """
    if film.identity is None:
        return film
    check_unchanged(film)
    try:
        found, read = remembered_hash(
            film.path, store, lambda done, total: progress("hash", done // MEGABYTE, -(-total // MEGABYTE))
        )
    except OSError as error:
        raise FilmError(f"{film.path} cannot be read to its end ({error.strerror})", "copy it again") from error
    if read[2:4] != film.identity[2:4]:
        raise _changed(film)
    return replace(film, fingerprint=found, identity=read)


def check_unchanged(film: Film) -> None:
    """Raise FilmError where the file is another one than was probed, or was written to since (see `same_file`).

    Cheap: to be asked before anything that was made of the film is kept or published.
    """
    if film.identity is None:
        return
    known = "" if film.fingerprint.startswith(UNREAD) else film.fingerprint
    try:
        is_same = same_file(film.path, film.identity, known)
    except OSError as error:
        raise FilmError(
            f"{film.path} cannot be read any more ({error.strerror})", "put it back, and run the same command again"
        ) from error
    if not is_same:
        raise _changed(film)


def of_unchanged(film: Film, made: T) -> T:
    """What was made of a film, for the cache. Raises FilmError where the film is not what it was, so that nothing of
    another one is kept."""
    check_unchanged(film)
    return made


def _changed(film: Film) -> FilmError:
    return FilmError(f"{film.path} changed while it was being described", "run the same command again")
