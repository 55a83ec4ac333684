"""Draws `batch.png`, the picture of a batch's page, from films that nobody made: `python docs/make_batch_picture.py`.

Needs Playwright and Chromium.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
from playwright.sync_api import sync_playwright

from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult, FilmRow
from audiodesc.batch.output.page import page

HERE = Path(__file__).parent
BEGUN = 1_764_612_000.0
NAMES = (
    "The Lighthouse Keeper.mkv", "Night Ferry.mp4", "A Winter in Bergen.mkv", "Rain over Lisbon.mp4",
    "Harbour Lights 01.mp4", "Harbour Lights 02.mp4", "Harbour Lights 03.mp4", "The Clockmaker.mov",
)  # fmt: skip


def main() -> None:
    rows = [_film(number, name) for number, name in enumerate(NAMES)]
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "batch.html"
        counts = Counter(row.state for row in rows)
        drawn = page(rows, counts, Path("night.batch"), BEGUN + 9_000, "Night programme, 1 December")
        path.write_text(drawn, "utf-8")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
        tab.goto(path.as_uri())
        picture = tab.screenshot(full_page=True)
        browser.close()
    (HERE / "batch.png").write_bytes(picture)
    flat = cv2.imread(str(HERE / "batch.png"))
    if flat is None:
        raise SystemExit("batch.png is no picture")
    small = cv2.resize(flat, None, fx=0.68, fy=0.68, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(HERE / "batch.png"), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _film(number: int, name: str) -> FilmRow:
    series = "Harbour Lights" if name.startswith("Harbour") else ""
    job = FilmJob(f"/films/{name}", f"/described/{Path(name).stem}.ad", series=series, episode=number - 3.0)
    begun = BEGUN + 900 * number
    more: dict[str, Any] = {
        "state": "done",
        "attempts": 1,
        "started_at": begun,
        "ended_at": begun + 1_500 + 40 * number,
    }
    if number == 3:
        why = FailedFilm("input", f"{job.film}: the file ends in the middle of the film: copy it again")
        more |= {"state": "failed", "failed": why, "ended_at": begun + 3}
    elif number == 7:
        more |= {"state": "running", "stage": "look", "done": 61, "total": 143, "ended_at": None}
    else:
        findings = ("warning: a line begins with a name that nobody was given",) if number % 2 else ()
        more["result"] = FilmResult(
            (5_400 + 317 * number) * 1000, 160 + 9 * number, 0, -23.0 + number % 2 / 10, -1.6, findings,
            190 + 7 * number, 0, 410_000 + 12_345 * number,
            {"look": 900.0, "describe": 300.0, "hear": 150.0, "mix": 90.0, "mux": 20.0},
            {"page": f"{job.output}/page.html"},
        )  # fmt: skip
    return FilmRow(number + 1, job, queued_at=BEGUN, **more)


if __name__ == "__main__":
    main()
