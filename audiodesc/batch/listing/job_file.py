"""A list of films as a job file: choices of all films as `--config` takes them, `[batch]`, and a `[[film]]` each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from audiodesc.batch.listing.model import MOST_FILMS, FilmList, ListRow
from audiodesc.batch.listing.table import row_of
from audiodesc.batch.listing.values import (
    EPISODE,
    FILM,
    OTHER_NAMES,
    OUTPUT,
    OWN,
    PRESET,
    SHORT,
    known_keys,
    merged,
    nearest,
    table_of,
)
from audiodesc.core.choices import fault
from audiodesc.core.files import read_whole
from audiodesc.core.toml import job_values, parsed
from audiodesc.errors import InputError, UsageError
from audiodesc.settings import Settings

LARGEST: Final = 20_000_000
"""Bytes: 100,000 films of 200 characters."""

FORM: Final = 'write [batch] with films = ["*.mp4"], or [[film]] with film = "…", and choices as in `audiodesc config`'
BATCH: Final[Mapping[str, type]] = {"films": list, "output": str, "exclude": list, "preset": str, "series": str}


def read_job_file(path: Path, *, has_films: bool = True) -> FilmList:
    """What a job file lists. Without `has_films` it gives choices of all films of a folder, and names none.

    Raises InputError for a file that cannot be read or is no TOML, and UsageError, which names the file and the key,
    for what is not known (with the nearest), and for values that are wrong.
    """
    tables = _tables(path)
    if not has_films:
        tables.pop("watch", None)  # what `watch` reads of the same file
    batch = _batch(tables.pop("batch", {}), str(path))
    films = tables.pop("film", [])
    for name in tables:
        if name not in Settings.__dataclass_fields__ and (near := get_close_matches(name, ("batch", "film"), n=1)):
            raise UsageError(f"{path}: there is no {name}", f"did you mean {near[0]}?")
    found = FilmList(
        rows=(),
        choices=job_values(tables, Settings, str(path)),
        preset=batch.get(PRESET, ""),
        output=batch.get(OUTPUT, ""),
        exclude=tuple(batch.get("exclude", ())),
    )
    named = (*_rows(films, path), *_patterns(batch, path))
    if has_films and not named:
        raise UsageError(f"{path}: lists no film", FORM)
    if not has_films and named:
        raise UsageError(f"{path}: names films, and is of all films of its folder", f"run `audiodesc batch {path}`")
    return replace(found, rows=named)


def _tables(path: Path) -> dict[str, Any]:
    try:
        return parsed(read_whole(path, LARGEST))
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or nested without end
        raise InputError(f"{path}: not TOML: {error}", FORM) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", "give a file that can be read") from error


def _batch(table: Any, path: str) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: batch is {table!r:.60}", "write it as a table: [batch]")
    found = {OTHER_NAMES.get(name, name): value for name, value in table.items()}
    for name, value in found.items():
        if name not in BATCH:
            near = get_close_matches(name, BATCH, n=1)
            remedy = f"did you mean batch.{near[0]}?" if near else f"there are: {', '.join(BATCH)}"
            raise UsageError(f"{path}: there is no batch.{name}", remedy)
        if not isinstance(value, BATCH[name]) or (
            isinstance(value, list) and not all(isinstance(one, str) and one for one in value)
        ):
            wanted = "text" if BATCH[name] is str else 'a list of texts, such as ["*.mp4"]'
            raise UsageError(f"{path}: batch.{name} is {value!r:.60}", f"give {wanted}")
    return found


def _patterns(batch: Mapping[str, Any], path: Path) -> tuple[ListRow, ...]:
    series = batch.get("series", "")
    films = enumerate(batch.get("films", ()), 1)
    return tuple(ListRow(f"{path}: batch.films {number}", film, series=series) for number, film in films)


def _rows(films: Any, path: Path) -> tuple[ListRow, ...]:
    if not isinstance(films, list) or not all(isinstance(one, Mapping) for one in films):
        raise UsageError(f"{path}: film is {films!r:.60}", 'write each film as a table: [[film]], then film = "…"')
    if len(films) > MOST_FILMS:
        raise InputError(f"{path}: has more than {MOST_FILMS:,} films", "give it in parts")
    return tuple(_row(one, f"{path}: film {number}") for number, one in enumerate(films, 1))


def _row(table: Mapping[str, Any], where: str) -> ListRow:
    own: dict[str, str] = {}
    given: list[Mapping[str, Any]] = []
    groups: dict[str, Any] = {}
    for key, value in table.items():
        name = OTHER_NAMES.get(key, key)
        if name in OWN:
            own[name] = _own(name, value, where)
        elif name in SHORT and not isinstance(value, Mapping):
            given.append(_short(name, value, where))
        elif name in Settings.__dataclass_fields__:
            groups[name] = value
        else:
            raise UsageError(f"{where}: there is no {key!r:.60}", nearest(key))
    if not own.get(FILM, "").strip():
        raise UsageError(f"{where} has no film", 'write film = "…", the path of the film')
    return row_of(where, own, merged(*given, job_values(groups, Settings, where)))


def _own(name: str, value: Any, where: str) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str) and not (name == EPISODE and is_number):
        wanted = "a number" if name == EPISODE else "text"
        raise UsageError(f"{where}: {name} is {value!r:.60}", f"give {wanted}")
    return str(value)


def _short(name: str, value: Any, where: str) -> dict[str, Any]:
    key = SHORT[name]
    plain = tuple(value) if isinstance(value, list) else value
    if remedy := fault(known_keys()[key], plain):
        raise UsageError(f"{where}: {name} is {value!r:.60}", remedy)
    return table_of(key.split("."), plain)
