"""From the last key to sound: a line is edited and heard in the mix, through the server.

    python benchmarks/edit_to_sound.py film.ad [--edits 100] [--voice NAME] [--folder FOLDER]

Each edit is another text of about 12 words for a line of the project; the time is that from the request that keeps
it to the last byte of the mixed excerpt, beside what the voice alone takes for a text as long. The time of the list of
all lines and the server's memory are printed too. `--folder` is where the voice's model lies (kokoro.folder).
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
from fastapi.testclient import TestClient

from audiodesc.project import open_project
from audiodesc.project.saved import save_settings, saved_settings
from audiodesc.review.app import make_app
from audiodesc.review.guard import Access
from audiodesc.review.state import Review

WORDS = ["slowly", "again", "alone", "outside", "together", "in silence", "at last", "once more"]


def texts(count: int) -> list[str]:
    """So many different lines of 12 words."""
    pairs = itertools.cycle(itertools.permutations(WORDS, 2))
    made = []
    for number, (one, other) in zip(range(count), pairs, strict=False):
        words = f"A woman walks {one} along the empty pier number {number}, then {other} turns".split()
        made.append(" ".join(words[:12]) + ".")
    return made


def percentile(seconds: Sequence[float], share: float = 95) -> float:
    return float(np.percentile(seconds, share))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--voice", default="")
    parser.add_argument("--folder", dest="model", default="")
    given = parser.parse_args()
    project = open_project(given.folder)
    if given.voice:
        settings = saved_settings(project)
        options = {given.voice.split("-")[0]: {"folder": given.model}} if given.model else {}
        save_settings(project, replace(settings, voice=replace(settings.voice, name=given.voice), options=options))
    review, access = Review(project), Access(8_000)
    page = TestClient(make_app(review, access), base_url="http://127.0.0.1:8000", follow_redirects=False)
    page.get("/", params={"token": access.token})
    page.headers["X-Audiodesc"] = "page"
    while review.jobs.running("opening") or review.jobs.running("peaks"):
        time.sleep(0.1)
    measure(page, review, given.edits)
    review.close()


def measure(page: TestClient, review: Review, edits: int) -> None:
    """Print all figures."""
    known = review.need_film()
    lines = page.get("/api/v1/lines").json()["lines"]
    lists = [timed(lambda: page.get("/api/v1/lines")) for _ in range(20)]
    id = lines[len(lines) // 2]["line"]["id"]
    wanted = texts(2 * edits)
    voice = [timed(partial(known.narrator.voice.say, one, 1.0)) for one in wanted[edits:]]
    heard = [timed(partial(edit_and_hear, page, id, one)) for one in wanted[:edits]]
    name = known.narrator.profile.name
    print(f"{name}, {edits} edits of a line of 12 words, from the last key to the mixed sound:")
    print(f"  p50 {percentile(heard, 50):.3f} s, p95 {percentile(heard):.3f} s, most {max(heard):.3f} s")
    print(f"  the voice alone: p50 {percentile(voice, 50):.3f} s, p95 {percentile(voice):.3f} s")
    print(f"  p95 is {percentile(heard) / percentile(voice):.2f} times that of the voice alone")
    print(f"the list of {len(lines)} lines: p95 {1000 * percentile(lists):.0f} ms")
    print(f"memory of the server, with the client in it: {psutil.Process().memory_info().rss / 1e6:.0f} MB")


def edit_and_hear(page: TestClient, id: str, text: str) -> None:
    """Keep another text of a line, and fetch it as it is mixed."""
    page.patch(f"/api/v1/lines/{id}", json={"text": text}).raise_for_status()
    page.get(f"/api/v1/lines/{id}/mixed.wav").raise_for_status()


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
