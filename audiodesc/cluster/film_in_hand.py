"""What the runner of a cluster knows of a film that it makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audiodesc.batch.model import FilmJob
from audiodesc.cluster.film_stages import Stage, StageDone
from audiodesc.cluster.options import StageNeed
from audiodesc.cluster.reporter import Position

if TYPE_CHECKING:
    from audiodesc.settings import Settings


@dataclass(slots=True)
class FilmInHand:
    """A film in hand: its stages so far, and the task that makes the next one, if that is under way. It is moved where
    its node is drained, an orphan where its node died; `node` is that of the stage before, `nodes` are those that its
    task could go to."""

    number: int
    job: FilmJob
    settings: Settings
    rank: int
    attempt: int
    stage: Stage = "prepare"
    done: list[StageDone] = field(default_factory=list)
    need: StageNeed = field(default_factory=lambda: StageNeed(0.0, 0))
    task: str = ""
    ref: Any = None
    at: Position | None = None
    is_moved: bool = False
    is_orphan: bool = False
    begun_s: float = 0.0
    node: str = ""
    nodes: set[str] = field(default_factory=set)
    is_stopped: bool = False
    lost_at: float | None = None
    last_words: str = ""

    @property
    def asks(self) -> bool:
        """Whether its stage asks a describer: `mix` does where no `describe` was before."""
        return self.stage == "describe" or (self.stage == "mix" and len(self.done) == 1)
