"""Nothing that the schema of the service allows, or forbids, is a fault of the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from service.serving_doubles import ANN, CONTENT, config_in

from audiodesc.batch.model import FilmResult
from audiodesc.service.app import make_app
from audiodesc.service.service import Service, opened_service
from audiodesc.service.wished import FREE, LISTED, REFUSED, UPLOADED

ABOUT_THE_PLACE = (501, 503, 507)
"""Answers that are no fault: something is missing, not ready, or a quota is used up."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with opened_service(config_in(tmp_path_factory.mktemp("schema"), disk_gb=0.01)) as made:
        yield made


@pytest.fixture(scope="module")
def page(service: Service) -> Iterator[TestClient]:
    """A client, in this process; a fault of the app is answered, not raised."""
    headers = {"Authorization": f"Bearer {ANN}"}
    with TestClient(make_app(service), headers=headers, raise_server_exceptions=False) as made:
        yield made


def sent(page: TestClient, case: Any) -> tuple[int, str]:
    """The answer to a request; what no client can send at all is none."""
    wanted = case.as_transport_kwargs(base_url=str(page.base_url))
    known = {name: wanted[name] for name in ("method", "url", "params", "json") if wanted.get(name) is not None}
    if wanted.get("data") is not None:
        known["content"] = wanted["data"]
    named = dict(wanted.get("headers") or {})
    headers = {name: value for name, value in named.items() if name.lower() not in ("authorization", "cookie")}
    try:
        answer = page.request(**known, headers=headers)
    except (UnicodeError, TypeError, ValueError):
        return 0, ""
    return answer.status_code, answer.text[:300]


def test_whatever_is_asked_is_no_fault_of_the_server(page: TestClient, service: Service) -> None:
    film = page.post("/v1/films?name=a.mp4", content=CONTENT).json()["id"]
    known = page.post("/v1/jobs", json={"film": film}).json()["id"]
    service.state.finish(service.state.rows()[0].id, FilmResult())
    openapi: Any = schemathesis.openapi
    schema = openapi.from_dict(page.get("/v1/openapi.json").json())
    failed: list[tuple[str, str, int, str]] = []
    statuses: set[int] = set()
    tried = 0

    def ask(case: Any) -> None:
        if "id" in (case.path_parameters or {}) and len(str(case.path_parameters["id"])) == 32:
            case.path_parameters["id"] = known
        status, text = sent(page, case)
        statuses.add(status)
        if status >= 500 and status not in ABOUT_THE_PLACE:
            failed.append((case.method, case.path, status, text))

    for found in schema.get_all_operations():
        operation = found.ok()
        tried += 1
        few: Any = settings(
            max_examples=8,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        every: Any = given(operation.as_strategy())
        few(every(ask))()
    assert tried > 11
    assert failed == []
    assert {200, 201, 422} <= statuses


def test_what_the_schema_says_of_choices_is_what_is_taken(page: TestClient) -> None:
    schema = page.get("/v1/openapi.json").json()
    choices = schema["components"]["schemas"]["Wanted"]["properties"]["choices"]
    judge = Draft202012Validator(choices)
    assert judge.is_valid({"plan": {"density": "full"}, "sound": {"ducking": {"depth_db": -9}}})
    wrong: list[dict[str, Any]] = [
        {"run": {"force": True}},
        {"describer": {"serve": True}},
        {"check": {}},
        {"plan": {"x": 1}},
    ]
    for refused in wrong:
        assert not judge.is_valid(refused)


def test_every_choice_of_a_run_is_one_that_a_job_may_make_or_not() -> None:
    """A choice that is added must be thought of here: may a tenant make it?"""
    from audiodesc.core.choices import fields
    from audiodesc.settings import Settings

    for group in fields(Settings):
        names = [field.name for field in fields(group.group)] if group.group else []
        said = [one for table in (FREE, LISTED, UPLOADED, REFUSED) for one in table.get(group.name, ())]
        assert sorted(said) == sorted(names), group.name


def test_every_address_but_three_asks_for_a_key(service: Service) -> None:
    with TestClient(make_app(service)) as nobody:
        schema = nobody.get("/v1/openapi.json").json()
        assert len(schema["paths"]) == 12
        for path, methods in schema["paths"].items():
            for method in methods:
                status = nobody.request(method, path.replace("{id}", "0" * 32)).status_code
                assert status == (200 if path in ("/health", "/ready") else 401), path
