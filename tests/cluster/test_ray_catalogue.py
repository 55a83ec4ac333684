"""Real clips as a catalogue, on Ray: each comes out as `make` makes it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from audiodesc.batch.model import FilmJob
from audiodesc.batch.running import RunLimits, held_batch, run_batch
from audiodesc.pipeline import make
from audiodesc.settings import DescriberSettings, Settings, VoiceSettings

pytestmark = pytest.mark.media

CLIPS = {
    "nasa/nasa_13013.mp4": "",
    "popeye/popeye_p2_vobsub.mkv": "popeye/popeye_p2.eng.srt",
    "chrome-clip/chrome.mp4": "",
}
CHOICES = {"describer": {"name": "basic"}, "voice": {"name": "espeak-en-gb"}}


def test_real_clips_are_made_as_make_makes_them(media: Path, runner: Any, tmp_path: Path) -> None:
    settings = Settings(describer=DescriberSettings(name="basic"), voice=VoiceSettings(name="espeak-en-gb"))
    wanted: dict[str, bytes] = {}
    jobs = []
    for clip, texts in CLIPS.items():
        film = Path(shutil.copy(media / clip, tmp_path))
        subtitles = str(media / texts) if texts else ""
        made = make(film, subtitles or None, tmp_path / "make" / film.stem, settings)
        wanted |= {path.name: path.read_bytes() for name, path in made.files.items() if name in ("script", "track")}
        jobs.append(FilmJob(str(film), str(tmp_path / "ray" / film.stem), subtitles, CHOICES))
    with held_batch(tmp_path / "batch") as state:
        state.put(jobs)
        run_batch(state, runner, RunLimits(), lambda row: None)
        assert [row.failed for row in state.rows() if row.failed] == []
    found = {one.name: one.read_bytes() for one in (tmp_path / "ray").glob("*/*.ad.*")}
    assert len(wanted) >= len(CLIPS)
    assert {name: found.get(name) for name in wanted} == wanted
