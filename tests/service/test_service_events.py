"""Events come as they happen, go on where they were, and end; webhooks are signed, tried again, and kept."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from httpx2 import Client
from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import ANN, Script, config_in, running, until

from audiodesc.batch.model import FilmJob, FilmResult, FilmRow
from audiodesc.service.config import Server, ServiceConfig, Webhook
from audiodesc.service.event_routes import told
from audiodesc.service.following import follow
from audiodesc.service.kept import KeptJob
from audiodesc.service.service import opened_service
from audiodesc.service.serving import Served
from audiodesc.service.signing import new_secret, secret_of, signed
from audiodesc.service.targets import TargetError, is_private, resolved
from audiodesc.service.webhooks import Sender

SECRET = secret_of(new_secret())


def events(
    of: Client, job: str, after: str = "", seen: Callable[[str], None] = lambda name: None
) -> list[tuple[str, str, dict[str, Any]]]:
    """(id, name, data) of all events of a job until its end; `seen` is called with the name of each."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    with of.stream("GET", f"/v1/jobs/{job}/events", headers={"Last-Event-ID": after} if after else {}) as answer:
        assert answer.status_code in (200, 204)
        one: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line and name:
                one[name] = value
            elif one:
                found.append((one.get("id", ""), one["event"], json.loads(one["data"])))
                seen(one["event"])
                one = {}
    return found


def test_events_tell_all_of_a_job_and_go_on_where_they_were(ann: Client, script: Script) -> None:
    job = submitted(ann, uploaded(ann, "slow.mp4"))["id"]
    until(lambda: ann.get(f"/v1/jobs/{job}").json()["stage"] == "look")
    told = events(ann, job, seen=lambda name: script.gate.set() if name == "progress" else None)
    names = [name for _, name, _ in told if name != "progress"]
    assert names == ["queued", "running", "stage", "done"]
    assert {"stage": "look", "done": 1, "total": 2} in [data for _, name, data in told if name == "progress"]
    assert told[-1][2]["status"]["result"]["lines"] == 3
    numbers = [number for number, name, _ in told if name != "progress"]
    assert [one[1] for one in events(ann, job, numbers[1])] == ["stage", "done"]
    assert ann.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": numbers[-1]}).status_code == 204
    assert events(ann, job, "nonsense")[0][1] == "queued"
    assert [number for number, name, _ in events(ann, job) if name != "progress"] == numbers


def test_ids_of_events_do_not_count_what_others_do(served: Served, ann: Client, bob: Client) -> None:
    for _ in range(3):
        at_end(ann, submitted(ann, uploaded(ann))["id"])
    job = submitted(bob, uploaded(bob))["id"]
    at_end(bob, job)
    ids = [number for number, _, _ in events(bob, job)]
    assert all(len(one) == 16 for one in ids)
    assert not {one.number for one in served.service.state.log()} & {int(one, 16) for one in ids}


def test_the_event_of_the_end_has_its_status_where_the_film_ends_meanwhile(tmp_path: Path) -> None:
    with opened_service(config_in(tmp_path)) as service:
        job = KeptJob("a" * 32, "ann", None, FilmJob("s3://films/ann/a.mp4", "a").to_json(), '{"film": "a"}', "", 0, 0)
        film = service.put(job)
        read = service.state.row

        def ended_after(film: int) -> FilmRow | None:
            found = read(film)
            if found and found.state == "queued":
                service.state.finish(film, FilmResult())
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service.state, "row", ended_after)

            async def last() -> dict[str, str]:
                return [one async for one in told(service, job, film, 0)][-1]

            done = asyncio.run(last())
    assert (done["event"], json.loads(done["data"])["status"]["state"]) == ("done", "done")


def test_no_more_streams_at_a_time_than_are_allowed(tmp_path: Path) -> None:
    script = Script()
    with running(config_in(tmp_path, {"streams": 1}), script) as served, client(served, ANN) as ann:
        job = submitted(ann, uploaded(ann, "slow.mp4"))["id"]
        with ann.stream("GET", f"/v1/jobs/{job}/events") as first:
            assert first.status_code == 200
            assert ann.get(f"/v1/jobs/{job}/events").status_code == 429
        script.gate.set()
        at_end(ann, job)
        until(lambda: ann.get(f"/v1/jobs/{job}/events").status_code == 200)


@dataclass
class Receiver:
    """A web server that keeps what it is sent, and answers with the statuses that it is given, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving(tls: ssl.SSLContext | None = None, **given: Any) -> Iterator[Receiver]:
    made = Receiver(**given)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.statuses.pop(0) if made.statuses else 200)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.url = f"{'https' if tls else 'http'}://localhost:{server.server_port}/hooks/film"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_webhook(folder: Path, receiver: Receiver, **server: Any) -> ServiceConfig:
    to = {"webhook_http": True, "webhook_private": True} | server
    prefix = receiver.url.removesuffix("film")
    return config_in(folder, to, webhook=Webhook(SECRET, "", (prefix,)))


def verify(headers: dict[str, str], body: bytes) -> None:
    """As a receiver would do it, without our code."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET, content, hashlib.sha256).digest()).decode()
    assert f"v1,{wanted}" in headers["webhook-signature"].split()


def test_a_webhook_tells_of_the_begin_and_of_the_end(tmp_path: Path) -> None:
    with (
        receiving() as receiver,
        running(with_webhook(tmp_path, receiver), Script()) as served,
        client(served, ANN) as ann,
    ):
        job = submitted(ann, uploaded(ann), webhook=receiver.url)["id"]
        until(lambda: len(receiver.got) == 2)
    bodies = [json.loads(body) for _, body in receiver.got]
    assert [one["type"] for one in bodies] == ["job.running", "job.done"]
    assert {one["data"]["id"] for one in bodies} == {job}
    assert bodies[1]["data"]["result"]["lines"] == 3
    for headers, body in receiver.got:
        verify(headers, body)
        assert headers["host"] == receiver.url.split("/")[2]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 2


def sent(sender: Sender) -> None:
    """All that is due, one after the other."""
    while begun := sender.send_due():
        for one in begun:
            one.result(20)


def test_a_message_that_does_not_arrive_is_sent_again_with_growing_pauses_and_then_given_up(tmp_path: Path) -> None:
    now = [1_000_000.0]
    with receiving(statuses=[500, 302, 503, 500, 500]) as receiver:
        config = with_webhook(tmp_path, receiver)
        with opened_service(config, lambda: now[0]) as service:
            _message(service, receiver.url)
            sender = Sender(service, pauses_s=(10, 100))
            try:
                times = []
                for _ in range(60):
                    before = len(receiver.got)
                    sent(sender)
                    if len(receiver.got) > before:
                        times.append(now[0] - 1_000_000)
                    now[0] += 5
                states = service.kept.read("SELECT state, tries FROM messages")
            finally:
                sender.close()
    assert len(receiver.got) == 3
    assert (times[0], 10 <= times[1] <= 15, 110 <= times[2] <= 145) == (0, True, True)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert states == [("given up", 3)]


def _message(service: Any, url: str) -> None:
    with service.kept.writing() as db:
        values = ("msg_1", "ann", url, "{}", service.clock(), service.clock())
        db.execute("INSERT INTO messages (id, tenant, url, body, at, due) VALUES (?, ?, ?, ?, ?, ?)", values)


def test_a_receiver_that_answers_a_byte_at_a_time_is_not_waited_for(tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        with suppress(OSError), listening.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not ended.wait(0.05):
                connection.sendall(b"x")

    listening.settimeout(20)
    thread = threading.Thread(target=drip)
    thread.start()
    receiver = Receiver(f"http://127.0.0.1:{listening.getsockname()[1]}/film")
    try:
        with opened_service(with_webhook(tmp_path, receiver)) as service:
            _message(service, receiver.url)
            sender = Sender(service, timeout_s=0.5)
            sender.send_due()[0].result(20)
            sender.close()
            assert service.kept.read("SELECT state, tries FROM messages") == [("waiting", 1)]
    finally:
        ended.set()
        thread.join()
        listening.close()


def test_a_message_waits_for_the_next_start(tmp_path: Path) -> None:
    with receiving() as receiver:
        config = with_webhook(tmp_path, receiver)
        with opened_service(config) as service:
            _message(service, receiver.url)
        with running(config, Script()) as served:
            until(lambda: receiver.got)
            until(lambda: not served.service.kept.read("SELECT 1 FROM messages"))


def test_over_tls_the_certificate_is_that_of_the_name(tmp_path: Path) -> None:
    authority = trustme.CA()
    server, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(trusting)
    with receiving(server) as receiver:
        config = with_webhook(tmp_path, receiver, webhook_http=False)
        with opened_service(config) as service:
            for tls, count in ((None, 0), (trusting, 1)):
                _message(service, receiver.url)
                sender = Sender(service, tls=tls)
                sent(sender)
                sender.close()
                assert len(receiver.got) == count
                with service.kept.writing() as db:
                    db.execute("DELETE FROM messages")


def test_a_job_may_only_name_webhooks_that_its_tenant_allows(served: Served, ann: Client, tmp_path: Path) -> None:
    film = uploaded(ann)
    assert ann.post("/v1/jobs", json={"film": film, "webhook": "https://example.com/"}).status_code == 422
    hook = Webhook(SECRET, "", ("https://hooks.example.com/ann/",))
    folder = tmp_path / "other"
    folder.mkdir()
    with running(config_in(folder, webhook=hook), Script()) as other, client(other, ANN) as theirs:
        film = uploaded(theirs)
        for url in (
            "https://example.com/",
            "http://hooks.example.com/ann/",
            "https://hooks.example.com/annabel",
            "https://hooks.example.com.evil.org/ann/",
            "https://hooks.example.com/ann/../bob",
            "https://u:p@hooks.example.com/ann/",
            "https://hooks.example.com:8443/ann/",
            "https://hooks.example.com/ann/\r\nX: y",
        ):
            assert theirs.post("/v1/jobs", json={"film": film, "webhook": url}).status_code == 422, url
        assert theirs.post("/v1/jobs", json={"film": film, "webhook": "https://hooks.example.com/ann/1?x=2"}).is_success


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0"),  # noqa: S104 — none listens
        *("::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "no"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert is_private(address)


def test_nothing_is_sent_to_a_private_address_and_the_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [(2, 1, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *given, **more: known)
    strict = Server("data")
    found = resolved("https://hooks.example.com/ann?x=1", strict)
    assert (found.url, found.headers, found.sni) == (
        "https://93.184.215.14:443/ann?x=1",
        {"host": "hooks.example.com"},
        "hooks.example.com",
    )
    known.append((2, 1, 6, "", ("10.0.0.1", 443)))
    with pytest.raises(TargetError, match=r"10\.0\.0\.1 is private"):
        resolved("https://hooks.example.com/ann", strict)
    assert resolved("https://hooks.example.com/ann", replace(strict, webhook_private=True)).url
    with pytest.raises(TargetError):
        resolved("http://hooks.example.com/ann", strict)


def test_the_signature_is_that_of_the_standards_example() -> None:
    """From the specification's own libraries' tests."""
    secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_nothing_is_counted_or_told_twice(tmp_path: Path) -> None:
    with receiving() as receiver, running(with_webhook(tmp_path, receiver), Script()) as served:
        with client(served, ANN) as ann:
            job = submitted(ann, uploaded(ann), webhook=receiver.url)["id"]
            at_end(ann, job)
            until(lambda: len(receiver.got) == 2)
        assert follow(served.service) == 0
        assert len(served.service.kept.read("SELECT * FROM used")) == 1
    with opened_service(with_webhook(tmp_path, receiver)) as service:
        assert follow(service) == 0
