"""Measures audiodesc against ffmpeg, pydub and the clock, side by side; prints a table in Markdown.

    python benchmarks/run.py [--minutes 90] [--only NAME …] [--workdir DIR] [--sample FILM]

See README.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_version
from rows import LONG_MIN, ROWS, Bench, Row
from timing import pin

SAMPLE = Path(__file__).parent.parent / "samples" / "sample.mp4"
LINES = 400
SOUND_MB = 45
"""Sound files for each minute of film, in MB: two WAVs of 24 bits, one of 16, and FLAC."""

SURROUND_MB = 55
"""The same for a mix in 5.1."""

COPIES = 3
"""Copies of the film that lie on the disk at once."""

HEAD = "| work | ours | measured against | theirs | ratio | wanted | met |"


def main() -> int:
    given = _arguments()
    _check(given.sample)
    cores, load = pin(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="audiodesc-benchmark-", dir=given.workdir) as folder:
        chosen = given.only or list(ROWS)
        _check_room(Path(folder), given.sample, given.minutes, long="long" in chosen)
        bench = Bench(Path(folder), given.sample, given.minutes, max(1, LINES * given.minutes // 90))
        print(f"{_machine(cores)}; load before: {load:.2f}\n\n{HEAD}\n|{' --- |' * 7}", flush=True)
        done = [_measured(name, bench) for name in chosen]
    notes = [note for row in done if row for note in row.notes]
    print("".join(f"\n- {note}" for note in notes))
    return 0 if all(done) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Needs about 6 GB of disk, 8 GB of memory, and a quiet machine.")
    parser.add_argument("--minutes", type=int, default=90, help="length of the film (90)")
    parser.add_argument("--only", action="append", choices=list(ROWS), help="this row; may be given again")
    parser.add_argument("--workdir", type=Path, help="where to work; all is removed in the end")
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="the short film, its .srt beside it")
    return parser.parse_args()


def _check(sample: Path) -> None:
    for path in (sample, sample.with_suffix(".srt")):
        if not path.is_file():
            raise SystemExit(f"{path} does not exist: make the sample first, or give another with --sample")


def _check_room(folder: Path, sample: Path, minutes: int, *, long: bool) -> None:
    import pysubs2  # the last subtitle tells about how long the sample is

    sample_min = pysubs2.load(str(sample.with_suffix(".srt")))[-1].end / 60_000
    film_mb = sample.stat().st_size / 1e6 / sample_min * minutes
    needed_mb = minutes * SOUND_MB + COPIES * film_mb
    if long:
        needed_mb += LONG_MIN / 90 * (minutes * SURROUND_MB + COPIES * film_mb)
    free = shutil.disk_usage(folder).free / 1e6
    if free < needed_mb:
        raise SystemExit(f"{folder} has {free:.0f} MB free, and {needed_mb:.0f} are needed: give another --workdir")


def _measured(name: str, bench: Bench) -> Row | None:
    """Measure a row and print it; None where it failed."""
    started = time.perf_counter()
    try:
        row = ROWS[name](bench)
    except Exception as error:  # the other rows are measured all the same
        print(f"| {name} | — | — | — | — | — | failed: {str(error).replace('|', '/')} |", flush=True)
        return None
    met = "yes" if row.met else "**no**"
    cells = (row.work, row.ours, row.against, row.theirs, row.ratio, row.wanted, met)
    print(f"| {' | '.join(cells)} |", flush=True)
    print(f"{name}: {time.perf_counter() - started:.0f} s in all", file=sys.stderr)
    return row


def _machine(cores: list[int]) -> str:
    parts = [
        time.strftime("%Y-%m-%d"),
        f"{_processor()}, cores {cores}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in ("audiodesc", "av", "numpy", "pydub")),
        f"ffmpeg {get_ffmpeg_version()}",
    ]
    return "; ".join(parts)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    sys.exit(main())
