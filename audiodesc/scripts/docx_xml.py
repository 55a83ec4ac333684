"""What the Word documents of this package are made of: styled paragraphs and tables that a screen reader can follow."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from audiodesc.scripts.direction import is_right_to_left
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import writable_text

LARGE_PT, SMALL_PT = 16, 12
"""Large type is 16 pt and more (RNIB, "Clear print"); for what is not read aloud 12 pt."""

FONT = "Arial"
LARGE, SMALL, HEAD = "Script Text", "Script Cell", "Script Head"
LABELS = "en"
"""The language of what this package itself says in a document."""

LONGEST = 255
"""Characters of a property of a document (python-docx)."""

TWIPS = 56.6929  # in a millimetre


def new_document(script: ScriptDocument, title: str, *, landscape: bool) -> Any:
    """An empty document with the styles, the language, the title and the author set."""
    made = Document()
    section = made.sections[0]
    width, height = Mm(210), Mm(297)
    if landscape:
        section.orientation, width, height = WD_ORIENT.LANDSCAPE, height, width
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(15)
    for name, size, bold in ((LARGE, LARGE_PT, False), (SMALL, SMALL_PT, False), (HEAD, SMALL_PT, True)):
        style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = made.styles["Normal"]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
        properties = style.element.get_or_add_rPr()
        properties.rFonts.set(qn("w:cs"), FONT)
        properties.insert_element_before(_valued("w:szCs", str(size * 2)), "w:highlight", "w:u", "w:lang")
        style.paragraph_format.space_after = Pt(2)
    _set_language(made, script.language)
    about = made.core_properties
    about.title, about.language = writable_text(title), script.language
    about.author, about.comments = writable_text(script.generator) or "audiodesc", script.statement[:LONGEST]
    about.keywords = script.keywords[:LONGEST]
    return made


def _set_language(made: Any, language: str) -> None:
    found = made.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    if found is not None and language:
        for name in ("w:val", "w:eastAsia", "w:bidi"):
            found.set(qn(name), language)


def label(made: Any, text: str, style: str) -> None:
    """A paragraph of this package's own words, which are English."""
    made.element.body.insert_element_before(paragraph(text, made.styles[style].style_id, LABELS), "w:sectPr")


def content(made: Any, text: str, style: str, speaker: str = "") -> None:
    """A paragraph of the document's own words, in its language; `speaker` stands before them in bold."""
    made.element.body.insert_element_before(paragraph(text, made.styles[style].style_id, "", speaker), "w:sectPr")


def paragraph(text: str, style_id: str, language: str = "", lead: str = "") -> Any:
    """A paragraph's element, turned round where its text is written from right to left."""
    made, properties = OxmlElement("w:p"), OxmlElement("w:pPr")
    properties.append(_valued("w:pStyle", style_id))
    right_to_left = is_right_to_left(text)
    if right_to_left:
        properties.append(OxmlElement("w:bidi"))
    made.append(properties)
    if lead:
        made.append(_run(f"{lead}: ", right_to_left, language, bold=True))
    if text:
        made.append(_run(text, right_to_left, language))
    return made


def _run(text: str, right_to_left: bool, language: str, *, bold: bool = False) -> Any:
    made, properties, words = OxmlElement("w:r"), OxmlElement("w:rPr"), OxmlElement("w:t")
    if bold:
        properties.append(OxmlElement("w:b"))
    if right_to_left:
        properties.append(OxmlElement("w:rtl"))
    if language:
        properties.append(_valued("w:lang", language))
    if len(properties):
        made.append(properties)
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    made.append(words)
    return made


def table(
    made: Any, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], widths_mm: Sequence[int], large: int
) -> None:
    """A table whose first row is repeated on each page and named as the head; column `large` is in large type.

    `caption` is what a screen reader says of it.
    """
    ids: Mapping[str, str] = {name: made.styles[name].style_id for name in (LARGE, SMALL, HEAD)}
    whole, properties = OxmlElement("w:tbl"), OxmlElement("w:tblPr")
    properties.append(_valued("w:tblStyle", made.styles["Table Grid"].style_id))
    properties.append(_sized("w:tblW", sum(widths_mm)))
    layout = OxmlElement("w:tblLayout")
    layout.set(qn("w:type"), "fixed")
    properties.append(layout)
    look = OxmlElement("w:tblLook")
    for name, value in (("val", "0020"), ("firstRow", "1"), ("lastRow", "0"), ("firstColumn", "0")):
        look.set(qn(f"w:{name}"), value)
    properties.append(look)
    properties.append(_valued("w:tblCaption", caption))
    properties.append(_valued("w:tblDescription", caption))
    grid = OxmlElement("w:tblGrid")
    for width in widths_mm:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), str(round(width * TWIPS)))
        grid.append(column)
    whole.extend([properties, grid, _row(heads, widths_mm, [ids[HEAD]] * len(heads), is_head=True)])
    styles = [ids[LARGE] if place == large else ids[SMALL] for place in range(len(heads))]
    whole.extend(_row(row, widths_mm, styles) for row in rows)
    made.element.body.insert_element_before(whole, "w:sectPr")


def _row(cells: Sequence[str], widths_mm: Sequence[int], styles: Sequence[str], *, is_head: bool = False) -> Any:
    made, properties = OxmlElement("w:tr"), OxmlElement("w:trPr")
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    made.append(properties)
    for text, width, style in zip(cells, widths_mm, styles, strict=True):
        cell, inner = OxmlElement("w:tc"), OxmlElement("w:tcPr")
        inner.append(_sized("w:tcW", width))
        cell.append(inner)
        cell.append(paragraph(text, style, LABELS if is_head else ""))
        made.append(cell)
    return made


def _valued(tag: str, value: str) -> Any:
    made = OxmlElement(tag)
    made.set(qn("w:val"), value)
    return made


def _sized(tag: str, width_mm: int) -> Any:
    made = OxmlElement(tag)
    made.set(qn("w:w"), str(round(width_mm * TWIPS)))
    made.set(qn("w:type"), "dxa")
    return made


def as_bytes(made: Any) -> bytes:
    """The finished document."""
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()
