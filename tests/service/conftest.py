"""A service that runs on loopback, with a scripted runner, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from service.serving_doubles import ANN, BOB, CONTENT, Script, config_in, running, until

from audiodesc.service.serving import Served

Client = httpx2.Client


def client(served: Served, key: str = "") -> Client:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(base_url=served.address, headers=headers, timeout=90, trust_env=False)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def served(tmp_path: Path, script: Script) -> Iterator[Served]:
    with running(config_in(tmp_path), script) as made:
        yield made


@pytest.fixture
def ann(served: Served) -> Iterator[Client]:
    with client(served, ANN) as made:
        yield made


@pytest.fixture
def bob(served: Served) -> Iterator[Client]:
    with client(served, BOB) as made:
        yield made


def uploaded(of: Client, name: str = "film.mp4", content: bytes = CONTENT) -> str:
    """The id of a file that is sent."""
    answer = of.post("/v1/films", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def submitted(of: Client, film: str, **more: Any) -> dict[str, Any]:
    """A job that is taken."""
    answer = of.post("/v1/jobs", json={"film": film, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def at_end(of: Client, id: str, seconds: float = 30.0) -> dict[str, Any]:
    """A job when it has ended."""
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(of.get(f"/v1/jobs/{id}").json())
        return found["state"] in ("done", "failed", "skipped")

    until(has_ended, seconds)
    return found
