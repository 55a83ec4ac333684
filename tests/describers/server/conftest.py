from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from describers.server.fake import Fake, Reply, Serve


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUDIODESC_API_KEY", "OPENAI_API_KEY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Fake] = []

    def start(reply: Callable[[int], Reply | None]) -> Fake:
        started.append(Fake(reply))
        return started[-1]

    yield start
    for fake in started:
        fake.close()
