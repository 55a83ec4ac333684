"""Runs a command until it ends, or until the process that started it ends: `python guard.py COMMAND …`.

Its standard input is a pipe that nobody writes to. It comes to its end when the process at the other side closes it, or
dies, however it dies; the command is then ended with all that it has started. It knows nothing of the package.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Thread
from time import sleep

GRACE_S = 10.0
"""Between being asked to end and being ended."""


def _end_with_pipe(group: int) -> None:
    while os.read(0, 4096):
        pass
    _send(group, signal.SIGTERM)
    sleep(GRACE_S)
    _send(group, signal.SIGKILL)


def _send(group: int, what: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, what)


def main() -> None:
    """Its exit code is that of the command."""
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    Thread(target=_end_with_pipe, args=(command.pid,), daemon=True).start()
    code = command.wait()
    _send(command.pid, signal.SIGKILL)  # what it has left behind
    os._exit(code if code >= 0 else 128 - code)  # the thread may be reading


if __name__ == "__main__":
    main()
