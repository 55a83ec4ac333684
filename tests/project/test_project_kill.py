"""`kill -9` at random moments, in short; `python tests/project/kills.py` does it 50 times."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project.kills import begun, kill_editors, kill_render, lost
from stories import SCRIPT, make_story, write_script


@pytest.mark.parametrize("seed", range(2))
def test_no_confirmed_edit_of_two_editors_is_lost(tmp_path: Path, seed: int) -> None:
    folder = begun(tmp_path / "film.ad")
    confirmed = kill_editors(folder, random.Random(seed), ("a", "b"))
    assert len(confirmed) >= 2
    assert lost(folder, confirmed) == set()


@pytest.mark.parametrize("after_s", [1.0, 1.6])
def test_a_change_of_a_killed_render_is_spoken_by_the_next(tmp_path: Path, after_s: float) -> None:
    script = write_script(tmp_path / "mine.vtt", SCRIPT)
    command = [sys.executable, "-m", "audiodesc", "render", str(make_story(tmp_path)), "--script", str(script), "-q"]
    subprocess.run([*command, "--no-hear"], check=True)
    assert kill_render(tmp_path / "story.ad", "Rain falls.", after_s)
    shutil.rmtree(tmp_path)
