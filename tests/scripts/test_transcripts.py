"""Transcripts: the whole film in order, speakers named, valid and readable as a page, as Markdown and in Word."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from documents import document
from docx import Document
from lxml import html

from audiodesc.model import Cue, Span
from audiodesc.scripts import DocumentLine, ScriptDocument, write_script

CUES = (
    Cue(Span(1_000, 2_000), "Where are we?", speaker="NORA"),
    Cue(Span(2_500, 3_000), "And <when>?", speaker="NORA"),
    Cue(Span(6_000, 6_500), "In Rome & late.", speaker="ELIAS"),
    Cue(Span(7_000, 7_500), "door slams", kind="sound"),
    Cue(Span(8_000, 8_500), "La la", kind="lyrics"),
    Cue(Span(301_000, 302_000), "EXIT", kind="on_screen"),
    Cue(Span(303_000, 304_000), ""),
)
LINES = (
    DocumentLine("1", Span(4_000, 5_000), "Rain falls *hard* on <b>."),
    DocumentLine("2", Span(305_000, 306_000), "Not heard.", reason="no pause"),
)
MADE = ScriptDocument("A film", "en-GB", 600_000, LINES, CUES, film_language="ita")

WHOLE = [
    ("dialogue", "NORA: Where are we? And <when>?"),
    ("description", "Description: Rain falls *hard* on <b>."),
    ("dialogue", "ELIAS: In Rome & late."),
    ("sound", "[door slams]"),
    ("lyrics", "♪ La la ♪"),
    ("on_screen", "[EXIT]"),
    ("sound", "[speech without subtitles]"),
]


def page(made: ScriptDocument) -> Any:
    return html.document_fromstring(write_script("transcript", made))


def test_the_page_has_the_whole_film_in_order() -> None:
    found = [(one.get("class"), one.text_content()) for one in page(MADE).iter("p")]
    assert found == WHOLE
    assert [one.text_content() for one in page(MADE).iter("h1", "h2")] == [
        "A film: transcript",
        "0:00 – 5:00",
        "5:00 – 10:00",
    ]


def test_the_page_names_its_languages_and_holds_no_script() -> None:
    root = page(MADE)
    assert root.get("lang") == "en-GB"
    assert root.find(".//title").text == "A film: transcript"
    languages = {one.get("class"): one.get("lang") for one in root.iter("p")}
    assert (languages["dialogue"], languages["lyrics"], languages["description"]) == ("it", "it", None)
    assert not list(root.iter("script", "img", "link"))
    assert not re.search(r"\son\w+=|https?:", write_script("transcript", MADE).decode())
    hebrew = page(replace(MADE, language="he", lines=(replace(LINES[0], text="שלג יורד"),)))
    assert (hebrew.get("lang"), hebrew.get("dir")) == ("he", "rtl")
    assert "תיאור: " in hebrew.text_content()


def test_markdown_is_text_as_it_stands() -> None:
    text = write_script("transcript-md", MADE).decode()
    assert text.startswith("# A film: transcript\n\n## 0:00 – 5:00\n\n**NORA:** Where are we? And \\<when\\>?\n\n")
    assert "**Description:** Rain falls \\*hard\\* on \\<b\\>.\n" in text
    assert "*\\[door slams\\]*\n" in text
    counted = replace(MADE, lines=(replace(LINES[0], text="1. One"),), cues=())
    assert "**Description:** 1\\. One\n" in write_script("transcript-md", counted).decode()


def test_word_has_headings_and_the_same_paragraphs() -> None:
    made = Document(io.BytesIO(write_script("transcript-docx", MADE)))
    named = [(one.style.name if one.style else "", one.text) for one in made.paragraphs]
    assert [text for style, text in named if style == "Script Cell"] == [text for _, text in WHOLE]
    assert [style for style, _ in named if style != "Script Cell"] == ["Title", "Heading 1", "Heading 1"]


@pytest.mark.parametrize("name", ["transcript", "transcript-md", "transcript-docx", "rtf"])
def test_every_language_and_awkward_text_can_be_written(name: str) -> None:
    whole = write_script(name, document())
    assert len(whole) > 1_000
    assert len(write_script(name, ScriptDocument("", "", 0, ()))) > 5


def test_rtf_says_each_line_with_what_leads_in() -> None:
    text = write_script("rtf", document("Rain falls.", "{\\b=} שלג")).decode("ascii")
    assert text.startswith("{\\rtf1")
    assert "\\deflang1031" in text
    assert "NORA & ELIAS: Wer ist da? <b>" in text
    assert text.count("{") == text.count("}")
    assert "\\u1513?\\u1500?\\u1490?" in text


def test_what_writes_documents_is_loaded_when_it_is_needed() -> None:
    code = "import sys, audiodesc.scripts; print({'docx', 'openpyxl', 'rtfunicode', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "set()"
