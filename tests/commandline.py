"""The command line, run in this process: the same arguments, exit code and streams as a process of its own, and none
of the second that Python takes to import everything."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from io import TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryFile
from typing import IO
from unittest import mock

from audiodesc import cli


def audiodesc(*arguments: object, cwd: Path | None = None) -> CompletedProcess[str]:
    """`audiodesc ARGUMENTS` in that folder. What libraries write past Python is captured too."""
    command = ["audiodesc", *map(str, arguments)]
    with TemporaryFile() as out, TemporaryFile() as error:
        with (
            chdir(cwd or Path.cwd()),
            mock.patch.dict(os.environ, COLUMNS="200"),
            mock.patch.object(sys, "argv", command),
            _stream("stdout", 1, out),
            _stream("stderr", 2, error),
        ):
            code = _exit_code()
        return CompletedProcess(command, code, _text(out), _text(error))


def _exit_code() -> int:
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


@contextmanager
def _stream(name: str, number: int, file: IO[bytes]) -> Iterator[None]:
    """A standard stream that goes to a file, in Python and below it."""
    before, python = os.dup(number), getattr(sys, name)
    python.flush()
    os.dup2(file.fileno(), number)
    ours = TextIOWrapper(os.fdopen(os.dup(number), "wb"), "utf-8", line_buffering=name == "stderr")
    setattr(sys, name, ours)
    try:
        yield
    finally:
        ours.close()
        setattr(sys, name, python)
        os.dup2(before, number)
        os.close(before)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")
