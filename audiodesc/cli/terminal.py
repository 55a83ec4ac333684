"""The terminal: all that is printed, with text from outside made visible, and streams that can be written to."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

from audiodesc.core.formatting import visible, visible_json, visible_toml
from audiodesc.errors import AudiodescError, OutputError

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment


def say(text: str, *, error: bool = False) -> None:
    """Print a text as lines, on standard error if it is one."""
    print(visible(text), file=sys.stderr if error else sys.stdout, flush=True)


def say_part(text: str) -> None:
    """Print a part of a line, at once."""
    print(visible(text), end="", flush=True)


def say_toml(text: str) -> None:
    """Print TOML; it stays the same TOML."""
    print(visible_toml(text.rstrip("\n")))


class _Logged(logging.Handler):
    """What the package logs, a line each, on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = "warning: " * (record.levelno >= logging.WARNING)
        say(f"audiodesc: {kind}{' '.join(record.getMessage().split())}", error=True)


def show_warnings() -> None:
    """Print what this package logs, such as a plug-in that cannot be loaded."""
    (log := logging.getLogger("audiodesc")).propagate = False
    if not any(isinstance(one, _Logged) for one in log.handlers):
        log.addHandler(_Logged())


def say_json(text: str) -> None:
    """Print JSON; it stays the same JSON."""
    print(visible_json(text.rstrip("\n")))


def show(table: Any) -> None:
    """Print something of rich's: as wide as the terminal, and wide enough for every column elsewhere."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 300
    Console(width=width, highlight=False).print(_Visible(table))


class _Visible:
    """Something of rich's whose text is visible; its own codes for colours stay."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        from rich.segment import Segment

        for segment in console.render(self._inner, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


LEAST_BYTES = 1_000_000_000
NO_MEMORY = ("bad_alloc", "annot allocate memory", "can't allocate memory", "failed to map segment", "start new thread")
"""What onnxruntime, the C library, PyTorch, the loader and Python's threads say where they get no memory."""


def prepare() -> None:
    """Streams that can be written to. One that is closed leads nowhere, so that no film of ours gets its number; what
    goes to standard error may be lost: a log that is full stops no run."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    sys.stdout = sys.stdout or _opened(1)
    sys.stderr = sys.stderr or _opened(2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names and subtitles may hold anything
    sys.stdout, sys.stderr = cast(TextIO, _Stream(sys.stdout)), cast(TextIO, _Lossy(sys.stderr))


def check_memory() -> None:
    """Raise AudiodescError for a limit on the address space in which libraries crash instead of saying so."""
    if sys.platform == "win32":
        return
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY and allowed < LEAST_BYTES:
        raise AudiodescError(f"this process may use {allowed / 1e9:.1f} GB of memory only", "allow 2 GB (ulimit -v)")


def _opened(number: int) -> TextIO:
    return open(number, "w", encoding="utf-8", closefd=False)


class _Stream:
    """A stream that says what its faults are to us."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._faults():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._faults():
            self._stream.flush()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Raises OutputError where nothing can be written, and BrokenPipeError where nobody reads."""
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left is lost, without a word at the end
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(f"standard output cannot be written ({error.strerror})", "send it elsewhere") from error


class _Lossy(_Stream):
    """One whose faults are nobody's concern."""

    @contextmanager
    def _faults(self) -> Iterator[None]:
        with suppress(OSError):
            yield


def fault_of(error: Exception) -> AudiodescError | None:
    """An error of the system that nobody else expected, as one line; None for one that is ours."""
    if isinstance(error, MemoryError) or any(said in str(error) for said in NO_MEMORY):
        return AudiodescError("there is not enough memory", "close other programs, or allow this one more")
    if not isinstance(error, OSError):
        return None
    what = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "a file"
    fault = f"{what} cannot be read or written ({error.strerror or type(error).__name__})"
    return AudiodescError(fault, "mend that, and run the same command again (--debug shows where it arose)")
