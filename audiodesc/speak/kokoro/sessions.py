"""The model in memory: opened once for each line that is spoken at a time, up to a few; and the part of it that says
how loud a line will be when."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from audiodesc.core.onnx import session
from audiodesc.errors import InputError
from audiodesc.speak.kokoro import files
from audiodesc.speak.kokoro.graph import part_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST: Final = min(4, os.cpu_count() or 1)
"""Sessions of one model, and threads of the first, so that a single line is spoken quickly; the others use one thread
each. Each takes as much memory as its file is large; lines that share one wait for its memory."""

ENERGY: Final = "/encoder/Reshape_1_output_0"
"""The tensor of the model's encoder that tells the decoder how loud the voice is, for each 12.5 ms of its sound."""

WORTH: Final = 8
"""Texts that were begun before another is opened: that takes as long as it saves in so many."""


class Sessions:
    """The sessions of one model file, for calls from any thread: the one with fewest calls under way is taken, and
    another is opened where none is free and there is much to speak. Raises InputError for a file that is none of
    Kokoro's."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._open, self._calls, self._begun, self._most = [_opened(path, MOST)], [0], 0, MOST

    def sound(self, inputs: Mapping[str, NDArray[Any]]) -> Any:
        """The model's "audio" for these inputs. Raises whatever onnxruntime does."""
        with self._lent() as session:
            (sound,) = session.run(["audio"], dict(inputs))
        return sound

    def energy(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32] | None:
        """How loud the sound for these inputs will be, shape (12.5 ms each,); None of a model that does not say it. It
        takes a twentieth of the time that speaking takes."""
        if self._encoder is None:
            return None
        (energy,) = self._encoder.run([ENERGY], dict(inputs))
        return energy.reshape(-1)  # type: ignore[no-any-return]

    @cached_property
    def _encoder(self) -> Any:
        try:
            return session(part_for(memoryview(self._path.read_bytes()), ENERGY))
        except Exception:  # a model of another make, which speaks all the same
            return None

    @contextmanager
    def _lent(self) -> Iterator[Any]:
        number = self._taken()
        try:
            yield self._open[number]
        finally:
            with self._lock:
                self._calls[number] -= 1

    def _taken(self) -> int:
        with self._lock:
            self._begun += 1
            if min(self._calls) and len(self._open) < self._most and self._begun > WORTH:
                self._open_another()
            number = self._calls.index(min(self._calls))
            self._calls[number] += 1
            return number

    def _open_another(self) -> None:
        """Unless there is no memory for it: then those that are open do."""
        try:
            self._open.append(_opened(self._path, 1))
            self._calls.append(0)
        except (InputError, MemoryError):
            self._most = len(self._open)


_OPENING = Lock()
_of_files: dict[Path, tuple[int, Sessions]] = {}


def sessions_of(path: Path) -> Sessions:
    """Those of a model file as it is now, the same for all voices. Raises what `Sessions` raises."""
    with _OPENING:
        changed_ns = path.stat().st_mtime_ns
        opened_ns, sessions = _of_files.get(path, (None, None))
        if sessions is None or opened_ns != changed_ns:
            sessions = Sessions(path)
            _of_files[path] = changed_ns, sessions
        return sessions


def _opened(path: Path, threads: int) -> Any:
    fault = f"{path} is not a Kokoro model"
    try:
        opened = session(path, threads)
    except Exception as error:  # of a damaged file it raises what protobuf does
        reason = str(error).strip().partition("\n")[0][:200]
        raise InputError(f"{fault}, or it is damaged ({reason})", files.remedy_for(path)) from error
    inputs = sorted(one.name for one in opened.get_inputs())
    if inputs != ["speed", "style", "tokens"] or "audio" not in [one.name for one in opened.get_outputs()]:
        raise InputError(f"{fault} (it takes {', '.join(inputs)})", f"name the folder of {files.MODEL.name}")
    return opened
