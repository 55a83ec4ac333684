"""The server as a process: it is killed and started again, pages hear of each other, and wrong commands end in one
line."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from commandline import audiodesc
from hanging import LONG_S
from review.waiting import wait_for

from audiodesc.project import Edit, open_project
from audiodesc.review.server import serving, usual_port


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], httpx2.Client]]:
    """A server, and a browser that was let in."""
    command = [sys.executable, "-m", "audiodesc", "review", str(folder), "--no-browser", "--author", "ann"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address
            base = address[0].partition("?")[0]
            with httpx2.Client(base_url=base, headers={"X-Audiodesc": "page"}, timeout=60) as client:
                assert client.get(address[0]).status_code == 303
                yield process, client
        finally:
            process.kill()


def test_a_killed_server_loses_nothing(folder: Path) -> None:
    with started(folder) as (process, client):
        line = client.get("/api/v1/lines").json()["lines"][0]["line"]
        answer = client.patch(f"/api/v1/lines/{line['id']}", json={"text": "Kept.", "base": line["version"]})
        assert answer.status_code == 200
        process.send_signal(signal.SIGKILL)
    with started(folder) as (_, client):
        assert client.get("/api/v1/lines").json()["lines"][0]["line"]["text"] == "Kept."
        client.post("/api/v1/undo", json={})
        assert client.get("/api/v1/lines").json()["lines"][0]["line"]["text"] == line["text"]


def test_a_page_hears_of_edits_made_elsewhere_and_the_server_ends_when_asked(folder: Path) -> None:
    with started(folder) as (process, client):
        seen: list[str] = []
        begun = threading.Event()

        def listen() -> None:
            # the server may end in the midst of an answer
            with (
                suppress(httpx2.RemoteProtocolError),
                client.stream("GET", "/api/v1/events", params={"author": "kim"}) as answer,
            ):
                for row in answer.iter_lines():
                    seen.append(row)
                    begun.set()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert begun.wait(LONG_S)
        with open_project(folder) as other:
            other.edit([Edit(text="By hand.", start_ms=61_000)], "lee", "command line")
        wait_for(lambda: any('"lee"' in row for row in seen))
        assert any(row.startswith("event: change") for row in seen)
        assert any('"kim"' in row for row in seen)
        process.send_signal(signal.SIGINT)
        assert process.wait(LONG_S) == 0  # though a page listens


def test_a_project_has_the_same_port_again_as_long_as_that_is_free(folder: Path) -> None:
    """Browsers keep what is typed and not saved by the port."""
    with serving(open_project(folder)) as first, serving(open_project(folder)) as second:
        assert second.port != first.port == usual_port(folder)
    with serving(open_project(folder)) as third:
        assert third.port == usual_port(folder)
    assert usual_port(folder) != usual_port(folder.with_name("another.ad"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere.ad"], 3),
        (["{empty}"], 3),
        (["{project}", "--port", "99999999"], 2),
        (["{project}", "--lan"], 2),
        (["{project}", "--cert", "a.pem"], 2),
        (["{project}", "--lan", "--password-file", "no.txt", "--cert", "a", "--key", "b"], 2),
    ],
)
def test_wrong_commands_end_in_one_line(rendered: Path, tmp_path: Path, arguments: list[str], code: int) -> None:
    (tmp_path / "empty").mkdir()
    named = [one.format(empty=tmp_path / "empty", project=rendered) for one in arguments]
    done = audiodesc("review", *named, "--no-browser")
    assert done.returncode == code
    assert done.stderr.startswith("audiodesc: ")
    assert len(done.stderr.strip().splitlines()) == 1
