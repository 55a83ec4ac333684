"""Subtitles that lie beside a film, found by its name and by their language."""

from __future__ import annotations

import os
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from audiodesc.batch.listing.name_tags import NameTags, name_tags
from audiodesc.batch.listing.names import FILMS, is_file
from audiodesc.core.languages import is_same
from audiodesc.errors import AudiodescError

SUFFIXES: Final = (
    ".srt", ".vtt", ".ttml", ".dfxp", ".itt", ".ass", ".ssa", ".stl", ".scc", ".smi", ".sami", ".sbv", ".mpl", ".mpl2",
    ".sub", ".xml", ".csv", ".tsv", ".txt",
)  # fmt: skip
"""The first are preferred."""

LOOKED_INTO: Final = (".sub", ".xml", ".csv", ".tsv", ".txt")
"""What may as well be something else: whether it holds subtitles is looked at."""

FOLDERS: Final = ("subs", "subtitles", "sub", "subtitle", "untertitel")
USED: Final = ("full", "sdh")
MOST_ENTRIES: Final = 200_000
MOST_CANDIDATES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """The subtitles of a film, "" where none are taken, and a note, "" where there is nothing to say."""

    path: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Names:
    """What lies in a folder: (folded name without its ending, name) of texts, sorted; folded stems of films; names of
    folders."""

    texts: tuple[tuple[str, str], ...]
    films: frozenset[str]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    tags: NameTags
    place: int


class SubtitleFinder:
    """Finds subtitles beside films; each folder is read once."""

    def __init__(self) -> None:
        self._read: dict[Path, _Names] = {}

    def find(self, film: Path, language: str = "") -> Found:
        """The subtitles of the film at a whole path, best in `language` (BCP 47, "" where none is wanted).

        "film.srt", "film.en.srt", "film.eng.sdh.srt" and "film.mp4.vtt" are found in the film's folder and in one
        beside it that is called "Subs" or so; there also "Subs/film/2_English.srt", and "English.srt" where the folder
        has one film alone. Taken are those in `language`, else those whose name has no language, else English ones,
        else the first by name; full ones before those for the deaf and hard of hearing. Forced subtitles, commentaries
        and descriptions are never taken.
        """
        every = list(islice(self._candidates(film), MOST_CANDIDATES))
        usable = sorted((one for one in every if one.tags.kind in USED), key=lambda one: _order(one, language))
        for chosen in usable:
            if _is_read(chosen.path):
                others = _not(film, [one.path for one in usable if one is not chosen])
                return Found(str(chosen.path), f"{film.name}: subtitles taken from {_shown(film, chosen.path)}{others}")
        if every and not usable:
            kinds = ", ".join(sorted({one.tags.kind for one in every}))
            return Found("", f"{film.name}: {_shown(film, every[0].path)} is left out as subtitles ({kinds})")
        return Found()

    def _candidates(self, film: Path) -> Iterator[_Candidate]:
        beside = self._names(film.parent)
        yield from _of_film(film.parent, beside, film.name, beside.films, 0)
        for inner in beside.folders:
            if inner.casefold() not in FOLDERS:
                continue
            place = film.parent / inner
            names = self._names(place)
            yield from _of_film(place, names, film.name, beside.films, 1)
            if len(beside.films) == 1:
                yield from _of_language(place, names, 2)
            for own in names.folders:
                if _fold(own) == _fold(film.stem):
                    yield from _of_language(place / own, self._names(place / own), 2)
                    yield from _of_film(place / own, self._names(place / own), film.name, (), 2)

    def _names(self, folder: Path) -> _Names:
        if folder not in self._read:
            self._read[folder] = _listed(folder)
        return self._read[folder]


def _listed(folder: Path) -> _Names:
    texts, films, folders = [], [], []
    with suppress(OSError), os.scandir(folder) as listed:  # that a folder is not there is found with the film
        for entry in islice(listed, MOST_ENTRIES):
            path = Path(entry.name)
            if entry.name.startswith("."):
                continue
            if path.suffix.lower() in SUFFIXES and is_file(entry):
                texts.append((_fold(path.stem), entry.name))
            elif path.suffix.lower() in FILMS:
                films.append(_fold(path.stem))
            elif _is_folder(entry):
                folders.append(entry.name)
    return _Names(tuple(sorted(texts)), frozenset(films), tuple(sorted(folders)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads in a circle
        return False


def _of_film(folder: Path, names: _Names, film: str, films: Collection[str], place: int) -> Iterator[_Candidate]:
    """The texts whose names begin with the film's, and not with the longer one of another film."""
    stem, whole = _fold(Path(film).stem), _fold(film)
    for base, name in _beginning(names.texts, stem):
        rest = base[len(stem) :]
        if (rest and rest[0].isalnum()) or _is_of_longer(base, stem, films):
            continue
        rest = base[len(whole) :] if _begins(base, whole) else rest
        if tags := name_tags(rest):
            yield _Candidate(folder / name, tags, place)


def _of_language(folder: Path, names: _Names, place: int) -> Iterator[_Candidate]:
    """The texts whose whole names say what they are ("2_English.srt")."""
    for base, name in names.texts:
        if (tags := name_tags(base, numbered=True)) and (tags.language or tags.kind != "full"):
            yield _Candidate(folder / name, tags, place)


def _beginning(texts: Sequence[tuple[str, str]], stem: str) -> Iterator[tuple[str, str]]:
    for number in range(bisect_left(texts, (stem, "")), len(texts)):
        if not texts[number][0].startswith(stem):
            return
        yield texts[number]


def _is_of_longer(base: str, stem: str, films: Collection[str]) -> bool:
    """Whether a name begins with that of another film, which is longer than this one's."""
    ends = (end for end in range(len(stem) + 1, len(base) + 1) if not base[end : end + 1].isalnum())
    return any(base[:end] in films for end in ends)


def _begins(base: str, other: str) -> bool:
    return base.startswith(other) and not base[len(other) : len(other) + 1].isalnum()


def _order(one: _Candidate, language: str) -> tuple[int, int, int, int, str]:
    found = one.tags.language
    wanted = bool(language and found) and is_same(found, language)
    rank = 0 if wanted else 1 if not found else 2 if is_same(found, "en") else 3
    return rank, USED.index(one.tags.kind), one.place, SUFFIXES.index(one.path.suffix.lower()), str(one.path)


def _is_read(path: Path) -> bool:
    if path.suffix.lower() not in LOOKED_INTO:
        return True
    from audiodesc.subtitles import format_of

    try:
        return bool(format_of(path))
    except AudiodescError:
        return False


def _fold(name: str) -> str:
    """Names that differ in case, or in how accents are written, as on disks of macOS, are the same."""
    return unicodedata.normalize("NFC", name).casefold()


def _shown(film: Path, path: Path) -> str:
    return path.relative_to(film.parent).as_posix()


def _not(film: Path, others: Sequence[Path]) -> str:
    shown = ", ".join(_shown(film, one) for one in others[:3])
    return f", not from {shown}{' …' if len(others) > 3 else ''}" if others else ""
