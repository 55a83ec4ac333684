"""The EBU ADM Renderer (`ear`): files of next-generation audio as it reads and renders them.

Its one release asks for a NumPy of before 2.0, so that it fits into no environment with ours; it runs with ours
nevertheless. It is installed without what it asks for, into a folder of its own, and runs in a process of its own,
which is started once.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from numpy.typing import NDArray
from receiving import channels

PACKAGES = {
    "ear==2.1.0": "3a03653c7f37acd35fb6d0470e26963eaaf21cb78de6de4b37bc7c05c355b77b",
    "multipledispatch==1.0.0": "0c53cd8b077546da4e48869f49b13164bebafd0c2a5afceb6bb6a316e7fb46e4",
    "ruamel.yaml==0.17.40": "b16b6c3816dff0a93dca12acf5e70afd089fa5acb80604afd1ffa8b465b7722c",
    "setuptools==80.9.0": "062d34222ad13e0cc312a4c02d73f059e86a4acbfbdea8f8f76b28c99f306922",
    "six==1.17.0": "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274",
}

SCRIPT = """
import json, sys, traceback, warnings
warnings.simplefilter("ignore")
from ear.cmdline.render_file import OfflineRenderDriver
from ear.core.objectbased import renderer
from ear.fileio import openBw64Adm

design, designed = renderer.GainCalc, {}

def gains(layout, **options):
    '''Reckoned once for each layout: it takes longer than to render. Of a layout of that name there is one.'''
    if layout.name not in designed:
        designed[layout.name] = design(layout, **options)
    return designed[layout.name]

renderer.GainCalc = gains

def read(path):
    with openBw64Adm(path) as file:
        adm = file.adm
        adm.validate()
        return {
            "rate": file.sampleRate,
            "channels": file.channels,
            "samples": len(file._bw64),
            "programmes": [
                {
                    "id": one.id,
                    "name": one.audioProgrammeName,
                    "language": one.audioProgrammeLanguage,
                    "lufs": [loud.integratedLoudness for loud in one.loudnessMetadata],
                    "peak": [loud.maxTruePeak for loud in one.loudnessMetadata],
                    "objects": [[of.id for of in content.audioObjects] for content in one.audioContents],
                }
                for one in adm.audioProgrammes
            ],
            "objects": {
                one.id: {
                    "complements": [of.id for of in one.audioComplementaryObjects],
                    "packs": [of.id for of in one.audioPackFormats],
                    "tracks": [uid.trackIndex for uid in one.audioTrackUIDs],
                    "interact": one.interact,
                }
                for one in adm.audioObjects
            },
        }

for line in sys.stdin:
    job = json.loads(line)
    try:
        found = None
        if "out" in job:
            OfflineRenderDriver(
                target_layout=job["layout"], speakers_file=None, output_gain_db=0, fail_on_overload=False,
                enable_block_duration_fix=False, programme_id=job["programme"], complementary_object_ids=job["chosen"],
            ).run(job["path"], job["out"])
        else:
            found = read(job["path"])
    except Exception:
        traceback.print_exc()
    sys.stderr.flush()
    print(json.dumps(found), flush=True)
"""


@cache
def _home() -> Path:
    """The folder of the renderer; the test is skipped where it cannot be had."""
    folder = Path(tempfile.gettempdir(), f"audiodesc-tests-ear-{os.getuid() if hasattr(os, 'getuid') else 0}")
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            wanted = folder.with_suffix(".txt")
            wanted.write_text("".join(f"{name} --hash=sha256:{sha}\n" for name, sha in PACKAGES.items()), "utf-8")
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "--no-deps", "--upgrade"]
            done = subprocess.run([*pip, "-r", str(wanted)], capture_output=True, text=True, timeout=300, check=False)
            if done.returncode:
                pytest.skip(f"the EBU ADM Renderer cannot be installed: {done.stderr.strip()[-200:]}")
            (folder / "done").touch()
    return folder


class _Renderer:
    """The process of the renderer, which takes a job a line; what it says of each is read of a file."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(_home()), "PYTHONWARNINGS": "ignore"}
        self._told = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._told,
            text=True,
        )

    def does(self, job: dict[str, Any]) -> Any:
        """What comes of a job, of which the renderer has nothing to say: its warnings are of what is doubtful in a
        file."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        self._told.seek(0)
        told = self._told.read()
        self._told.seek(0)
        self._told.truncate()
        assert not told, told
        assert answer, f"the renderer ended with {self._process.wait()}"
        return json.loads(answer)

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._told.close()


@cache
def _renderer() -> _Renderer:
    """One for all tests of a process: it takes seconds of work to start."""
    started = _Renderer()
    atexit.register(started.close)
    return started


def read_adm(path: Path) -> dict[str, Any]:
    """What `ear` reads of a file."""
    return dict(_renderer().does({"path": str(path)}))


def rendered(path: Path, wanted: Sequence[tuple[str, str, Sequence[str]]], folder: Path) -> list[NDArray[Any]]:
    """The file rendered for each (loudspeakers by their name in BS.2051, programme, complementary objects), as samples
    of shape (channels, samples), full scale 1."""
    jobs: list[dict[str, Any]] = [
        {
            "path": str(path),
            "out": str(folder / f"{n}.wav"),
            "layout": layout,
            "programme": programme,
            "chosen": [*chosen],
        }
        for n, (layout, programme, chosen) in enumerate(wanted)
    ]
    for job in jobs:
        _renderer().does(job)
    return [channels(Path(job["out"])) / 2**23 for job in jobs]
