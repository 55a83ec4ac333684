"""Uploads that are broken off, too slow, or badly named leave nothing; many at once are served."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
from httpx2 import Client
from service.broken_uploads import Outcome, assail
from service.conftest import client
from service.serving_doubles import ANN, BOB, CONTENT, Script, config_in, running, until

from audiodesc.review.problems import ProblemError
from audiodesc.service.kept import Kept
from audiodesc.service.service import opened_service
from audiodesc.service.serving import Served
from audiodesc.service.uploading import safe_name

CLIENTS = int(os.environ.get("AUDIODESC_SERVICE_CLIENTS", "40"))


def left(served: Served) -> list[str]:
    """Files of uploads that are not whole."""
    return [name for _, folders, files in os.walk(served.service.folder / "coming") for name in (*folders, *files)]


def begun(served: Served, length: int = 1_000_000, sent: bytes = CONTENT) -> socket.socket:
    """An upload that says it has so many bytes, and has sent some."""
    port = int(served.address.rpartition(":")[2])
    made = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = [
        "POST /v1/films?name=a.mp4 HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {ANN}",
        f"Content-Length: {length}",
    ]
    made.sendall("\r\n".join([*head, "", ""]).encode() + sent)
    return made


def test_an_upload_that_is_broken_off_leaves_nothing(served: Served, ann: Client) -> None:
    with begun(served):
        until(lambda: left(served))
    until(lambda: not left(served))
    assert ann.get("/v1/films").json() == {"files": [], "next": None}
    assert served.service.coming["ann"] == 0


def test_an_upload_from_which_nothing_comes_is_ended(tmp_path: Path) -> None:
    with running(config_in(tmp_path, {"upload_idle_s": 0.3}), Script()) as served, begun(served) as slow:
        answer = slow.recv(10_000)
        assert b" 408 " in answer
        until(lambda: not left(served))


def test_no_more_uploads_at_a_time_than_are_allowed(tmp_path: Path) -> None:
    config = config_in(tmp_path, {"uploads": 1})
    with running(config, Script()) as served, client(served, ANN) as ann, client(served, BOB) as bob:
        with begun(served):
            until(lambda: left(served))
            refused = ann.post("/v1/films?name=a.mp4", content=b"x")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert bob.post("/v1/films?name=a.mp4", content=b"x").status_code == 201
        until(lambda: ann.post("/v1/films?name=a.mp4", content=b"x").status_code == 201)


def test_what_a_killed_service_left_of_uploads_goes_and_what_it_does_not_know_is_moved_aside(tmp_path: Path) -> None:
    data = tmp_path / "data"
    half, removed = data / "coming" / "a" / "film.mp4", data / "uploads" / "ann" / ("1" * 32) / "film.mp4"
    unknown = [f"uploads/ann/{'0' * 32}/film.mp4", f"jobs/ann/{'0' * 32}/film.ad.m4a"]
    for path in (half, removed, *(data / one for one in unknown)):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"film")
    with Kept(data) as kept, kept.writing() as db:
        db.execute("INSERT INTO removed VALUES (?)", (f"uploads/ann/{'1' * 32}",))
    for _ in range(2):
        with opened_service(config_in(tmp_path)):
            pass
    assert (half.exists(), removed.exists()) == (False, False)
    for one in unknown:
        assert (not (data / one).exists(), (data / "lost" / one).read_bytes()) == (True, b"film")


def test_a_full_disk_is_said_and_leaves_nothing(served: Served, ann: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audiodesc.service.uploading._write", full)
    answer = ann.post("/v1/films?name=a.mp4", content=CONTENT)
    assert (answer.status_code, "no room left" in answer.json()["detail"]) == (507, True)
    assert left(served) == []


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("film.mp4", "film.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a.mp4", "a.mp4"),
        ("-rf.mp4", "rf.mp4"),
        (".hidden", "hidden"),
        ("a\nb\x00c:d.mp4", "a_b_c_d.mp4"),
        ("ä" * 100 + ".mp4", "ä" * 58 + ".mp4"),
        ("film", "film"),
    ],
)
def test_names_are_made_safe(given: str, name: str) -> None:
    assert safe_name(given) == name


@pytest.mark.parametrize("given", ["", "..", "/", "a/", " . ", "a." + "x" * 200])
def test_what_is_no_name_is_refused(given: str) -> None:
    with pytest.raises(ProblemError):
        safe_name(given)


def test_many_clients_whose_uploads_break_off(tmp_path: Path) -> None:
    """Of each four clients one breaks off, one takes long, one breaks off and comes again, one has two jobs."""
    config = config_in(tmp_path, {"uploads": 16})
    with running(config, Script(at_once=8)) as served:
        outcomes = asyncio.run(assail(served.address, [ANN, BOB], CLIENTS, seed=1))
        until(lambda: not left(served))
        kinds = {outcome.kind for outcome in outcomes}
        assert kinds == {"broken", "slow", "again", "twice"}
        assert [one for one in outcomes if one.faults] == []
        made = sum(one.jobs for one in outcomes)
        assert made == sum(Outcome.WANTED[one.kind] for one in outcomes)
        counts = served.service.state.counts()
        assert (counts["done"], sum(counts.values())) == (made, made)
        assert sum(served.service.coming.values()) == 0
        for tenant in ("ann", "bob"):
            known = {one.id for one in served.service.kept.uploads(tenant)}
            there = {path.name for path in (served.service.folder / "uploads" / tenant).iterdir()}
            assert known == there
