"""What it costs to read all of a film once, and to wait until each entry of the cache is on the disk.

    python benchmarks/disk.py [FOLDER]

FOLDER is on the disk that is measured; 1.1 GB are written there and removed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from audiodesc.core.cache import Store
from audiodesc.core.files import BLOCK, content_hash

BLOCKS, ENTRIES, CLIP = 256, 400, 200_000


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """(of the clock, of a core)"""
    clock, core = perf_counter(), process_time()
    work()
    return perf_counter() - clock, process_time() - core


def main(folder: Path) -> None:
    film = folder / "film"
    with film.open("wb") as file:
        for _ in range(BLOCKS):
            file.write(os.urandom(BLOCK))
    size = film.stat().st_size / 1e9
    clock, core = min(seconds(lambda: content_hash(film)) for _ in range(3))
    print(f"hash of all of a film: {clock / size:.2f} s a GB, {core / size:.2f} s of a core (from memory)")
    clip, store = os.urandom(CLIP), Store(folder / "store")
    synced, _ = seconds(lambda: [store.put(f"synced {i}", ".wav", clip) for i in range(ENTRIES)])
    plain, _ = seconds(lambda: [(store.folder / f"plain {i}").write_bytes(clip) for i in range(ENTRIES)])
    print(f"{ENTRIES} clips of {CLIP / 1000:.0f} kB: {synced:.2f} s synced, {plain:.2f} s written alone")


if __name__ == "__main__":
    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        main(Path(place))
