"""The memory of the review server on a long film, while it opens the film for the first time and again.

    python benchmarks/server_memory.py [--minutes 120] [--lines 800] [--sample FILM] [--workdir DIR]

The film and its lines are those of `review_page.py`, which finds the gaps for them; then the cache is deleted. The
server's resident memory is printed every few seconds until it has nothing more to do, and the most of it. What it has
other processes do is not in it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import httpx2
import psutil
from material import make_material
from review_page import SAMPLE, add_lines, served

EVERY_S = 5.0
WANTED_MB = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--lines", type=int, default=800)
    parser.add_argument("--sample", type=Path, default=SAMPLE)
    parser.add_argument("--workdir", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = (given.workdir or Path(folder)) / f"review-{given.minutes}-{given.lines}"
        film = place / "film.mp4"
        if not film.is_file():
            make_material(given.sample, given.minutes, given.lines, place)
        project = film.with_suffix(".ad")
        print(f"{given.minutes} minutes, {add_lines(film, given.lines)} lines; wanted: {WANTED_MB} MB at most")
        shutil.rmtree(project / ".audiodesc" / "cache")
        for name in ("first", "again"):
            with served(project) as (server, address):
                print(f"{name}: {most_mb(server, address, name):.0f} MB at most", flush=True)


def most_mb(server: psutil.Process, address: str, name: str) -> float:
    """The most memory of a server until it has no more to do, in MB."""
    most, shown, started, is_done = 0.0, -EVERY_S, time.monotonic(), False
    base = address.partition("?")[0]
    with httpx2.Client(timeout=60) as page:
        page.get(address)  # its cookie
        while not is_done:
            jobs = page.get(f"{base}api/v1/jobs").raise_for_status().json()["jobs"]
            is_done = len(jobs) > 1 and all(one["state"] in ("done", "failed") for one in jobs)
            page.get(f"{base}api/v1/lines").raise_for_status()
            most, took = max(most, server.memory_info().rss / 1e6), time.monotonic() - started
            if is_done or took - shown >= EVERY_S:
                shown = took
                print(f"{name}: {took:.0f} s, {server.memory_info().rss / 1e6:.0f} MB", flush=True)
            time.sleep(0.2)
    return float(most)


if __name__ == "__main__":
    main()
