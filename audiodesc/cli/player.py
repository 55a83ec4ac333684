"""Playing a sound file with a program that is here already.

A library would be sounddevice; on Linux it needs PortAudio from the system, where a computer with loudspeakers has one
of these programs anyway.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PLAYERS = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("afplay",),
)
PATIENCE_S = 10
"""How much longer than the sound a player may take before it is taken to hang."""


def play(path: Path, seconds: float) -> bool:
    """Play a file of that length to its end; False where no program can, for lack of one or of a loudspeaker."""
    return any(_runs([shutil.which(name), *options, str(path.resolve())], seconds) for name, *options in PLAYERS)


def _runs(command: list[str | None], seconds: float) -> bool:
    program, *arguments = command
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 — a program of the table, with a path of our own
            [program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds + PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
