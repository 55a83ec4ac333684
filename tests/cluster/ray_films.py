"""Films made by the runner of a cluster, until all have ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from audiodesc.batch.model import FilmJob
from audiodesc.batch.runners import Event, Lost, Staged

LONGEST_S = 240.0
"""Nothing here takes so long, on however slow a machine."""


@dataclass
class Making:
    """Films that a runner makes; `on` is called with each event, `ended` has the last event of each film."""

    runner: Any
    jobs: Mapping[int, FilmJob]
    ended: dict[int, Event] = field(default_factory=dict)
    seen: list[Event] = field(default_factory=list)
    losses: list[Lost] = field(default_factory=list)

    def run(self, on: Callable[[Event], None] = lambda event: None) -> None:
        """All films to their ends; lost ones are begun again, as a batch does."""
        until, attempts = monotonic() + LONGEST_S, dict.fromkeys(self.jobs, 1)
        for film, job in self.jobs.items():
            self.runner.start(film, job)
        while len(self.ended) < len(self.jobs):
            assert monotonic() < until, self.seen[-10:]
            for event in self.runner.events(0.5):
                self.seen.append(event)
                on(event)
                if isinstance(event, Lost):
                    self.losses.append(event)
                    attempts[event.film] += 1
                    self.runner.start(event.film, self.jobs[event.film], attempts[event.film])
                elif not isinstance(event, Staged):
                    self.ended[event.film] = event


def job(film: Path | str, output: Path | str, describer: str = "scripted", **more: Any) -> FilmJob:
    return FilmJob(str(film), str(output), choices={"describer": {"name": describer}, **more})
