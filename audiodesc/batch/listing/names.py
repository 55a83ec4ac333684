"""Names of films: paths as seen from the folder of a list, URLs, and files that are no film to be described."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from audiodesc.core.files import at_home
from audiodesc.errors import UsageError

FILMS: Final = frozenset({
    ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
    ".mxf", ".ogg", ".ogm", ".ogv", ".rm", ".ts", ".vob", ".webm", ".wmv",
})  # fmt: skip
"""Endings of films, in small letters."""

LONGEST_NAME: Final = 4_096
"""Characters of a path or URL: Linux takes no longer path."""

URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
TEMPORARY = re.compile(
    r"~\$.*|.*~|.*\.(?:part|partial|filepart|crdownload|download|tmp|temp|!qb|aria2|swp)", re.I | re.S
)
TEMPORARY_STEM = re.compile(r".*\.(?:tmp|temp|partial|crdownload)", re.IGNORECASE | re.DOTALL)
MADE = re.compile(r".*\.(?:ad|ad\.extended|described)\.[^.]+|.*\.mix\.mxf", re.IGNORECASE | re.DOTALL)
"""Films that this program wrote."""

OUR_FOLDERS: Final = (".ad", ".batch", ".quarantine")
MADE_FOLDERS: Final = (".web", ".hls", ".dash", ".stems", ".lines")
"""Folders of deliverables, where they lie beside the hidden folder of a project."""


def is_url(name: str) -> bool:
    """Whether a name is a URL ("s3://bucket/film.mp4") and no path."""
    return bool(URL.match(name))


def is_film_name(name: str) -> bool:
    """Whether a file of this name is taken for a film where nobody names it: no hidden or temporary file, and none that
    this program wrote."""
    path = Path(name)
    return path.suffix.lower() in FILMS and not is_left_out(name) and not TEMPORARY_STEM.fullmatch(path.stem)


def is_left_out(name: str) -> bool:
    """Whether a file is hidden, still being written, or a result of this program."""
    return name.startswith(".") or bool(TEMPORARY.fullmatch(name) or MADE.fullmatch(name))


def is_file(entry: os.DirEntry[str] | Path) -> bool:
    """Whether it is a file, or a link to one; not a link that leads in a circle, nor a name that no disk takes."""
    try:
        return entry.is_file()
    except (OSError, ValueError):
        return False


def is_entered(name: str, beside_project: bool = False) -> bool:
    """Whether films are looked for in a folder of this name; `beside_project`: a project's hidden folder lies beside
    it."""
    folded = name.lower()
    made = beside_project and folded.endswith(MADE_FOLDERS)
    return not (name.startswith(".") or folded.endswith(OUR_FOLDERS) or made)


def whole(name: str, folder: Path, where: str, what: str) -> str:
    """A path as seen from `folder`, as a whole path; a URL as it is. Raises UsageError, which names the row and what
    the name is of, for one that no disk takes."""
    if "\0" in name or len(name) > LONGEST_NAME:
        fault = "holds a NUL byte" if "\0" in name else f"has more than {LONGEST_NAME:,} characters"
        raise UsageError(f"{where}: {what} {fault}", "give the path of a file")
    if is_url(name):
        _check_url(name, where, what)
        return name
    return normal(folder / expanded(name))


def expanded(name: str) -> Path:
    """A path in which "~/" is the user's folder; no other name that begins with ~ is a user's."""
    return at_home(name) if name == "~" or name.startswith("~/") else Path(name)


def _check_url(name: str, where: str, what: str) -> None:
    try:
        urlsplit(name)
    except ValueError as error:
        raise UsageError(f"{where}: {what} is {name!r:.60}, and no URL ({error})", "correct it") from error


def normal(path: Path) -> str:
    """The whole path, without "..", links left as they are."""
    return os.path.normpath(path.absolute())


def stem(film: str) -> str:
    """The name of a film without its folder and its ending."""
    return PurePosixPath(urlsplit(film).path).stem if is_url(film) else Path(film).stem


def output_of(film: str, output: str, below: str, folder: Path) -> str:
    """Where the results of a film go that names no folder for them: `<stem>.ad` in `output`, else beside the film, else
    (of a film at a web server) in `folder`."""
    name = f"{stem(film) or 'film'}.ad"
    if output and is_url(output):
        return "/".join((output.rstrip("/"), *filter(None, (below,)), name))
    if output:
        return str(Path(output, below, name))
    if not is_url(film):
        return str(Path(film).parent / name)
    scheme, _, rest = film.partition("://")
    if scheme.lower() in ("http", "https"):
        return str(folder / name)
    return f"{scheme}://{rest.rpartition('/')[0]}/{name}"
