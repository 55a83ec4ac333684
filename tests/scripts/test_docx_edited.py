"""A Word document as people leave it: edited, with rows moved, added and deleted, changes tracked, cells merged."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from documents import document
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from audiodesc.errors import ScriptError
from audiodesc.model import Span
from audiodesc.scripts import ScriptFile, read_script, write_script

MADE = document("Rain falls.", "Night falls.", "Day breaks.")
IDS = [line.id for line in MADE.lines]


def opened() -> Any:
    return Document(io.BytesIO(write_script("docx", MADE)))


def read(folder: Path, made: Any) -> ScriptFile:
    made.save(folder / "a.docx")
    return read_script(folder / "a.docx")


def shown(script: ScriptFile) -> list[tuple[str, str]]:
    return [(line.id, line.text) for line in script.lines]


def rows_of(made: Any) -> list[Any]:
    """The rows of the first table, below the heads."""
    return list(made.tables[0].rows)[1:]


def column(made: Any, head: str) -> int:
    return next(n for n, cell in enumerate(made.tables[0].rows[0].cells) if cell.text.startswith(head))


def test_a_screen_reader_finds_heads_headings_language_and_title() -> None:
    made = opened()
    assert [one.style.name for one in made.paragraphs if one.style.name.startswith(("Title", "Heading"))] == [
        "Title",
        "Heading 1",
    ]
    assert (made.core_properties.title, made.core_properties.language) == ("A film: audio description", "de")
    table = made.tables[0]
    first, second = (row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") for row in table.rows[:2])
    assert first is not None
    assert second is None
    properties = table._tbl.tblPr
    assert properties.find(qn("w:tblLook")).get(qn("w:firstRow")) == "1"
    assert "Lines of the description" in properties.find(qn("w:tblDescription")).get(qn("w:val"))
    assert [cell.text for cell in table.rows[0].cells][:3] == ["ID", "In", "Out"]
    language = made.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:lang')}")
    assert {language.get(qn(f"w:{name}")) for name in ("val", "eastAsia", "bidi")} == {"de"}
    text = made.styles["Script Text"]
    assert text.font.size.pt == 16


def test_the_dialogue_that_leads_in_room_and_words_stand_beside_each_line() -> None:
    made = opened()
    heads = [cell.text for cell in made.tables[0].rows[0].cells]
    first = dict(zip(heads, (cell.text for cell in rows_of(made)[0].cells), strict=True))
    assert (first["Cue before"], first["Room"], first["Words"]) == ("NORA & ELIAS: Wer ist da? <b>", "3.9", "2")


def test_each_ten_minutes_have_a_heading_and_a_table_and_are_read_as_one(tmp_path: Path) -> None:
    lines = [replace(line, span=Span(n * 400_000, n * 400_000 + 900)) for n, line in enumerate(MADE.lines)]
    made = Document(io.BytesIO(write_script("docx", replace(MADE, lines=tuple(lines)))))
    headings = [one.text for one in made.paragraphs if one.style and one.style.name == "Heading 1"]
    assert headings == ["From 00:00:00.000 to 00:10:00.000", "From 00:10:00.000 to 00:20:00.000"]
    assert len(made.tables) == 2
    script = read(tmp_path, made)
    assert [(line.id, line.start_ms) for line in script.lines] == [(IDS[0], 0), (IDS[1], 400_000), (IDS[2], 800_000)]


def test_words_are_changed_rows_moved_added_and_deleted(tmp_path: Path) -> None:
    made = opened()
    first, second, third = rows_of(made)
    first.cells[column(made, "Text")].text = "Snow falls."
    second._tr.getparent().remove(second._tr)
    added = copy.deepcopy(third._tr)
    first._tr.addprevious(third._tr)
    first._tr.addnext(added)
    row = next(row for row in made.tables[0].rows if row._tr is added)
    row.cells[column(made, "ID")].text = ""
    row.cells[column(made, "Text")].text = "A new line."
    assert shown(read(tmp_path, made)) == [(IDS[2], "Day breaks."), (IDS[0], "Snow falls."), ("", "A new line.")]


def test_a_text_in_many_runs_links_and_paragraphs_is_one_line(tmp_path: Path) -> None:
    made = opened()
    cell = rows_of(made)[0].cells[column(made, "Text")]
    cell.text = "Rain "
    cell.paragraphs[0].add_run("falls").bold = True
    cell.paragraphs[0].add_run("\ton\nthe roof.")
    cell.add_paragraph("It stops.")
    assert read(tmp_path, made).lines[0].text == "Rain falls on the roof. It stops."


def tracked(tag: str, text: str) -> Any:
    change, run = OxmlElement(tag), OxmlElement("w:r")
    change.set(qn("w:id"), "1")
    change.set(qn("w:author"), "Eve")
    words = OxmlElement("w:delText" if tag == "w:del" else "w:t")
    words.text = text
    run.append(words)
    change.append(run)
    return change


def test_tracked_changes_count_as_accepted_and_are_said(tmp_path: Path) -> None:
    made = opened()
    first, second, _ = rows_of(made)
    paragraph = first.cells[column(made, "Text")].paragraphs[0]._p
    for run in paragraph.findall(qn("w:r")):
        paragraph.remove(run)
    for change in (
        tracked("w:del", "Rain"),
        tracked("w:ins", "Snow"),
        tracked("w:moveFrom", " never"),
        tracked("w:moveTo", " falls."),
    ):
        paragraph.append(change)
    second._tr.get_or_add_trPr().append(OxmlElement("w:del"))
    script = read(tmp_path, made)
    assert shown(script) == [(IDS[0], "Snow falls."), (IDS[2], "Day breaks.")]
    assert [fault.message for fault in script.faults] == ["its tracked changes are read as accepted"]
    assert read(tmp_path, opened()).faults == ()


def test_a_table_that_was_split_goes_on_without_heads(tmp_path: Path) -> None:
    made = opened()
    table = made.tables[0]._tbl
    other = copy.deepcopy(table)
    for row in other.findall(qn("w:tr"))[:3]:
        other.remove(row)
    table.remove(table.findall(qn("w:tr"))[3])
    table.addnext(other)
    table.addnext(OxmlElement("w:p"))
    assert shown(read(tmp_path, made)) == [(line.id, line.text) for line in MADE.lines]


def merged_across(made: Any) -> None:
    rows_of(made)[1].cells[1].merge(rows_of(made)[1].cells[2])


def merged_down(made: Any) -> None:
    rows_of(made)[1].cells[0].merge(rows_of(made)[2].cells[0])


def a_table_inside(made: Any) -> None:
    rows_of(made)[1].cells[0].add_table(1, 1)


def no_time(made: Any) -> None:
    rows_of(made)[1].cells[column(made, "In")].text = "later"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (merged_across, "table 1, row 3 has merged cells: split them"),
        (merged_down, "table 1, row 3 has merged cells: split them"),
        (a_table_inside, "table 1, row 3 has a table in a cell"),
        (no_time, "table 1, row 3, 'later' is no time"),
    ],
)
def test_what_cannot_be_read_is_named_with_table_and_row(
    tmp_path: Path, edit: Callable[[Any], None], said: str
) -> None:
    made = opened()
    edit(made)
    with pytest.raises(ScriptError, match=said):
        read(tmp_path, made)


def test_a_document_without_such_a_table_is_said_to_have_none(tmp_path: Path) -> None:
    made = Document()
    made.add_paragraph("00:00:01 Rain falls.")
    made.add_table(2, 2)
    with pytest.raises(ScriptError, match="has no table with the columns In and Text"):
        read(tmp_path, made)


def test_a_table_of_another_person_with_other_heads(tmp_path: Path) -> None:
    made = Document()
    table = made.add_table(2, 3)
    for row, texts in zip(table.rows, (("Start", "Scene", "Description"), ("0:05", "1", "Rain falls.")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    assert [(line.start_ms, line.text) for line in read(tmp_path, made).lines] == [(5_000, "Rain falls.")]
