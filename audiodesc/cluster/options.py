"""What a batch asks of a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

GB: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StageNeed:
    """Cores and memory in bytes that a stage of a film is given; a node has so many films of it as it has room for."""

    cpus: float
    memory: int


STAGES: Final = {
    "prepare": StageNeed(1.0, GB),
    "describe": StageNeed(1.0, GB),
    "mix": StageNeed(1.0, GB),
}
"""The stages of a film, in order: `prepare` analyses it, `describe` writes its lines, `mix` speaks and mixes them and
writes the results. Measured: a whole `make` of a film of a minute takes 0.8 GB at most; longer films were not measured
here."""

WAITING_CPUS: Final = 0.5
"""Cores of a `describe` that waits for a describer elsewhere: it decodes frames, and speaks lines."""


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """How a batch uses Ray.

    `cpus` and `object_store_bytes` are those of a Ray that is started here (None: what the machine has), which has a
    `dashboard` or not. `films` is how many films are in hand (None: by the cores and describers). `replicas` is the
    most describers of a kind (None: as many as the free GPUs allow; one without a GPU). `gpus` are those of each
    describer (None: as its profile asks, on GPUs of `gpu_bytes` each). `frame_bytes` bounds the frames that are on
    their way to describers, of all films; `scratch` is the folder on each node's disk where films of stores are staged
    ("": in the folder for temporary files).
    """

    cpus: int | None = None
    object_store_bytes: int | None = None
    dashboard: bool = True
    films: int | None = None
    replicas: int | None = None
    gpus: float | None = None
    gpu_bytes: int = 80 * GB
    frame_bytes: int = GB
    scratch: str = ""
    needs: dict[str, StageNeed] = field(default_factory=lambda: dict(STAGES))
