"""How far the work is, for progress bars; and how long each stage took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and of how much (0 where that is not known).

The stages, in the order of a run, with what is counted (those without a count are reported when they begin):

- `probe`: the film and its subtitles are read
- `load`: a describer is chosen; `fetch`: its model is fetched, in MB
- `hash`: all of the film is read once, in MB
- `hear`: speech is listened for, in s of the film
- `shots`: cuts are looked for
- `look`: the picture is looked at, in segments; `again`, one in so many for a second time
- `describe`: lines are written and spoken, in segments; of a person's script, `speak`, in lines
- `send`: described films are sent to a server to be searched there, in films
- `ask`: a model is asked in words about the film, in questions
- `listen`: the film's sound is measured, in s of the film
- `align`: a described track is looked for in the film; `transcribe`: its narration is, in spans
- `mix`: the film is mixed, in s of it
- `mux`: the described film is written; `encode`: its picture at a constant frame rate, in s of it
- `segments`: film, sound and text are cut into segments; `package`: what was made is put into one file
- `stills`: a small picture is taken for each line, for the page
- `measure`: a script is evaluated, in measures
- `peaks`: the waveform is computed, for the page of review; `proxy`: a copy for browsers is made; both in s of the film
- `index`: projects are read into the index of a search, in films; `embed`: moments, by what they mean, in moments

A stage can be reported again, and `fetch` on another thread. What is raised in here ends the run.
"""


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def counted(made: Iterable[T], total: int, stage: str, progress: Progress) -> tuple[T, ...]:
    """All that is made, of which `total` is expected; progress is reported after each."""
    done = []
    for one in made:
        done.append(one)
        progress(stage, len(done), total)
    return tuple(done)


class Stopwatch:
    """Seconds of wall time for each stage; a stage that is entered twice adds up."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.progress = progress

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = perf_counter()
        self.progress(stage, 0, 0)
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started
