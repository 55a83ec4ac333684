"""A user without a home folder, an environment without PATH: as in many containers and services."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from films import write_srt

from audiodesc.core.files import at_home
from audiodesc.errors import InputError

HOMELESS = """
import os, pwd, sys

def nobody(_):
    raise KeyError("getpwuid(): uid not found")

pwd.getpwuid = nobody
assert "HOME" not in os.environ
sys.argv[0] = "audiodesc"
from audiodesc.cli import main
from audiodesc.describers.models import cpu_time
cpu_time._MEASURED_S, cpu_time._LAYERS = 0.01, 1  # how quick this processor is does not matter
main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HOMELESS, *arguments]
    return subprocess.run(command, env={}, capture_output=True, text=True, check=False)


def test_everything_that_needs_no_home_works_without(tmp_path: Path) -> None:
    subs = str(write_srt(tmp_path / "film.srt", [(1_000, 2_000, "One."), (9_000, 10_000, "Two.")]))
    for arguments in (("gaps", subs), ("voices",), ("describers",), ("doctor",)):
        done = run(*arguments)
        assert done.returncode in ((0, 4) if arguments == ("doctor",) else (0,)), done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_below_a_home_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(InputError, match=r"~/models") as caught:
        at_home("~/models")
    assert "HOME" in caught.value.remedy
