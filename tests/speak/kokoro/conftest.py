from __future__ import annotations

from pathlib import Path

import pytest
from speak.tiny_kokoro import make_kokoro


@pytest.fixture(scope="session")
def kokoro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of Kokoro's form, and four voices."""
    return make_kokoro(tmp_path_factory.mktemp("kokoro") / "models")
