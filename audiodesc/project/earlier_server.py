"""A project that a server described, in a run without that server's address, which no project keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audiodesc.describers import is_describer
from audiodesc.describers.server import SERVER
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.project.folder import HIDDEN
from audiodesc.project.project import Project
from audiodesc.project.saved import saved_describer
from audiodesc.project.store import open_store
from audiodesc.settings import DescriberSettings


@contextmanager
def asks_for_address(folder: Path, chosen: DescriberSettings) -> Iterator[None]:
    """Where the describer that is chosen here cannot be had, and a server described what is in the folder: raise
    UsageError, which asks for its address. Every other error is raised as it is, and that of a name that no describer
    has."""
    try:
        yield
    except AudiodescError as error:
        fingerprint, label = _described_by(folder)
        if chosen.server or not is_describer(chosen.name) or not fingerprint.startswith(f"{SERVER.name} "):
            raise
        fault = f"the lines of {folder} are by {label}, and no project keeps the address of a server"
        raise UsageError(fault, f"give --server again, or another --describer ({error.fault})") from error


def _described_by(folder: Path) -> tuple[str, str]:
    store = open_store(folder / HIDDEN) if folder.is_dir() else None
    if store is None:
        return "", ""
    with Project(folder, store) as project:
        return saved_describer(project)
