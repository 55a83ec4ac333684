"""Tenants are apart, keys do what their scopes say, and limits hold."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from httpx2 import Client
from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import ANN, METER, READER, Script, config_in, running, until

from audiodesc.batch.model import FilmJob
from audiodesc.errors import OutputError
from audiodesc.review.problems import ProblemError
from audiodesc.service import quotas
from audiodesc.service.beginning import CheckedRunner
from audiodesc.service.kept import KeptJob
from audiodesc.service.rate import Rates
from audiodesc.service.service import Service, opened_service
from audiodesc.service.serving import Served


def addresses(job: str, film: str) -> list[tuple[str, str]]:
    return [
        ("GET", f"/v1/jobs/{job}"),
        ("GET", f"/v1/jobs/{job}/events"),
        ("GET", f"/v1/jobs/{job}/results"),
        ("GET", f"/v1/jobs/{job}/results/film.ad.m4a"),
        ("POST", f"/v1/jobs/{job}/cancel"),
        ("DELETE", f"/v1/jobs/{job}"),
        ("GET", f"/v1/jobs?after={job}"),
        ("DELETE", f"/v1/films/{film}"),
    ]


def test_what_is_anothers_is_as_if_it_were_not_there(ann: Client, bob: Client) -> None:
    film = uploaded(ann)
    job = submitted(ann, film)["id"]
    at_end(ann, job)
    theirs = [bob.request(*one) for one in addresses(job, film)]
    nothing = [bob.request(*one) for one in addresses("0" * 32, "1" * 32)]
    assert {one.status_code for one in theirs} == {404}
    assert [one.text for one in theirs] == [one.text for one in nothing]
    taken, unknown = (bob.post("/v1/jobs", json={"film": one}) for one in (film, "1" * 32))
    assert (taken.status_code, taken.text.replace(film, "")) == (422, unknown.text.replace("1" * 32, ""))
    assert (bob.get("/v1/jobs").json()["jobs"], bob.get("/v1/films").json()["files"]) == ([], [])
    assert ann.get(f"/v1/jobs/{job}/results").json()["files"]


def test_without_a_key_nothing_is_told(served: Served, ann: Client) -> None:
    job = submitted(ann, uploaded(ann))["id"]
    at_end(ann, job)
    for key in ("", "ad_other", "ä", "x" * 5000):
        headers = {b"Authorization": f"Bearer {key}".encode()} if key else {}
        with httpx2.Client(base_url=served.address, trust_env=False) as nobody:
            for method, path in [
                *addresses(job, "0" * 32),
                ("GET", "/v1/jobs"),
                ("POST", "/v1/jobs"),
                ("GET", "/metrics"),
            ]:
                answer = nobody.request(method, path, headers=headers)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert nobody.get("/health").json() == {"status": "ok"}
            assert nobody.get("/ready").json() == {"status": "ready"}
            assert nobody.get("/v1/openapi.json").status_code == 200


def test_a_key_does_what_its_scopes_say(served: Served, ann: Client) -> None:
    job = submitted(ann, uploaded(ann))["id"]
    at_end(ann, job)
    with client(served, READER) as reader, client(served, METER) as meter:
        assert reader.get(f"/v1/jobs/{job}").status_code == 200
        for method, path in (
            ("POST", f"/v1/jobs/{job}/cancel"),
            ("DELETE", f"/v1/jobs/{job}"),
            ("POST", "/v1/films?name=a"),
        ):
            assert reader.request(method, path).status_code == 403
        assert reader.post("/v1/jobs", json={"film": "x"}).status_code == 403
        assert [one.get("/metrics").status_code for one in (reader, ann, meter)] == [403, 403, 200]
        assert meter.get("/v1/jobs").status_code == 403
        assert 'audiodesc_films{state="done"} 1.0' in meter.get("/metrics").text


def test_a_key_that_asks_too_often_waits(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    first = config.tenants[0]
    slow = replace(first, keys=(replace(first.keys[0], rate=3), *first.keys[1:]))
    with running(replace(config, tenants=(slow, config.tenants[1])), Script()) as served, client(served, ANN) as ann:
        codes = [ann.get("/v1/jobs").status_code for _ in range(3)]
        refused = ann.get("/v1/jobs")
        with client(served, READER) as reader:
            assert reader.get("/v1/jobs").status_code == 200
    assert codes == [200] * 3
    assert (refused.status_code, 1 <= int(refused.headers["retry-after"]) <= 20) == (429, True)


def test_a_bucket_is_filled_as_time_passes() -> None:
    rates = Rates()
    assert [rates.wait_s("a", 2, 0.0), rates.wait_s("a", 2, 0.0)] == [0, 0]
    assert rates.wait_s("a", 2, 15.0) == pytest.approx(15)
    assert rates.wait_s("b", 2, 15.0) == 0
    assert rates.wait_s("a", 2, 30.0) == 0


def test_the_disk_quota_holds_for_uploads_while_they_come_and_for_jobs(tmp_path: Path) -> None:
    config = config_in(tmp_path, disk_gb=0.000_200)
    with running(config, Script()) as served, client(served, ANN) as ann:
        assert ann.post("/v1/films?name=a.mp4", content=b"x" * 200_001).status_code == 507
        assert ann.post("/v1/films?name=a.mp4", content=iter([b"x" * 150_000, b"x" * 150_000])).status_code == 507
        film = uploaded(ann, content=b"x" * 180_000)
        at_end(ann, submitted(ann, film)["id"])  # 10,255 bytes of results
        until(lambda: served.service.kept.disk_bytes("ann") > 190_000)
        assert ann.post("/v1/films?name=a.mp4", content=b"x" * 10_000).status_code == 507
        assert list((tmp_path / "data" / "coming").iterdir()) == []
        job = ann.get("/v1/jobs").json()["jobs"][0]["id"]
        ann.delete(f"/v1/jobs/{job}")
        assert ann.post("/v1/films?name=a.mp4", content=b"x" * 10_000).status_code == 201


def test_small_uploads_count_with_what_they_take_of_the_disk(tmp_path: Path) -> None:
    with running(config_in(tmp_path, disk_gb=0.000_020), Script()) as served, client(served, ANN) as ann:
        codes = [ann.post("/v1/films?name=a.srt", content=b"x").status_code for _ in range(4)]
    assert codes == [201, 201, 201, 507]


def test_a_disk_with_little_left_takes_nothing(tmp_path: Path) -> None:
    with running(config_in(tmp_path, {"reserve_gb": 1e6}), Script()) as served, client(served, ANN) as ann:
        refused = ann.post("/v1/films?name=a.mp4", content=b"x")
    assert (refused.status_code, "disk of the service is full" in refused.json()["detail"]) == (507, True)


def test_uploads_come_in_pages_and_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST_UPLOADS", 5)
    with running(config_in(tmp_path), Script()) as served, client(served, ANN) as ann:
        ids = [uploaded(ann) for _ in range(5)]
        assert ann.post("/v1/films?name=a.mp4", content=b"x").status_code == 507
        seen, after = [], ""
        while True:
            page = ann.get("/v1/films", params={"limit": 2, "after": after}).json()
            seen += [one["id"] for one in page["files"]]
            if not (after := page["next"] or ""):
                break
    assert seen == ids


def test_a_tenant_has_no_more_open_jobs_than_it_may_have(tmp_path: Path) -> None:
    script = Script()
    with running(config_in(tmp_path, jobs=2), script) as served, client(served, ANN) as ann:
        film = uploaded(ann, "slow.mp4")
        jobs = [submitted(ann, film)["id"] for _ in range(2)]
        refused = ann.post("/v1/jobs", json={"film": film})
        assert (refused.status_code, "2 jobs have not ended" in refused.json()["detail"]) == (429, True)
        script.gate.set()
        at_end(ann, jobs[0])
        until(lambda: ann.post("/v1/jobs", json={"film": film}).status_code == 201)


@pytest.mark.parametrize(
    ("quota", "said"), [({"hours": 1.0}, "1 hours"), ({"film_minutes": 9.0}, "9 film minutes"), ({}, "")], ids=str
)
def test_a_quota_that_was_used_up_since_a_job_was_taken_fails_its_film(
    tmp_path: Path, quota: dict[str, Any], said: str
) -> None:
    with opened_service(config_in(tmp_path, **quota)) as service:
        service.put(KeptJob("a" * 32, "ann", None, FilmJob("s3://films/ann/a.mp4", "a").to_json(), "{}", "", 0, 0))
        row, script = service.state.rows()[0], Script()
        with service.kept.writing() as db:
            db.execute("INSERT INTO used VALUES ('ann', ?, 10, 2)", (service.clock(),))
        if said:
            with pytest.raises(OutputError, match=f"the quota of {said} a day is used up"):
                CheckedRunner(service, script).start(row.id, row.job)
        else:
            CheckedRunner(service, script).start(row.id, row.job)
        assert len(script.started) == (not said)
        CheckedRunner(service, script).start(row.id, row.job, 2)  # what has begun goes on after a stop


def test_films_of_one_tenant_that_take_long_to_open_leave_places_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, gate = [], threading.Event()

    def slow(service: Service, film: str) -> int:
        opened.append(film)
        assert "slow" not in film or gate.wait(60)
        return 60_000

    monkeypatch.setattr(quotas, "_probed_ms", slow)
    config = config_in(tmp_path, film_minutes=100.0)
    ann, bob = config.tenants[0], replace(config.tenants[1], film_minutes=100.0)
    with opened_service(config) as service, ThreadPoolExecutor(8) as pool:
        theirs = [pool.submit(quotas.film_minutes, service, ann, "/slow.mp4") for _ in range(6)]
        until(lambda: opened and sum(one.done() for one in theirs) == 2)  # more than 4 are refused
        assert quotas.film_minutes(service, bob, "/b.mp4") == 1.0
        assert opened == ["/slow.mp4", "/b.mp4"]
        gate.set()


def test_a_film_that_takes_long_to_open_does_not_hold_up_the_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_in(tmp_path, film_minutes=100.0)
    slow, begin = [sys.executable, "-c", "import time; time.sleep(120)"], subprocess.Popen
    monkeypatch.setattr("subprocess.Popen", lambda command, **given: begin(slow, **given))
    with opened_service(config) as service, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(quotas.film_minutes, service, config.tenants[0], "/a.mp4")
        until(lambda: service.opened["ann"].locked())
        service.stop()
        with pytest.raises(ProblemError) as refused:
            waiting.result(20)
    assert refused.value.status == 503


def test_film_minutes_are_reserved_and_counted(tmp_path: Path, sample: tuple[Path, Path]) -> None:
    script = Script()
    with running(config_in(tmp_path, film_minutes=5.0), script) as served, client(served, ANN) as ann:
        bad = ann.post("/v1/jobs", json={"film": uploaded(ann)})
        assert (bad.status_code, bad.json()["fault"]) == (422, "the film cannot be opened")
        film = uploaded(ann, "slow.mp4", sample[0].read_bytes())
        first = submitted(ann, film)
        reserved = served.service.kept.reserved("ann")
        assert 0.3 < reserved < 3
        script.gate.set()
        at_end(ann, first["id"])
        at_end(ann, submitted(ann, film)["id"])
        until(lambda: served.service.kept.used("ann", 0)[0] == pytest.approx(4.0))  # 2 min each, as the runner says
        refused = ann.post("/v1/jobs", json={"film": film})
        assert (refused.status_code, "film minutes" in refused.json()["detail"]) == (429, True)


def test_hours_of_work_are_counted(tmp_path: Path) -> None:
    with running(config_in(tmp_path, hours=0.0), Script()) as served, client(served, ANN) as ann:
        refused = ann.post("/v1/jobs", json={"film": uploaded(ann)})
        assert (refused.status_code, "0 hours a day" in refused.json()["detail"]) == (429, True)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"content": b"x" * 300_000}, 413),
        ({"content": b"{"}, 422),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": []}, 422),
        ({"json": {"film": 1}}, 422),
        ({"json": {"film": "x" * 5_000}}, 422),
        ({"json": {"film": "x", "output": "/etc"}}, 422),
    ],
    ids=str,
)
def test_a_request_that_is_none_is_refused(ann: Client, given: dict[str, Any], status: int) -> None:
    answer = ann.post("/v1/jobs", **given)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_logs_are_json_with_the_jobs_id_and_no_key(tmp_path: Path) -> None:
    import io
    import json

    from audiodesc.service.logs import log_as_json

    names = ("audiodesc", "uvicorn", "uvicorn.error")
    before = [(one, one.handlers, one.propagate, one.level) for one in map(logging.getLogger, names)]
    written = io.StringIO()
    log_as_json(written)
    try:
        with running(config_in(tmp_path), Script()) as served, client(served, ANN) as ann:
            job = submitted(ann, uploaded(ann))["id"]
            at_end(ann, job)
            until(lambda: '"done"' in written.getvalue())
    finally:
        for one, handlers, propagate, level in before:
            one.handlers, one.propagate = handlers, propagate
            one.setLevel(level)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    of_job = [one["message"] for one in lines if one.get("job") == job]
    assert {"queued", "running", "stage", "done", "request"} <= set(of_job)
    assert {one["tenant"] for one in lines if one.get("job") == job} == {"ann"}
    assert ANN not in written.getvalue()
