"""Described films on an OpenSearch server: what is sent, what is not sent again, and the same answers as here.

The server is the fake beside this file; with AUDIODESC_OPENSEARCH=URL the tests that set no fault run on a real one,
and remove the indexes whose names begin with "audiodesc" there.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

pytest.importorskip("opensearchpy")

from search.filmstock import draft, made
from search.opensearch_fake import Index, OpenSearch, served
from search.test_search_documents import FACTS, TIMELINE_FACT

from audiodesc.errors import AudiodescError, InputError, MissingToolError, OutputError, UsageError
from audiodesc.model import Span
from audiodesc.project.editing import Edit
from audiodesc.project.project import open_project
from audiodesc.project.timeline import TIMELINE
from audiodesc.search import opensearch, opensearch_client
from audiodesc.search.finding import Where, find
from audiodesc.search.opensearch import INDEX, send
from audiodesc.search.opensearch_find import find_in

LINES = {
    "harbour.ad": ("Anna, a woman in a red coat, runs.", "A ferry leaves the harbour at night."),
    "kitchen.ad": ("A man in a red hat cooks.", "The coat hangs by the door."),
    "sub/straße.ad": ("Der Mann läuft über die Straße.", "她打开一封信。"),
}
QUESTIONS = (
    "red coat", '"red coat"', "red*", '"a red c"*', "coat -anna", "hat OR ferry", "who:anna", "said:never",
    "place:harbour", "strasse", "一封信", "line:red", 'text:"hamburg 1962"', "nothing of this", "red AND coat", "lauft",
)  # fmt: skip


@pytest.fixture
def fake() -> Iterator[OpenSearch]:
    with served() as one:
        yield one


@pytest.fixture
def url(fake: OpenSearch) -> Iterator[str]:
    """The fake, or a real server without our indexes."""
    real = os.environ.get("AUDIODESC_OPENSEARCH", "")
    if not real:
        yield fake.url
        return
    with opensearch_client.opened(real, "--to") as server:
        server.client.indices.delete(index="audiodesc-*")
    yield real


@pytest.fixture
def films(tmp_path: Path) -> Path:
    for name, (first, second) in LINES.items():
        drafts = [draft(3_000, first, json.dumps(FACTS) if "red" in first else ""), draft(60_000, second)]
        facts: dict[str, object] = {TIMELINE: TIMELINE_FACT} if name == "harbour.ad" else {}
        made(tmp_path / "films" / name, drafts, facts).close()
    return tmp_path / "films"


def edit(folder: Path, text: str) -> None:
    with open_project(folder) as project:
        project.edit([Edit(id="000060000", text=text)], "me", "test")


def test_a_server_answers_as_the_index_here(films: Path, url: str) -> None:
    done = send(url, [films])
    assert (done.projects, done.failed, done.notes, done.forgotten) == (3, (), (), 0)
    for question in QUESTIONS:
        here = {(hit.project.resolve(), hit.span, hit.line, hit.reasons) for hit in find(question, films)}
        there = {(hit.project, hit.span, hit.line, hit.reasons) for hit in find_in(url, question).hits}
        assert there == here, question
    assert find_in(url, "red coat").hits
    assert find_in(url, "red coat", limit=1).hits == find_in(url, "red coat").hits[:1]


def test_where_narrows_it(films: Path, url: str) -> None:
    send(url, [films])

    def found(**where: Any) -> set[tuple[str, int]]:
        return {(hit.project.name, hit.span.start_ms) for hit in find_in(url, "red OR coat", where=Where(**where)).hits}

    assert found() == {("harbour.ad", 3_000), ("kitchen.ad", 3_000), ("kitchen.ad", 60_000)}
    assert found(film="KITCHEN") == {("kitchen.ad", 3_000), ("kitchen.ad", 60_000)}
    assert found(film="k*n") == found(film="?itchen") == set()
    assert found(start_ms=50_000) == {("kitchen.ad", 60_000)}
    assert found(end_ms=50_000) == {("harbour.ad", 3_000), ("kitchen.ad", 3_000)}


def test_what_did_not_change_is_not_sent_again(films: Path, fake: OpenSearch) -> None:
    settle(films)
    first = send(fake.url, [films])
    assert first.sent == sum(one["kind"] == "moment" for one in fake.indexes[INDEX].documents.values())
    fake.bulked.clear()
    assert send(fake.url, [films]) == type(first)(3)
    assert fake.bulked == []
    edit(films / "kitchen.ad", "The hat lies on the floor.")
    again = send(fake.url, [films])
    assert (again.sent, again.removed) == (1, 1)
    assert [action for action, _ in fake.bulked] == ["index", "delete", "index"]  # the line, the old one, the marker
    assert find_in(fake.url, "lies floor").hits
    assert not find_in(fake.url, "hangs door").hits


def test_films_that_are_gone_are_removed_and_others_are_left(films: Path, url: str, tmp_path: Path) -> None:
    made(tmp_path / "filmstock.ad", [draft(3_000, "A red boat.")]).close()  # its path begins with that of the folder
    send(url, [films, tmp_path / "filmstock.ad"])
    shutil.rmtree(films / "kitchen.ad")
    done = send(url, [films])
    assert (done.projects, done.forgotten) == (2, 1)
    assert {hit.project.name for hit in find_in(url, "red").hits} == {"harbour.ad", "filmstock.ad"}


def test_a_run_that_broke_off_goes_on(films: Path, fake: OpenSearch) -> None:
    settle(films)
    bulks = 0

    def fault(method: str, path: str) -> tuple[int, Any, dict[str, str]] | None:
        nonlocal bulks
        bulks += path.endswith("_bulk")
        return (500, {}, {}) if bulks == 4 else None  # all of the second project but its marker

    fake.fault = fault
    with pytest.raises(AudiodescError, match="500"):
        send(fake.url, [films])
    fake.fault = lambda method, path: None
    before = {id for action, id in fake.bulked}
    assert len([id for id in before if "-" not in id]) == 1
    fake.bulked.clear()
    assert send(fake.url, [films]).projects == 3
    assert not before & {id for action, id in fake.bulked}
    assert len(find_in(fake.url, "red OR coat OR ferry OR straße OR 信").hits) == 6


def test_a_new_mapping_is_filled_beside_and_switched(
    films: Path, fake: OpenSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(fake.url, [films])
    monkeypatch.setattr(opensearch, "INDEX", "audiodesc-2")
    monkeypatch.setattr(opensearch, "FORM", 2)
    fake.refuses = lambda id, source: (400, "mapper_parsing_exception") if source.get("start_ms") == 60_000 else None
    done = send(fake.url, [films])
    assert len(done.failed) == 3
    assert "audiodesc-1 is still asked" in done.notes[0]
    assert find_in(fake.url, "ferry").hits
    fake.refuses = lambda id, source: None
    done = send(fake.url, [films])
    assert done.failed == ()
    assert "audiodesc-1 is not asked any more" in done.notes[0]
    assert fake.indexes["audiodesc-2"].aliases == {"audiodesc"}
    assert fake.indexes["audiodesc-1"].aliases == set()
    assert find_in(fake.url, "ferry").hits
    monkeypatch.undo()
    with pytest.raises(OutputError, match="newer audiodesc"):
        send(fake.url, [films])


def test_what_the_server_refuses_is_one_line_a_project_and_is_sent_again(films: Path, fake: OpenSearch) -> None:
    fake.refuses = lambda id, source: (400, "mapper_parsing_exception") if source.get("start_ms") == 3_000 else None
    done = send(fake.url, [films])
    assert len(done.failed) == 3
    assert any(
        "kitchen.ad: the server refused 1 of 2 documents (mapper_parsing_exception" in one for one in done.failed
    )
    assert find_in(fake.url, "ferry").hits
    fake.refuses = lambda id, source: None
    assert send(fake.url, [films]).failed == ()
    assert find_in(fake.url, "red coat").hits


def test_a_busy_server_is_sent_the_same_again(films: Path, fake: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("opensearchpy.helpers.actions.time.sleep", waited.append)
    left = [2]

    def busy(id: str, source: Any) -> tuple[int, str] | None:
        if left[0]:
            left[0] -= 1
            return 429, "es_rejected_execution_exception"
        return None

    fake.refuses = busy
    assert send(fake.url, [films]).failed == ()
    assert waited


def test_a_project_that_cannot_be_read_is_named_and_the_others_are_sent(films: Path, fake: OpenSearch) -> None:
    database = next((films / "kitchen.ad" / ".audiodesc").glob("*"))
    database.write_bytes(b"no database at all" * 100)
    done = send(fake.url, [films])
    assert len(done.failed) == 1
    assert "kitchen.ad" in done.failed[0]
    assert find_in(fake.url, "ferry").hits


HOSTILE = (
    'red" OR _exists_:stamp', "*", "red) AND (coat", "red~2 coat^9", "words.line:red", "/.*/", '{"match_all": {}}',
    "red\\", "kind:project", "[a TO z]", "text:(red OR coat)",
)  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE)
def test_the_servers_own_syntax_is_nothing_but_words(films: Path, url: str, question: str) -> None:
    send(url, [films])

    def outcome(asks: Any) -> Any:
        try:
            return {(hit.project.name, hit.span) for hit in asks()}
        except UsageError as error:
            return str(error)

    assert outcome(lambda: find_in(url, question).hits) == outcome(lambda: find(question, films))


def test_answers_of_another_form_are_left_out_and_said(films: Path, fake: OpenSearch) -> None:
    send(fake.url, [films])
    one = next(one for one in fake.indexes[INDEX].seen.values() if "ferry" in str(one))
    changes: list[dict[str, Any]] = [{"start_ms": "soon"}, {"texts": None}, {"end_ms": 1}, {"texts": ["a"]}]
    for number, change in enumerate(changes):
        fake.indexes[INDEX].seen[f"other-{number}"] = one | {"key": f"x{number}"} | change
    found = find_in(fake.url, "ferry", where=Where())
    assert len(found.hits) == 1
    assert "cannot be read and are left out" in found.notes[0]


def test_a_server_without_films_says_how_to_send_some(fake: OpenSearch) -> None:
    with pytest.raises(InputError, match="audiodesc index --to opensearch"):
        find_in(fake.url, "red")


def test_an_index_of_somebody_elses_is_left_alone(films: Path, fake: OpenSearch) -> None:
    fake.indexes["audiodesc"] = Index({}, {"their": {}})
    with pytest.raises(AudiodescError, match="invalid_alias_name_exception"):
        send(fake.url, [films])
    assert fake.indexes["audiodesc"].documents == {"their": {}}


def test_the_login_is_sent_and_never_said(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served("anna:geheim-1234") as fake:
        host = fake.url.removeprefix("http://")
        send(f"http://anna:geheim-1234@{host}", [films])
        monkeypatch.setenv(opensearch_client.LOGIN, "anna:geheim-1234")
        assert find_in(fake.url, "ferry").hits
        monkeypatch.setenv(opensearch_client.LOGIN, "anna:falsch-5678")
        with pytest.raises(UsageError) as caught:
            find_in(fake.url, "ferry")
        for secret in ("falsch-5678", host, "YW5uYTpmYWxzY2gtNTY3OA"):
            assert secret not in str(caught.value)
        monkeypatch.setenv(opensearch_client.LOGIN, "anna")
        with pytest.raises(UsageError, match="USER:PASSWORD"):
            find_in(fake.url, "ferry")


def test_no_redirect_is_followed(fake: OpenSearch) -> None:
    with served() as other:
        fake.fault = lambda method, path: (302, b"", {"location": f"{other.url}{path}"})
        with pytest.raises(UsageError, match="another address"):
            find_in(fake.url, "red")
        assert other.requests == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>hello</html>"),
        (200, b"[]"),
        (200, {"hits": 3}),
        (200, {"hits": {"hits": 7}}),
        (500, b"\xff\x1b[2J"),
    ],
)
def test_a_server_that_is_no_opensearch_is_one_line(fake: OpenSearch, status: int, body: Any) -> None:
    fake.fault = lambda method, path: (status, body, {})
    with pytest.raises(AudiodescError) as caught:
        find_in(fake.url, "red")
    assert "\x1b" not in str(caught.value)


def test_an_answer_that_fails_for_a_moment_is_asked_for_again(films: Path, fake: OpenSearch) -> None:
    send(fake.url, [films])
    left = [2]

    def fault(method: str, path: str) -> tuple[int, Any, dict[str, str]] | None:
        left[0] -= 1
        return (503, {}, {}) if left[0] >= 0 else None

    fake.fault = fault
    assert find_in(fake.url, "ferry").hits


def test_a_server_that_does_not_run_and_an_address_that_is_none(fake: OpenSearch) -> None:
    with pytest.raises(MissingToolError, match="no OpenSearch server answers"):
        find_in("http://127.0.0.1:1", "red")
    for address in ("", "localhost:9200", "ftp://x", "http://x/?y=1", "http://["):
        with pytest.raises(UsageError, match="no address of a server"):
            find_in(address, "red")


def test_a_certificate_is_checked(films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with served(secure=context) as fake:
        with pytest.raises(MissingToolError, match="cannot be trusted"):
            find_in(fake.url, "red")
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        send(fake.url, [films])
        assert find_in(fake.url, "ferry").hits[0].span == Span(60_000, 61_500)


def test_without_the_client_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opensearchpy", None)
    with pytest.raises(MissingToolError, match="opensearch-py"):
        find_in("http://127.0.0.1:1", "red")


def settle(films: Path) -> None:
    """What was written just now may change again within a tick of the clock: it is written long ago."""
    for path in films.rglob(".audiodesc/*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
