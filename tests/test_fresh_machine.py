"""What a new user meets first: the commands that set up an environment, the pinned releases, the sample script."""

from __future__ import annotations

import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from audiodesc import check, render

ROOT = Path(__file__).parent.parent
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line[0] != "#"]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_pinned_releases_are_those_that_are_asked_for(python: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    where = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
    pinned = {canonicalize_name(pin.name): pin for pin in PINS if pin.marker is None or pin.marker.evaluate(where)}
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate(where):
            (exact,) = pinned[canonicalize_name(requirement.name)].specifier
            assert exact.operator == "=="
            assert requirement.specifier.contains(exact.version), requirement


def test_the_pins_name_no_place_to_load_from() -> None:
    assert not re.search(r"https?:|file:|@|--", (ROOT / "constraints.txt").read_text("utf-8"))


def setup(folder: Path, what: str = "demo", **pythons: str) -> subprocess.CompletedProcess[str]:
    """`.ci/venv WHAT` in a copy, where the only Pythons are scripts: name -> the version that each says it is.

    Of those, one of 3.11 and later makes a virtual environment that is a copy of itself, and installs by saying so.
    """
    (folder / ".ci").mkdir(exist_ok=True)
    (folder / "bin").mkdir(exist_ok=True)
    for name in (".ci/venv", "pyproject.toml", "constraints.txt"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for name, version in pythons.items():
        fits = 0 if version in ("3.11.2", "3.12.9") else 1
        path = folder / "bin" / name.replace("_", ".")
        path.write_text(
            f'#!/bin/sh\ncase "$1 $2" in\n"-c "*) exit {fits} ;;\n"--version "*) echo Python {version} ;;\n'
            f'"-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;\n"-m pip") echo "$@" ;;\nesac\n'
        )
        path.chmod(0o755)
    tools = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "PYTHON": str(folder / "bin/python3")}
    return subprocess.run(["sh", folder / ".ci/venv", what], env=tools, capture_output=True, text=True, check=False)


def test_an_environment_is_made_once_from_the_pinned_releases(tmp_path: Path) -> None:
    first = setup(tmp_path, python3="3.11.2")
    assert first.returncode == 0
    assert "--constraint constraints.txt" in first.stdout
    assert "Python 3.11.2" in first.stdout
    assert setup(tmp_path, python3="3.11.2").stdout == ""


def test_the_tests_need_more_and_hold_what_the_demo_needs(tmp_path: Path) -> None:
    assert ".[dev,models]" in setup(tmp_path, "test", python3="3.11.2").stdout
    assert setup(tmp_path, python3="3.11.2").stdout == ""


def test_the_newest_releases_have_an_environment_of_their_own(tmp_path: Path) -> None:
    done = setup(tmp_path, "latest", python3="3.11.2")
    assert "--upgrade" in done.stdout
    assert "--constraint" not in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_pins_that_changed_are_installed(tmp_path: Path) -> None:
    setup(tmp_path, python3="3.11.2")
    for stamp in tmp_path.glob(".venv/demo"):
        stamp.write_text("of earlier pins\n")
    assert "--constraint" in setup(tmp_path, python3="3.11.2").stdout


def test_an_environment_of_a_python_that_is_too_old_is_made_anew(tmp_path: Path) -> None:
    old = tmp_path / ".venv/bin/python"
    old.parent.mkdir(parents=True)
    old.write_text('#!/bin/sh\ncase "$1" in -c) exit 1 ;; *) echo Python 3.10.1 ;; esac\n')
    old.chmod(0o755)
    done = setup(tmp_path, python3="3.10.1", python3_12="3.12.9")
    assert done.returncode == 0
    assert "its Python is Python 3.10.1" in done.stdout
    assert "Python 3.12.9" in done.stdout


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    setup(tmp_path / "here", python3="3.11.2")
    (tmp_path / "here").rename(tmp_path / "there")
    assert "it was made in" in setup(tmp_path / "there", python3="3.11.2").stdout


def test_where_no_python_fits_those_that_are_there_are_named(tmp_path: Path) -> None:
    done = setup(tmp_path, python3="3.10.1", python3_11="3.10.2", python3_12="3.10.3", python3_13="3.10.4")
    assert done.returncode == 1
    assert f"{tmp_path / 'bin/python3'}: Python 3.10.1" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_samples_script_needs_no_change(sample: tuple[Path, Path], tmp_path: Path) -> None:
    film, subtitles = sample
    script = film.with_name("script.vtt")
    assert check(script, film, subtitles).findings == ()
    made = render(film, script, subtitles, output=tmp_path)
    written = re.findall(r"^(\S+) --> .*\n(.*)", script.read_text("utf-8"), re.MULTILINE)
    assert made.report.overlap_ms == 0
    assert [(speech.span.start_ms, speech.line.text, speech.rate) for speech in made.spoken] == [
        (int(time[3:5]) * 60_000 + round(float(time[6:]) * 1000), text, 1.0) for time, text in written
    ]
