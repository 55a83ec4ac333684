"""What a list of films is read as: rows as they were written, and the jobs that come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from audiodesc.batch.model import FilmJob

MOST_FILMS: Final = 200_000
"""Of one list, and rows of one table."""

LARGEST: Final = 200_000_000
"""Bytes of a table."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A film as a list names it. `where` names the row for errors ("night.csv: line 3").

    `film` is a path, a URL or a pattern, `subtitles` a path, a URL, "none" or "" (what is found beside the film),
    `output` the folder of the results ("": the default one). `choices` are what the row gives, by groups and keys;
    `preset` is one of `audiodesc.presets`. `below` is the folder, as seen from the list's, whose name the results keep
    where all go to one folder.
    """

    where: str
    film: str
    subtitles: str = ""
    output: str = ""
    series: str = ""
    episode: float = 0.0
    choices: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class FilmList:
    """What a list says before its films are looked for: choices of all films, rows, where results go ("": beside each
    film), patterns of films to be left out, and notes."""

    rows: tuple[ListRow, ...]
    choices: Mapping[str, Any] = field(default_factory=dict)
    preset: str = ""
    output: str = ""
    exclude: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The jobs of a list, in its order; what a person should know of how it was read, one line each; the folder in
    which the batch keeps its state unless another is given; and the whole path of the list."""

    jobs: tuple[FilmJob, ...]
    notes: tuple[str, ...]
    folder: Path
    path: Path
