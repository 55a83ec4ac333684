"""Films are sent, described as jobs, watched, cancelled, and what was made is handed out."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client
from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import ANN, BOB, CONTENT, Script, config_in, running, until

from audiodesc.errors import InputError, OutputError
from audiodesc.service import result_routes
from audiodesc.service.beginning import CheckedRunner
from audiodesc.service.jobs import Wanted, submit
from audiodesc.service.service import opened_service
from audiodesc.service.serving import Served


def test_a_film_is_sent_described_and_fetched(ann: Client, script: Script, served: Served) -> None:
    film, subs = uploaded(ann, "Der Fall ä.mp4"), uploaded(ann, "de.srt", b"1\n")
    job = submitted(ann, film, subtitles=subs, choices={"plan": {"density": "full"}, "deliver": {"also": ["docx"]}})
    done = at_end(ann, job["id"])
    assert (done["state"], done["failure"], done["result"]["lines"]) == ("done", None, 3)
    assert done["result"]["loudness_lufs"] is None
    assert done["choices"] == {"plan": {"density": "full"}, "deliver": {"also": ["docx"]}}
    made = script.started[0]
    assert Path(made.film).read_bytes() == CONTENT
    assert Path(made.film).name == "Der Fall ä.mp4"
    assert Path(made.subtitles).name == "de.srt"
    assert made.choices == {
        "voice": {"name": "espeak-en-gb"},
        "plan": {"density": "full"},
        "deliver": {"also": ["docx"]},
        "run": {"author": "ann"},
    }
    files = ann.get(f"/v1/jobs/{job['id']}/results").json()["files"]
    assert [(one["name"], one["deliverable"], one["bytes"]) for one in files] == [
        ("film.ad.m4a", "track", 10_240),
        ("lines/1.wav", "lines", 4),
    ]
    whole = ann.get(f"/v1/jobs/{job['id']}/results/film.ad.m4a")
    part = ann.get(f"/v1/jobs/{job['id']}/results/film.ad.m4a", headers={"Range": "bytes=256-259"})
    assert (whole.status_code, len(whole.content)) == (200, 10_240)
    assert (part.status_code, part.content) == (206, bytes([0, 1, 2, 3]))
    assert whole.headers["content-security-policy"].endswith("sandbox")
    assert ann.get(f"/v1/jobs/{job['id']}/results/lines/1.wav").content == b"RIFF"


def test_nothing_but_what_is_delivered_is_handed_out(ann: Client) -> None:
    job = at_end(ann, submitted(ann, uploaded(ann))["id"])
    for name in ("secret.txt", "../../service.sqlite", "%2e%2e/%2e%2e/batch.sqlite", "/etc/passwd", "lines", "x%00"):
        answer = ann.get(f"/v1/jobs/{job['id']}/results/{name}")
        assert (answer.status_code in (404, 422), b"root" in answer.content) == (True, False), name


def test_results_that_are_removed_while_they_are_asked_for_are_no_fault(
    ann: Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = at_end(ann, submitted(ann, uploaded(ann))["id"])["id"]
    checked = result_routes._own

    def removed(path: Path, folder: Path) -> object:
        found = checked(path, folder)
        shutil.rmtree(folder, ignore_errors=True)
        return found

    monkeypatch.setattr(result_routes, "_own", removed)
    assert ann.get(f"/v1/jobs/{job}/results").status_code == 200
    assert ann.get(f"/v1/jobs/{job}/results/film.ad.m4a").status_code == 404


def test_a_failed_film_says_why_and_names_no_folder_of_the_server(ann: Client, served: Served) -> None:
    job = at_end(ann, submitted(ann, uploaded(ann, "bad.mp4"))["id"])
    assert job["failure"] == {"cause": "input", "message": "bad.mp4 is no film: give one that plays"}
    assert job["result"] is None
    assert ann.get(f"/v1/jobs/{job['id']}/results").json() == {"files": []}


def test_a_job_that_waits_or_runs_is_cancelled(ann: Client, script: Script) -> None:
    film = uploaded(ann, "slow.mp4")
    ids = [submitted(ann, film)["id"] for _ in range(script.at_once + 1)]
    until(lambda: ann.get(f"/v1/jobs/{ids[0]}").json()["stage"] == "look")
    assert ann.get(f"/v1/jobs/{ids[-1]}").json()["state"] == "queued"
    assert ann.delete(f"/v1/jobs/{ids[0]}").status_code == 409
    assert ann.delete(f"/v1/films/{film}").status_code == 409
    for id in (ids[0], ids[-1]):
        assert ann.post(f"/v1/jobs/{id}/cancel").status_code == 202
        assert at_end(ann, id)["failure"]["cause"] == "cancelled"
        assert ann.post(f"/v1/jobs/{id}/cancel").status_code == 409
    script.gate.set()
    assert at_end(ann, ids[1])["state"] == "done"


def test_a_job_is_removed_with_its_results_and_then_its_film(ann: Client, served: Served) -> None:
    film = uploaded(ann)
    job = at_end(ann, submitted(ann, film)["id"])["id"]
    folder = served.service.job_folder("ann", job)
    assert folder.is_dir()
    assert ann.delete(f"/v1/jobs/{job}").status_code == 204
    assert not folder.exists()
    assert ann.get(f"/v1/jobs/{job}").status_code == 404
    assert ann.delete(f"/v1/films/{film}").status_code == 204
    assert ann.get("/v1/films").json()["files"] == []
    assert ann.post("/v1/jobs", json={"film": film}).status_code == 422
    assert list((served.service.folder / "uploads" / "ann").iterdir()) == []


def test_jobs_come_in_pages(ann: Client) -> None:
    film = uploaded(ann)
    ids = [submitted(ann, film)["id"] for _ in range(5)]
    bad = submitted(ann, uploaded(ann, "bad.mp4"))["id"]
    at_end(ann, bad)
    seen, after = [], ""
    while True:
        page = ann.get("/v1/jobs", params={"limit": 2, "after": after}).json()
        seen += [one["id"] for one in page["jobs"]]
        if not (after := page["next"] or ""):
            break
    assert seen == [*ids, bad]
    failed = ann.get("/v1/jobs", params={"state": "failed"}).json()["jobs"]
    assert [one["id"] for one in failed] == [bad]


def test_the_same_request_with_its_key_is_the_same_job(ann: Client, bob: Client) -> None:
    film = uploaded(ann)
    key = {"Idempotency-Key": "night-1"}
    first = ann.post("/v1/jobs", json={"film": film}, headers=key)
    again = ann.post("/v1/jobs", json={"choices": {}, "film": film}, headers=key)
    other = ann.post("/v1/jobs", json={"film": film, "choices": {"plan": {"margin_ms": 99}}}, headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json()["id"] == again.json()["id"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    theirs = bob.post("/v1/jobs", json={"film": uploaded(bob)}, headers=key)
    assert (theirs.status_code, "idempotency-replayed" in theirs.headers) == (201, False)
    at_end(ann, first.json()["id"])
    ann.delete(f"/v1/jobs/{first.json()['id']}")
    assert ann.post("/v1/jobs", json={"film": film}, headers=key).status_code == 409
    assert len(ann.get("/v1/jobs").json()["jobs"]) == 0


def test_a_film_of_a_store_is_taken_and_one_beside_it_is_not(ann: Client, script: Script, tmp_path: Path) -> None:
    inside, outside = tmp_path / "store" / "film.mp4", tmp_path / "outside.mp4"
    inside.write_bytes(b"film")
    outside.write_bytes(b"film")
    (tmp_path / "store" / "link.mp4").symlink_to(outside)
    (tmp_path / "store" / "good-link.mp4").symlink_to(inside)
    at_end(ann, submitted(ann, str(inside))["id"])
    at_end(ann, submitted(ann, str(tmp_path / "store" / "good-link.mp4"))["id"])
    at_end(ann, submitted(ann, "s3://films/ann/a/b.mp4")["id"])
    assert [one.film for one in script.started] == [str(inside), str(inside), "s3://films/ann/a/b.mp4"]
    for film in (
        str(outside),
        str(tmp_path / "store" / "link.mp4"),
        str(tmp_path / "store" / ".." / "outside.mp4"),
        str(tmp_path / "store"),
        str(tmp_path / "store" / "none.mp4"),
        "store/film.mp4",
        "film.mp4",
        "",
        "/etc/passwd",
        "s3://films/ann/../bob/b.mp4",
        "s3://films/annabel/b.mp4",
        "s3://films/ann/%2e%2e/b.mp4",
        "s3://other/ann/b.mp4",
        "file:///etc/passwd",
        "simplecache::s3://films/ann/b.mp4",
        "s3://films/ann/b.mp4::file:///etc/passwd",
        "http://169.254.169.254/latest",
        "a\0b",
        "\ud800",
    ):
        answer = ann.post("/v1/jobs", content=json.dumps({"film": film}), headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, film
        assert "outside" not in answer.text or "outside" in film


def test_a_tenant_with_stores_of_its_own_names_no_film_of_others(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    film, own = tmp_path / "store" / "film.mp4", tmp_path / "bobs" / "film.mp4"
    for path in (film, own):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"film")
    tenants = (config.tenants[0], replace(config.tenants[1], stores=(str(own.parent),)))
    with running(replace(config, tenants=tenants), Script()) as served:
        for key, codes in ((ANN, [201, 422]), (BOB, [422, 201])):
            with client(served, key) as of:
                answers = [of.post("/v1/jobs", json={"film": str(one)}) for one in (film, own)]
                assert [one.status_code for one in answers] == codes


def test_a_url_is_refused_where_nothing_reads_it(tmp_path: Path) -> None:
    with running(config_in(tmp_path, {"ray": ""}), Script()) as served, client(served, ANN) as ann:
        answer = ann.post("/v1/jobs", json={"film": "s3://films/ann/b.mp4"})
    assert (answer.status_code, "is a URL" in answer.json()["detail"]) == (422, True)


def test_a_film_that_leads_elsewhere_when_it_begins_is_not_made(tmp_path: Path) -> None:
    config, script = config_in(tmp_path), Script()
    film = tmp_path / "store" / "film.mp4"
    film.write_bytes(b"film")
    with opened_service(config) as service:
        submit(service, config.tenants[0], Wanted(str(film)))
        row, runner = service.state.rows()[0], CheckedRunner(service, script)
        runner.start(row.id, row.job)
        film.unlink()
        film.symlink_to("/etc/passwd")
        with pytest.raises(InputError, match="allowed store"):
            runner.start(row.id, row.job)
        film.unlink()
        (tmp_path / "store" / "other.mp4").write_bytes(b"other")
        film.symlink_to(tmp_path / "store" / "other.mp4")
        with pytest.raises(InputError, match="leads elsewhere"):
            runner.start(row.id, row.job)
    assert len(script.started) == 1


def test_a_job_that_could_not_be_put_into_the_batch_is_put_there_when_it_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_in(tmp_path)
    film = tmp_path / "store" / "film.mp4"
    film.write_bytes(b"film")
    tenant = config.tenants[0]

    def full(*given: object, **more: object) -> None:
        raise OutputError("batch.sqlite cannot be written", "free space")

    with opened_service(config) as service:
        for key in ("night", ""):
            with monkeypatch.context() as patch:
                patch.setattr(service.state, "put", full)
                with pytest.raises(OutputError):
                    submit(service, tenant, Wanted(str(film)), key)
        assert len(service.kept.unplaced()) == 1
        job, is_new = submit(service, tenant, Wanted(str(film)), "night")
        assert (is_new, job.film) == (False, service.state.rows()[0].id)
        submit(service, tenant, Wanted(str(film)))
        assert len(service.state.rows()) == 2


@pytest.mark.parametrize("depth", [100, 600, 5_000])
def test_choices_that_are_nested_deeply_are_refused(ann: Client, depth: int) -> None:
    choices = '{"plan": ' + '{"a": ' * depth + "1" + "}" * depth + "}"
    answer = ann.post(
        "/v1/jobs",
        content=f'{{"film": "{uploaded(ann)}", "choices": {choices}}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


BAD: list[Any] = [
    {"describer": {"cast": "/etc/passwd"}},
    {"describer": {"name": "mine.toml"}},
    {"describer": {"name": "/srv/mine.toml"}},
    {"describer": {"model": "/etc"}},
    {"describer": {"server": "http://169.254.169.254/"}},
    {"describer": {"writer_server": "http://localhost:8000"}},
    {"describer": {"serve": True}},
    {"describer": {"parallel": 1000}},
    {"describer": {"name": "nobody"}},
    {"voice": {"lexicon": "/etc/passwd"}},
    {"voice": {"name": "../voice.toml"}},
    {"voice": {"name": "nobody"}},
    {"run": {"force": True}},
    {"run": {"author": "bob"}},
    {"run": {"yes": True}},
    {"check": {"profile": "netflix"}},
    {"options": {"coqui": {"speaker_wav": "/etc/passwd"}}},
    {"deliver": {"also": ["nothing"]}},
    {"deliver": {"credit": "x" * 20_000}},
    {"plan": {"margin_ms": -1}},
    {"plan": {"margin_ms": "1"}},
    {"plan": {"no": 1}},
    {"no": {}},
    {"plan": 1},
]


def test_what_a_job_may_not_choose_is_refused_in_one_line(ann: Client) -> None:
    film = uploaded(ann)
    for choices in BAD:
        answer = ann.post("/v1/jobs", json={"film": film, "choices": choices})
        assert answer.status_code in (400, 422), choices
        assert answer.headers["content-type"] == "application/problem+json"
        assert "\n" not in answer.json()["detail"]
    assert ann.get("/v1/jobs").json()["jobs"] == []


def test_a_cast_and_a_lexicon_are_uploads_of_the_tenants_own(ann: Client, bob: Client, script: Script) -> None:
    cast = uploaded(ann, "cast.toml", b'[[person]]\nname = "Ann"\nlooks = "tall"\n')
    lexicon = uploaded(ann, "names.toml", b'Siobhan = "shiv-awn"\n')
    film = uploaded(ann)
    at_end(ann, submitted(ann, film, choices={"describer": {"cast": cast}, "voice": {"lexicon": lexicon}})["id"])
    assert script.started[0].choices["describer"]["cast"].endswith("cast.toml")
    theirs = {"film": uploaded(bob), "choices": {"describer": {"cast": cast}}}
    assert bob.post("/v1/jobs", json=theirs).status_code == 422
    portrait = uploaded(ann, "cast.toml", b'[[person]]\nname = "Ann"\nportrait = "/etc/passwd"\n')
    answer = ann.post("/v1/jobs", json={"film": film, "choices": {"describer": {"cast": portrait}}})
    assert (answer.status_code, "portraits" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "content",
    [
        *(b"[[person]]\nname = 'Ann'\nlooks" + b".a" * parts + b" = 1\n" for parts in (3_000, 20_000)),
        b"[[person]]\nname = 'Ann'\n" + b"#" * 200_000,
        b"[[person]]\nname = 'Ann'\nlooks = " + b"[" * 3_000,
    ],
    ids=["deep", "deeper", "large", "nested"],
)
def test_a_cast_that_would_take_long_to_read_is_refused(ann: Client, content: bytes) -> None:
    cast, film = uploaded(ann, "cast.toml", content), uploaded(ann)
    began = time.monotonic()
    answer = ann.post("/v1/jobs", json={"film": film, "choices": {"describer": {"cast": cast}}})
    assert (answer.status_code, time.monotonic() - began < 4) == (422, True)
