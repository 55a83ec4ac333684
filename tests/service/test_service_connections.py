"""Connections on which nothing comes end, their number is bounded, and addresses without a key have a rate."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from service.conftest import client
from service.serving_doubles import Script, config_in, running, until

from audiodesc.errors import OutputError
from audiodesc.service import connections, guard, rate
from audiodesc.service.app import make_app
from audiodesc.service.kept import Kept
from audiodesc.service.rate import Rates
from audiodesc.service.service import opened_service
from audiodesc.service.serving import Served


@contextmanager
def connected(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(served.listening.getsockname()[:2], timeout=20) as made:
        yield made


def is_closed(one: socket.socket) -> bool:
    """Whether the server closed it; waits for 20 seconds at most."""
    with suppress(ConnectionResetError):
        return one.recv(1) == b""
    return True


def has_ended(one: socket.socket) -> bool:
    """Whether the server closed it; if not, it gets another byte of a request's head."""
    try:
        one.sendall(b"G")
        return one.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_connection_without_a_request_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    with running(config_in(tmp_path), Script()) as served, connected(served) as silent, connected(served) as slow:
        slow.settimeout(0.05)
        until(lambda: has_ended(slow), 20)
        assert is_closed(silent)
        with client(served) as anyone:
            assert anyone.get("/health").is_success


def test_there_are_no_more_connections_than_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 2)
    monkeypatch.setattr(connections, "SPARE", 1)
    with (
        running(config_in(tmp_path), Script()) as served,
        connected(served),
        connected(served),
        connected(served) as third,
        connected(served) as fourth,
    ):
        assert is_closed(fourth)
        third.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert third.recv(100).startswith(b"HTTP/1.1 503")


def test_the_limit_of_open_files_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1024, 5_000))
    monkeypatch.setattr(resource, "setrlimit", lambda which, wanted: asked.append(wanted))
    assert connections.most_connections() == 2_000
    assert asked == [(5_000, 5_000)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1024, 1024))
    assert connections.most_connections() == 312


def test_readiness_is_kept_for_a_moment_and_has_a_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "OPEN_RATE", 10)
    written = [0]

    def check(kept: Kept) -> None:
        written[0] += 1
        raise OutputError("the disk is full", "")

    monkeypatch.setattr(Kept, "check_writable", check)
    with opened_service(config_in(tmp_path)) as service, TestClient(make_app(service)) as anyone:
        assert {anyone.get("/ready").status_code for _ in range(10)} == {503}
        assert written == [1]
        refused = anyone.get("/ready")
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
        assert anyone.get("/health").is_success


@pytest.mark.parametrize(("one", "other"), [("2001:db8::1", "2001:db8::2:0:0:1"), ("fe80::1%eth0", "fe80::2")])
def test_addresses_of_one_network_have_one_rate(tmp_path: Path, one: str, other: str) -> None:
    with opened_service(config_in(tmp_path)) as service:
        app = make_app(service)
        for host in (one, other, "testclient", "::ffff:10.0.0.1", "10.0.0.1"):
            with TestClient(app, client=(host, 5)) as anyone:
                assert anyone.get("/ready").is_success
        assert len(service.rates._buckets) == 4


def test_names_of_rates_are_dropped_when_they_are_full_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "MANY", 3)
    rates = Rates()
    for name, now in (("a", 0.0), ("b", 0.0), ("c", 30.0), ("d", 30.0), ("e", 61.0)):
        assert rates.wait_s(name, 1, now) == 0
    assert set(rates._buckets) == {"c", "d", "e"}
    assert rates.wait_s("c", 1, 61.0) == pytest.approx(29)
