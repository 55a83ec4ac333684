"""A film that was never analysed is analysed by a process of its own; one that was, at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audiodesc.core.cache import Store
from audiodesc.core.progress import silent
from audiodesc.project import Project, open_project
from audiodesc.project.folder import HIDDEN
from audiodesc.project.known import KnownFilm, analysed
from audiodesc.review import analysing
from audiodesc.review.analysing import opened_film


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder) as opened:
        yield opened


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(folder / HIDDEN / "cache")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is there once a module of the working folder was run; libraries print as they like."""
    downloads, sites, run = tmp_path / "downloads", tmp_path / "sites", tmp_path / "run"
    for place in (downloads, sites):
        place.mkdir()
    for name in ("wave", "uuid", "colorsys"):
        (downloads / f"{name}.py").write_text(f"open({str(run)!r}, 'w').close()\n")
    (sites / "sitecustomize.py").write_text("print('hello', '[1, 2]', '{}', sep='\\n')\n")
    monkeypatch.setenv("PYTHONPATH", str(sites), prepend=os.pathsep)
    monkeypatch.chdir(downloads)
    return run


def test_a_film_that_was_never_analysed_is_analysed_elsewhere_and_found_again(
    project: Project, store: Store, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened_film(project, store, silent)
    shutil.rmtree(store.folder)
    stages: list[str] = []
    found = opened_film(project, store, lambda stage, _done, _total: stages.append(stage))
    assert (found.found.gaps, found.found.cuts) == (before.found.gaps, before.found.cuts)
    assert {"hear", "shots", "peaks"} <= set(stages)
    assert list(store.folder.glob("peaks.*"))
    assert not run.exists()

    def none(*_: Any, **__: Any) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", none)
    again = opened_film(project, store, silent)
    assert again.found.gaps == before.found.gaps
    assert again.on.store is store


def test_where_that_process_fails_the_film_is_analysed_all_the_same(
    project: Project, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = iter([analysing._MissingError()])

    def once_missing(*given: Any) -> KnownFilm:
        for error in missing:
            raise error
        return analysed(*given)

    monkeypatch.setattr(analysing, "analysed", once_missing)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert opened_film(project, store, silent).found.gaps


def test_it_ends_with_whoever_waits_for_it(project: Project, store: Store) -> None:
    class EndedError(Exception):
        pass

    def end(stage: str, _done: int, _total: int) -> None:
        if stage == "hear":
            raise EndedError

    shutil.rmtree(store.folder)
    with pytest.raises(EndedError):
        opened_film(project, store, end)
    assert not list(store.folder.glob("peaks.*"))
