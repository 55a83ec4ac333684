"""`kill -9` at any moment, then the same command: it goes on, and the result is the same as without the kill."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from commandline import audiodesc
from stories import make_story

RESULTS = ["story.ad.vtt", "story.ad.m4a", "story.ad.mp4", "story.narration.flac", "story.ad.html"]


def command(folder: Path) -> list[str]:
    film, subs = str(folder / "story.mp4"), str(folder / "story.srt")
    return [sys.executable, "-m", "audiodesc", "make", film, "--subs", subs, "--no-local-server"]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return audiodesc(*command(folder)[3:])


def contents(folder: Path) -> dict[str, object]:
    out = folder / "story.ad"
    report = json.loads((out / "story.ad.json").read_text("utf-8"))
    del report["seconds"], report["film_at"]  # which differ from one folder to the next
    return {"report": report} | {name: (out / name).read_bytes() for name in RESULTS}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("whole")
    make_story(folder)
    subprocess.run(command(folder), check=True, capture_output=True)
    return contents(folder)


def entries(stage: str) -> Callable[[Path], bool]:
    return lambda out: any((out / ".audiodesc/cache").glob(f"{stage}.*"))


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "the folder is there": lambda out: (out / ".audiodesc").exists(),
    "the cuts are found": entries("cuts"),
    "a clip was looked at": entries("look"),
    "a line was spoken": entries("say"),
    "the film was listened to": entries("heard"),
    "the film was measured": entries("listen"),
    "the mix is being written": lambda out: (out / ".audiodesc/partial/story.ad.m4a").exists(),
    "the film is being written": lambda out: (out / ".audiodesc/partial/story.ad.mp4").exists(),
    "the first result is in place": lambda out: any(out.glob("story.*")),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_run_again_gives_the_same(tmp_path: Path, moment: str, whole: dict[str, object]) -> None:
    make_story(tmp_path)
    with subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None and not MOMENTS[moment](tmp_path / "story.ad"):
            time.sleep(0.001)
        running.send_signal(signal.SIGKILL)
    for name in RESULTS:  # whole or not at all
        path = tmp_path / "story.ad" / name
        assert not path.exists() or path.read_bytes() == whole[name]
    again = run(tmp_path)
    assert again.returncode == 0, again.stderr
    assert contents(tmp_path) == whole
    assert not list((tmp_path / "story.ad/.audiodesc").glob("partial/*"))


def test_a_full_disk_is_said_and_leaves_what_was_there_whole(tmp_path: Path, whole: dict[str, object]) -> None:
    """A limit on the size of files stands for the full disk: both make the system refuse to write on."""
    make_story(tmp_path)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    full = subprocess.run(command(tmp_path), capture_output=True, text=True, preexec_fn=limited, check=False)
    assert full.returncode == 5, full.stderr
    assert full.stderr.splitlines()[-1].startswith("audiodesc: no room left for")
    assert "Traceback" not in full.stderr
    assert not list((tmp_path / "story.ad").glob("story.*"))
    assert run(tmp_path).returncode == 0
    assert contents(tmp_path) == whole
