"""A film analysed for the page: what is not in the project's cache is made by a process of its own, whose models,
decoders and arrays are gone from memory with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from audiodesc.core.cache import Store
from audiodesc.core.progress import Progress
from audiodesc.project import Project, open_project
from audiodesc.project.folder import HIDDEN
from audiodesc.project.known import KnownFilm, analysed
from audiodesc.project.placing import stage
from audiodesc.review.waveform import waveform

T = TypeVar("T")


def opened_film(project: Project, store: Store, progress: Progress) -> KnownFilm:
    """As `analysed`."""
    with suppress(_MissingError):
        known = analysed(project, _Kept(store.folder), progress)
        return replace(known, on=stage(known.found, known.narrator, known.settings, store))
    _make(project.folder, progress)
    return analysed(project, store, progress)


class _MissingError(Exception):
    """An entry of the cache is not there."""


class _Kept(Store):
    """A cache in which nothing is made."""

    def made(self, name: str, form: Callable[[Any], T], make: Callable[[], Any]) -> T:
        found = self.read_json(name, form)
        if found is None:
            raise _MissingError
        return found


def _make(folder: Path, progress: Progress) -> None:
    """Have all made that the page needs. Where that fails, nothing is raised: what is made next raises it."""
    command = [sys.executable, "-P", "-m", __name__, str(folder)]  # -P: no module is taken from the working folder
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "encoding": "utf-8", "errors": "replace"}
    with subprocess.Popen(command, **pipes) as apart:  # noqa: S603
        assert apart.stdout  # noqa: S101 — for the type checker
        try:
            for line in apart.stdout:
                if step := _step(line):
                    progress(*step)
        finally:
            apart.kill()


def _step(line: str) -> tuple[str, int, int] | None:
    """A line of `main`; None for what a library printed."""
    with suppress(ValueError, TypeError):
        stage, done, total = json.loads(line)
        return str(stage), int(done), int(total)
    return None


def main(folder: Path) -> None:
    """Make it, with a line of JSON on standard output for each step: its stage, how much is done, and of how much."""

    def show(stage: str, done: int, total: int) -> None:
        sys.stdout.write(json.dumps([stage, done, total]) + "\n")
        sys.stdout.flush()

    store = Store(folder / HIDDEN / "cache")
    with open_project(folder) as project:
        known = analysed(project, store, show)
        known.measured(store, show)
        waveform(known.feed, store, show)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
