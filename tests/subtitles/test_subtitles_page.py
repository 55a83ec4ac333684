"""The page on subtitles says what came of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from subtitles.corpora import folder

from audiodesc.subtitles.formats import FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "subtitles.md"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_subtitles", PAGE.with_name("make_subtitles.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_as_the_script_makes_them(maker: ModuleType) -> None:
    page = PAGE.read_text("utf-8")
    assert maker.filled(page, maker.tables(folder())) == page


def test_the_page_notices_what_changed(maker: ModuleType) -> None:
    page = PAGE.read_text("utf-8")
    changed = page.replace("| `(SIGHS)` | sound |", "| `(SIGHS)` | speech |")
    assert changed != page
    assert maker.filled(changed, maker.tables(None)) == page


def test_the_page_names_every_format() -> None:
    table = PAGE.read_text("utf-8").split("\n\n")[3]
    for form in FORMATS.values():
        for name in re.split(r", | or ", form.label):
            assert name in table
