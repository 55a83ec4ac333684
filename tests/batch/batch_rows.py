"""Films of a batch, made, for tests of what is shown of them."""

from __future__ import annotations

from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult, FilmRow

HOSTILE = "<script>alert(1)</script>\"'&\u202e.mp4"
CAUSES_USED = ("input", "server", "lost")
START = 1_764_600_000.0


def row(number: int, state: str = "done", name: str = "", **more: object) -> FilmRow:
    """A film of a batch; what is known of it is what such a state has."""
    job = FilmJob(
        film=f"/films/{name or f'lecture-{number:05}.mp4'}", output=f"/out/{number}.ad", subtitles="", choices={}
    )
    begun = START + 10 * number
    values: dict[str, object] = {"queued_at": START}
    if state in ("done", "skipped"):
        values |= {"started_at": begun, "ended_at": begun + 95.5, "attempts": 1, "result": result(number)}
    elif state == "failed":
        cause = CAUSES_USED[number % 3]
        why = FailedFilm(cause, f"{job.film}: is no film: give one that is")  # type: ignore[arg-type]
        values |= {"started_at": begun, "ended_at": begun + 2, "attempts": 1, "failed": why}
    elif state == "running":
        values |= {"started_at": begun, "attempts": 1, "stage": "look", "done": 3, "total": 12}
    return FilmRow(number, job, state, **(values | more))  # type: ignore[arg-type]


def result(number: int) -> FilmResult:
    """What came of a film of three minutes."""
    return FilmResult(
        duration_ms=180_000,
        lines=12,
        overlap_ms=40 if number % 7 == 3 else 0,
        loudness_lufs=-23.1,
        peak_dbtp=-1.4,
        findings=("0:41 a line is quick", "2:03 a name is not in the cast") if number % 2 else (),
        clips=14,
        cached=4,
        tokens=9_000,
        stages={"hear": 4.0, "look": 60.0, "describe": 8.5, "mix": 3.0},
        files={"page": f"/out/{number}.ad/film {number}.ad.html", "report": f"/out/{number}.ad/report.json"},
        content=f"{number:032x}",
    )
