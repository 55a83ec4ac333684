"""The page on `check` says what the rules say."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "check.md"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_check", PAGE.with_name("make_check.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_as_the_script_makes_them(maker: ModuleType) -> None:
    media = os.environ.get("AUDIODESC_MEDIA")
    page = PAGE.read_text("utf-8")
    assert maker.filled(page, maker.tables(Path(media) if media else None)) == page


def test_nothing_planted_was_missed_and_nothing_else_found() -> None:
    page = PAGE.read_text("utf-8")
    assert "**missed**" not in page
    assert "**found**" not in page


def test_the_page_notices_a_rule_that_changed(maker: ModuleType) -> None:
    page = PAGE.read_text("utf-8")
    assert maker.filled(page.replace("`over-dialogue` | error", "`over-dialogue` | info"), maker.tables(None)) == page
