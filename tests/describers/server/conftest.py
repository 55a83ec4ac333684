from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from describers.server.fake import Fake, Reply, Serve

from audiodesc.describers.server.address import KEYS


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Fake] = []

    def start(reply: Callable[[int], Reply | None]) -> Fake:
        started.append(Fake(reply))
        return started[-1]

    yield start
    for fake in started:
        fake.close()
