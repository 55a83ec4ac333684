"""Many films, measured: a batch beside one film after the other, the describer's share of the time, what a film costs
beyond its stages, memory, status, and the plan beside the clock.

    python benchmarks/batch.py                                # every row: 40 films of 3 minutes; about an hour
    python benchmarks/batch.py --films 8 --minutes 1          # a short form, which shows that it works
    python benchmarks/batch.py --only memory --only status

The films are the sample, repeated. The describer is scripted: it takes a stated time for a clip, on one device. That
time is chosen so that the describer needs 70 % of what all other stages of a film take. It needs the extra `dev`, two
cores and a machine that does nothing else; the load before the start is printed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parent.parent
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "batch")]

import psutil  # noqa: E402
from material import make_material  # noqa: E402
from scripted import answered, install_scripted  # type: ignore[import-not-found]  # noqa: E402
from timing import pin  # noqa: E402

from audiodesc.batch.local import LocalRunner  # noqa: E402
from audiodesc.batch.model import FilmJob, FilmResult  # noqa: E402
from audiodesc.batch.planning import simulate_local  # noqa: E402
from audiodesc.batch.running import RunLimits, held_batch, run_batch  # noqa: E402
from audiodesc.batch.state import BatchState  # noqa: E402

CHOICES = {"describer": {"name": "scripted"}, "voice": {"name": "espeak-en-gb"}}
SHARE = 0.7
"""What the describer needs of the time of all other stages."""

ROWS = ("speed", "overhead", "ray", "memory", "status", "plan")


@dataclass(frozen=True, slots=True)
class Row:
    """A measured number and what is wanted."""

    what: str
    found: str
    wanted: str
    met: bool


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured: so many films of that length, so many at once, in a folder."""

    folder: Path
    films: int
    minutes: float
    one_by_one: int
    at_once: int | None


@dataclass(frozen=True, slots=True)
class Ran:
    """A batch that was run: seconds by the clock, and seconds in which the describer had work."""

    seconds: float
    busy_s: float
    results: tuple[FilmResult, ...]


def jobs(bench: Bench, name: str, count: int) -> list[FilmJob]:
    """Films of a folder of their own; each is a link to the same content, described anew."""
    material = bench.folder / "material"
    if not material.is_dir():
        made = make_material(ROOT / "samples" / "sample.mp4", max(1, round(bench.minutes)), 1, material)
        assert made.film.is_file()
    place = bench.folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    found = []
    for number in range(count):
        film = place / f"film-{number:03}.mp4"
        os.link(material / "film.mp4", film)
        shutil.copyfile(material / "film.srt", film.with_suffix(".srt"))
        found.append(FilmJob(str(film), str(film.with_suffix(".ad")), str(film.with_suffix(".srt")), CHOICES))
    return found


def batch(bench: Bench, name: str, wanted: Sequence[FilmJob]) -> Ran:
    """The jobs made by the local runner."""
    with held_batch(bench.folder / name / "batch") as state:
        state.put(wanted)
        runner = LocalRunner(bench.at_once)
        started = perf_counter()
        try:
            run_batch(state, runner, RunLimits(), lambda row: None)
            seconds, usage = perf_counter() - started, runner.usage
        finally:
            runner.close()
        rows = state.rows()
        failed = [row.failed.message for row in rows if row.failed]
        assert not failed, failed
        return Ran(seconds, usage.busy_s, tuple(row.result for row in rows if row.result))


def one_by_one(wanted: Sequence[FilmJob]) -> float:
    """Seconds of `audiodesc make`, a process for each film, one after the other."""
    started = perf_counter()
    for job in wanted:
        command = [sys.executable, "-m", "audiodesc", "make", job.film, "--subs", job.subtitles, "-o", job.output]
        subprocess.run([*command, "--describer", "scripted", "--voice", "espeak-en-gb", "-q"], check=True)
    return perf_counter() - started


def calibrated(bench: Bench) -> float:
    """Seconds a clip, so that the describer needs `SHARE` of what the other stages take of one film alone."""
    os.environ["SCRIPTED_SECONDS"] = "0"
    before = len(answered(bench.folder / "describer"))
    found = batch(bench, "calibration", jobs(bench, "calibration", 2)).results
    clips = (len(answered(bench.folder / "describer")) - before) / len(found)
    alone = batch(replace(bench, at_once=1), "alone", jobs(bench, "alone", 1)).results[0]
    others_s = sum(alone.stages.values())
    each = SHARE * others_s / clips
    print(f"a film: {others_s:.1f} s of other stages, {clips:.0f} clips of {each:.2f} s each", flush=True)
    return each


def speed(bench: Bench) -> list[Row]:
    """40 films in one batch beside one by one, and how much of the time the describer had work."""
    os.environ["SCRIPTED_SECONDS"] = f"{calibrated(bench):.3f}"
    ran = batch(bench, "together", jobs(bench, "together", bench.films))
    count = min(bench.one_by_one, bench.films)
    single = one_by_one(jobs(bench, "single", count)) / count * bench.films
    how = "" if count == bench.films else f", from {count} of them"
    ratio, busy = ran.seconds / single, ran.busy_s / ran.seconds
    what = f"{bench.films} films of {bench.minutes:g} min: {ran.seconds:.0f} s beside {single:.0f} s{how}"
    return [
        Row(what, f"{ratio:.2f}×", "≤ 0.75×", ratio <= 0.75),
        Row("describer busy", f"{busy:.0%}", "≥ 90 %", busy >= 0.9),
    ]


def overhead(bench: Bench) -> list[Row]:
    """What a film takes by the clock beyond its stages, one film at a time."""
    os.environ["SCRIPTED_SECONDS"] = "0"
    count = max(4, min(10, bench.films))
    ran = batch(replace(bench, at_once=1), "overhead", jobs(bench, "overhead", count))
    each = (ran.seconds - sum(sum(one.stages.values()) for one in ran.results)) / count
    return [Row(f"overhead a film beyond its stages, {count} films", f"{each:.2f} s", "≤ 2 s", each <= 2)]


def ray(bench: Bench) -> list[Row]:
    """The same on a Ray that is started here; that Ray starts is not counted."""
    from audiodesc.cluster import RayRunner

    os.environ["SCRIPTED_SECONDS"] = "0"
    count = max(4, min(10, bench.films))
    wanted = jobs(bench, "ray", count)
    runner = RayRunner(None)
    try:
        with held_batch(bench.folder / "ray" / "batch") as state:
            state.put(wanted[:1])
            run_batch(state, runner, RunLimits(), lambda row: None)
            stages = 0.0
            started = perf_counter()
            for job in wanted[1:]:  # one at a time
                state.put([job])
                run_batch(state, runner, RunLimits(), lambda row: None)
            seconds = perf_counter() - started
            results = [row.result for row in state.rows()[1:] if row.result]
            assert len(results) == count - 1, [row.failed for row in state.rows()]
            stages = sum(sum(one.stages.values()) for one in results)
    finally:
        runner.close()
    each = (seconds - stages) / (count - 1)
    return [Row(f"overhead a film on local Ray, {count - 1} films", f"{each:.2f} s", "≤ 4 s", each <= 4)]


def memory(bench: Bench) -> list[Row]:
    """The most memory of this process and all that it starts, with 400 films queued, beside one film alone."""
    os.environ["SCRIPTED_SECONDS"] = "0"

    def most(name: str, count: int) -> float:
        wanted = jobs(bench, name, 1)
        wanted += [replace(wanted[0], output=f"{wanted[0].output}-{number}") for number in range(1, count)]
        peaks = [0.0]
        with held_batch(bench.folder / name / "batch") as state:
            state.put(wanted)
            runner = LocalRunner(1)

            def show(row: object) -> None:
                family = [psutil.Process(), *psutil.Process().children(recursive=True)]
                peaks.append(sum(one.memory_info().rss for one in family if one.is_running()) / 1e6)

            def ended() -> bool:
                return state.counts()["done"] >= 1

            try:
                run_batch(state, runner, RunLimits(), show, ended)
            finally:
                runner.close()
        return max(peaks)

    alone, queued = most("memory-1", 1), most("memory-400", 400)
    more = queued - alone
    return [
        Row(
            f"400 queued films: {queued:.0f} MB beside {alone:.0f} MB of one", f"{more:.0f} MB", "≤ 300 MB", more <= 300
        )
    ]


def status(bench: Bench) -> list[Row]:
    """The counts of 10,000 films, in a process that has the program loaded already; the best of five."""
    folder = bench.folder / "status"
    with BatchState(folder) as state:
        state.put([FilmJob(f"/films/{number}.mp4", f"/films/{number}.ad", "", CHOICES) for number in range(10_000)])
    taken = []
    for _ in range(5):
        started = perf_counter()
        with BatchState(folder) as state:
            assert sum(state.counts().values()) == 10_000
            state.rows(states=("running", "failed"), most=50)
        taken.append((perf_counter() - started) * 1000)
    return [Row("status of 10,000 films", f"{min(taken):.0f} ms", "≤ 100 ms", min(taken) <= 100)]


def plan(bench: Bench) -> list[Row]:
    """The simulator beside real runs on two cores: films at once 1, 2 and 4."""
    os.environ["SCRIPTED_SECONDS"] = f"{calibrated(bench):.3f}"
    count = max(4, bench.films // 4)
    rows = []
    alone = batch(replace(bench, at_once=1), "plan-cost", jobs(bench, "plan-cost", 2)).results
    for at_once in (1, 2, 4):
        ran = batch(replace(bench, at_once=at_once), f"plan-{at_once}", jobs(bench, f"plan-{at_once}", count))
        said = simulate_local([alone[number % len(alone)] for number in range(count)], at_once, 2)
        ratio = said / ran.seconds
        what = f"plan of {count} films, {at_once} at once: {said:.0f} s beside {ran.seconds:.0f} s"
        rows.append(Row(what, f"{ratio:.2f}×", "0.80–1.20×", 0.8 <= ratio <= 1.2))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--one-by-one", type=int, default=8, help="films that are really made one by one")
    parser.add_argument("--at-once", type=int)
    parser.add_argument("--only", action="append", choices=ROWS, default=[])
    parser.add_argument("--workdir", type=Path)
    given = parser.parse_args()
    cores, load = pin(), os.getloadavg()
    print(f"cores {cores}, load before the start {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="audiodesc-batch-", dir=given.workdir) as place:
        folder = Path(place)
        found = install_scripted(folder / "describer")
        os.environ |= {**found, "PYTHONPATH": os.pathsep.join([found["PYTHONPATH"], str(ROOT)])}
        sys.path.insert(0, str(folder / "describer"))
        bench = Bench(folder, given.films, given.minutes, given.one_by_one, given.at_once)
        measures: dict[str, Callable[[Bench], list[Row]]] = {
            "speed": speed, "overhead": overhead, "ray": ray, "memory": memory, "status": status, "plan": plan,
        }  # fmt: skip
        print("\n| what | found | wanted | met |\n|---|---|---|---|", flush=True)
        for name in given.only or ROWS:
            for row in measures[name](bench):
                print(f"| {row.what} | {row.found} | {row.wanted} | {'yes' if row.met else '**no**'} |", flush=True)


if __name__ == "__main__":
    main()
