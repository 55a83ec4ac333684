"""Which files of a watched folder are films, subtitles of a film, and neither, told by their names alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import Final

TEMPORARY: Final = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".aspx", "~")
"""What programs that copy or download end an unfinished file's name with."""

BEGINNINGS: Final = (".", "~$", "._")
"""Of hidden files, rsync's `.film.mp4.aB3xYz` and the side files of other systems."""

SIDE_TABLES: Final = {"@eadir", "$recycle.bin", "#recycle", "lost+found", "system volume information"}
"""Folders that disks and stores keep for themselves."""

PROJECT: Final = ".ad"


def is_passing(name: str) -> bool:
    """Whether a file or folder of this name is never looked at: hidden, temporary, or a disk's own."""
    lower = name.lower()
    return lower.startswith(BEGINNINGS) or lower.endswith(TEMPORARY) or lower in SIDE_TABLES


def is_project(name: str) -> bool:
    """Whether a folder of this name holds results of ours."""
    return name.lower().endswith(PROJECT)


def is_text(name: str) -> bool:
    """Whether a name can be written as text; some bytes on disk cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def subtitles_of(films: Iterable[str], names: Iterable[str], kinds: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The files among `names` that may be subtitles of each of the films: film.srt, film.de.srt, film.en.sdh.vtt.

    All are paths in the folder with "/"; `kinds` are the suffixes of subtitles, in small letters. A file is of the film
    with the longest name that fits: film.2.srt of film.2.mp4. Scripts of ours (film.ad.vtt) are of none.
    """
    beside: dict[str, list[str]] = {film: [] for film in films}
    stems = defaultdict(list)
    for film in beside:
        stems[str(PurePosixPath(film).with_suffix(""))].append(film)
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() not in kinds or ".ad" in [one.lower() for one in path.suffixes[:-1]]:
            continue
        stem = str(path.with_suffix(""))
        while stem not in stems and "." in PurePosixPath(stem).name[1:]:
            stem = stem.rpartition(".")[0]
        for film in stems.get(stem, ()):
            beside[film].append(name)
    return {film: tuple(sorted(found)) for film, found in beside.items()}


def marker_of(film: str, marker: str, names: Collection[str]) -> str:
    """The file that says that a film is whole: film.mp4.done or film.done; "" where there is none of them."""
    stem = str(PurePosixPath(film).with_suffix(""))
    return next((one for one in (f"{film}{marker}", f"{stem}{marker}") if one in names), "")
