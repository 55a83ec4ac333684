"""The simulator of a batch: small cases worked out by hand, and laws that hold for every batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiodesc.batch.model import FilmJob, FilmResult, FilmRow
from audiodesc.batch.planning import (
    Cluster,
    Costs,
    Prices,
    costs_of,
    costs_of_rows,
    plan,
    plan_lines,
    simulate_local,
)
from audiodesc.batch.planning.costs import StageCost, result_steps
from audiodesc.batch.planning.simulate import Machine, Step, simulate
from audiodesc.errors import InputError, UsageError

MINUTE = 60_000


def cpu(seconds: float, cores: float = 1.0, stage: str = "mix") -> Step:
    return Step(stage, seconds, cores)


def device(seconds: float) -> Step:
    return Step("look", seconds, 0)


def result(
    minutes: float, describer: float | None = None, processor: float | None = None, **stages: float
) -> FilmResult:
    return FilmResult(round(minutes * MINUTE), clips=5, stages=stages, describer_s=describer, processor_s=processor)


def takes(films: Sequence[Sequence[Step]], cores: float, at_once: int, describers: int = 1) -> float:
    return simulate(films, Machine(cores, describers, at_once)).seconds


@pytest.mark.parametrize(
    ("films", "cores", "at_once", "describers", "seconds"),
    [
        ([], 1, 1, 1, 0),
        ([[cpu(3), device(4), cpu(5)]], 8, 8, 8, 12),
        ([[cpu(3)]] * 4, 1, 4, 0, 12),
        ([[cpu(3)]] * 4, 2, 4, 0, 6),
        ([[cpu(3)]] * 4, 8, 1, 0, 12),
        ([[cpu(3)]] * 4, 8, 4, 0, 3),
        ([[device(3)]] * 4, 1, 4, 2, 6),
        ([[cpu(4, 2)]], 1, 1, 0, 8),
        ([[cpu(4, 2)]], 2, 1, 0, 4),
        ([[cpu(4, 2)]], 8, 1, 0, 4),
        ([[cpu(4, 0.5)]] * 2, 1, 2, 0, 4),
        # the second film's cores work while the first is looked at: 4 + 8 + 8 + 4, for what takes 32 alone
        ([[cpu(4), device(8), cpu(4)]] * 2, 1, 2, 1, 24),
        ([[cpu(4), device(8), cpu(4)]] * 2, 1, 1, 1, 32),
        # the describer works without a break once the first film has come to it
        ([[cpu(1), device(10)]] * 5, 1, 2, 1, 51),
    ],
)
def test_cases_worked_out_by_hand(
    films: Sequence[Sequence[Step]], cores: int, at_once: int, describers: int, seconds: float
) -> None:
    assert takes(films, cores, at_once, describers) == pytest.approx(seconds)


def test_the_film_that_was_begun_first_goes_first() -> None:
    """Two films on one core: where the first comes back from the describer, it has the core before the second."""
    films = [[cpu(4), device(4), cpu(8)], [cpu(40)]]
    assert takes(films, 1, 2) == pytest.approx(52)
    behind = [[cpu(4), device(4), cpu(8), device(40)], [cpu(40)]]
    assert takes(behind, 1, 2) < 4 + 40 + 8 + 40, "the second does not keep it for its whole step"


def test_shares_and_what_limits() -> None:
    found = simulate([[cpu(4), device(8), cpu(4)]] * 100, Machine(1, 1, 3))
    assert found.limit in ("cores", "describer")
    assert found.cores_busy == pytest.approx(800 / found.seconds)
    assert found.describers_busy == pytest.approx(800 / found.seconds)
    assert simulate([[cpu(1), device(9)]] * 9, Machine(2, 1, 4)).limit == "describer"
    assert simulate([[cpu(9), device(1)]] * 9, Machine(2, 1, 4)).limit == "cores"
    assert simulate([[cpu(9), device(1)]] * 9, Machine(99, 99, 2)).limit == "films"
    assert simulate([[cpu(9), device(1)], [cpu(99)]], Machine(99, 99, 9)).limit == "longest"
    assert simulate([[cpu(1, stage="hear"), cpu(2, stage="mix")]] * 9, Machine(1, 1, 9)).stage == "mix"


def test_a_describer_that_is_not_there_is_no_endless_wait() -> None:
    with pytest.raises(ValueError, match="describer"):
        simulate([[device(1)]], Machine(1, 0, 1))


seconds = st.floats(0, 100, allow_nan=False).map(lambda one: round(one, 3))
steps = st.one_of(
    st.builds(cpu, seconds, st.sampled_from([0.5, 1.0, 1.5, 2.0, 6.0]), st.sampled_from(["hear", "mix"])),
    st.builds(device, seconds),
)
batches = st.lists(st.lists(steps, max_size=5), max_size=12)
machines = st.builds(Machine, st.integers(1, 6), st.integers(1, 3), st.integers(1, 8))


@given(batches, machines)
def test_no_batch_is_quicker_than_its_work_nor_slower_than_one_film_after_the_other(
    films: list[list[Step]], machine: Machine
) -> None:
    found = simulate(films, machine)
    alone = sum(simulate([one], machine).seconds for one in films)
    assert found.seconds >= max(found.bounds.values()) * (1 - 1e-9)
    core_s = sum(one.work for film in films for one in film if not one.is_describer)
    device_s = sum(one.work for film in films for one in film if one.is_describer)
    assert sum(found.core_s.values()) == pytest.approx(core_s)
    assert found.cores_busy <= 1
    assert found.describers_busy <= 1
    assert found.seconds <= (core_s + device_s) * 4 + 1e-6, "something is always in hand"
    if machine.films_at_once == 1:
        assert found.seconds == pytest.approx(alone)


@given(st.lists(steps, max_size=6), machines)
def test_one_film_alone_takes_the_sum_of_its_stages(film: list[Step], machine: Machine) -> None:
    wide = replace(machine, cores=99)
    assert simulate([film], wide).seconds == pytest.approx(sum(one.seconds for one in film))


rates = st.floats(0.1, 20)
lengths = st.lists(st.integers(60, 7200), min_size=1, max_size=12)


@settings(max_examples=50)
@given(lengths, rates, rates, rates, rates, st.integers(1, 8), st.integers(1, 3))
def test_more_cores_and_more_gpus_are_not_slower(
    films_s: list[int], hear: float, look: float, describer: float, mix: float, cores: int, gpus: int
) -> None:
    """Of films whose stages follow each other as those of real ones do. What a film gains at one step can cost
    others more at the next (Graham, 1969): of 12,000 small batches 15 % at most, of 60 films and more 1 %."""
    stages = (StageCost("hear", hear), StageCost("look", look + describer), StageCost("mix", mix))
    costs = Costs(stages, StageCost("describer", describer))
    before = plan(films_s, costs, Cluster(gpus, cores, films_at_once=4)).hours
    assert plan(films_s, costs, Cluster(gpus, cores + 1, films_at_once=4)).hours <= before * 1.25
    assert plan(films_s, costs, Cluster(gpus + 1, cores, films_at_once=4)).hours <= before * 1.25
    assert plan(films_s, costs, Cluster(gpus + 99, cores + 99, films_at_once=99)).hours <= before * (1 + 1e-9)


def test_costs_are_the_mean_for_each_minute_with_their_spread() -> None:
    one = result(2, load=9.0, probe=1.0, hear=4.0, look=10.0, describe=6.0, describer=8.0)
    other = result(2, load=3.0, probe=3.0, hear=8.0, look=10.0, describe=6.0, describer=8.0)
    costs = costs_of([one, other])
    by_name = {cost.name: cost for cost in costs.stages}
    assert list(by_name) == ["probe", "hear", "look", "describe"]
    assert (by_name["hear"].seconds, by_name["hear"].spread_s) == (3.0, 1.0)
    assert by_name["probe"].per_film
    assert (by_name["probe"].seconds, by_name["probe"].spread_s) == (2.0, 1.0)
    assert costs.once_s == 9.0
    assert costs.describer is not None
    assert costs.describer.seconds == 4.0
    made = costs.steps(240)
    assert sum(step.seconds for step in made) == pytest.approx(2 + 12 + 20 + 12)
    assert sum(step.seconds for step in made if step.is_describer) == pytest.approx(16)


def test_the_describer_s_time_is_taken_from_look_and_then_from_describe() -> None:
    made = result_steps(result(1, hear=2, look=10, describe=6, mix=1, describer=12))
    found = [(step.stage, step.seconds, step.is_describer) for step in made]
    assert found == [
        ("hear", 2, False),
        ("look", 10, True),
        ("describe", 2, True),
        ("describe", 4, False),
        ("mix", 1, False),
    ]
    part = [(step.stage, step.seconds, step.is_describer) for step in result_steps(result(1, look=10, describer=7))]
    assert part == [("look", 3, False), ("look", 7, True)]


def test_without_a_measured_describer_it_is_the_film_s_own_or_all_of_look() -> None:
    made = result(1, hear=2, look=10)
    assert not any(step.is_describer for step in result_steps(made))
    assert [step.seconds for step in result_steps(made, shared=True) if step.is_describer] == [10]
    assert costs_of([made]).describer is None
    assert costs_of([made], shared=True).describer == StageCost("describer", 10.0)


def test_processor_time_says_how_many_cores_a_film_uses() -> None:
    made = result_steps(result(1, hear=4, look=10, mix=6, describer=10, processor=15))
    assert {step.cores for step in made if not step.is_describer} == {1.5}
    assert sum(step.work for step in made if not step.is_describer) == pytest.approx(15)


def test_films_that_were_known_to_the_describer_count_only_where_there_are_no_others() -> None:
    known = replace(result(1, look=0.1), cached=5)
    assert costs_of([known, result(1, look=10)]).stages[0].seconds == 10
    only = costs_of([known])
    assert any("known already" in note for note in only.notes)


@pytest.mark.parametrize("results", [[], [FilmResult()], [FilmResult(duration_ms=5)], [result(0, hear=3)]])
def test_without_a_film_that_was_made_there_are_no_costs(results: list[FilmResult]) -> None:
    with pytest.raises(InputError, match="make one of them first"):
        costs_of(results)


def row(number: int, start: float, end: float, of: FilmResult) -> FilmRow:
    job = FilmJob(f"/f/{number}.mp4", f"/o/{number}.ad")
    return FilmRow(number, job, "done", result=of, started_at=start, ended_at=end)


def test_rows_of_films_made_alone_tell_what_a_film_takes_beyond_its_stages() -> None:
    costs = costs_of_rows([row(1, 100, 112, result(1, hear=10)), row(2, 112, 126, result(1, hear=10))], 2)
    assert costs.stages[0] == StageCost("start", 3.0, per_film=True)
    assert sum(step.seconds for step in costs.steps(60)) == pytest.approx(13)


def test_rows_of_films_that_waited_for_each_other_are_scaled() -> None:
    """Four films at a time on two cores: each stage took twice as long as alone."""
    rows = [row(n, 100, 120, result(1, hear=20)) for n in range(4)]
    costs = costs_of_rows(rows, 2)
    assert costs.stages[0].seconds == pytest.approx(10)
    assert any("4.0 films" in note for note in costs.notes)
    again = plan([60] * 4, costs, Cluster(0, 2))
    assert again.hours * 3600 == pytest.approx(20), "the same machine takes as long as it did"
    queued = [row(n, 100, 140, result(1, look=40, describer=10)) for n in range(4)]
    assert plan([60] * 4, costs_of_rows(queued, 2), Cluster(1, 2)).hours * 3600 == pytest.approx(40)


def test_failed_and_queued_rows_are_no_measurement() -> None:
    failed = replace(row(1, 1, 2, result(1, hear=100)), state="failed")
    assert costs_of_rows([failed, row(2, 1, 11, result(1, hear=10))], 2).films == 1


COSTS = Costs((StageCost("hear", 6.0, 1.5), StageCost("look", 30.0)), StageCost("describer", 30.0), once_s=60)


def test_a_plan_in_hours_and_cost() -> None:
    made = plan([3600] * 10, COSTS, Cluster(1, 4), Prices(2.0, 0.1))
    assert made.limit == "describer"
    assert made.stage == "look"
    assert made.hours == pytest.approx((10 * 1800 + 60 + 360) / 3600, rel=0.01)
    assert made.cost == pytest.approx(made.hours * (2.0 + 4 * 0.1))
    assert made.hours_high > made.hours
    assert plan([3600] * 10, COSTS, Cluster(1, 4)).cost is None
    eight = plan([3600] * 80, COSTS, Cluster(8, 64, nodes=4))
    assert eight.hours == pytest.approx(made.hours, rel=0.01)
    text = "\n".join(plan_lines(eight))
    assert "limited by the describers" in text
    assert "4 nodes" in text
    assert all(line in text for line in eight.assumptions)
    assert plan([], COSTS, Cluster(1, 1)).hours == pytest.approx(60 / 3600)


def test_what_runs_on_the_cores_uses_no_gpu() -> None:
    costs = Costs((StageCost("hear", 6.0),))
    made = plan([600] * 10, costs, Cluster(8, 4))
    assert made.limit == "cores"
    assert made.describers_busy == 0
    assert any("needs no GPU" in one for one in made.assumptions)


@pytest.mark.parametrize("machine", [{"cores": 0}, {"gpus": -1}, {"nodes": 0}, {"nodes": 9}, {"films_at_once": 0}])
def test_no_machine(machine: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Cluster(**{"gpus": 1, "cores": 8, **machine})


def test_no_film_is_shorter_than_nothing() -> None:
    for wrong in (-1.0, float("nan")):
        with pytest.raises(UsageError):
            plan([wrong], COSTS, Cluster(1, 1))


def test_a_local_run_is_the_sum_with_one_film_at_a_time_and_less_with_more() -> None:
    results = [result(1, load=2, hear=4, look=7, mix=6, describer=7) for _ in range(10)]
    assert simulate_local(results, 1, 2) == pytest.approx(170 + 2)
    assert simulate_local(results, 4, 2) == pytest.approx(2 + 10 * 7 + 10, rel=0.3)


def test_ten_thousand_films_take_what_the_describers_need() -> None:
    films_s = [1200 + (n * 7919) % 6000 for n in range(10_000)]
    found = simulate((COSTS.steps(one) for one in films_s), Machine(64, 8, 66))
    least_s = sum(films_s) / 60 * 30 / 8
    assert least_s <= found.seconds < 1.02 * least_s
