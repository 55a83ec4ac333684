"""What it costs to keep one edit, against waiting until a small file is on the disk.

    python benchmarks/edits.py [FOLDER]

FOLDER is on the disk that is measured. The project has 400 lines, as a film of 90 minutes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from audiodesc.model import Gap, Segment, Span
from audiodesc.project.editing import Edit
from audiodesc.project.lines import DraftLine
from audiodesc.project.project import made_project

LINES, ROUNDS = 400, 60


def draft(number: int) -> DraftLine:
    start = number * 13_500
    segment = Segment(Gap(Span(start, start + 5_000)), Span(0, start), start, 12, line_id=f"{start:09d}")
    text = "A woman in a red coat walks along the pier and looks at the last ferry."
    return DraftLine(segment.id, segment, "facts " * 40, "model", (text,) * 3, text, start, start + 4_000)


def took_ms(work: Callable[[int], object]) -> list[float]:
    times = []
    for number in range(ROUNDS):
        begin = perf_counter()
        work(number)
        times.append((perf_counter() - begin) * 1000)
    return times


def synced(folder: Path, number: int) -> None:
    with (folder / f"small {number % 5}").open("wb") as file:
        file.write(b"x" * 300)
        file.flush()
        os.fsync(file.fileno())


def main(folder: Path) -> None:
    (folder / ".audiodesc").mkdir()
    with made_project(folder) as project:
        project.keep_drafts([draft(number) for number in range(LINES)], "model")
        ids = [line.id for line in project.lines()]
        begin = took_ms(lambda number: synced(folder, number))
        edits = took_ms(lambda number: project.edit([Edit(ids[number], text=f"Night falls {number}.")]))
        end = took_ms(lambda number: synced(folder, number))
    plain = median([*begin, *end])
    print(f"fsync of a small file: {plain:.2f} ms; one edit kept, of {LINES} lines: {median(edits):.2f} ms, ", end="")
    print(f"{median(edits) / plain:.1f} times as long (wanted: 5 at most); medians of {ROUNDS}")


if __name__ == "__main__":
    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        main(Path(place))
