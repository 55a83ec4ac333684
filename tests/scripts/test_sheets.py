"""Tables as spreadsheets and people leave them: Excel's times and ids, other heads, formulas, hostile files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from documents import document
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from audiodesc.core.timecode import timecode
from audiodesc.errors import ScriptError
from audiodesc.scripts import ScriptFile, read_script, write_script

HEADS = ("id", "in", "out", "text")


def of_csv(folder: Path, text: str | bytes, name: str = "a.csv") -> ScriptFile:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_script(path)


def of_book(folder: Path, *rows: tuple[Any, ...], heads: tuple[str, ...] = HEADS, mac: bool = False) -> ScriptFile:
    """What is read of a workbook with these cells; a cell that is a pair is a value and its number format."""
    book = Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    sheet: Any = book.active
    sheet.append(heads)
    for number, row in enumerate(rows, 2):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.value, cell.number_format = value if isinstance(value, tuple) else (value, cell.number_format)
    path = folder / "a.xlsx"
    book.save(path)
    return read_script(path)


def shown(script: ScriptFile) -> list[tuple[str, int, int, str]]:
    return [(line.id, line.start_ms, line.end_ms, line.text) for line in script.lines]


LINE = [("000062500", 62_500, 65_000, "Rain falls.")]


@pytest.mark.parametrize(
    "row",
    [
        "000062500,00:01:02.500,00:01:05.000,Rain falls.",
        "62500,01:02.5,01:05.0,Rain falls.",
        "62500,0:01:02.5,0:01:05,Rain falls.",
        '62500,"62,5",65,Rain falls.',
        "62500,62.500,65.000,Rain falls.",
        '6.25E+04,"00:01:02,500","00:01:05,000",Rain falls.',
        "62500,12:01:02.5 AM,12:01:05 AM,Rain falls.",
        '="000062500",="00:01:02.500",="00:01:05.000","=""Rain falls."""',
    ],
)
def test_times_and_ids_of_a_csv_as_spreadsheets_write_them(tmp_path: Path, row: str) -> None:
    assert shown(of_csv(tmp_path, f"id,in,out,text\n{row}\n")) == LINE


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_whatever_parts_the_cells_in_any_order_of_columns(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [["Text", "TC Out", "Kennung", "TC In", "Scene"], ["Schnee fällt.", "00:01:05", "62500", "00:01:02.5", "4"]]
    text = "".join(f"{delimiter.join(row)}\r\n" for row in rows)
    script = of_csv(tmp_path, text.encode(encoding))
    assert shown(script) == [("000062500", 62_500, 65_000, "Schnee fällt.")]


def test_a_table_of_others_with_a_decimal_comma_and_a_separator_line(tmp_path: Path) -> None:
    text = "sep=;\nStart;Ende;Beschreibung\n62,5;65,0;Rain; falls.\n".replace("Rain; falls.", '"Rain; falls."')
    assert shown(of_csv(tmp_path, text)) == [("", 62_500, 65_000, "Rain; falls.")]


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_times_in_timecode_count_from_the_start_that_the_head_states(tmp_path: Path, name: str) -> None:
    rows = [("id", "in (25 fps from 01:00:00:00)", "out", "text"), ("1", "01:00:02:12", "01:00:03:00", "Rain.")]
    if name == "csv":
        script = of_csv(tmp_path, "".join(f"{','.join(row)}\n" for row in rows))
    else:
        script = of_book(tmp_path, rows[1], heads=rows[0])
    assert [(line.start_ms, line.end_ms) for line in script.lines] == [(2_480, 3_000)]


def test_timecode_without_a_statement_counts_by_the_film(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("in,text\n01:00:02;00,Rain.\n")
    film = timecode("29.97df", "01:00:00;00")
    assert read_script(path, timecode=lambda: film).lines[0].start_ms == round(60 * 1001 / 30)
    assert read_script(path, rate=lambda: Fraction(30_000, 1001)).lines[0].start_ms == film.ms("02:00:02;00")
    alone = read_script(path)
    assert any("no film is given" in fault.message for fault in alone.faults)


DAY = 24 * 3600


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((time(0, 1, 2, 500_000), "h:mm:ss.0"), (time(0, 1, 5), "h:mm:ss")),
        ((timedelta(seconds=62.5), "[h]:mm:ss.000"), (timedelta(seconds=65), "[h]:mm:ss")),
        ((62.5 / DAY, "mm:ss.0"), (65 / DAY, "mm:ss.0")),
        (("00:01:02.500", "@"), ("00:01:05.000", "@")),
        (("1:02,5", "@"), ("1:05", "General")),
        ((62.5, "0.000"), (65, "0")),
    ],
)
def test_times_of_a_workbook_in_every_form(tmp_path: Path, start: Any, end: Any) -> None:
    assert shown(of_book(tmp_path, (62_500, start, end, "Rain falls."))) == LINE
    assert shown(of_book(tmp_path, ("000062500", start, end, "Rain falls."), mac=True)) == LINE


def test_fractions_of_a_day_without_a_format_are_known_by_all_of_them(tmp_path: Path) -> None:
    rows = [(n, n * 60 / DAY, (n * 60 + 2) / DAY, f"Line {n}.") for n in range(1, 4)]
    assert [line.start_ms for line in of_book(tmp_path, *rows).lines] == [60_000, 120_000, 180_000]


def test_a_time_that_lost_its_format_among_others_is_a_fraction_of_a_day(tmp_path: Path) -> None:
    rows = [(1, time(0, 1), None, "Rain."), (2, 120 / DAY, None, "Snow."), (3, timedelta(minutes=3), None, "Sun.")]
    assert [line.start_ms for line in of_book(tmp_path, *rows).lines] == [60_000, 120_000, 180_000]


def test_seconds_beside_times_in_words_stay_seconds(tmp_path: Path) -> None:
    rows = [(1, 0.5, None, "Rain."), (2, "0:10", None, "Snow.")]
    assert [line.start_ms for line in of_book(tmp_path, *rows).lines] == [500, 10_000]


def test_a_date_is_no_time(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"row 2, 2026-11-30 is a date \('Rain\.'\)"):
        of_book(tmp_path, ("1", (datetime(2026, 11, 30), "yyyy-mm-dd"), None, "Rain."))


def test_no_text_is_ever_a_formula(tmp_path: Path) -> None:
    texts = ("=1+1", "+1", "-1", "@A1", '=HYPERLINK("http://a","b")', "'=1", "''-2", "\uff1d1")
    made = document(*texts)
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_script("xlsx", made))
    sheet: Any = load_workbook(path).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    for row in csv.reader(io.StringIO(write_script("csv", made).decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")) for cell in row)
    assert [line.text for line in of_csv(tmp_path, write_script("csv", made)).lines] == list(texts)


def test_a_formula_of_the_user_counts_as_its_result_and_without_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="row 3, there is no time"):
        of_book(tmp_path, ("1", 1, 2, "Rain."), ("2", "=B2+1", 3, "Night."))


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_half_read(tmp_path: Path, name: str) -> None:
    good, bad = ("1", "00:00:01.0", "00:00:02.0", "Rain."), ("2", "soon", "00:00:04.0", "Night.")
    text = "".join(f"{','.join(row)}\n" for row in (HEADS, good, good, bad))
    place = "line 4" if name == "csv" else "row 4"
    with pytest.raises(ScriptError, match=rf"{place}, 'soon' is no time \('Night\.'\)"):
        of_csv(tmp_path, text) if name == "csv" else of_book(tmp_path, good, good, bad)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_text_at_the_end_of_its_row_may_have_what_parts_the_cells(tmp_path: Path, delimiter: str) -> None:
    rows = [("start", "text"), ("0:10", "Come in", " then", " all."), ("0:20", "Rain."), ("0:30", "Snow.", "", "")]
    script = of_csv(tmp_path, "\n".join(map(delimiter.join, rows)))
    mark = " " if delimiter == "\t" else f"{delimiter} "
    assert [line.text for line in script.lines] == [mark.join(("Come in", "then", "all.")), "Rain.", "Snow."]


def test_a_row_with_more_cells_than_heads_is_refused_where_another_column_may_be_wrong(tmp_path: Path) -> None:
    text = "start,text,note\n0:10,Rain.,\n0:20,Come in, then.,said\n"
    with pytest.raises(ScriptError, match="line 3 has 4 cells, and the row of heads 3") as caught:
        of_csv(tmp_path, text)
    assert "double quotes" in caught.value.remedy


def test_a_copied_row_has_no_id_and_an_emptied_one_no_line(tmp_path: Path) -> None:
    script = of_csv(tmp_path, "id,in,text\n7,1,Rain.\n7,2,Night.\n8,3,\n,4,Day.\n\n,,\n")
    assert [(line.id, line.text) for line in script.lines] == [("000000007", "Rain."), ("", "Night."), ("", "Day.")]
    assert [(fault.kind, fault.number) for fault in script.faults] == [("remark", 3), ("empty", 4)]


def test_hours_that_a_spreadsheet_cut_off_are_noticed(tmp_path: Path) -> None:
    """Excel shows 01:02:03.4 as 02:03.4, and saves what it shows."""
    rows = "".join(f",{minute % 60:02}:03.4,Line {minute}.\n" for minute in range(10, 100, 7))
    with pytest.raises(ScriptError, match=r"lost the hours of its times: line 10 begins before the one above"):
        of_csv(tmp_path, f"id,in,text\n{rows}")
    assert of_csv(tmp_path, "id,in,text\n,10:03.4,One.\n,11:03.4,Two.\n").precision_ms == 100


def bomb(folder: Path, parts: int, size: int) -> Path:
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        for number in range(parts):
            archive.writestr(f"xl/{number}.xml", bytes(size))
    return path


@pytest.mark.parametrize(("parts", "size"), [(3, 40_000_000), (2_500, 1)])
def test_a_bomb_is_refused_unread(tmp_path: Path, parts: int, size: int) -> None:
    with pytest.raises(ScriptError, match="unpacks to more than any script"):
        read_script(bomb(tmp_path, parts, size))


def changed(folder: Path, name: str, edit: Callable[[str, bytes], bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A document of ours whose parts were edited."""
    path = folder / f"a.{name}"
    whole = io.BytesIO(write_script(name, document(), {"times": "seconds"} if name == "xlsx" else {}))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", method) as new:
        for part in old.namelist():
            new.writestr(part, edit(part, old.read(part)))
    return path


@pytest.mark.parametrize(
    ("name", "part", "before", "element"),
    [("docx", "document.xml", b"<w:sectPr", b"<w:p/>"), ("xlsx", "sheet1.xml", b"</sheetData>", b"<row/>")],
)
def test_a_bomb_of_small_elements_is_refused(
    tmp_path: Path, name: str, part: str, before: bytes, element: bytes
) -> None:
    path = changed(
        tmp_path,
        name,
        lambda one, data: data.replace(before, element * 3_000_000 + before, 1) if one.endswith(part) else data,
    )
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ScriptError, match="unpacks to more than any script"):
        read_script(path)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (rb'<row r="3"', b'<row r="99999999999"', "a row after the 1048576th"),
        (rb'(<c r="B3"[^>]*><v>)[^<]*', rb"\g<1>" + b"9" * 400, "row 3, 9{40} is no time in a film"),
        (rb'(<c r="B3"[^>]*><v>)[^<]*', rb"\g<1>1e999", "row 3, inf is no time in a film"),
    ],
)
def test_places_and_numbers_beyond_every_sheet_are_refused(tmp_path: Path, was: bytes, now: bytes, said: str) -> None:
    def edit(part: str, data: bytes) -> bytes:
        if not part.endswith("sheet1.xml"):
            return data
        made, count = re.subn(was, now, data)
        assert count == 1
        return made

    with pytest.raises(ScriptError, match=said):
        read_script(changed(tmp_path, "xlsx", edit))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["xlsx", "docx"])
def test_parts_whose_packed_bytes_are_damaged_are_one_line(tmp_path: Path, name: str, method: int) -> None:
    path = changed(tmp_path, name, lambda _, data: data, method)
    assert read_script(path).lines
    whole = bytearray(path.read_bytes())
    whole[60:90] = b"\xff" * 30
    path.write_bytes(whole)
    with pytest.raises(ScriptError, match="is damaged") as caught:
        read_script(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["xlsx", "docx"])
def test_damage_and_entities_cost_one_line(tmp_path: Path, name: str) -> None:
    whole = write_script(name, document())
    path = tmp_path / f"a.{name}"
    for at in range(40, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:at])
        with pytest.raises(ScriptError) as caught:
            read_script(path)
        assert "\n" not in str(caught.value)
    content = io.BytesIO()
    part = "xl/workbook.xml" if name == "xlsx" else "word/document.xml"
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(content, "w") as new:
        for one in old.namelist():
            data = old.read(one)
            new.writestr(one, b'<!DOCTYPE a [<!ENTITY b "c">]>' + data if one == part else data)
    path.write_bytes(content.getvalue())
    with pytest.raises(ScriptError, match="declares entities"):
        read_script(path)


def test_a_workbook_of_something_else_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="has no sheet with the columns In and Text: name them in the first row"):
        of_book(tmp_path, (1, 2, 3, 4), heads=("a", "b", "c", "d"))


def test_the_sheet_is_found_behind_others_and_below_a_title(tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet("Script")
    first, second = book.worksheets
    first.append(["Notes of the meeting"])
    second.append(["A film"])
    second.append([])
    second.append(["Text", "In"])
    second.append(["Rain.", "00:00:01.5"])
    book.save(tmp_path / "a.xlsx")
    assert [(line.number, line.start_ms) for line in read_script(tmp_path / "a.xlsx").lines] == [(4, 1_500)]
