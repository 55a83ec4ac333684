"""`review --lan` as a process, over TLS with a certificate of its own: the password, the cookie, guesses that are
slowed down, and what answers to plain HTTP."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from audiodesc.review.tries import LONGEST_S, Tries

trustme = pytest.importorskip("trustme", reason="trustme is not installed")
PASSWORD = "correct horse battery"  # noqa: S105


@dataclass(frozen=True)
class Lan:
    """The server, what it said when it started, and a browser's trust in its certificate."""

    port: int
    said: str
    trust: ssl.SSLContext

    @contextmanager
    def browser(self, password: str = "") -> Iterator[httpx2.Client]:
        auth = ("ann", password) if password else None
        base = f"https://127.0.0.1:{self.port}"
        with httpx2.Client(base_url=base, verify=self.trust, auth=auth, timeout=60) as client:
            yield client


@pytest.fixture(scope="module")
def lan(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    place = tmp_path_factory.mktemp("lan")
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(place / "cert.pem")
    own.private_key_pem.write_to_path(place / "key.pem")
    (place / "password.txt").write_text(f"{PASSWORD}\nnot this line\n", "utf-8")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    command = [sys.executable, "-m", "audiodesc", "review", str(rendered), "--no-browser", "--lan"]
    files = ["--password-file", "password.txt", "--cert", "cert.pem", "--key", "key.pem"]
    with subprocess.Popen([*command, *files], stdout=subprocess.PIPE, text=True, cwd=place) as process:
        try:
            assert process.stdout
            said = "".join(iter(process.stdout.readline, "Press Ctrl+C to end. What you did is kept already.\n"))
            address = re.search(r"https://[^ ]+:(\d+)/", said)
            assert address
            yield Lan(int(address[1]), said, trust)
        finally:
            process.kill()


def test_it_says_what_it_opens(lan: Lan) -> None:
    assert f"all network addresses of this computer, port {lan.port}" in lan.said
    assert "read and change this project" in " ".join(lan.said.split())
    assert "token=" not in lan.said
    assert PASSWORD not in lan.said


def test_the_password_is_given_once_and_the_cookie_is_for_tls_alone(lan: Lan) -> None:
    with lan.browser() as nobody:
        assert nobody.get("/").status_code == 401
        assert nobody.get("/api/v1/lines").status_code == 401
    with lan.browser(PASSWORD) as ann:
        let_in = ann.get("/")
        assert let_in.status_code == 303
        cookie = {part.strip().casefold() for part in let_in.headers["set-cookie"].split(";")}
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= cookie
        assert ann.get("/", auth=None).text.startswith("<!doctype html>")
        assert ann.get("/api/v1/lines", auth=None).json()["lines"]


def test_guesses_are_slowed_down_and_the_page_that_is_in_stays_in(lan: Lan) -> None:
    with lan.browser(PASSWORD) as ann, lan.browser("wrong guess no 1") as stranger:
        assert ann.get("/").status_code == 303
        answers = [stranger.get("/") for _ in range(20)]  # each wait is twice the last: no machine is as slow
        assert {answer.status_code for answer in answers} == {401, 429}
        assert all(int(one.headers["retry-after"]) >= 1 for one in answers if one.status_code == 429)
        assert ann.get("/api/v1/project", auth=None).status_code == 200


def test_plain_http_is_no_way_in(lan: Lan) -> None:
    with pytest.raises(httpx2.TransportError):
        httpx2.get(f"http://127.0.0.1:{lan.port}/", timeout=60)


def test_who_waits_twice_as_long_after_each_wrong_password() -> None:
    clock = [0.0]
    tries = Tries(lambda: clock[0])
    assert tries.wait_s("a") == 0
    waits = []
    for _ in range(9):
        tries.failed("a")
        waits.append(tries.wait_s("a"))
        clock[0] += waits[-1]
        assert tries.wait_s("a") == 0
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_S, LONGEST_S, LONGEST_S]
    assert tries.wait_s("b") == 0
    tries.passed("a")
    tries.failed("a")
    assert tries.wait_s("a") == 1


def test_a_wrong_password_counts_for_an_hour() -> None:
    clock = [0.0]
    tries = Tries(lambda: clock[0])
    waits = []
    for at_s in (0, 1800, 3599, 3600, 5400, 10_000):  # of the three before the fourth, one is an hour old
        clock[0] = at_s
        tries.failed("a")
        waits.append(tries.wait_s("a"))
    assert waits == [1, 2, 4, 4, 4, 1]


def test_who_tries_from_ever_more_addresses_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audiodesc.review.tries.MOST", 10)
    clock = [0.0]
    tries = Tries(lambda: clock[0])
    for number in range(100):
        tries.failed(str(number))
        clock[0] += 0.5
    assert sum(tries.wait_s(str(number)) > 0 for number in range(100)) == 1  # the last alone waits
    assert len(tries._wrong) <= 10
