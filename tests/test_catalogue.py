"""Real clips as a catalogue: a batch, a watched folder and a service make of each what `make` makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import ANN, config_in, until

from audiodesc.cli.film_runners import film_runner
from audiodesc.pipeline import make
from audiodesc.service.serving import serving
from audiodesc.settings import DescriberSettings, Settings, VoiceSettings

pytestmark = pytest.mark.media

CLIPS = {
    "nasa_13013": ("nasa/nasa_13013.mp4", ""),
    "popeye_p2_vobsub": ("popeye/popeye_p2_vobsub.mkv", "popeye/popeye_p2.eng.srt"),
    "chrome": ("chrome-clip/chrome.mp4", ""),
}
"""By the stem of the film: the clip, and its subtitles."""

CHOICES = {"describer": {"name": "basic"}, "voice": {"name": "espeak-en-gb"}}
OPTIONS = ["--describer", "basic", "--voice", "espeak-en-gb"]


def catalogue(media: Path, folder: Path) -> dict[str, Path]:
    """The clips in a folder, each with its subtitles beside it, by their stems."""
    folder.mkdir()
    for stem, (film, subtitles) in CLIPS.items():
        shutil.copy(media / film, folder / f"{stem}{Path(film).suffix}")
        if subtitles:
            shutil.copy(media / subtitles, folder / f"{stem}.srt")
    return {path.stem: path for path in folder.iterdir() if path.suffix in {".mp4", ".mkv"}}


def of(folder: Path) -> dict[str, bytes]:
    """The script and the mixed track of each film, by their names."""
    return {one.name: one.read_bytes() for one in folder.glob("*.ad/*.ad.*") if one.suffix in {".vtt", ".m4a"}}


@pytest.fixture(scope="module")
def wanted(media: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What `make` makes of each clip alone."""
    folder = tmp_path_factory.mktemp("make") / "films"
    settings = Settings(describer=DescriberSettings(name="basic"), voice=VoiceSettings(name="espeak-en-gb"))
    for film in catalogue(media, folder).values():
        subtitles = film.with_suffix(".srt")
        make(film, subtitles if subtitles.exists() else None, settings=settings)
    made = of(folder)
    assert len([name for name in made if name.endswith(".vtt")]) == len(CLIPS)
    assert "chrome.ad.m4a" in made
    return made


def command(*arguments: object) -> None:
    ran = [sys.executable, "-m", "audiodesc", *map(str, arguments)]
    done = subprocess.run(ran, capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"})
    assert done.returncode == 0, done.stderr


def test_a_batch_makes_what_make_makes(media: Path, wanted: dict[str, bytes], tmp_path: Path) -> None:
    catalogue(media, tmp_path / "films")
    command("batch", tmp_path / "films", *OPTIONS, "--at-once", 2, "-q")
    assert of(tmp_path / "films") == wanted


def test_a_watched_folder_makes_what_make_makes(media: Path, wanted: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "films"
    catalogue(media, folder)
    choices = "".join(f'[{group}]\n{key} = "{value}"\n' for group, one in CHOICES.items() for key, value in one.items())
    (folder / "audiodesc.toml").write_text(f'{choices}[watch]\nsubtitles = "wait 1"\n', "utf-8")
    command("watch", folder, "--once", "--settle", 0.5, "--at-once", 2, "-q")
    assert of(folder) == wanted


def test_a_service_makes_what_make_makes(media: Path, wanted: dict[str, bytes], tmp_path: Path) -> None:
    films = catalogue(media, tmp_path / "films")
    found: dict[str, bytes] = {}
    with serving(config_in(tmp_path), lambda: film_runner(2, None, tmp_path / "logs")) as served:
        thread = threading.Thread(target=served.run)
        thread.start()
        try:
            until(lambda: served.server.started)
            with client(served, ANN) as ann:
                jobs = {}
                for stem, film in films.items():
                    subtitles = film.with_suffix(".srt")
                    more = (
                        {"subtitles": uploaded(ann, subtitles.name, subtitles.read_bytes())} if CLIPS[stem][1] else {}
                    )
                    sent = uploaded(ann, film.name, film.read_bytes())
                    jobs[stem] = submitted(ann, sent, choices={"describer": {"name": "basic"}}, **more)["id"]
                for id in jobs.values():
                    assert at_end(ann, id, seconds=300)["failure"] is None
                    results = f"/v1/jobs/{id}/results"
                    for one in ann.get(results).json()["files"]:
                        if one["name"].endswith((".ad.vtt", ".ad.m4a")):
                            found[one["name"]] = ann.get(f"{results}/{one['name']}").content
        finally:
            served.stop()
            thread.join(120)
            assert not thread.is_alive()
    assert found == wanted
