"""Describers and films on a cluster without Ray: which actors start and end, and which tasks begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from cluster.ray_films import job

from audiodesc.batch.model import FilmResult
from audiodesc.batch.runners import Failed, Lost, Made, Stopped
from audiodesc.batch.sharing import heartbeat
from audiodesc.batch.sharing.calls import HostLostError, Usage
from audiodesc.cluster import actor_transport, describer_actors, ray_runner
from audiodesc.cluster.actor_transport import ActorTransport
from audiodesc.cluster.describer_actors import DescriberPools
from audiodesc.cluster.film_stages import StageDone, StageTask
from audiodesc.cluster.options import ClusterOptions
from audiodesc.cluster.reporter import Position, Reporter
from audiodesc.cluster.session import Node
from audiodesc.errors import UsageError
from audiodesc.settings import DescriberSettings, Settings

ray = pytest.importorskip("ray")

NODE, DRAINED = "0" * 56, "d" * 56
ONE, OTHER = (Settings(describer=DescriberSettings(name=name)) for name in ("qwen3-vl-8b", "qwen3.5-9b"))


@dataclass(eq=False)
class Actor:
    """A double of an actor, which answers once it `is_up`."""

    given: dict[str, Any]
    is_up: bool = True
    did: Usage = field(default_factory=Usage)

    def __getattr__(self, name: str) -> Any:
        return MagicMock(**{"remote.return_value": self, "options.return_value.remote.return_value": self})


@dataclass
class Machines:
    """A double of Ray and its session. Tasks are the references of what they return, once they have."""

    nodes_now: list[Node]
    actors: list[Actor] = field(default_factory=list)
    tasks: list[StageTask] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    returned: dict[StageTask, StageDone | Exception] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    cancelled: list[StageTask] = field(default_factory=list)
    restarted: list[Actor] = field(default_factory=list)
    exceptions: Any = ray.exceptions
    dashboard: str = ""

    @property
    def ray(self) -> Any:
        return self

    def nodes(self) -> list[Node]:
        return self.nodes_now

    def free(self) -> dict[str, float]:
        given = sum(actor.given["num_gpus"] for actor in self.actors if actor.is_up)
        return {"GPU": sum(node.gpus for node in self.nodes_now) - given}

    def remote(self, what: Any) -> Any:
        return MagicMock(options=lambda **given: MagicMock(remote=lambda *args: self._remote(what, given, args)))

    def _remote(self, what: Any, given: dict[str, Any], args: tuple[Any, ...]) -> Any:
        if what is describer_actors.DescriberActor:
            self.actors.append(Actor(given))
            return self.actors[-1]
        if what is Reporter:
            known = self.positions
            return MagicMock(
                **{"positions.remote": lambda tasks, _: {one: known[one] for one in tasks if one in known}}
            )
        self.tasks.append(args[0])
        self.names.append(given["name"])
        return args[0]

    def wait(self, refs: list[Any], timeout: float, num_returns: int = 1) -> tuple[list[Any], list[Any]]:
        are_done = [ref.is_up if isinstance(ref, Actor) else ref in self.returned for ref in refs]
        done = [ref for ref, is_done in zip(refs, are_done, strict=True) if is_done]
        return done, [ref for ref in refs if ref not in done]

    def get(self, ref: Any, timeout: float | None = None) -> Any:
        if not isinstance(ref, StageTask):
            return (True, ref.did) if isinstance(ref, Actor) else ref
        if isinstance(found := self.returned[ref], Exception):
            raise found
        return found

    def kill(self, actor: Any, no_restart: bool = True) -> None:
        if not no_restart:
            self.restarted.append(actor)
        elif actor in self.actors:
            self.actors.remove(actor)

    def cancel(self, ref: Any, **_: Any) -> None:
        self.cancelled.append(ref)
        self.returned[ref] = ray.exceptions.TaskCancelledError()

    def last_words(self, pid: int) -> str:
        return "killed"

    def close(self) -> None: ...


def machines(*nodes: tuple[float, float]) -> Machines:
    return Machines(
        [Node(NODE.replace("0", str(number)), cpus, gpus, 1e11) for number, (cpus, gpus) in enumerate(nodes)]
    )


def pools_on(on: Machines) -> DescriberPools:
    return DescriberPools(cast(Any, on), ClusterOptions())


def test_models_without_a_gpu_leave_a_core_to_films() -> None:
    on = machines((2.0, 0.0))
    pools = pools_on(on)
    pools.actors_for(1, ONE)
    pools.actors_for(2, OTHER)
    assert [actor.given["num_cpus"] for actor in on.actors] == [1.0, 0.0]
    assert pools.cpus == 1.0


def test_an_idle_model_gives_its_core_to_another() -> None:
    on = machines((2.0, 0.0))
    pools = pools_on(on)
    first = pools.actors_for(1, ONE)
    pools.leave(1, 1)
    pools.actors_for(2, OTHER)
    assert first[0] not in on.actors
    assert [actor.given["num_cpus"] for actor in on.actors] == [1.0]


def test_cores_that_a_lost_node_leaves_go_to_films() -> None:
    on = machines((2.0, 0.0), (2.0, 0.0))
    pools = pools_on(on)
    pools.actors_for(1, ONE)
    pools.leave(1, 1)
    pools.end_unused([ONE])
    assert pools.cpus == 1.0
    on.nodes_now = [Node(NODE, 1.0, 0.0, 1e11)]
    pools.end_unused([ONE])
    assert pools.cpus == 0.0


def test_an_actor_that_no_film_will_ask_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    on = machines((8.0, 0.0))
    pools = pools_on(on)
    pools.actors_for(1, ONE)
    pools.leave(1, 1)
    pools.end_unused([])
    assert on.actors
    monkeypatch.setattr(describer_actors, "IDLE_S", -1.0)
    pools.end_unused([ONE])
    assert on.actors
    pools.end_unused([OTHER])
    assert not on.actors


def test_a_model_that_was_busy_gives_way_to_the_one_that_waits_once_it_is_idle() -> None:
    on = machines((8.0, 1.0))
    pools = pools_on(on)
    first = pools.actors_for(1, ONE)
    for _ in range(2):
        pools.hear_usage()
    second = pools.actors_for(2, OTHER)
    on.actors[1].is_up = False
    pools.hear_usage()
    pools.end_unused([ONE, OTHER])
    assert on.actors == [*first, *second]
    pools.leave(1, 1)
    pools.hear_usage()
    pools.end_unused([ONE, OTHER])
    assert on.actors == second


def test_an_actor_that_says_nothing_any_more_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    on = machines((8.0, 1.0))
    pools = pools_on(on)
    (actor,) = pools.actors_for(1, ONE)
    monkeypatch.setattr(heartbeat, "SILENT_S", -1.0)
    actor.is_up = False
    pools.hear_usage()
    pools.hear_usage()
    assert on.restarted == []  # it has not answered so far: it loads a model, or waits for a GPU
    monkeypatch.undo()
    actor.is_up = True
    pools.hear_usage()
    assert on.restarted == []
    actor.is_up = False
    monkeypatch.setattr(heartbeat, "SILENT_S", -1.0)
    for _ in range(3):
        pools.hear_usage()
    assert on.restarted == [actor]  # once: until it has answered it may take its time


def test_an_actor_that_works_for_an_hour_without_an_answer_is_started_again() -> None:
    on = machines((8.0, 1.0))
    pools = pools_on(on)
    (actor,) = pools.actors_for(1, ONE)
    for busy_s, clips, times in ((3000.0, 1, 0), (6000.0, 2, 0), (9000.0, 2, 0), (10.0, 0, 0), (3700.0, 0, 1)):
        actor.did = Usage(busy_s, clips)
        pools.hear_usage()
        pools.hear_usage()
        assert len(on.restarted) == times


def test_a_model_that_no_node_holds_is_said() -> None:
    pools = DescriberPools(cast(Any, machines((8.0, 1.0), (8.0, 1.0))), ClusterOptions(gpus=2.0))
    with pytest.raises(UsageError, match="2 GPUs"):
        pools.actors_for(1, ONE)


def test_a_gpu_that_joins_is_used_and_one_that_leaves_for_a_while_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on = machines((8.0, 0.0))
    pools = pools_on(on)
    pools.actors_for(1, ONE)
    on.nodes_now.append(Node("f" * 56, 8.0, 1.0, 1e11))
    with_gpu = pools.actors_for(2, ONE)
    assert [actor.given["num_gpus"] for actor in on.actors] == [0.0, 1.0]
    on.nodes_now.pop()
    assert pools.actors_for(3, ONE) == with_gpu
    monkeypatch.setattr(describer_actors, "IDLE_S", -1.0)
    pools.leave(1, 1)
    for _ in range(2):
        pools.hear_usage()
    pools.end_unused([ONE])
    assert on.actors == with_gpu


def transport_to(answers: list[Exception | bool], monkeypatch: pytest.MonkeyPatch) -> ActorTransport:
    """A transport whose actor is lost at first, and then answers so; ten seconds pass at each answer."""
    now, left = [0.0], list(answers)

    def get(*_: Any, **__: Any) -> bool:
        now[0] += 10.0
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(ray, "get", get)
    monkeypatch.setattr(actor_transport, "monotonic", lambda: now[0])
    monkeypatch.setattr(actor_transport, "sleep", lambda s: None)
    made = ActorTransport([MagicMock()], lambda: None)
    made._lost = True
    return made


def test_an_actor_whose_node_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    away = ray.exceptions.ActorUnavailableError("restarting", None)
    transport = transport_to([away, ray.exceptions.GetTimeoutError()] * 20 + [True], monkeypatch)
    assert transport._actor() is transport._actors[0]


def test_an_actor_that_is_dead_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HostLostError):
        transport_to([ray.exceptions.ActorDiedError()] * 20, monkeypatch)._actor()


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Machines:
    made = machines((2.0, 0.0))
    monkeypatch.setattr(ray_runner, "RaySession", lambda *_: made)
    monkeypatch.setattr(ray_runner, "QUEUED_S", -1.0)
    return made


def ends(runner: Any) -> list[Any]:
    """Events of some steps."""
    return [event for _ in range(4) for event in runner.events(0.0)]


def test_a_film_whose_choices_cannot_be_read_fails_alone(on: Machines, tmp_path: Path) -> None:
    runner = ray_runner.RayRunner(None)
    runner.start(1, job("a.mp4", tmp_path / "a.ad", str(tmp_path / "none.toml")))
    runner.start(2, job("b\udcff.mp4", tmp_path / "b.ad", "basic"))
    assert ends(runner) == []
    assert all(name.encode() for name in on.names)
    for task in list(on.tasks):
        on.returned[task] = StageDone(next="describe", node=NODE)
    failed = ends(runner)
    assert [(event.film, type(event)) for event in failed] == [(1, Failed)]
    assert failed[0].why.cause == "input"
    assert [task.stage for task in on.tasks] == ["prepare", "prepare", "describe"]


def test_a_film_that_ends_its_nodes_is_lost_by_its_own_fault(on: Machines, tmp_path: Path) -> None:
    runner, losses = ray_runner.RayRunner(None), list[Lost]()
    for attempt in range(1, 5):
        runner.start(1, job("a.mp4", tmp_path / "a.ad", "basic"), attempt)
        ends(runner)
        task = on.tasks[-1]
        on.positions[task.name] = Position("e" * 56, 1)
        ends(runner)
        on.returned[task] = ray.exceptions.NodeDiedError("its node died")
        losses += [event for event in ends(runner) if isinstance(event, Lost)]
    assert [loss.blameless for loss in losses] == [True, True, False, False]


def test_nodes_that_are_drained_count_against_no_film(on: Machines, tmp_path: Path) -> None:
    runner = ray_runner.RayRunner(None)
    on.nodes_now.append(Node(DRAINED, 2.0, 0.0, 1e11, is_drained=True))
    for attempt, node in enumerate([DRAINED] * 3 + ["e" * 56], 1):
        runner.start(1, job("a.mp4", tmp_path / "a.ad", "basic"), attempt)
        ends(runner)
        on.positions[on.tasks[-1].name] = Position(node, 1)
        ends(runner)
        runner._read_nodes()
        on.returned[on.tasks[-1]] = ray.exceptions.NodeDiedError("its node died")
        assert [event.blameless for event in ends(runner)] == [True]


def test_a_film_that_waits_in_the_queue_of_ray_is_stopped(on: Machines, tmp_path: Path) -> None:
    runner = ray_runner.RayRunner(None)
    runner.start(1, job("a.mp4", tmp_path / "a.ad", "basic"))
    ends(runner)
    runner.stop(1)
    assert ends(runner) == [Stopped(1)]
    assert on.cancelled == on.tasks


def test_a_film_that_runs_is_stopped_by_its_task(on: Machines, tmp_path: Path) -> None:
    runner = ray_runner.RayRunner(None)
    runner.start(1, job("a.mp4", tmp_path / "a.ad", "basic"))
    ends(runner)
    on.positions[on.tasks[0].name] = Position(NODE, 1)
    ends(runner)
    runner.stop(1)
    assert ends(runner) == []
    assert on.cancelled == []


def test_films_that_are_mixed_without_a_describe_count_as_those_that_ask(
    on: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ray_runner, "IN_FLIGHT_BYTES", 10)
    runner = ray_runner.RayRunner(None, ClusterOptions(frame_bytes=10))
    for film in (1, 2):
        runner.start(film, job(f"{film}.mp4", tmp_path / f"{film}.ad", "basic"))
    ends(runner)
    for task in list(on.tasks):
        on.returned[task] = StageDone(next="mix", node=NODE)
    ends(runner)
    assert [task.stage for task in on.tasks] == ["prepare", "prepare", "mix"]
    on.returned[on.tasks[2]] = StageDone(FilmResult(), node=NODE)
    assert [type(event) for event in ends(runner)] == [Made]
    assert [task.stage for task in on.tasks] == ["prepare", "prepare", "mix", "mix"]


def test_an_earlier_film_is_not_overtaken_where_its_stage_does_not_fit(on: Machines, tmp_path: Path) -> None:
    needs = ClusterOptions().needs
    needs["describe"] = needs["mix"].__class__(2.0, 1)
    runner = ray_runner.RayRunner(None, ClusterOptions(needs=needs, films=4))
    for film in (1, 2, 3):
        runner.start(film, job(f"{film}.mp4", tmp_path / f"{film}.ad", "basic"))
    ends(runner)
    assert len(on.tasks) == 2
    on.returned[on.tasks[0]] = StageDone(next="describe", node=NODE)
    ends(runner)
    assert len(on.tasks) == 2
    on.returned[on.tasks[1]] = StageDone(next="describe", node=NODE)
    ends(runner)
    assert [task.stage for task in on.tasks] == ["prepare", "prepare", "describe"]
