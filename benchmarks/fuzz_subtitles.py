"""Mutated subtitle files of every format: none may end in a traceback, hang or fill memory.

    python benchmarks/fuzz_subtitles.py 10000 [--seed 1] [--keep FOLDER]

Seeds are the tests' own samples and, where AUDIODESC_MEDIA names a folder, its `subs-*` and `imsc-tests-*`. Ends
with 1 where a case failed; each such file is kept.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from subtitles.mutations import mutated
from subtitles.samples import SAMPLES

from audiodesc.errors import AudiodescError
from audiodesc.subtitles import read_file

LONGEST_S = 2.0
MOST_MB = 500
BATCH = 250
HANGS_S = 60
"""After that long a case is ended, with a traceback; its file stays."""


@dataclass
class Tally:
    """What came of the cases: how many by (kind of seed, outcome), the slowest in s, the memory in MB, failures."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest_s: float = 0.0
    memory_mb: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.outcomes += other.outcomes
        self.slowest_s = max(self.slowest_s, other.slowest_s)
        self.memory_mb = max(self.memory_mb, other.memory_mb)
        self.failures += other.failures


def seeds() -> dict[str, list[bytes]]:
    """The files to start from, by kind."""
    found = list(SAMPLES.items())
    media = os.environ.get("AUDIODESC_MEDIA")
    if media:
        for folder in sorted([*Path(media).glob("subs-*"), *Path(media).glob("imsc-tests-*")]):
            found += [(path.suffix[1:], path.read_bytes()) for path in sorted(folder.iterdir()) if path.suffix != ".md"]
    kinds: dict[str, list[bytes]] = {}
    for kind, content in found:
        if len(content) < 100_000:
            kinds.setdefault(kind.partition(",")[0], []).append(content)
    return kinds


def batch(seed: int, cases: int, keep: Path) -> Tally:
    """Run in a process of its own, which a watchdog ends with a traceback should it hang."""
    tally, rng, start = Tally(), random.Random(seed), seeds()
    for number in range(cases):
        kind, other = rng.choice(list(start)), rng.choice(list(start))
        path = keep / f"{seed}-{number}.{kind}"
        path.write_bytes(mutated(rng.choice(start[kind]), rng.choice(start[other]), rng))
        faulthandler.dump_traceback_later(HANGS_S, exit=True)
        failed = _case(kind, path, tally)
        faulthandler.cancel_dump_traceback_later()
        if failed:
            tally.failures.append(f"{path}: {failed}")
        else:
            path.unlink()
    tally.memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def _case(kind: str, path: Path, tally: Tally) -> str:
    """What is wrong with how a file was read, "" where nothing is."""
    before = time.process_time()
    fault = outcome = ""
    try:
        read_file(path, Fraction(25))
        outcome = "read"
    except AudiodescError as error:
        outcome = "refused"
        if not str(error).startswith(str(path)) or len(str(error).splitlines()) != 1 or not error.remedy:
            fault = f"an error that does not name the file on one line: {error!r}"
    except Exception:
        outcome, fault = "failed", traceback.format_exc()
    took = time.process_time() - before
    tally.outcomes[kind, outcome] += 1
    tally.slowest_s = max(tally.slowest_s, took)
    return fault or (f"took {took:.1f} s" if took > LONGEST_S else "")


def report(tally: Tally, say: Callable[[str], None]) -> bool:
    """Print the table; whether all went well."""
    say("| seed | read | refused | failed |\n|---|---|---|---|")
    for kind in sorted({kind for kind, _ in tally.outcomes}):
        counts = [tally.outcomes[kind, outcome] for outcome in ("read", "refused", "failed")]
        say(f"| {kind} | {' | '.join(map(str, counts))} |")
    say(f"{tally.outcomes.total()} cases; slowest {tally.slowest_s:.2f} s; at most {tally.memory_mb:.0f} MB")
    for failure in tally.failures[:20]:
        say(failure)
    return not tally.failures and tally.memory_mb <= MOST_MB


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    wanted = parser.parse_args()
    wanted.keep.mkdir(parents=True, exist_ok=True)
    sizes = [min(BATCH, wanted.cases - done) for done in range(0, wanted.cases, BATCH)]
    tally = Tally()
    with ProcessPoolExecutor(2) as pool:
        started = [pool.submit(batch, wanted.seed * 100_000 + i, size, wanted.keep) for i, size in enumerate(sizes)]
        for one in started:
            tally.add(one.result())
    return 0 if report(tally, print) else 1


if __name__ == "__main__":
    sys.exit(main())
