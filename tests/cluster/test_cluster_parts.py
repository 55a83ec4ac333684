"""Parts of the cluster that need no Ray: leases, staging, what a describer needs, how far films are."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import pytest

from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.sharing.calls import Usage
from audiodesc.cluster import film_stages, leases, stores
from audiodesc.cluster.describer_actors import DescriberPools, Replica
from audiodesc.cluster.describer_need import Need, need_of
from audiodesc.cluster.film_stages import StageDone, StageTask, run_stage, whole_result
from audiodesc.cluster.leases import Lease
from audiodesc.cluster.options import ClusterOptions
from audiodesc.cluster.reporter import Position, Reporter
from audiodesc.cluster.session import Node
from audiodesc.cluster.staging import ABANDONED_S, scratch_folder, staged, unstage
from audiodesc.cluster.stores import Folder
from audiodesc.core.progress import silent
from audiodesc.errors import BusyError, OutputError
from audiodesc.settings import DescriberSettings, Settings

ENTRY = "look.4-" + "0a" * 16 + ".json"
LEASE = "/out/film.ad/.audiodesc/lease.json"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A store in memory with a film, and leases whose beats are quick."""
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.setattr(leases, "BEAT_S", 0.05)
    monkeypatch.setattr(leases, "STALE_S", 20.0)
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe_file("/films/film.mp4", b"a film")
    yield memory
    memory.store.clear()


def beat_of(store: Any) -> int:
    return int(json.loads(store.cat_file(LEASE))["beat"])


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


JOB = FilmJob("memory://films/film.mp4", "memory://out/film.ad")


def test_a_lease_is_there_while_a_film_is_made(store: Any) -> None:
    with Lease("memory://out/film.ad", "one"):
        assert json.loads(store.cat_file(LEASE))["run"] == "one"
    assert LEASE not in store.store


def test_two_runs_do_not_write_to_one_folder(store: Any) -> None:
    other = Lease("memory://out/film.ad", "other")
    with Lease("memory://out/film.ad", "one"), pytest.raises(BusyError, match="in use by another run"):
        other.__enter__()


def test_the_lease_of_a_run_that_was_killed_passes_to_the_next(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "STALE_S", 0.4)
    store.pipe_file(LEASE, json.dumps({"run": "killed", "beat": 7}).encode())
    with Lease("memory://out/film.ad", "next"):
        assert json.loads(store.cat_file(LEASE))["run"] == "next"


def test_the_same_run_goes_on_at_once(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "STALE_S", 3600.0)
    store.pipe_file(LEASE, json.dumps({"run": "one", "beat": 7}).encode())
    with Lease("memory://out/film.ad", "one"):
        pass


def test_a_lease_that_another_took_is_said(store: Any) -> None:
    def hold() -> None:
        with Lease("memory://out/film.ad", "one") as lease:

            def is_taken() -> bool:  # again and again: a beat may be on its way
                store.pipe_file(LEASE, json.dumps({"run": "other", "beat": 1}).encode())
                return lease.fault is not None

            wait_for(is_taken)

    with pytest.raises(BusyError):
        hold()


def test_a_lease_lives_on_while_its_work_takes_long(store: Any) -> None:
    began, ended = Event(), Event()

    def work() -> None:
        began.set()
        assert ended.wait(60)

    with Lease("memory://out/film.ad", "one", work):
        assert began.wait(60)
        beat = beat_of(store)
        wait_for(lambda: beat_of(store) > beat + 2)
        ended.set()


def test_one_fault_of_a_store_does_not_end_a_film(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    faults, write = {"write", "work"}, Folder.write

    def fail_once(what: str) -> None:
        if what in faults:
            faults.remove(what)
            raise OutputError("the network is gone")

    def write_later(self: Folder, name: str, content: bytes) -> None:
        fail_once("write")
        write(self, name, content)

    with Lease("memory://out/film.ad", "one", lambda: fail_once("work")) as lease:
        monkeypatch.setattr(Folder, "write", write_later)
        wait_for(lambda: not faults)
        beat = beat_of(store)
        wait_for(lambda: beat_of(store) > beat)
        lease.check()


def test_a_lease_that_cannot_be_written_for_long_is_said(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Folder, name: str, content: bytes) -> None:
        raise OutputError("the network is gone")

    def hold() -> None:
        with Lease("memory://out/film.ad", "one") as lease:
            monkeypatch.setattr(Folder, "write", fail)
            wait_for(lambda: lease.fault is not None)

    monkeypatch.setattr(leases, "STALE_S", 0.4)
    with pytest.raises(OutputError, match="network"):
        hold()


def test_a_slow_store_does_not_make_a_lease_stale(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pipe_file(LEASE, json.dumps({"run": "other", "beat": 7}).encode())
    reads: list[float] = []

    def beat_late(seconds: float) -> None:
        reads.append(seconds)
        if len(reads) == 3:
            store.pipe_file(LEASE, json.dumps({"run": "other", "beat": 8}).encode())

    monkeypatch.setattr(leases, "sleep", beat_late)
    monkeypatch.setattr(leases, "monotonic", itertools.count(0.0, 100.0).__next__)  # each read takes longer than that
    with pytest.raises(BusyError), Lease("memory://out/film.ad", "next"):
        pass


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a task asks of Ray, without Ray."""
    asked = {"get_runtime_context": MagicMock, "get": lambda *_, **__: False}
    ray = SimpleNamespace(exceptions=SimpleNamespace(RayError=ConnectionError), **asked)
    monkeypatch.setitem(sys.modules, "ray", ray)


@pytest.mark.parametrize(("attempt", "cause"), [(1, "busy"), (2, "input")])
def test_a_film_that_begins_again_waits_for_the_lease_of_the_run_before(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_ray: None, attempt: int, cause: str
) -> None:
    before = Lease(JOB.output, "before")
    before.__enter__()
    ended: list[float] = []

    def end(seconds: float) -> None:
        if not ended:
            before.__exit__(None, None, None)
        ended.append(seconds)

    monkeypatch.setattr(film_stages, "sleep", end)
    task = StageTask("name", "prepare", JOB.to_json(), 1, attempt, "run", MagicMock(), (), str(tmp_path))
    failed = run_stage(task).failed
    end(0.0)
    assert failed is not None
    assert failed.cause == cause  # "a film" is none


def test_a_film_of_a_store_is_on_the_disk_while_it_is_made(store: Any, tmp_path: Path) -> None:
    with staged(JOB, "run", tmp_path, silent) as here:
        assert Path(here.job.film).read_bytes() == b"a film"
        assert Path(here.job.film).name == "film.mp4"
        output = Path(here.job.output)
        (output / ".audiodesc" / "cache").mkdir(parents=True)
        (output / ".audiodesc" / "cache" / ENTRY).write_text("seen")
        wait_for(lambda: f"/out/film.ad/.audiodesc/cache/{ENTRY}" in store.store)  # before the stage ends
        here.check()
        (output / "film.ad.vtt").write_text("a script")
        assert here.with_urls(f"{here.job.film} is odd") == "memory://films/film.mp4 is odd"
        assert here.url_of(str(output / "film.ad.vtt")) == "memory://out/film.ad/film.ad.vtt"
    assert store.cat_file("/out/film.ad/film.ad.vtt") == b"a script"
    unstage(JOB, tmp_path)
    with staged(JOB, "run", tmp_path, silent) as here:  # on another node
        assert (Path(here.job.output) / ".audiodesc" / "cache" / ENTRY).read_text() == "seen"


def test_what_a_stage_had_made_when_it_failed_is_kept(store: Any, tmp_path: Path) -> None:
    def fail() -> None:
        with staged(JOB, "run", tmp_path, silent) as here:
            (Path(here.job.output) / ".audiodesc" / "cache").mkdir(parents=True)
            (Path(here.job.output) / ".audiodesc" / "cache" / ENTRY).write_text("seen")
            raise OutputError("no room")

    with pytest.raises(OutputError, match="no room"):
        fail()
    assert store.cat_file(f"/out/film.ad/.audiodesc/cache/{ENTRY}") == b"seen"
    assert LEASE not in store.store


def test_copies_that_no_task_works_on_make_way_for_the_next(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk on which there is space for one film."""
    with staged(JOB, "run", tmp_path, silent) as before:
        pass

    def usage(folder: Path) -> Any:
        taken = sum(path.stat().st_size for path in tmp_path.rglob("*/film/*") if path.is_file())
        return SimpleNamespace(free=8 - taken)

    monkeypatch.setattr(stores, "SPARE", 0)
    monkeypatch.setattr("audiodesc.cluster.stores.shutil.disk_usage", usage)
    store.pipe_file("/films/other.mp4", b"other")
    other = replace(JOB, film="memory://films/other.mp4", output="memory://out/other.ad")
    with staged(other, "run", tmp_path, silent) as here:
        assert Path(here.job.film).read_bytes() == b"other"
        assert not Path(before.job.film).exists()
        with pytest.raises(OutputError, match="no space"), staged(JOB, "run", tmp_path, silent):
            pass
        assert Path(here.job.film).read_bytes() == b"other"


def test_paths_are_used_as_they_are(tmp_path: Path) -> None:
    job = FilmJob("/films/film.mp4", "/films/film.ad")
    with staged(job, "run", tmp_path / "scratch", silent) as here:
        assert here.job == job
    assert not (tmp_path / "scratch").exists()


def test_what_a_killed_task_left_is_removed_a_day_later(store: Any, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "young").mkdir()
    past = time.time() - 2 * ABANDONED_S
    os.utime(tmp_path / "old", (past, past))
    with staged(JOB, "run", tmp_path, silent):
        pass
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "young").exists()


def test_staged_films_are_their_owners_alone(store: Any, tmp_path: Path) -> None:
    place = tmp_path / "scratch"
    with staged(JOB, "run", place, silent):
        assert place.stat().st_mode & 0o077 == 0
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "young", target_is_directory=True)
    with pytest.raises(OutputError), staged(JOB, "run", link, silent):
        pass
    assert scratch_folder("/disk/here") == Path("/disk/here")


@pytest.mark.parametrize(
    ("chosen", "gpus", "wanted"),
    [
        (DescriberSettings(name="qwen3-vl-8b"), 4.0, Need(gpus=1.0)),
        (DescriberSettings(name="qwen3-vl-8b"), 0.0, Need(cpus=1.0)),
        (DescriberSettings(name="server", server="http://host:8000/v1"), 4.0, Need()),
        (DescriberSettings(server="http://host:8000/v1"), 4.0, Need()),
        (DescriberSettings(), 4.0, Need(gpus=1.0)),
        (DescriberSettings(), 0.0, Need()),
        (DescriberSettings(name="scripted"), 4.0, Need()),
    ],
)
def test_a_describer_is_given_what_its_profile_asks_for(chosen: DescriberSettings, gpus: float, wanted: Need) -> None:
    assert need_of(Settings(describer=chosen), ClusterOptions(), gpus, 8.0) == wanted


def test_a_model_that_one_gpu_does_not_hold_is_given_more() -> None:
    chosen = Settings(describer=DescriberSettings(name="qwen3-vl-8b"))
    assert need_of(chosen, ClusterOptions(gpu_bytes=8_000_000_000), 8.0, 8.0).gpus > 1
    assert need_of(chosen, ClusterOptions(gpus=0.5), 8.0, 8.0) == Need(gpus=0.5)


@dataclass
class Machines:
    """Ray's session, of nodes with GPUs, on which actors start at once."""

    nodes_now: list[Node]
    started: list[float] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)

    def nodes(self) -> list[Node]:
        return self.nodes_now

    def free(self) -> dict[str, float]:
        return {"GPU": sum(node.gpus for node in self.nodes_now) - sum(self.started) + len(self.ended)}

    @property
    def ray(self) -> Any:
        return self

    def remote(self, *_: Any) -> Any:
        return self if _ and isinstance(_[0], type) else MagicMock()

    def options(self, **chosen: Any) -> Any:
        self.started.append(chosen["num_gpus"])
        return self

    def kill(self, actor: Any) -> None:
        self.ended.append(actor)


def test_describers_are_replicated_over_the_free_gpus_and_over_new_ones() -> None:
    machines = Machines([Node("one", 8.0, 2.0, 1e9), Node("two", 8.0, 2.0, 1e9)])
    pools = DescriberPools(cast(Any, machines), ClusterOptions())
    chosen = Settings(describer=DescriberSettings(name="qwen3-vl-8b"))
    first = [pools.actors_for(film, chosen)[0] for film in range(6)]
    assert len(pools.actors()) == 4
    assert sorted(first.count(actor) for actor in pools.actors()) == [1, 1, 2, 2]
    machines.nodes_now.append(Node("three", 8.0, 1.0, 1e9))
    pools.actors_for(6, chosen)
    assert len(pools.actors()) == 5
    machines.nodes_now.append(Node("drained", 8.0, 4.0, 1e9, is_drained=True))
    pools.actors_for(7, chosen)
    assert len(pools.actors()) == 5


def test_a_model_that_no_film_wants_gives_way() -> None:
    machines = Machines([Node("one", 8.0, 1.0, 1e9)])
    pools = DescriberPools(cast(Any, machines), ClusterOptions())
    one, other = (Settings(describer=DescriberSettings(name=name)) for name in ("qwen3-vl-8b", "qwen3.5-9b"))
    before = pools.actors_for(1, one)
    pools.leave(1, 1)
    assert pools.actors_for(2, other) != before
    assert machines.ended == before


def test_basic_is_no_actor() -> None:
    pools = DescriberPools(cast(Any, Machines([])), ClusterOptions())
    assert pools.actors_for(1, Settings(describer=DescriberSettings(name="basic"))) == []


def test_what_an_actor_did_before_it_died_counts() -> None:
    one = Replica(None)
    for busy_s in (1.0, 3.0, 0.5, 2.0):
        one.hear(Usage(busy_s=busy_s, clips=int(busy_s * 10), waiting=1))
    assert one.usage == Usage(busy_s=5.0, clips=50, waiting=1)


def test_the_result_of_a_film_has_the_time_of_all_its_stages() -> None:
    last = FilmResult(clips=4, cached=4, stages={"look": 0.1, "mix": 2.0})
    done = [
        StageDone(seconds={"hear": 1.0}, next="describe"),
        StageDone(seconds={"hear": 0.5, "look": 3.0}, asked=3, next="mix"),
        StageDone(last, seconds=last.stages),
    ]
    made = whole_result(done)
    assert made is not None
    assert made.stages == {"hear": 1.5, "look": 3.1, "mix": 2.0}
    assert (made.clips, made.cached) == (4, 1)
    assert whole_result(done[:2]) is None


def test_the_reporter_holds_one_position_for_each_task_in_hand() -> None:
    reporter = Reporter()
    for done in range(1000):
        assert not reporter.report("one", Position("node", 1, "mix", done, 1000))
    reporter.report("other", Position("node", 2))
    assert reporter.positions(["one"], ["one"]) == {"one": Position("node", 1, "mix", 999, 1000)}
    assert reporter.report("one", Position("node", 1))
    assert reporter.positions([], []) == {}


def test_ray_is_imported_by_none_who_does_not_use_it() -> None:
    code = "import sys, audiodesc.cluster\nprint(sorted({'ray', 'fsspec'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
