"""A file that a user names for a result: whole or not there, and never in the place of another unasked."""

from __future__ import annotations

from collections.abc import Callable
from os import getpid
from pathlib import Path

from audiodesc.core.cache import synced
from audiodesc.errors import OutputError
from audiodesc.project.folder_faults import output_errors


def check_free(output: Path, *, force: bool = False) -> None:
    """Raise OutputError where no file can be written there, and where one is there, unless `force`: asked before the
    work."""
    if output.is_dir() or not output.parent.is_dir():
        raise OutputError(f"{output} cannot be written", "give the name of a file in a folder that exists")
    if output.exists() and not force:
        raise OutputError(f"{output} is there already", "give another name, or --force to replace it")


def write_whole(output: Path, write_to: Callable[[Path], object], *, force: bool = False) -> Path:
    """The file as `write_to` writes it under another name. Raises OutputError as `check_free`, and where the disk
    fails."""
    check_free(output, force=force)
    partial = output.with_name(f".{output.stem}.{getpid()}.partial")
    with output_errors(output.parent):
        try:
            write_to(partial)
            synced(partial)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    return output
