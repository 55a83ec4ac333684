"""Tables of data sets, as their makers give them, and as nobody should."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import audiodesc
from evaluation.scripts_of import HUMAN, webvtt

from audiodesc import evaluate
from audiodesc.errors import InputError, UsageError
from audiodesc.evaluation import Options
from audiodesc.evaluation import datasets as reading
from audiodesc.evaluation.datasets import is_dataset, read_pairs
from audiodesc.model import Span

CMD = "text,start,end,movie,scaled_start,scaled_end,cmd_filename,imdbid,movie_title,cmd_clip_idx,duration"
CMD_ROWS = (
    "She waves.,10.5,12,72,1,3,2014/aaa,tt0000001,A Film,1,2",
    '"Slowly, he turns.",20,22,72,11,13,2014/aaa,tt0000001,A Film,1,2',
    "Rain falls.,10.5,12,73,1,3,2014/bbb,tt0000002,Another,1,2",
)
MAD = "movie,sentence,movie_duration,start,end,imdb,lsmdc_filename"
MAD_ROWS = ("1005_Film,She waves.,6391.2,10.5,12,tt1,1005_Film_00.00.10",)
TV = "text,start,end,imdbid,imdbid_pe,season,episode,scaled_end,scaled_start,duration,tvad_name"
TV_ROWS = ("She waves.,10.5,12,tt1,tt2,1,1,12,10,2,friends_s01e01",)
PREDICTED = "vid,start,end,text_gen"


def table(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    return path


def test_predictions_with_their_human_texts_are_enough(tmp_path: Path) -> None:
    """As AutoAD-III and AutoAD-Zero write them: pandas' own column of numbers has no head."""
    path = table(tmp_path / "p.csv", ",vid,start,end,text_gt,text_gen", "0,2014/aaa,1.5,3,She waves.,A woman waves.")
    (pair,), notes = read_pairs(path, None)
    assert (pair.human, pair.ours, pair.film, pair.span) == (
        *("She waves.", "A woman waves.", "2014/aaa"),
        Span(1_500, 3_000),
    )
    assert notes == ()


def test_predictions_are_put_beside_the_annotations_by_time_and_film(tmp_path: Path) -> None:
    annotated = table(tmp_path / "cmd.csv", CMD, *CMD_ROWS)
    rows = ("2014/bbb,10.5,12.0,Rain.", "2014/aaa,10.5,12.0,A wave.")
    pairs, _ = read_pairs(table(tmp_path / "p.csv", PREDICTED, *rows), annotated)
    assert [(pair.human, pair.ours) for pair in pairs] == [
        ("She waves.", "A wave."),
        ("Slowly, he turns.", ""),
        ("Rain falls.", "Rain."),
    ]


@pytest.mark.parametrize(
    ("head", "rows", "vid"), [(CMD, CMD_ROWS, "tt0000001"), (MAD, MAD_ROWS, "1005_Film"), (TV, TV_ROWS, "tt1")]
)
def test_each_data_set_is_known_by_its_columns(head: str, rows: tuple[str, ...], vid: str, tmp_path: Path) -> None:
    annotated = table(tmp_path / "a.csv", head, *rows)
    assert is_dataset(annotated)
    pairs, _ = read_pairs(table(tmp_path / "p.csv", PREDICTED, f"{vid},10.5,12,A woman waves."), annotated)
    assert (pairs[0].human, pairs[0].ours) == ("She waves.", "A woman waves.")


def test_predictions_without_times_go_by_their_order(tmp_path: Path) -> None:
    annotated = table(tmp_path / "a.csv", CMD, *CMD_ROWS)
    pairs, _ = read_pairs(table(tmp_path / "p.csv", "text_gen", "One.", "Two.", "Three."), annotated)
    assert [pair.ours for pair in pairs] == ["One.", "Two.", "Three."]
    with pytest.raises(InputError, match="2 rows without times"):
        read_pairs(table(tmp_path / "q.csv", "text_gen", "One.", "Two."), annotated)


def test_rows_without_a_human_text_are_left_out_and_counted(tmp_path: Path) -> None:
    pairs, notes = read_pairs(table(tmp_path / "p.csv", "text_gt,text_gen", ",One.", "A cue.,Two.", "Another.,"), None)
    assert [(pair.human, pair.ours) for pair in pairs] == [("A cue.", "Two."), ("Another.", "")]
    assert notes == ("1 rows have no human text, and are left out",)


def test_a_data_set_is_scored_like_a_script(tmp_path: Path) -> None:
    rows = [f"v{i % 2},{i},{i + 1},A cue of number {i} here.,A cue of number {i} here." for i in range(6)]
    found = evaluate(table(tmp_path / "p.csv", "vid,start,end,text_gt,text_gen", *rows), options=Options(resamples=20))
    by_name = {score.measure: score.values for score in found.scores if score.values}
    assert by_name["rouge_l"]["ours"].value == pytest.approx(100)
    assert found.coverage is not None
    assert (found.coverage.cues, found.coverage.empty) == (6, 0)
    assert {line.film for line in found.lines} == {"v0", "v1"}


def test_a_script_in_a_table_is_no_data_set(tmp_path: Path) -> None:
    assert not is_dataset(table(tmp_path / "s.csv", "Start,End,Text", "1,2,She waves."))
    assert not is_dataset(tmp_path / "missing.csv")
    assert not is_dataset(table(tmp_path / "s.vtt", "text_gen", "x"))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"text_gt,text_gen\nA\0B,C\n", "NUL"),
        (b"text_gt,text_gen\n\xff\xfe,C\n", "not in UTF-8"),
        (b"text_gt,text_gen,start,end\nA,B,nan,2\n", "line 2: start is 'nan'"),
        (b"text_gt,text_gen,start,end\nA,B,1,inf\n", "line 2: end is 'inf'"),
        (b"text_gt,text_gen,start,end\nA,B,1,1e300\n", "end is '1e300'"),
        (b"text_gt,text_gen,start,end\nA,B,,2\n", "start is ''"),
        (b"text_gt,text_gen\n", "no row below its heads"),
        (b"text_gen\nA\n", "no column of human texts"),
        (b"text_gt,text_gen,text_gen\nA,B,C\n", "two columns text_gen"),
        (b"text_gt,text_gen\nA,B,C\n", "more cells than heads"),
        (b"text_gt,text_gen\n,B\n", "no human text"),
        (b"text_gt,text_gen\n" + b"A" * 20_000 + b",B\n", "a text of 20000 characters"),
        (b"text_gt,text_gen\n" + b"A" * 200_000 + b",B\n", "field larger than field limit"),
    ],
)
def test_hostile_tables_are_refused_in_one_line(content: bytes, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_pairs(path, None)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    assert fault in str(refused.value)


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "p.csv", "text_gt,text_gen", *["A,B"] * 50)
    monkeypatch.setattr(reading, "MOST_ROWS", 20)
    with pytest.raises(InputError, match="more than 20 rows"):
        read_pairs(path, None)
    monkeypatch.setattr(reading, "LARGEST", 100)
    with pytest.raises(InputError, match="larger than"):
        read_pairs(path, None)


def test_formulas_are_words_and_nothing_else(tmp_path: Path) -> None:
    path = table(tmp_path / "p.csv", "text_gt,text_gen", '"=HYPERLINK(""http://x"")",=1+1')
    (pair,), _ = read_pairs(path, None)
    assert (pair.human, pair.ours) == ('=HYPERLINK("http://x")', "=1+1")


def test_a_data_set_takes_no_film_and_no_second_human(tmp_path: Path) -> None:
    path = table(tmp_path / "p.csv", "text_gt,text_gen", "A,B")
    with pytest.raises(UsageError, match="a film"):
        evaluate(path, None, tmp_path / "film.mp4")
    with pytest.raises(UsageError, match="a second human script"):
        evaluate(path, second=path)


def test_a_script_is_not_held_against_a_data_set(tmp_path: Path) -> None:
    annotated = table(tmp_path / "a.csv", CMD, *CMD_ROWS)
    ours = webvtt(tmp_path / "ours.vtt", HUMAN)
    with pytest.raises(UsageError, match="many films"):
        evaluate(ours, annotated)
    with pytest.raises(UsageError, match="many films"):
        evaluate(ours, ours, second=annotated)


def test_a_hostile_table_costs_the_command_one_line(tmp_path: Path) -> None:
    path = table(tmp_path / "p.csv", "text_gt,text_gen,start,end", "A \x1b[31mred\x07 cue,B,1,2", "C,D,NaN,3")
    done = audiodesc("evaluate", path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert "line 3: start is 'NaN'" in done.stderr


def test_texts_obey_no_terminal(tmp_path: Path) -> None:
    rows = [f"A \x1b[31mred\x07 cue {i},[bold]B[/bold] \x1b]0;x\x07,{i},{i + 1},v\x1b[2J" for i in range(3)]
    done = audiodesc("evaluate", table(tmp_path / "p.csv", "text_gt,text_gen,start,end,vid", *rows), "--json")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_tables_of_different_data_sets_are_told_apart(tmp_path: Path) -> None:
    annotated = table(tmp_path / "a.csv", CMD, *CMD_ROWS)
    with pytest.raises(InputError, match="same data set"):
        read_pairs(table(tmp_path / "p.csv", PREDICTED, "2014/zzz,99,100,Rain."), annotated)
