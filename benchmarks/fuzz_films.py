"""Mutated films in every container, and odd ones: none may end in a traceback, hang or fill memory.

    python benchmarks/fuzz_films.py 1000 [--seed 1] [--odd] [--keep FOLDER]

Each case is a process of its own, which does all that the program does with a film: probing, finding cuts, looking,
hearing its sound, its subtitles, and the copy. `--odd` adds a hundred films that are odd and whole. Ends with 1 where
a case failed; each such film is kept.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import av
import numpy as np
import psutil
from broken_films import mutated, odd, seeds

from audiodesc.core.cache import Store
from audiodesc.dialogue.subtitle_source import read_subtitles
from audiodesc.errors import AudiodescError
from audiodesc.media.containers import check_copy, film_suffix
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.frames import clips
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.shots import shots
from audiodesc.media.sound import read_sound
from audiodesc.media.sound_faults import sound_faults
from audiodesc.model import FrameRequest, Span
from audiodesc.settings import DialogueSettings

LONGEST_S = 60.0
MOST_MB = 1_000
LOOK = FrameRequest(fps=1, min_frames=1, max_frames=6, max_pixels=320 * 240)


@dataclass
class Tally:
    """What came of the cases: how many by (kind of film, outcome); the slowest, the most memory, the failures."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest_s: float = 0.0
    memory_mb: float = 0.0
    failures: list[str] = field(default_factory=list)


def described(path: Path, folder: Path) -> None:
    """All that is done with a film, but for speaking and for the models."""
    film = probe(path)
    track = programme(film).track
    read_subtitles(film, track, None, DialogueSettings())
    shots(film)
    end = film.duration_ms
    list(clips(film, [Span(0, min(end, 1_000)), Span(end // 2, end), Span(max(0, end - 500), end)], LOOK))
    if track:
        sound_faults(film, track, Store(folder / "store"))
        for _ in read_sound(film, track):
            pass
    check_copy(film)
    added = folder / "added.m4a"
    with SoundFile(added, "m4a", "mono", matroska=added.with_suffix(".mka")) as sound:
        sound.push(np.zeros((1, 48_000), np.float32))
    added = added.with_suffix(".mka") if film_suffix(film) == ".mkv" else added
    add_track(film, Description(added), track, folder / f"copy{film_suffix(film)}")


def case(path: Path) -> tuple[str, str, float, float]:
    """(outcome, what is wrong or "", seconds, MB more than at its start) of one film, in a process of its own."""
    reader, writer = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        os.close(reader)
        _child(path, writer)
    os.close(writer)
    told = _within(pid, reader, started + LONGEST_S)
    _, _, used = os.wait4(pid, 0)
    held, _, told = told.partition("\n")
    took, memory_mb = time.monotonic() - started, used.ru_maxrss / 1024 - int(held or 0) / 2**20
    outcome, _, fault = told.partition("\n")
    if not outcome:
        outcome, fault = "failed", f"no end in {took:.0f} s, or it crashed"
    if memory_mb > MOST_MB:
        fault = f"{memory_mb:.0f} MB; {fault}"
    return outcome, fault, took, memory_mb


def _within(pid: int, reader: int, deadline: float) -> str:
    """What the child writes; "" where it is still at work at the deadline, and is ended."""
    told = b""
    with os.fdopen(reader, "rb") as pipe, ThreadPoolExecutor(1) as pool:
        coming = pool.submit(pipe.read)
        try:
            told = coming.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
    return told.decode()


def _child(path: Path, writer: int) -> None:
    """Never comes back. Writes how many bytes it holds at its start, then what came of the film."""
    os.write(writer, f"{psutil.Process().memory_info().rss}\n".encode())
    told = "read\n"
    try:
        with TemporaryDirectory() as folder:
            described(path, Path(folder))
    except AudiodescError as error:
        told = "refused\n"
        if path.name not in str(error):
            told += f"an error that does not name the film: {error}"
        if len(str(error).splitlines()) != 1 or not error.remedy:
            told += f"an error that is not one line with a remedy: {error!r}"
    except BaseException:
        told = "failed\n" + traceback.format_exc()
    os.write(writer, told.encode()[:60_000])
    os._exit(0)


def cases(count: int, seed: int, keep: Path, *, whole: bool) -> Iterator[tuple[str, Path]]:
    """(kind, film) of each case, each written when it is asked for."""
    with TemporaryDirectory() as made:
        start = seeds(Path(made))
        for number in range(count):
            rng = random.Random(seed * 1_000_000 + number)
            kind, other = rng.choice(list(start)), rng.choice(list(start))
            path = keep / f"{seed}-{number}.{kind}"
            path.write_bytes(mutated(start[kind], start[other], rng))
            yield kind, path
        for make in odd(Path(made)) if whole else ():
            path = make()
            yield "odd", path.rename(keep / path.name)


def fuzz(films: Iterator[tuple[str, Path]], say: Callable[[str], None]) -> Tally:
    """Run the cases one after another; films that are right are removed."""
    tally = Tally()
    for kind, path in films:
        outcome, fault, took, memory_mb = case(path)
        tally.outcomes[kind, outcome] += 1
        tally.slowest_s, tally.memory_mb = max(tally.slowest_s, took), max(tally.memory_mb, memory_mb)
        if fault or outcome == "failed":
            tally.failures.append(f"{path}: {fault}")
            say(f"{path}: {fault}")
        else:
            path.unlink()
    return tally


def report(tally: Tally, say: Callable[[str], None]) -> bool:
    """Print the table; whether all went well."""
    say("| film | read | refused | failed |\n|---|---|---|---|")
    for kind in sorted({kind for kind, _ in tally.outcomes}):
        counts = [tally.outcomes[kind, outcome] for outcome in ("read", "refused", "failed")]
        say(f"| {kind} | {' | '.join(map(str, counts))} |")
    say(f"{tally.outcomes.total()} films; slowest {tally.slowest_s:.1f} s; at most {tally.memory_mb:.0f} MB")
    return not tally.failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odd", action="store_true")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    wanted = parser.parse_args()
    wanted.keep.mkdir(parents=True, exist_ok=True)
    av.logging.set_level(None)
    tally = fuzz(cases(wanted.cases, wanted.seed, wanted.keep, whole=wanted.odd), print)
    return 0 if report(tally, print) else 1


if __name__ == "__main__":
    sys.exit(main())
