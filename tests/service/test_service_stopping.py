"""A service that is stopped, or killed, goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import ANN, Script, config_in, running, until

from audiodesc.errors import BusyError, OutputError
from audiodesc.service.jobs import Wanted, submit
from audiodesc.service.service import Service, opened_service

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from service.serving_doubles import Script, config_in
from audiodesc.service.logs import log_as_json
from audiodesc.service.serving import serving
log_as_json()
with serving(config_in(Path(sys.argv[1])), Script().opened) as served:
    print(served.address, flush=True)
    served.run()
"""


def begun(folder: Path) -> subprocess.Popen[str]:
    tests = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", PROGRAM, str(folder), tests]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_films_in_hand_are_made_after_the_next_start(tmp_path: Path, ending: signal.Signals) -> None:
    with begun(tmp_path) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        headers = {"Authorization": f"Bearer {ANN}"}
        with httpx2.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as ann:
            film = uploaded(ann, "slow.mp4")
            jobs = [submitted(ann, film)["id"] for _ in range(6)]
            until(lambda: ann.get(f"/v1/jobs/{jobs[0]}").json()["state"] == "running")
            with ann.stream("GET", f"/v1/jobs/{jobs[0]}/events") as stream:
                assert stream.status_code == 200
                lines = stream.iter_lines()
                next(lines)
                os.kill(process.pid, ending)
                try:
                    list(lines)  # it is closed
                except httpx2.HTTPError:
                    assert ending == signal.SIGKILL
        code = process.wait(30)
    logged = (tmp_path / "log").read_text()
    assert code == (0 if ending == signal.SIGTERM else -signal.SIGKILL), logged
    for line in logged.splitlines():
        assert json.loads(line)["logger"].startswith(("audiodesc", "uvicorn")), line
    script = Script()
    script.gate.set()
    with running(config_in(tmp_path), script) as served, client(served, ANN) as ann:
        assert {at_end(ann, job)["state"] for job in jobs} == {"done"}
        assert len(script.started) == 6


def test_while_it_is_stopped_it_is_not_ready_and_takes_nothing(tmp_path: Path) -> None:
    script = Script()
    with running(config_in(tmp_path), script) as served, client(served, ANN) as ann:
        film = uploaded(ann, "slow.mp4")
        submitted(ann, film)
        served.service.stop()
        answers = [
            ann.get("/ready"),
            ann.post("/v1/films?name=a.mp4", content=b"x"),
            ann.post("/v1/jobs", json={"film": film}),
        ]
        assert [one.status_code for one in answers] == [503] * 3
        assert (ann.get("/health").status_code, ann.get("/v1/jobs").status_code) == (200, 200)
        until(lambda: served.service.state.counts()["running"] == 0)
    assert script.closed


def test_a_service_whose_runner_breaks_ends_with_a_fault(tmp_path: Path) -> None:
    script = Script(breaks=RuntimeError("the driver is gone"))
    with pytest.raises(OutputError, match="no films are made any more"), running(config_in(tmp_path), script) as served:
        until(lambda: served.service.fault)


def test_it_is_not_ready_where_its_state_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(config_in(tmp_path), Script()) as served, client(served, ANN) as ann:

        def full(self: object) -> None:
            raise OutputError("service.sqlite cannot be written", "make room")

        monkeypatch.setattr("audiodesc.service.kept.Kept.check_writable", full)
        assert ann.get("/ready").status_code == 503


def test_a_folder_is_served_once(tmp_path: Path) -> None:
    with running(config_in(tmp_path), Script()):
        fault: list[BaseException] = []

        def second() -> None:
            try:
                with opened_service(config_in(tmp_path)):
                    pass
            except BusyError as error:
                fault.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert len(fault) == 1


def test_a_job_that_was_taken_before_a_kill_is_put_into_the_batch_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_in(tmp_path)
    film = tmp_path / "store" / "film.mp4"
    film.write_bytes(b"film")

    class Killed(BaseException):
        pass

    def killed(self: Service, job: object) -> int:
        raise Killed

    with opened_service(config) as service, monkeypatch.context() as patch:
        patch.setattr(Service, "put", killed)
        with pytest.raises(Killed):
            submit(service, config.tenants[0], Wanted(str(film)), "key")
    with opened_service(config) as service:
        job, is_new = submit(service, config.tenants[0], Wanted(str(film)), "key")
        assert (is_new, [row.job.film for row in service.state.rows()]) == (False, [str(film)])
        assert job.film == service.state.rows()[0].id
