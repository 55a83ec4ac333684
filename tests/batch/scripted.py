"""A describer whose answers and whose time are known: a plug-in in a folder, for any process that has it on its path.

Facts and lines are made of a clip's span alone. All clips of a process are looked at one after the other, as on one
device, and each takes the stated time.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import imageio_ffmpeg

SAMPLE = Path(__file__).parents[2] / "samples" / "sample.mp4"

LOG: Final = "SCRIPTED_LOG"
SECONDS: Final = "SCRIPTED_SECONDS"
DIE_AT: Final = "SCRIPTED_DIE_AT"
HANG_AT: Final = "SCRIPTED_HANG_AT"

PLUGIN = '''
import os
import signal
import time
from threading import Lock
from zlib import crc32

from audiodesc.describers.base import Describer, DescriberBackend
from audiodesc.model import FrameRequest

DEVICE = Lock()
WHO = ("A woman", "A man", "A child", "A soldier", "A dancer", "A dog", "A rider", "A nurse", "A guard", "A sailor")
DOES = ("smiles", "waits", "turns", "runs", "sleeps", "nods", "falls", "jumps", "stops", "kneels", "waves")


def log(line):
    """One line a clip, written at once, also by several processes."""
    if place := os.environ.get("SCRIPTED_LOG"):
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(file, f"{line}\\n".encode())
        finally:
            os.close(file)


def reached(name):
    """Whether the log has as many lines as the fault named in the environment asks for, which then comes once."""
    if not (at := os.environ.get(name)):
        return False
    place = os.environ["SCRIPTED_LOG"]
    with open(place, "ab+") as file:
        file.seek(0)
        lines = file.read().splitlines()
    if len(lines) < int(at) or os.path.exists(f"{place}.{name}"):
        return False
    open(f"{place}.{name}", "w").close()
    return True


class Scripted(Describer):
    def __init__(self, context):
        self.context = context

    @property
    def fingerprint(self):
        return f"scripted/1 {self.context.fingerprint}"

    @property
    def label(self):
        return "scripted"

    @property
    def frames(self):
        return FrameRequest(fps=1.0, min_frames=2, max_frames=8, max_pixels=320 * 180)

    @property
    def lines_at_once(self):
        return 4

    def observe(self, clips):
        for number, clip in enumerate(clips):
            with DEVICE:
                if reached("SCRIPTED_DIE_AT"):
                    os.kill(os.getpid(), signal.SIGKILL)
                if reached("SCRIPTED_HANG_AT"):
                    time.sleep(3600)
                time.sleep(float(os.environ.get("SCRIPTED_SECONDS", "0")))
                picture = crc32(clip.frames[0].image.tobytes()) if clip.frames else 0
                log(f"{clip.span.start_ms} {clip.span.end_ms} {picture} {self.context.text}")
            yield number, f"{clip.span.start_ms} {clip.span.end_ms}"

    def write_lines(self, request):
        start = int(request.facts.split()[0]) // 100
        line = f"{WHO[start % len(WHO)]} {DOES[start // len(WHO) % len(DOES)]}."
        return (line,) if line not in request.previous_lines[-3:] else (line.replace(".", " again."),)


class Backend(DescriberBackend):
    name = "scripted"
    summary = "says what the clock says"
    needs = "nothing"
    options = None
    install = ""
    auto_rank = None

    def create(self, options, own):
        return Scripted(options.context)


entry = Backend()
'''


def install_scripted(folder: Path, seconds_per_clip: float = 0.0) -> dict[str, str]:
    """Write the describer "scripted" into a folder; the environment in which a process finds it there. Processes that
    multiprocessing starts have the path of this one: put the folder on `sys.path` for them.

    `SCRIPTED_LOG` names the file that gets a line for each clip that it answers. With `SCRIPTED_DIE_AT` or
    `SCRIPTED_HANG_AT` in its environment, too, its process dies, or hangs, once, where so many are answered.
    """
    info = folder / "scripted_describer-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (folder / "scripted_describer.py").write_text(PLUGIN, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scripted-describer\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[audiodesc.describers]\nscripted = scripted_describer:entry\n", "utf-8")
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))
    return {"PYTHONPATH": path, SECONDS: f"{seconds_per_clip:g}", LOG: str(folder / "answered.log")}


def answered(folder: Path) -> list[str]:
    """A line for each clip that the describer in a folder answered."""
    place = folder / "answered.log"
    return place.read_text("utf-8").splitlines() if place.is_file() else []


def made_films(folder: Path, count: int, seconds: float = 20.0) -> list[Path]:
    """Films in a folder, quickly: the sample again and again, up to that length, each with a title of its own, so that
    no two have the same content. Nothing is encoded."""
    folder.mkdir(parents=True, exist_ok=True)
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    films = []
    for number in range(count):
        film = folder / f"film-{number:03}.mp4"
        subprocess.run(
            [ffmpeg, "-nostdin", "-y", "-v", "error", "-stream_loop", "-1", "-i", str(SAMPLE), "-t", f"{seconds:g}",
             "-c", "copy", "-metadata", f"title=Film {number}", "-map", "0:v:0", "-map", "0:a:0", str(film)],
            check=True,
        )  # fmt: skip
        films.append(film)
    return films
