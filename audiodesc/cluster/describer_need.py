"""The GPUs and cores that the actor of a describer is given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiodesc.cluster.options import GB, ClusterOptions

if TYPE_CHECKING:
    from audiodesc.settings import Settings


@dataclass(frozen=True, slots=True)
class Need:
    """What each actor of a describer is given: GPUs, and cores where it computes on these."""

    gpus: float = 0.0
    cpus: float = 0.0


def need_of(settings: Settings, options: ClusterOptions, gpus: float, cpus: float) -> Need:
    """What the describer that is asked for needs, on a cluster with so many GPUs and cores, as its profile says. A
    describer from another package is taken to need none, unless `options` say so; one that asks a server needs none
    either."""
    from audiodesc.describers.models.profiles import read_profile, shipped

    chosen = settings.describer
    if options.gpus is not None:
        return Need(options.gpus)
    named = chosen.name if chosen.name != "auto" else None
    if chosen.server and not chosen.serve and named in (None, "server"):
        return Need()
    profiles = shipped()
    memory_gb = 0.0
    if named and named.endswith(".toml"):
        memory_gb = read_profile(Path(named)).memory_gb
    elif named and named in profiles:
        memory_gb = profiles[named].memory_gb
    elif named in (None, "model") or chosen.serve:
        memory_gb = 1.0 if gpus else 0.0
    if not memory_gb:
        return Need()
    if not gpus:
        return Need(0.0, 1.0 if cpus >= 2 else 0.0)
    return Need(float(math.ceil(memory_gb * GB / options.gpu_bytes)))
