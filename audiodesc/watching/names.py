"""Which files of a watched folder are films, subtitles of a film, and neither, by their names alone."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from audiodesc.batch.listing.beside import FOLDERS, SUFFIXES

TEMPORARY: Final = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".aspx", "~")
"""What programs that copy or download end an unfinished file's name with."""

BEGINNINGS: Final = (".", "~$", "._")
"""Of hidden files, rsync's `.film.mp4.aB3xYz` and the side files of other systems."""

SIDE_TABLES: Final = {"@eadir", "$recycle.bin", "#recycle", "lost+found", "system volume information"}
"""Folders that disks and stores keep for themselves."""


def is_passing(name: str) -> bool:
    """Whether a file or folder of this name is never looked at: hidden, temporary, or a disk's own."""
    lower = name.lower()
    return lower.startswith(BEGINNINGS) or lower.endswith(TEMPORARY) or lower in SIDE_TABLES


def subtitles_of(films: Iterable[str], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The files among `names` that may be subtitles of each of the films, which `SubtitleFinder` chooses from.

    All are paths in the folder with "/". A file is of the film with the longest name that it begins with: film.2.srt of
    film.2.mp4. Scripts of ours (film.ad.vtt) are of none.
    """
    beside: dict[str, list[str]] = {film: [] for film in films}
    stems, folders = defaultdict(list), defaultdict(list)
    for film in beside:
        path = PurePosixPath(film)
        stems[path.parent, _fold(path.stem)].append(film)
        folders[path.parent].append(film)
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() in SUFFIXES and ".ad" not in [one.lower() for one in path.suffixes[:-1]]:
            for film in _films_of(path, stems, folders):
                beside[film].append(name)
    return {film: tuple(sorted(found)) for film, found in beside.items()}


Stems = Mapping[tuple[PurePosixPath, str], list[str]]


def _films_of(path: PurePosixPath, stems: Stems, folders: Mapping[PurePosixPath, list[str]]) -> Sequence[str]:
    """The films whose subtitles a file may be: beside them, in a folder "Subs", or in one of a film's name in that."""
    above = path.parent
    if above.parent.name.casefold() in FOLDERS:
        return stems.get((above.parent.parent, _fold(above.name)), ())
    if above.name.casefold() in FOLDERS:
        films = folders.get(above.parent, ())
        return films if len(films) == 1 else _beginning(path.stem, above.parent, stems)
    return _beginning(path.stem, above, stems)


def _beginning(stem: str, folder: PurePosixPath, stems: Stems) -> Sequence[str]:
    """The films with the longest name that a name begins with, as a whole word."""
    stem = _fold(stem)
    for end in range(len(stem), 0, -1):
        if (end == len(stem) or not stem[end].isalnum()) and (found := stems.get((folder, stem[:end]))):
            return found
    return ()


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def marker_of(film: str, marker: str, names: Collection[str]) -> str:
    """The file that says that a film is whole: film.mp4.done or film.done; "" where there is none of them."""
    stem = str(PurePosixPath(film).with_suffix(""))
    return next((one for one in (f"{film}{marker}", f"{stem}{marker}") if one in names), "")
