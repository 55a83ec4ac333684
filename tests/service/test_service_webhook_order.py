"""Receivers that do not answer hold up nobody else, a fault of this side does not hammer them, and the addresses of
their names are tried in turn."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from service.serving_doubles import config_in

from audiodesc.errors import OutputError
from audiodesc.service import webhooks
from audiodesc.service.config import Server, Webhook
from audiodesc.service.kept import Kept
from audiodesc.service.service import Service, opened_service
from audiodesc.service.signing import new_secret, secret_of
from audiodesc.service.targets import TargetError, is_private, resolved
from audiodesc.service.webhooks import FORGET_S, KEEP_S, Sender

DEAD = "http://127.0.0.1:1/film"
PUBLIC = ("93.184.215.14", "93.184.215.15", "2606:2800:21f::1")


@contextmanager
def opened(folder: Path, now: list[float]) -> Iterator[tuple[Service, Sender]]:
    """A service whose webhooks may go to this computer, and its sender."""
    hook = Webhook(secret_of(new_secret()), "", ("http://127.0.0.1:1/",))
    config = config_in(folder, {"webhook_http": True, "webhook_private": True}, webhook=hook)
    with opened_service(config, lambda: now[0]) as service:
        sender = Sender(service, timeout_s=5)
        try:
            yield service, sender
        finally:
            sender.close()


def add(service: Service, id: str, url: str = DEAD, state: str = "waiting", at: float | None = None) -> None:
    moment = service.clock() if at is None else at
    with service.kept.writing() as db:
        sql = "INSERT INTO messages (id, tenant, url, body, at, due, state) VALUES (?, 'ann', ?, '{}', ?, ?, ?)"
        db.execute(sql, (id, url, moment, moment, state))


def test_all_messages_to_a_receiver_that_failed_are_put_off(tmp_path: Path) -> None:
    with opened(tmp_path, [1_000_000.0]) as (service, sender):
        for number in range(3):
            add(service, f"msg_{number}")
        for one in sender.send_due():
            one.result(20)
        assert sender.send_due() == []
        rows = service.kept.read("SELECT tries, due > 1000004 FROM messages ORDER BY id")
    assert rows == [(1, 1), (0, 1), (0, 1)]


def test_a_message_that_was_given_up_is_deleted_after_a_week(tmp_path: Path) -> None:
    now = [10_000_000.0]
    with opened(tmp_path, now) as (service, sender):
        add(service, "old", state="given up", at=now[0] - KEEP_S - 1)
        add(service, "new", state="given up")
        sender.send_due()
        assert service.kept.read("SELECT id FROM messages") == [("new",)]
        now[0] += KEEP_S + FORGET_S
        sender.send_due()
        assert service.kept.read("SELECT id FROM messages") == []


def test_a_full_disk_does_not_hammer_a_receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    with opened(tmp_path, [1_000_000.0]) as (service, sender):
        add(service, "msg")

        def full(kept: Kept, *given: Any) -> None:
            raise OutputError("the disk is full", "")

        def wait(seconds: float) -> bool:
            assert sender._busy == {"ann"}
            waited.append(seconds)
            return False

        monkeypatch.setattr(Kept, "put_off", full)
        monkeypatch.setattr(service.stopping, "wait", wait)
        sender.send_due()[0].result(20)
        assert waited == [webhooks.FAULT_S]
        assert sender._busy == set()


def test_a_name_that_is_not_found_in_time_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: ended.wait(30) and [])
    try:
        with pytest.raises(TargetError, match="in time"):
            resolved("https://hooks.example.com/ann", Server("data"), timeout_s=0.05)
    finally:
        ended.set()


def test_the_addresses_of_a_name_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [(2, 1, 6, "", (one, 443)) for one in reversed(PUBLIC)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: known)
    urls = [resolved("https://hooks.example.com/", Server("data"), tries).url for tries in range(4)]
    first, second, third = PUBLIC
    assert urls == [f"https://{one}:443/" for one in (first, second, f"[{third}]", first)]


@pytest.mark.parametrize("address", ["::10.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "::8.8.8.8", "4000::1"])
def test_what_is_not_of_the_public_internet_is_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["2606:2800:21f::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8", "8.8.8.8"])
def test_what_is_of_the_public_internet_is_not(address: str) -> None:
    assert not is_private(address)
