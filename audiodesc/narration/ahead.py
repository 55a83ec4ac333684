"""Clips made before they are asked for, on all cores: a voice speaks a line on one core, and a film has many lines.

What is begun is a guess at what will be asked for. A wrong guess costs time that no core had a use for, and never
changes what is chosen: a clip is the same, no matter which thread asks for it first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from audiodesc.core.speech_rate import usual_ms
from audiodesc.narration.voice import EstimatingSpeak, Speak

LIKELY_RATES = (1.0, 1.3)
"""A text is begun at the fastest rate too where, at an ordinary pace, it has between so many times the room's length:
voices differ, so the upper one is above the fastest rate that is usual."""


class Ahead:
    """A voice, to be called as `Speak`, that can begin clips on threads of its own, one for each core.

    What cannot be spoken is raised where it is asked for. May be called from any thread. `guess` does nothing where
    `guesses` is false: where as many lines are written at a time as there are cores, no core is idle.
    """

    def __init__(self, speak: Speak, pool: ThreadPoolExecutor, guesses: bool) -> None:
        self._speak, self._pool, self._guesses, self._door = speak, pool, guesses, Lock()
        self._begun: dict[tuple[str, float], Future[Path]] = {}

    def begin(self, texts: Iterable[str], rate: float = 1.0) -> None:
        """Have these spoken, in order, as cores become free."""
        with self._door:
            for text in texts:
                if (text, rate) not in self._begun:
                    self._begun[text, rate] = self._pool.submit(self._speak, text, rate)

    def guess(self, candidates: Sequence[str], room_ms: int, fastest: float) -> None:
        """Begin those candidates for a room, best first, that will probably be asked for, at both rates."""
        if self._guesses and len(candidates) > 1:
            natural, hurried = likely(candidates, room_ms)
            self.begin(natural)
            self.begin(hurried, fastest)

    def estimate_ms(self, text: str, rate: float) -> int | None:
        """Of the voice, where it has one."""
        return self._speak.estimate_ms(text, rate) if isinstance(self._speak, EstimatingSpeak) else None

    def __call__(self, text: str, rate: float) -> Path:
        """The clip, waited for where it is being made, made at once where its turn has not come."""
        future = self._begun.get((text, rate))
        return self._speak(text, rate) if future is None or future.cancel() else future.result()


@contextmanager
def spoken_ahead(texts: Iterable[str], speak: Speak, *, guess: bool = False) -> Iterator[Ahead]:
    """The voice, while the texts are spoken at the natural rate, in order; with `guess`, more as it sees fit. Leaving
    it speaks no more of them."""
    pool = ThreadPoolExecutor(cores(), "speak")
    ahead = Ahead(speak, pool, guess)
    ahead.begin(texts)
    try:
        yield ahead
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """Of this computer."""
    return os.cpu_count() or 1


def likely(candidates: Sequence[str], room_ms: int) -> tuple[list[str], list[str]]:
    """The texts that will be asked for at the natural rate, and at the fastest, as far as their letters tell: down to
    the first that fits the room."""
    natural: list[str] = []
    hurried: list[str] = []
    least, most = LIKELY_RATES
    for text in candidates:
        natural.append(text)
        takes_ms = usual_ms(text)
        if takes_ms <= least * room_ms:
            break
        if takes_ms <= most * room_ms:
            hurried.append(text)
    return natural, hurried
