"""Films made on a cluster of two local nodes: as `make` does, whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from batch.scripted import answered, made_films
from cluster.ray_films import Making, job
from site_folders import plugins_of

from audiodesc import make
from audiodesc.batch.runners import Event, Failed, Made, Staged, Stopped
from audiodesc.batch.sharing import heartbeat
from audiodesc.cluster import RayRunner
from audiodesc.errors import UsageError
from audiodesc.settings import DescriberSettings, Settings

pytest.importorskip("ray")

CLIPS = 4
"""Of each film."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return made_films(tmp_path_factory.mktemp("films"), 2, 40.0)


def contents(folder: Path) -> dict[str, bytes]:
    """What a run makes, but for the film, and the report and its page, which say how long it took."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".vtt", ".m4a", ".flac")}


def is_at(event: Event, *stages: str) -> bool:
    """Amid the stage, so that its task has not ended yet."""
    return isinstance(event, Staged) and event.stage in stages and 0 < event.done < event.total


def test_films_are_made_as_make_makes_them(runner: Any, films: list[Path], scripted: Path, tmp_path: Path) -> None:
    """One by paths, one from and to a store, and one that is no film."""
    store = tmp_path / "store"
    store.mkdir()
    film = tmp_path / "a film.mp4"
    film.write_bytes(films[0].read_bytes())
    (store / film.name).write_bytes(films[0].read_bytes())
    (store / "none.mp4").write_text("no film")
    by_url = job(f"file://{store}/a film.mp4", f"file://{store}/a film.ad")
    broken = job(f"file://{store}/none.mp4", f"file://{store}/none.ad")
    making = Making(runner, {1: job(film, tmp_path / "one.ad"), 2: by_url, 3: broken})
    assert runner.free > 0
    making.run()
    with plugins_of(scripted):
        make(film, None, tmp_path / "local.ad", Settings(describer=DescriberSettings(name="scripted")))
    wanted = contents(tmp_path / "local.ad")
    assert len(wanted) == 3
    assert contents(tmp_path / "one.ad") == wanted
    assert contents(store / "a film.ad") == wanted

    one, other, failed = (making.ended[film] for film in (1, 2, 3))
    assert isinstance(one, Made)
    assert (one.result.clips, one.result.cached, one.result.overlap_ms) == (CLIPS, 0, 0)
    assert {"hear", "look", "describe", "mix"} <= set(one.result.stages)
    assert isinstance(other, Made)
    assert other.result.files["script"] == f"file://{store}/a film.ad/a film.ad.vtt"
    assert isinstance(failed, Failed)
    assert failed.why.cause == "input"
    assert f"file://{store}/none.mp4" in failed.why.message
    assert str(runner.scratch) not in failed.why.message
    assert not (store / "a film.ad" / ".audiodesc" / "lease.json").exists()
    assert [path.name for path in runner.scratch.iterdir() if path.is_dir()] == [broken.key]


def test_a_worker_that_dies_costs_its_clips_in_hand(
    runner: Any, films: list[Path], scripted: Path, tmp_path: Path
) -> None:
    before, killed = len(answered(scripted)), list[int]()

    def kill(event: Event) -> None:
        if is_at(event, "look") and not killed:
            killed.append(runner._films[1].at.pid)
            os.kill(killed[0], signal.SIGKILL)

    making = Making(runner, {1: job(films[0], tmp_path / "out.ad")})
    making.run(kill)
    assert isinstance(making.ended[1], Made)
    assert [loss.blameless for loss in making.losses] == [False]
    assert making.losses[0].last_words.startswith("describe: ")
    assert len(making.losses[0].last_words.partition("; ")[2]) > 10
    assert CLIPS <= len(answered(scripted)) - before < 2 * CLIPS


def test_an_actor_that_dies_costs_its_clips_in_hand(
    runner: Any, films: list[Path], scripted: Path, tmp_path: Path
) -> None:
    import ray

    before, killed = len(answered(scripted)), list[Any]()

    def kill(event: Event) -> None:
        if is_at(event, "look") and not killed:
            killed.extend(runner._pools.actors())
            for actor in killed:
                ray.kill(actor, no_restart=False)

    making = Making(runner, {1: job(films[0], tmp_path / "out.ad")})
    making.run(kill)
    assert isinstance(making.ended[1], Made)
    assert killed
    assert making.losses == []
    assert CLIPS <= len(answered(scripted)) - before < 2 * CLIPS


def test_an_actor_that_hangs_is_started_again(
    runner: Any, films: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    psutil = pytest.importorskip("psutil")
    monkeypatch.setattr(heartbeat, "SILENT_S", 8.0)
    stopped = list[int]()

    def stop(event: Event) -> None:
        if is_at(event, "look") and not stopped:
            names = ((one.pid, " ".join(one.info["cmdline"] or ())) for one in psutil.process_iter(["cmdline"]))
            stopped.extend(pid for pid, name in names if name.startswith("ray::DescriberActor"))
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)

    making = Making(runner, {1: job(films[0], tmp_path / "out.ad")})
    making.run(stop)
    assert isinstance(making.ended[1], Made)
    assert stopped
    assert making.losses == []
    assert not any(psutil.pid_exists(pid) for pid in stopped)


def test_a_node_that_dies_is_no_fault_of_its_films_and_another_takes_its_place(
    nodes: Any, runner: Any, films: list[Path], tmp_path: Path
) -> None:
    ended: list[Any] = []

    def end(event: Event) -> None:
        at = runner._films[event.film].at if event.film in runner._films else None
        if at and at.node == nodes.second.node_id and not ended and is_at(event, "look"):
            ended.append(nodes.second)
            nodes.replace_second()

    making = Making(runner, {number: job(film, tmp_path / f"{number}.ad") for number, film in enumerate(films)})
    making.run(end)
    assert ended
    assert {type(event) for event in making.ended.values()} == {Made}
    assert making.losses
    assert all(loss.blameless for loss in making.losses)


def test_films_leave_a_node_that_is_drained(nodes: Any, runner: Any, films: list[Path], tmp_path: Path) -> None:
    import ray

    drained: list[str] = []

    def drain(event: Event) -> None:
        at = runner._films[event.film].at if event.film in runner._films else None
        if at and at.node == nodes.second.node_id and not drained and is_at(event, "look"):
            drained.append(at.node)
            gcs: Any = getattr(ray, "_raylet")  # noqa: B009 — its stubs do not have it
            client = gcs.GcsClient(address=nodes.address)
            assert client.drain_node(at.node, 2, "maintenance", 0)[0]

    making = Making(runner, {number: job(film, tmp_path / f"{number}.ad") for number, film in enumerate(films)})
    before = runner.free
    making.run(drain)
    assert {type(event) for event in making.ended.values()} == {Made}
    if drained:
        assert all(loss.blameless for loss in making.losses)
        assert runner.free < before


def test_a_film_that_is_stopped_goes_on_from_there_and_is_made_once(
    runner: Any, films: list[Path], scripted: Path, tmp_path: Path
) -> None:
    before, asked = len(answered(scripted)), job(films[0], tmp_path / "out.ad")
    making = Making(runner, {1: asked})
    making.run(lambda event: runner.stop(1) if is_at(event, "look") else None)
    assert making.ended == {1: Stopped(1)}
    assert list((tmp_path / "out.ad" / ".audiodesc" / "cache").iterdir())
    again = Making(runner, {1: asked})
    again.run()
    assert isinstance(again.ended[1], Made)
    assert CLIPS <= len(answered(scripted)) - before < 2 * CLIPS

    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out.ad").iterdir() if path.is_file()}
    third = Making(runner, {1: asked})
    third.run()
    assert isinstance(third.ended[1], Made)
    assert times == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out.ad").iterdir() if path.is_file()}


@pytest.mark.parametrize("address", ["127.0.0.1:9", "no address", "ray://127.0.0.1:9"])
def test_an_address_without_ray_is_said_at_once(address: str) -> None:
    with pytest.raises(UsageError, match=r"no Ray at|no address of Ray"):
        RayRunner(address)


def test_a_job_that_nobody_checked_fails(runner: Any, films: list[Path], tmp_path: Path) -> None:
    making = Making(runner, {1: job(films[0], tmp_path / "out.ad", sound={"loudness": "loud"})})
    making.run()
    failed = making.ended[1]
    assert isinstance(failed, Failed)
    assert failed.why.cause == "usage"
