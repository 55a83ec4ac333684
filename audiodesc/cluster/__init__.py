"""Films on many machines: Ray's tasks and actors make them, and stores hold films and results that no disk shares."""

from __future__ import annotations

from audiodesc.cluster.options import ClusterOptions
from audiodesc.cluster.ray_runner import RayRunner

__all__ = ["ClusterOptions", "RayRunner"]
