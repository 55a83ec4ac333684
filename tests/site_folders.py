"""Plug-ins that a test installs into a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audiodesc.core import plugins


@contextmanager
def plugins_of(folder: Path) -> Iterator[None]:
    """This process knows the plug-ins of a folder meanwhile. It reads them once: whatever it knew before, or knows
    here, is forgotten, so that no test depends on which one ran first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        plugins._plugins.cache_clear()
        try:
            yield
        finally:
            plugins._plugins.cache_clear()
