"""A batch that is killed again and again, held against an unbroken one.

    python benchmarks/chaos.py                         # 50 kills of processes on this machine
    python benchmarks/chaos.py --ray                   # 50 kills on a Ray of three local nodes: actors, workers, a node
    python benchmarks/chaos.py --kills 6 --films 4     # a short form

Kills come at random times, from a fixed seed, and hit at random the process that runs the batch, one that makes a film,
or the describer's; with `--ray` a describer's actor, a film's worker, or a whole node, which is replaced. A batch that
has ended before all kills are spent is begun anew on fresh films. In the end each film's script must be that of the
unbroken run, byte for byte, and no clip may have been answered twice but those in hand at a kill. Films that were set
aside after three deaths are tried again. It exits with 1 else.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "batch")]

import psutil  # noqa: E402
from scripted import answered, install_scripted, made_films  # type: ignore[import-not-found]  # noqa: E402

FAIRLY_S = (1.0, 6.0)
"""A kill follows the one before after so many seconds."""

MOST_TRIES = 20
"""So often films that were set aside are tried again."""

IN_HAND = 8
"""Clips of one film that a describer has in hand at most (`audiodesc.batch.sharing.proxy.IN_FLIGHT`)."""


@dataclass(slots=True)
class Told:
    """What was done: kills by what they hit, and clips that were in hand at most when they came."""

    kills: Counter[str] = field(default_factory=Counter)
    in_hand: int = 0


@dataclass(frozen=True, slots=True)
class Bench:
    """The folder, the films, how many at once, and where Ray is ("" for none)."""

    folder: Path
    films: tuple[Path, ...]
    at_once: int
    ray: str = ""

    def command(self, name: str) -> list[str]:
        """The batch on a copy of the films in the folder of that name."""
        place = self.folder / name
        more = ["--ray", self.ray] if self.ray else ["--at-once", str(self.at_once)]
        chosen = ["--describer", "scripted", "--voice", "espeak-en-gb", "--no-subs", "--json"]
        return [sys.executable, "-m", "audiodesc", "batch", str(place), *chosen, *more]

    def fresh(self, name: str) -> Path:
        """A folder with links to the films."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for film in self.films:
            os.link(film, place / film.name)
        return place


def scripts(place: Path) -> dict[str, bytes]:
    """The script of each film."""
    return {one.name: one.read_bytes() for one in sorted(place.glob("*.ad/*.ad.vtt"))}


def started(bench: Bench, name: str) -> subprocess.Popen[bytes]:
    log = (bench.folder / f"{name}.log").open("ab")
    with log:
        return subprocess.Popen(bench.command(name), stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def kinds(batch: psutil.Process) -> dict[str, list[psutil.Process]]:
    """The processes that may be killed, by what they are."""
    found: dict[str, list[psutil.Process]] = {"batch": [batch], "worker": [], "describer": []}
    for child in batch.children(recursive=True):
        try:
            files = {Path(one.path).name for one in child.open_files()}
        except psutil.Error:
            continue
        if "describer.log" in files:
            found["describer"].append(child)
        elif any(name.startswith("worker-") for name in files):
            found["worker"].append(child)
    return {kind: processes for kind, processes in found.items() if processes}


def killed(process: subprocess.Popen[bytes], rng: random.Random) -> str:
    """Kill one of the processes of a batch; which kind it was, "" where it had ended."""
    try:
        candidates = kinds(psutil.Process(process.pid))
        kind = rng.choice(sorted(candidates))
        victim = rng.choice(candidates[kind])
        os.kill(victim.pid, signal.SIGKILL)
    except (psutil.Error, ProcessLookupError):
        return ""
    return kind


def ray_killed(cluster: Any, rng: random.Random) -> Callable[[subprocess.Popen[bytes], random.Random], str]:
    """Kill an actor, a worker, or a node of a Ray cluster, which another one takes the place of."""
    nodes: list[Any] = [cluster.add_node(num_cpus=1) for _ in range(2)]

    def kill(process: subprocess.Popen[bytes], rng: random.Random) -> str:
        kind = rng.choice(("actor", "worker", "node", "batch"))
        if kind == "batch":
            process.kill()
            return kind
        if kind == "node":
            node = nodes.pop(rng.randrange(len(nodes)))
            cluster.remove_node(node, allow_graceful=False)
            nodes.append(cluster.add_node(num_cpus=1))
            return kind
        wanted = "describer" if kind == "actor" else "film"
        found = []
        for one in psutil.process_iter(["cmdline"]):
            title = " ".join(one.info["cmdline"] or ())
            if title.startswith("ray::") and wanted in title.lower():
                found.append(one)
        if not found:
            return ""
        rng.choice(found).kill()
        return kind

    return kill


def shaken(bench: Bench, kills: int, rng: random.Random, kill: Callable[..., str]) -> tuple[Told, list[Path]]:
    """Batches that are killed until all kills are spent, and then run to their end; and their folders."""
    told = Told()
    places: list[Path] = []
    while sum(told.kills.values()) < kills:
        name = f"shaken-{len(places)}"
        places.append(bench.fresh(name))
        process, tries = started(bench, name), 0
        while True:
            try:
                process.wait(rng.uniform(*FAIRLY_S) if sum(told.kills.values()) < kills else None)
            except subprocess.TimeoutExpired:
                if kind := kill(process, rng):
                    told.kills[kind] += 1
                    told.in_hand += IN_HAND * bench.at_once
                continue
            if process.returncode == 1:  # a film that was killed three times is set aside: a person tries it again
                retry = [sys.executable, "-m", "audiodesc", "batch", "retry", str(places[-1]), "--kind", "lost"]
                subprocess.run(retry, check=True, stdout=subprocess.DEVNULL)
                tries += 1
            if process.returncode == -signal.SIGKILL or (process.returncode == 1 and tries < MOST_TRIES):
                process = started(bench, name)
                continue
            break
        if process.returncode:
            print(f"the batch ended with {process.returncode}:", *_last(bench.folder / f"{name}.log"), sep="\n")
    return told, places


def _last(log: Path) -> list[str]:
    return log.read_text("utf-8", "replace").splitlines()[-8:]


def held(bench: Bench, kills: int, seed: int, cluster: Any = None) -> int:
    """Run, kill, compare, print; the exit code."""
    place = bench.fresh("unbroken")
    begun = time.monotonic()
    subprocess.run(bench.command("unbroken"), check=True, stdout=subprocess.DEVNULL)
    right, clips = scripts(place), len(answered(bench.folder / "describer"))
    print(f"unbroken: {len(right)} films, {clips} clips, {time.monotonic() - begun:.0f} s", flush=True)
    rng = random.Random(seed)
    kill = ray_killed(cluster, rng) if cluster else killed
    begun = time.monotonic()
    told, places = shaken(bench, kills, rng, kill)
    again = len(answered(bench.folder / "describer")) - clips - clips * len(places)
    others = [f"{one.name}/{name}" for one in places for name in right if scripts(one).get(name) != right[name]]
    print(
        f"killed {sum(told.kills.values())} times: {dict(sorted(told.kills.items()))}, {time.monotonic() - begun:.0f} s"
    )
    print(f"clips answered twice: {again} of {clips * len(places)}; in hand at the kills: at most {told.in_hand}")
    print(f"results that differ: {len(others)}", *others[:5], sep="\n")
    return 1 if others or again > told.in_hand else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--films", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clip-seconds", type=float, default=0.2)
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--ray", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="audiodesc-chaos-") as name:
        folder = Path(name)
        found = install_scripted(folder / "describer", given.clip_seconds)
        os.environ |= {**found, "PYTHONPATH": os.pathsep.join([found["PYTHONPATH"], str(ROOT)])}
        films = tuple(made_films(folder / "films", given.films, given.seconds))
        if not given.ray:
            return held(Bench(folder, films, given.at_once), given.kills, given.seed)
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
        try:
            return held(Bench(folder, films, given.at_once, cluster.address), given.kills, given.seed, cluster)
        finally:
            cluster.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    sys.exit(main())
