"""Nothing that the schema of the API allows, or forbids, is a fault of the server."""

from __future__ import annotations

from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings

ENDLESS = {("get", "/api/v1/events"), ("post", "/api/v1/render")}
"""One has no end, the other works for long."""

ABOUT_THE_PLACE = (501, 503, 507)
"""Answers that are no fault: something is missing, not ready, or the disk is full."""


def sent(page: TestClient, case: Any) -> tuple[int, str]:
    """The answer to a request; what no client can send at all is none."""
    wanted = case.as_transport_kwargs(base_url=str(page.base_url))
    known = {name: wanted[name] for name in ("method", "url", "params", "json") if wanted.get(name) is not None}
    if wanted.get("data") is not None:
        known["content"] = wanted["data"]
    headers = {name: value for name, value in (wanted.get("headers") or {}).items() if name.lower() != "cookie"}
    try:
        answer = page.request(**known, headers=headers)
    except (UnicodeError, TypeError):
        return 0, ""
    return answer.status_code, answer.text[:300]


def test_whatever_is_asked_is_no_fault_of_the_server(page: TestClient) -> None:
    openapi: Any = schemathesis.openapi
    schema = openapi.from_dict(page.get("/api/v1/openapi.json").json())
    failed: list[tuple[str, str, int, str]] = []
    tried = 0

    def ask(case: Any) -> None:
        status, text = sent(page, case)
        if status >= 500 and status not in ABOUT_THE_PLACE:
            failed.append((case.method, case.path, status, text))

    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method, operation.path) in ENDLESS:
            continue
        tried += 1
        few: Any = settings(
            max_examples=5,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        every: Any = given(operation.as_strategy())
        few(every(ask))()
    assert tried > 25
    assert failed == []
