"""Who may ask: everybody else gets nothing, whatever is tried."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from review.conftest import PORT

from audiodesc.project import open_project
from audiodesc.review.app import make_app
from audiodesc.review.guard import LARGEST_BODY, Access
from audiodesc.review.state import Review

ADDRESSES = ("/", "/page/app.js", "/report", "/api/v1/project", "/api/v1/lines", "/api/v1/media/film", "/api/v1/files")
EVIL = (
    "../../../etc/passwd",
    "/etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//etc/passwd",
)


@pytest.mark.parametrize("address", [*ADDRESSES, "/api/v1/openapi.json", "/api/v1/events", "/nowhere"])
def test_who_has_no_cookie_gets_nothing(nobody: TestClient, address: str) -> None:
    answer = nobody.get(address)
    assert answer.status_code == 401
    assert "audiodesc review" not in answer.text  # `evaluate --vote` opens a page too
    assert "sample" not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", "a" * 10_000, "\u00e4", "%00"])
def test_a_wrong_token_lets_nobody_in(nobody: TestClient, token: str) -> None:
    answer = nobody.get("/", params={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_token_is_no_good_for_anything_but_the_way_in(nobody: TestClient, key: Access) -> None:
    assert nobody.get("/api/v1/lines", params={"token": key.token}).status_code == 401


def test_the_token_goes_from_the_address_into_a_cookie_that_no_script_reads(
    stranger: TestClient, access: Access
) -> None:
    answer = stranger.get("/", params={"token": access.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert access.token.lower() not in cookie
    again = stranger.get("/", params={"token": access.token})  # opened twice: the token goes all the same
    assert (again.status_code, again.headers["location"]) == (303, "/")
    assert stranger.get("/api/v1/lines").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1:{PORT}@evil.example", ""]
)
def test_another_name_for_this_computer_gets_nothing(reader: TestClient, host: str) -> None:
    assert reader.get("/api/v1/project", headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:1"])
def test_a_foreign_page_changes_nothing(reader: TestClient, origin: str) -> None:
    assert reader.post("/api/v1/undo", json={}, headers={"Origin": origin}).status_code == 403


def test_the_cookie_alone_changes_nothing(page: TestClient) -> None:
    del page.headers["X-Audiodesc"]
    for answer in (
        page.post("/api/v1/undo", json={}),
        page.post("/api/v1/render", json={}),
        page.put("/api/v1/script", json={"text": "WEBVTT", "change": 0}),
        page.delete("/api/v1/lines/000000000"),
        page.post("/api/v1/lines", content="text=a&start_ms=1", headers={"Content-Type": "text/plain"}),
    ):
        assert answer.status_code == 403


def test_our_own_page_may(page: TestClient) -> None:
    own = {"Origin": f"http://127.0.0.1:{PORT}"}
    made = page.post("/api/v1/lines", json={"text": "A bell.", "start_ms": 60_000}, headers=own)
    assert made.status_code == 201


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_forbids_what_is_foreign(reader: TestClient, address: str) -> None:
    headers = reader.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy or "script-src 'self';" in policy
    assert "http" not in policy


@pytest.mark.parametrize("evil", EVIL)
def test_no_path_leads_out(reader: TestClient, evil: str) -> None:
    for address in (
        f"/page/{evil}",
        f"/api/v1/lines/{evil}",
        f"/api/v1/lines/{evil}/voice.wav",
        f"/api/v1/clips/{evil}",
        f"/api/v1/clips/{evil}.wav",
        f"/api/v1/thumbnails/{evil}.jpg",
        f"/api/v1/media/{evil}",
        f"/api/v1/files/{evil}",
        f"/api/v1/exports/{evil}",
        f"/{evil}",
    ):
        answer = reader.get(address)
        assert answer.status_code in (404, 405, 422), address
        assert "root:" not in answer.text


def test_no_folder_is_listed(reader: TestClient) -> None:
    for address in ("/page/", "/page", "/api/v1/media/", "/api/v1/clips/", "/api/v1/files/", "/api/"):
        assert reader.get(address).status_code in (307, 404, 405)


def test_a_report_that_names_a_file_elsewhere_leads_nowhere(page: TestClient, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:")
    path = folder / "sample.ad.json"
    path.write_text(path.read_text("utf-8").replace('"sample.ad.m4a"', '"../../secret"'), "utf-8")
    assert page.get("/api/v1/media/track").status_code == 404
    assert page.get("/api/v1/files/track").status_code == 404


def test_a_link_in_the_place_of_a_result_leads_nowhere(page: TestClient, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("root:")
    (folder / "sample.ad.m4a").unlink()
    (folder / "sample.ad.m4a").symlink_to(tmp_path / "secret")
    assert page.get("/api/v1/files/track").status_code == 404


def test_what_is_far_too_large_is_refused_before_it_is_read(page: TestClient) -> None:
    def far_too_much() -> Iterator[bytes]:
        yield from (b" " * 10_000_000 for _ in range(4))

    declared = page.post("/api/v1/lines", content=b"{}", headers={"Content-Length": "1000000000"})
    assert declared.status_code == 413
    assert page.put("/api/v1/script", content=far_too_much()).status_code == 413  # in chunks, of no declared length
    assert LARGEST_BODY < 100_000_000


@pytest.fixture
def shared(folder: Path) -> Iterator[TestClient]:
    """A browser on another computer, of a server that has a password."""
    made = Review(open_project(folder))
    app = make_app(made, Access(PORT, password="correct horse battery"))
    yield TestClient(app, base_url=f"https://192.168.1.7:{PORT}", follow_redirects=False)
    made.close()


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"ann:{password}".encode()).decode()}


def test_with_a_password_others_come_in(shared: TestClient) -> None:
    asked = shared.get("/")
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic")
    let_in = shared.get("/", headers=basic("correct horse battery"))
    assert let_in.status_code == 303
    assert "secure" in let_in.headers["set-cookie"].lower()
    assert shared.get("/api/v1/lines").status_code == 200
    assert TestClient(shared.app, base_url=str(shared.base_url)).get("/", headers=basic("wrong")).status_code == 401


def test_after_a_wrong_password_the_right_one_is_not_looked_at(
    shared: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audiodesc.review.tries.FIRST_S", 60.0)
    assert shared.get("/", headers=basic("wrong")).status_code == 401
    refused = shared.get("/", headers=basic("correct horse battery"))
    assert refused.status_code == 429
    assert "set-cookie" not in refused.headers
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert shared.get("/").status_code == 401  # who gives none is asked for one


@pytest.mark.parametrize("host", [f"evil.example:{PORT}", "evil.example", f"192.168.1.7:{PORT + 1}"])
def test_with_a_password_no_foreign_name_is_ours(shared: TestClient, host: str) -> None:
    assert shared.get("/", headers=basic("correct horse battery") | {"Host": host}).status_code == 421


def test_the_token_is_none_where_there_is_a_password(folder: Path) -> None:
    access = Access(PORT, password="correct horse battery")
    made = Review(open_project(folder))
    client = TestClient(make_app(made, access), base_url=f"https://192.168.1.7:{PORT}", follow_redirects=False)
    assert client.get("/", params={"token": access.token}).status_code == 401
    made.close()
