"""The results of the last run, which only their names in the report lead to, never a path that somebody sends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audiodesc.deliver import deliverables
from audiodesc.review.problems import ProblemError, not_found
from audiodesc.review.state import Review
from audiodesc.scripts.formats import FORMATS, writable


@dataclass(frozen=True, slots=True)
class FileView:
    """A result of the last run."""

    id: str
    name: str
    bytes: int
    summary: str
    url: str


@dataclass(frozen=True, slots=True)
class FormatView:
    """A format that the script can be had in."""

    name: str
    summary: str
    url: str


@dataclass(frozen=True, slots=True)
class Files:
    """What a user can take away."""

    files: tuple[FileView, ...]
    formats: tuple[FormatView, ...] = ()


def result_path(review: Review, kind: str) -> Path:
    """The file of a result. Raises ProblemError where there is none: a report may have been changed, or be somebody
    else's, so a name that leads out of the folder is none."""
    report = review.report()
    made = report.files.get(kind) if report else None
    if made is None or Path(made.name).name != made.name:
        raise not_found("there is no such result", "render first")
    path = review.folder / made.name
    if path.is_symlink() or not path.is_file():
        raise not_found(f"{made.name} is gone", "render again")
    return path


def files(review: Review) -> Files:
    """What can be taken away."""
    report, rows = review.report(), deliverables()
    made = []
    for kind in report.files if report else ():
        try:
            path = result_path(review, kind)
        except ProblemError:  # a folder, or gone
            continue
        summary = rows[kind].summary if kind in rows else "what is spoken and when"
        made.append(FileView(kind, path.name, path.stat().st_size, summary, f"/api/v1/files/{kind}"))
    formats = [FormatView(name, FORMATS[name].summary, f"/api/v1/exports/{name}") for name in writable()]
    return Files(tuple(made), tuple(formats) if report else ())
