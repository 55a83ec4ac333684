"""Lines spoken while they are written: one thread with the voice, and a queue in which a newer text of a line drops
the older."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Final

from audiodesc.media.clips import wav_length
from audiodesc.media.sound import RATE_HZ
from audiodesc.narration.voice import Speak

IDLE_S: Final = 0.5
"""So long after the last text that somebody waits for, lines are spoken ahead."""

Key = tuple[str, str]
"""Whose, and which line."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A newer text came."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    work: Callable[[], object]
    future: Future[object]


class Voicing:
    """The thread. `spoken` is called with each text that was spoken ahead, and its length in ms."""

    def __init__(self, spoken: Callable[[str, int], None]) -> None:
        self._spoken, self._door = spoken, Condition()
        self._wanted: dict[Key, _Wanted] = {}
        self._ahead: deque[tuple[str, Speak]] = deque()
        self._lengths: dict[tuple[Speak, str], int | None] = {}
        self._ended = False
        self._thread = Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    @property
    def known(self) -> int:
        """How many texts were spoken, or could not be; it grows with each."""
        return len(self._lengths)

    def length(self, speak: Speak, text: str) -> int | None:
        """How long a text takes at the natural rate, as far as it was spoken; None for what was not, or cannot be."""
        return self._lengths.get((speak, text))

    def knows(self, speak: Speak, text: str, length_ms: int) -> None:
        """Remember what was measured elsewhere."""
        self._lengths[speak, text] = length_ms

    def ask(self, key: Key, work: Callable[[], object]) -> Future[object]:
        """Have it done in its turn. An older one of that key which did not begin is answered with `Dropped`."""
        future: Future[object] = Future()
        with self._door:
            if older := self._wanted.pop(key, None):
                _drop(older.future)
            if self._ended:
                _drop(future)
            else:
                self._wanted[key] = _Wanted(work, future)
            self._door.notify()
        return future

    def speak_ahead(self, texts: Iterable[tuple[str, Speak]]) -> None:
        """Speak these, each by what speaks it, when nobody waits, in the place of those that were to be."""
        with self._door:
            self._ahead = deque((text, speak) for text, speak in texts if (speak, text) not in self._lengths)
            self._door.notify()

    def close(self) -> None:
        with self._door:
            self._ended = True
            for one in self._wanted.values():
                _drop(one.future)
            self._wanted.clear()
            self._ahead.clear()
            self._door.notify()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            with self._door:
                while not (self._wanted or self._ahead or self._ended):
                    self._door.wait()
                if not self._wanted and not self._ended and not self._is_quiet():
                    continue
                if self._ended:
                    return
                wanted = self._wanted.pop(next(iter(self._wanted))) if self._wanted else None
                ahead = self._ahead.popleft() if not wanted and self._ahead else None
            if wanted:
                _do(wanted)
                self._busy = True
            elif ahead:
                self._speak(*ahead)

    _busy = False

    def _is_quiet(self) -> bool:
        """Whether, after something was asked for, nothing more is for a while. Inside the lock."""
        if self._busy:
            self._door.wait_for(lambda: bool(self._wanted) or self._ended, IDLE_S)
            self._busy = False
        return not self._wanted

    def _speak(self, text: str, speak: Speak) -> None:
        try:
            length_ms = length_of(speak(text, 1.0))
        except (ValueError, OSError):  # it cannot be spoken: whoever asks is told why
            self._lengths[speak, text] = None
            return
        self._lengths[speak, text] = length_ms
        with suppress(RuntimeError):
            self._spoken(text, length_ms)


def length_of(clip: Path) -> int:
    """The length of a clip in ms, rounded up."""
    return -(-wav_length(clip) * 1000 // RATE_HZ)


def _drop(future: Future[object]) -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(Dropped())


def _do(wanted: _Wanted) -> None:
    if not wanted.future.set_running_or_notify_cancel():
        return  # who asked is gone
    try:
        wanted.future.set_result(wanted.work())
    except BaseException as error:
        wanted.future.set_exception(error)
