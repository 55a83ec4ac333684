"""The models that this process has in memory: loaded once, whichever describers ask them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

from audiodesc.describers.models.batching import BatchRunner
from audiodesc.describers.models.hardware import this_machine
from audiodesc.describers.models.memory import release_memory

if TYPE_CHECKING:
    from audiodesc.describers.models.video_model import LocalModel

_door = Lock()
_shared: ReferenceType[LoadedModels] | None = None


class LoadedModels:
    """Models by profile and weights, each loaded by `load` at the first question. Where the memory does not hold one
    beside those that are there, these make room for it."""

    def __init__(self, load: Callable[[LocalModel], BatchRunner]) -> None:
        self._load, self._loading = load, Lock()
        self._loaded: dict[LocalModel, BatchRunner] = {}

    def runner(self, model: LocalModel) -> BatchRunner:
        """The loaded model. Raises what `load` raises."""
        with self._loading:
            if model not in self._loaded:
                if self._loaded and not this_machine().holds(model.profile):
                    self._loaded.clear()
                    release_memory()
                self._loaded[model] = self._load(model)
            return self._loaded[model]


def shared_models(load: Callable[[LocalModel], BatchRunner]) -> LoadedModels:
    """Those that all describers of this process share; let go of with the last describer."""
    global _shared
    with _door:
        found = _shared() if _shared else None
        if found is None:
            found = LoadedModels(load)
            _shared = ref(found)
        return found
