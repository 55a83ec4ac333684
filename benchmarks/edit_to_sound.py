"""From the last key to sound: a line is edited and heard in the mix, through the server.

    python benchmarks/edit_to_sound.py film.ad [--edits 100] [--voice NAME] [--folder FOLDER]

Each edit is another text of 12 words for a line that is added in the film's longest pause, once with more than enough
room and once with so little that most texts are spoken faster; the time is that from the request that keeps it to the
last byte of the mixed excerpt, beside what the voice alone takes for a text as long. The time of the list of all lines
and the server's memory are printed too. The project is changed: give a copy.
`--folder` is where the voice's model lies (kokoro.folder).
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

from audiodesc.model import SpokenLine
from audiodesc.planning.fit import SEPARATION_MS
from audiodesc.project import open_project
from audiodesc.project.known import KnownFilm
from audiodesc.project.placing import placed_few
from audiodesc.project.saved import save_settings, saved_settings
from audiodesc.review.app import make_app
from audiodesc.review.guard import Access
from audiodesc.review.state import Review

SHORT = "Then nothing."
ROOMY, TIGHT = 1.3, 0.93
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
    while any(review.length(line.text) is None for line in project.lines()):  # lines are spoken ahead
        time.sleep(0.1)
    measure(page, review, given.edits)
    review.close()


def measure(page: TestClient, review: Review, edits: int) -> None:
    """Print all figures."""
    known = review.need_film()
    lists = [timed(lambda: page.get("/api/v1/lines")) for _ in range(20)]
    wanted = texts(3 * edits)
    voice = [timed(partial(known.narrator.voice.say, one, 1.0)) for one in wanted[:edits]]
    print(f"{known.narrator.profile.name}, {edits} edits of a line of 12 words, from the last key to the mixed sound:")
    print(f"  the voice alone: p50 {percentile(voice, 50):.3f} s, p95 {percentile(voice):.3f} s")
    for share, some in ((ROOMY, wanted[edits : 2 * edits]), (TIGHT, wanted[2 * edits :])):
        id = add_line(page, known, some[0], share)
        heard = [timed(partial(edit_and_hear, page, id, one)) for one in some]
        rates = [one.rate for one in map(partial(spoken, review, id), some) if one]
        print(
            f"  in a pause of {share} times the first text's length, {len(rates)} spoken, {rates.count(1.0)} naturally:"
        )
        print(f"    p50 {percentile(heard, 50):.3f} s, p95 {percentile(heard):.3f} s, most {max(heard):.3f} s")
        print(f"    p95 is {percentile(heard) / percentile(voice):.2f} times that of the voice alone")
    print(f"the list of all lines: p95 {1000 * percentile(lists):.0f} ms")
    print(f"memory of the server, with the client in it: {psutil.Process().memory_info().rss / 1e6:.0f} MB")


def add_line(page: TestClient, known: KnownFilm, text: str, share: float) -> str:
    """A line at the end of the film's longest pause, of which a short one before it leaves it so many times the
    length of `text`; its id."""
    pause = max((gap.span for gap in known.on.gaps), key=lambda span: span.duration_ms)
    start_ms = pause.end_ms - round(share * known.narrator.voice.say(text, 1.0).duration_ms)
    short_ms = known.narrator.voice.say(SHORT, 1.0).duration_ms
    for line in page.get("/api/v1/lines").json()["lines"]:
        if pause.start_ms <= line["line"]["start_ms"] < pause.end_ms:
            page.delete(f"/api/v1/lines/{line['line']['id']}").raise_for_status()
    for said, at_ms in ((SHORT, start_ms - SEPARATION_MS - short_ms), (text, start_ms)):
        made = page.post("/api/v1/lines", json={"text": said, "start_ms": at_ms}).raise_for_status().json()
    page.get(f"/api/v1/lines/{made['lines'][0]['line']['id']}/mixed.wav").raise_for_status()
    return str(made["lines"][0]["line"]["id"])


def spoken(review: Review, id: str, text: str) -> SpokenLine | None:
    """How a text of a line is spoken, None where it does not fit."""
    snapshot = review.project.snapshot()
    lines = tuple(replace(one, text=text) if one.id == id else one for one in snapshot.lines)
    known = review.need_film()
    placed = placed_few(replace(snapshot, lines=lines), known.found, known.on)
    return next(one.speech for one in placed if one.segment.id == id)


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
