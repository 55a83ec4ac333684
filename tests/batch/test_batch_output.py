"""Tables, JSON lines, the sheet and the sums of a batch say what its state holds."""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from batch.batch_rows import START, result, row

from audiodesc.batch.model import FailedFilm, FilmJob, FilmRow
from audiodesc.batch.output.facts import counted, lasting, retry_command, totals
from audiodesc.batch.output.files import BatchFiles
from audiodesc.batch.output.json_lines import film_lines, film_values, log_lines
from audiodesc.batch.output.metrics import metrics_text, write_metrics
from audiodesc.batch.output.sheet import COLUMNS, sheet
from audiodesc.batch.output.sums import BatchSums, Sums
from audiodesc.batch.output.table import film_table, state_table, summary
from audiodesc.batch.sharing.calls import Usage
from audiodesc.batch.state import BatchState, Entry
from audiodesc.core.formatting import visible

ROWS = [row(1, "failed"), row(2, "running"), row(3), row(4), row(5, "queued")]
COUNTS = Counter(one.state for one in ROWS)


def test_totals_are_the_sums_of_what_is_done() -> None:
    of = totals(ROWS)
    assert (of.films, of.lines, of.overlap_ms, of.over, of.clips, of.cached, of.tokens) == (2, 24, 40, 1, 28, 8, 18_000)
    assert of.stages == {"look": 120.0, "describe": 17.0, "hear": 8.0, "mix": 6.0}
    assert totals([replace(ROWS[2], result=replace(result(1), tokens=None))]).tokens is None


def test_the_table_has_failed_films_first_and_says_how_many_more_there_are() -> None:
    table = film_table(ROWS, most=3)
    assert [cells[0][:13] for cells in table.rows] == ["lecture-00001", "lecture-00002", "lecture-00005"]
    assert table.rows[0][-1] == "/films/lecture-00001.mp4: is no film: give one that is"
    assert table.rows[1][-1] == "looking at the picture 25 %"
    assert table.below == ["2 films more: --csv or --json shows all."]
    assert {len(cells) for cells in table.rows} == {len(table.heads)}
    assert film_table(ROWS).rows[-1][2:9] == ("3:00", "12", "0", "−23.1", "0", "14", "2 min")
    assert ("failed", "1") in state_table(COUNTS).rows


def test_the_summary_names_the_command_for_each_cause() -> None:
    said = summary(ROWS, COUNTS, "my batch")
    assert said[0] == "Films: 1 queued, 1 running, 2 done, 1 failed."
    assert "Narration over dialogue, measured in the sound: 40 ms, in 1 film." in said
    assert "1 film failed (server): audiodesc batch retry 'my batch' --kind server" in said
    assert counted({}) == "no films"
    assert retry_command("a") == "audiodesc batch retry a"
    assert [lasting(value) for value in (0, 4.26, 42, 200, 7_500)] == ["0 s", "4.3 s", "42 s", "3 min", "2 h 5 min"]


def test_each_film_is_one_line_of_json_with_the_same_keys() -> None:
    lines = list(film_lines([*ROWS, row(9, name="a\nb\u2028c.mp4")]))
    values = [json.loads(line) for line in lines]
    assert {tuple(one) for one in values} == {tuple(film_values(ROWS[0]))}
    assert all("\n" not in line for line in lines)
    assert "\u2028" not in visible(lines[-1])
    done = values[2]
    assert (done["state"], done["duration_s"], done["took_s"]) == ("done", 180.0, 95.5)
    assert done["ended_at"] == "2025-12-01T14:42:05Z"
    assert (values[0]["cause"], values[0]["lines"]) == ("server", None)


def test_silence_is_null_and_no_broken_json() -> None:
    (line,) = film_lines([replace(ROWS[2], result=replace(result(3), loudness_lufs=-math.inf))])
    assert json.loads(line)["loudness_lufs"] is None


def test_choices_and_with_them_addresses_of_servers_are_in_no_output() -> None:
    secret = "sk-12345"  # noqa: S105
    job = FilmJob("/a.mp4", "/a.ad", choices={"describer": {"server": f"https://u:{secret}@host/v1"}})
    rows = [replace(ROWS[2], job=job)]
    assert secret not in "".join([*film_lines(rows), sheet(rows), *summary(rows, COUNTS, "b")])


def test_a_line_of_the_log_is_one_of_json() -> None:
    (line,) = log_lines([Entry(7, START, 3, "stage", "mix")])
    assert json.loads(line) == {
        "number": 7, "time": "2025-12-01T14:40:00Z", "film": 3, "what": "stage", "detail": "mix",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["=1+2", "@SUM(A1)", "-2+3", "\t=1", "'=1"])
def test_no_cell_of_the_sheet_is_a_formula(text: str) -> None:
    failed = replace(ROWS[0], failed=FailedFilm("input", text))
    written = sheet([failed, replace(ROWS[2], result=replace(result(1), findings=(text, "b")))])
    assert written.startswith("\ufeff")
    heads, one, two = csv.reader(io.StringIO(written[1:]))
    assert tuple(heads) == COLUMNS
    assert one[heads.index("message")] == f"'{text}"
    assert two[heads.index("findings")] == f"'{text}\nb"
    assert two[heads.index("loudness_lufs")] == "-23.1"  # a number stays one


def batch(folder: Path, films: int) -> BatchState:
    state = BatchState(folder)
    state.put([FilmJob(f"/films/{n}.mp4", f"/out/{n}.ad") for n in range(films)])
    return state


def test_sums_follow_the_state_whatever_changes(tmp_path: Path) -> None:
    with batch(tmp_path, 4) as state:
        one, two, three, _ = (each.id for each in state.rows())
        sums = Sums()
        assert sums.read(state).counts["queued"] == 4
        for film in (one, two, three):
            state.begin(film)
        state.finish(one, result(3))
        state.fail(two, FailedFilm("input", "x"))
        state.requeue(three, lost="killed")
        found = sums.read(state)
        assert (found.clips, found.tokens, found.overlap_ms, found.losses) == (14, 9_000, 40, 1)
        assert (found.causes, found.stages["look"], found.observation_s) == ({"input": 1}, 60.0, 60.0)
        state.retry()
        assert sums.read(state).causes == {}
        assert sums.read(state) == Sums().read(state)
        state.begin(two)
        state.fail(two, FailedFilm("server", "y"))
        sums.read(state)
        state.put([FilmJob("/films/0.mp4", "/out/0.ad")], whole=True)  # all others are taken out
        found = sums.read(state)
        assert (found.causes, found.clips) == ({}, 14)
        assert Sums("somebody else").read(state).clips == 0


def test_films_that_did_not_change_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with batch(tmp_path, 2_000) as state:
        sums = Sums()
        sums.read(state)
        state.begin(1)
        state.finish(1, result(1))
        one = BatchState.row
        read: list[int] = []

        def counted(self: BatchState, film: int) -> FilmRow | None:
            read.append(film)
            return one(self, film)

        def all_rows(self: BatchState, *given: object, **more: object) -> list[FilmRow]:
            raise AssertionError("all films are read again")

        monkeypatch.setattr(BatchState, "row", counted)
        monkeypatch.setattr(BatchState, "rows", all_rows)
        text = metrics_text(sums.read(state))
        assert set(read) == {1}
        assert b'audiodesc_films{state="queued"} 1999.0\n' in text


def test_metrics_are_in_the_form_of_prometheus(tmp_path: Path) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    sums = BatchSums(
        {"done": 3, "failed": 1, "queued": 7}, {"input": 1}, {"look": 12.5, "mix": 2.0}, clips=40, tokens=900,
        losses=2, duration_ms=1_500, span_s=20.0,
    )  # fmt: skip
    path = tmp_path / "audiodesc.prom"
    write_metrics(path, sums)
    assert path.read_bytes() == metrics_text(sums)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text("utf-8"))
        for sample in family.samples
    }
    assert found["audiodesc_films", "queued"] == found["audiodesc_queue_length",] == 7
    assert found["audiodesc_films", "held"] == 0
    assert found["audiodesc_films_failed", "input"] == 1
    assert found["audiodesc_stage_seconds_total", "look"] == found["audiodesc_describer_busy_seconds_total",] == 12.5
    assert found["audiodesc_clips_per_second",] == 2.0
    assert found["audiodesc_film_seconds_total",] == 1.5
    assert not [name for name, *_ in found if name.startswith(("python_", "process_"))]
    assert b"clips_waiting" not in metrics_text(sums)
    measured = metrics_text(sums, Usage(busy_s=3.0, waiting=12))
    assert b"describer_busy_seconds_total 3.0" in measured
    assert b"audiodesc_clips_waiting 12.0" in measured


def test_files_of_a_batch_are_written_anew_at_times(tmp_path: Path) -> None:
    now = 100.0
    with batch(tmp_path, 2) as state:
        files = BatchFiles(state, tmp_path, tmp_path / "a.prom", clock=lambda: now)
        files.refresh()
        state.begin(1)
        files.refresh()
        assert b'{state="running"} 0.0' in (tmp_path / "a.prom").read_bytes()
        now += 31
        files.refresh()
        assert b'{state="running"} 1.0' in (tmp_path / "a.prom").read_bytes()
    written = {path.name for path in tmp_path.iterdir() if "sqlite" not in path.name}
    assert written == {"batch.html", "films.csv", "a.prom"}
