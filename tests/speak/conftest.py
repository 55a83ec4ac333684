"""Tiny Coqui models, made once, and a wall around the network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        pytest.fail("it used the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Tiny models are quicker so, and tests run side by side."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """letters, phonemes, several speakers, a Glow-TTS and its vocoder, each in a folder of that name."""
    pytest.importorskip("TTS")
    from speak.tiny_vits import make_glow, make_vits, make_vocoder

    folder = tmp_path_factory.mktemp("models")
    make_vits(folder / "letters")
    make_vits(folder / "phonemes", phonemes=True)
    make_vits(folder / "several", speakers=("p225", "p226", "p227"))
    make_glow(folder / "glow")
    make_vocoder(folder / "vocoder")
    return folder


@pytest.fixture(scope="session")
def xtts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An XTTS model with a speaker, Ann."""
    pytest.importorskip("TTS")
    from speak.tiny_vits import make_xtts

    return make_xtts(tmp_path_factory.mktemp("xtts"), speaker="Ann")
