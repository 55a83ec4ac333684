"""Films of a series that come over HTTP: in the order of their episodes, each with what those before it told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from httpx2 import Client
from reports import report, segment
from service.conftest import at_end, client, submitted, uploaded
from service.serving_doubles import READER, Script, until

from audiodesc.batch.runners import Event, Made
from audiodesc.batch.series import series_folder
from audiodesc.batch.series.ledger import ledger_path
from audiodesc.report import to_json
from audiodesc.service.serving import Served

SERIES = {"series": "Harbour Lights"}
LINE = "Tom, a bearded man in a blue coat, waits at the quay."


class Episodes(Script):
    """Its films have a report with a line about Tom."""

    def events(self, timeout_s: float) -> list[Event]:
        return [self._reported(one) if isinstance(one, Made) else one for one in super().events(timeout_s)]

    def _reported(self, made: Made) -> Made:
        folder = Path(next(path for path in made.result.files.values() if path.endswith(".m4a"))).parent
        content = to_json(report(10_000, [segment((0, 9_000), LINE, (500, 5_000))]))
        (folder / "film.ad.json").write_text(content, "utf-8")
        return made


@pytest.fixture
def script() -> Script:
    return Episodes()


@pytest.fixture
def store(served: Served) -> Path:
    """The folder of films that may be named."""
    return Path(served.service.config.server.stores[0])


def film(store: Path, name: str) -> str:
    (store / name).write_bytes(b"a film")
    return str(store / name)


def test_episodes_come_in_their_order_and_know_those_before(ann: Client, script: Script, store: Path) -> None:
    first = submitted(ann, film(store, "slow-a.mp4"), **SERIES, episode=1)
    until(lambda: len(script.started) == 1)
    third = submitted(ann, film(store, "c.mp4"), **SERIES, episode=3)
    second = submitted(ann, film(store, "b.mp4"), **SERIES, episode=2)
    alone = submitted(ann, film(store, "d.mp4"))
    assert at_end(ann, alone["id"])["state"] == "done"  # what is of no series waits for none
    assert [Path(one.film).name for one in script.started] == ["slow-a.mp4", "d.mp4"]
    script.gate.set()
    assert {at_end(ann, one["id"])["state"] for one in (first, second, third)} == {"done"}
    assert [Path(one.film).name for one in script.started][2:] == ["b.mp4", "c.mp4"]
    given = [one.choices.get("describer", {}) for one in script.started if one.series]
    assert "cast" not in given[0]
    assert all("bearded man" in Path(one["cast"]).read_text("utf-8") for one in given[1:])
    assert (second["series"], second["episode"]) == ("Harbour Lights", 2)
    known = ann.get("/v1/series", params={"name": "Harbour Lights"}).json()
    assert [(one["name"], one["looks"], one["learned"]) for one in known["people"]] == [
        ("Tom", "bearded man in a blue coat", 1)
    ]
    assert [one["number"] for one in known["episodes"]] == [1, 2, 3]
    assert LINE in known["episodes"][0]["summary"]
    assert str(store) not in str(known)


def test_a_series_of_that_name_of_another_tenant_is_another(
    ann: Client, bob: Client, script: Script, store: Path, served: Served
) -> None:
    at_end(ann, submitted(ann, film(store, "a.mp4"), **SERIES, episode=1)["id"])
    assert bob.get("/v1/series", params={"name": "Harbour Lights"}).status_code == 404
    assert bob.delete("/v1/series", params={"name": "Harbour Lights"}).status_code == 404
    made = at_end(bob, submitted(bob, uploaded(bob), **SERIES, episode=2)["id"])
    assert made["state"] == "done"
    assert "cast" not in script.started[-1].choices.get("describer", {})
    folder = served.service.state.folder
    assert ledger_path(series_folder(folder, "ann"), "Harbour Lights").is_file()
    assert not ledger_path(folder, "Harbour Lights").exists()


def test_what_is_known_of_a_series_is_forgotten_when_nothing_of_it_waits(
    ann: Client, script: Script, store: Path, served: Served
) -> None:
    name = {"name": "Harbour Lights"}
    at_end(ann, submitted(ann, film(store, "a.mp4"), **SERIES, episode=1)["id"])
    with client(served, READER) as reader:
        assert reader.get("/v1/series", params=name).status_code == 200
        assert reader.delete("/v1/series", params=name).status_code == 403
    slow = submitted(ann, film(store, "slow.mp4"), **SERIES, episode=2)
    assert ann.delete("/v1/series", params=name).status_code == 409
    script.gate.set()
    at_end(ann, slow["id"])
    path = ledger_path(series_folder(served.service.state.folder, "ann"), "Harbour Lights")
    assert path.with_suffix(".files").is_dir()
    assert ann.delete("/v1/series", params=name).status_code == 204
    assert not path.exists()
    assert not path.with_suffix(".files").exists()
    assert ann.get("/v1/series", params=name).status_code == 404
    at_end(ann, submitted(ann, film(store, "c.mp4"), **SERIES, episode=3)["id"])
    assert "cast" not in script.started[-1].choices.get("describer", {})


def test_a_ledger_that_somebody_broke_is_said_without_its_place(ann: Client, store: Path, served: Served) -> None:
    at_end(ann, submitted(ann, film(store, "a.mp4"), **SERIES, episode=1)["id"])
    path = ledger_path(series_folder(served.service.state.folder, "ann"), "Harbour Lights")
    path.write_text("people =", "utf-8")
    answer = ann.get("/v1/series", params={"name": "Harbour Lights"})
    assert answer.status_code == 422
    assert str(served.service.folder) not in answer.text
    failed = at_end(ann, submitted(ann, film(store, "b.mp4"), **SERIES, episode=2)["id"])
    assert failed["failure"]["cause"] == "input"
    assert str(served.service.folder) not in failed["failure"]["message"]


@pytest.mark.parametrize("name", ["../../bob", "/etc/passwd", "a/b", "a\nb\x00", "Häfen & <b>", "CON", "x" * 200])
def test_any_name_is_a_series_in_the_folder_of_its_tenant(ann: Client, store: Path, served: Served, name: str) -> None:
    content = json.dumps({"film": film(store, "a.mp4"), "series": name, "episode": 1})
    job = ann.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert job.status_code == 201, job.text
    assert at_end(ann, job.json()["id"])["state"] == "done"
    folder = served.service.state.folder / "owners"
    assert [path.parent for path in folder.rglob("*.toml")] == [folder / "ann" / "series"]


@pytest.mark.parametrize(
    "more", [{"episode": -1}, {"episode": 1e9}, {"series": "s" * 201}, {"series": 7}, {"series": "\ud800"}]
)
def test_what_is_no_episode_is_refused(ann: Client, store: Path, more: dict[str, object]) -> None:
    content = json.dumps({"film": film(store, "a.mp4"), **more})
    answer = ann.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
